import Foundation
import Testing

@Suite(.timeLimit(.minutes(20))) struct DeriveCommandTests {
    private static let scripts = [
        "detect.lua": "return { features = { \"accuracy\" }, derive = { high = above(\"accuracy\", 50) } }\n"
    ]

    @Test func `lines go through with their derived fields`() async throws {
        let place = try Workplace(scripts: Self.scripts)
        let outcome = try await place.run("derive", "scripts", input: "{\"accuracy\":95}\n{\"accuracy\":5}\n")
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(outcome.output == "{\"accuracy\":95,\"high\":true}\n{\"accuracy\":5,\"high\":false}\n")
    }

    @Test func `a bad line is told with its number, and the exit code is 1`() async throws {
        let place = try Workplace(scripts: Self.scripts)
        let outcome = try await place.run("derive", "scripts", input: "{\"accuracy\":95}\n{\n{\"accuracy\":5}")
        #expect(outcome.status == 1)
        #expect(outcome.output == "{\"accuracy\":95,\"high\":true}\n{\"accuracy\":5,\"high\":false}\n")
        #expect(outcome.errors.contains("line 2: the record "), "\(outcome)")
        #expect(outcome.errors.contains("1 of 3 records were left out"), "\(outcome)")
    }

    @Test func `scripts that derive nothing are refused`() async throws {
        let outcome = try await Workplace().run("derive", "scripts")
        #expect(outcome.status == 2 && outcome.errors.contains("has no derive"), "\(outcome)")
    }
}
