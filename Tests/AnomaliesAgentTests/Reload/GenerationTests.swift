import Detection
import Foundation
import Testing

@testable import AnomaliesAgent

/// The generations of a state directory: what waits, what comes back, what a restart does.
@Suite struct GenerationTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func text(_ threshold: Double) -> String {
        "return { features = { 'a' }, refractory = 0, threshold = \(threshold) }"
    }

    private func library() throws -> ScriptLibrary {
        try ScriptLibrary(
            "\(bench.directory.path)/scripts",
            files: bench.files,
            environment: bench.environment(),
            history: GenerationHistory(bench.state, clock: bench.clock, isKeeper: true),
            log: bench.log
        )
    }

    private func save(_ threshold: Double, in library: ScriptLibrary? = nil) throws {
        try bench.directory.write(text(threshold), to: "scripts/detect.lua")
        library?.reload(isWhole: true)
    }

    private func threshold(_ library: ScriptLibrary) -> String {
        String(decoding: library.newest.texts[.detect] ?? [], as: UTF8.self)
    }

    private func states() throws -> [Generations.State] {
        try bench.state.read { try Generations.all(in: $0) }.map(\.state)
    }

    private var command: ScriptsCommand {
        get throws { try ScriptsCommand(configuration: bench.configuration, outside: bench.outside) }
    }

    /// A hundred records that score 2, of which people heard of one.
    private func addTrial(to library: ScriptLibrary) throws {
        let recent = RecentRecords(shards: 1)
        var batch = RecentRecords.Batch(number: 1, detector: "", bytes: Array("{\"a\":1}".utf8), rows: [])
        batch.detector = try DetectScripts(library, environment: bench.environment()).current().0.detectorID
        for index in 0..<100 {
            batch.rows.append(
                RecentRecords.Row(
                    sequenceNumber: "\(index)",
                    range: 0..<7,
                    time: Int64(index) * 1_000,
                    usual: .init(score: 2, level: 0, typical: 2, threshold: 4),
                    explanation: nil,
                    isAlert: index == 0,
                    isHistory: false
                )
            )
        }
        recent.add(batch)
        library.setTrial(ScriptLibrary.Trial(windows: [recent], limits: RecordLimits(), factor: 10))
    }

    @Test func `a change that would alert far more often waits, and is taken when somebody agrees`() throws {
        try save(3)
        let library = try library()
        try addTrial(to: library)
        try save(1, in: library)
        #expect(threshold(library) == text(3))
        #expect(try states() == [.waiting, .running])
        #expect(try command.status(asJSON: false).joined(separator: "\n").contains("last 100 records: 1 alert → 100"))
        // Looking again changes nothing.
        for _ in 0..<3 { library.reload(isWhole: true) }
        library.obey()
        #expect(threshold(library) == text(3))
        _ = try command.approve(nil)
        library.obey()
        #expect(threshold(library) == text(1))
        #expect(try states() == [.running, .approved, .replaced])
    }

    @Test func `what waits does not come in by way of a restart, what was approved in between does`() throws {
        try save(3)
        let first = try library()
        try addTrial(to: first)
        try save(1, in: first)
        let second = try library()
        #expect(threshold(second) == text(3))
        second.reload(isWhole: true)
        #expect(threshold(second) == text(3))
        _ = try command.approve(nil)
        #expect(threshold(try library()) == text(1))
    }

    @Test func `going back leaves the files alone, lasts over a restart, and ends with the next change`() throws {
        try save(3)
        let first = try library()
        try save(4, in: first)
        #expect(threshold(first) == text(4))
        _ = try command.rollback(nil)
        first.obey()
        #expect(threshold(first) == text(3))
        for _ in 0..<3 { first.reload(isWhole: true) }
        #expect(threshold(first) == text(3))
        let second = try library()
        #expect(threshold(second) == text(3))
        try save(5, in: second)
        #expect(threshold(second) == text(5))
        #expect(try String(contentsOfFile: "\(bench.directory.path)/scripts/detect.lua", encoding: .utf8) == text(5))
    }

    @Test func `a generation that came before can be named, by the start of its name`() throws {
        try save(3)
        let library = try library()
        let first = library.newest.generation
        for threshold in [4.0, 5, 6] { try save(threshold, in: library) }
        _ = try command.rollback(String(first.prefix(5)))
        library.obey()
        #expect(threshold(library) == text(3))
        #expect(throws: SetupProblem.self) { try command.rollback("zzz") }
        #expect(throws: SetupProblem.self) { try command.approve(nil) }
    }

    @Test func `what is refused is on record with its reason`() throws {
        try save(3)
        let library = try library()
        try bench.directory.write("return {", to: "scripts/detect.lua")
        library.reload(isWhole: true)
        #expect(try states() == [.refused, .running])
        #expect(try command.history(asJSON: false).first?.contains("detect.lua:1:") == true)
    }

    @Test func `fifty generations are kept, and the one that runs`() throws {
        try save(3)
        let library = try library()
        for step in 1...60 { try save(3 + Double(step) / 100, in: library) }
        #expect(try states().count == 50)
        #expect(try states().count { $0 == .running } == 1)
    }

    @Test func `two generations are compared as diff does`() throws {
        let lines = (1...30).map { "-- line \($0)" }
        var changed = lines
        changed[3] = "-- other"
        changed.insert("-- new", at: 20)
        changed.remove(at: 27)
        try bench.directory.write(lines.joined(separator: "\n") + "\n", to: "old")
        try bench.directory.write(changed.joined(separator: "\n") + "\n", to: "new")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/diff")
        process.arguments = ["-u", "old", "new"]
        process.currentDirectoryURL = URL(fileURLWithPath: bench.directory.path)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let expected = output.split(separator: "\n").dropFirst(2).map(String.init)
        let old = Array((lines.joined(separator: "\n") + "\n").utf8)
        let new = Array((changed.joined(separator: "\n") + "\n").utf8)
        #expect(LineDiff(from: old, to: new).lines == expected)
        #expect(LineDiff(from: old, to: old).lines.isEmpty)
    }

    @Test func `a link out of the directory, a pipe and a huge file are refused without waiting`() throws {
        try save(3)
        let library = try library()
        let path = "\(bench.directory.path)/scripts/detect.lua"
        try bench.directory.write(text(9), to: "outside.lua")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "../outside.lua")
        library.reload(isWhole: true)
        #expect(threshold(library) == text(3))
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        library.reload(isWhole: true)
        #expect(threshold(library) == text(3))
        try FileManager.default.removeItem(atPath: path)
        try bench.directory.write(String(repeating: "-", count: 1 << 21), to: "scripts/detect.lua")
        library.reload(isWhole: true)
        #expect(threshold(library) == text(3))
        try save(5, in: library)
        #expect(threshold(library) == text(5))
    }

    @Test func `a file that is being written counts as it was, while another one is taken`() throws {
        try save(3)
        let library = try library()
        try bench.directory.write("return { feat", to: "scripts/detect.lua")
        try bench.directory.write("return { subject = 'new' }", to: "scripts/notify.lua")
        library.reload(isWhole: true, unfinished: ["detect.lua"])
        #expect(threshold(library) == text(3))
        #expect(library.newest.texts[.notify] != nil)
    }
}
