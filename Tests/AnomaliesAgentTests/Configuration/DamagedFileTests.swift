import Foundation
import Testing

@testable import AnomaliesAgent

/// The kit's damaged files. It lies beside the repository and may be absent.
@Suite struct DamagedFileTests {
    static let folder: URL? = {
        var folder = ShippedFileTests.root
        while folder.path != "/" {
            folder = folder.deletingLastPathComponent().standardizedFileURL
            let kit = folder.appending(path: "shared/kit/bad_inputs")
            if FileManager.default.fileExists(atPath: kit.appending(path: "manifest.tsv").path) { return kit }
        }
        return nil
    }()

    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let expect: [String]
        var testDescription: String { file }
    }

    static let rows: [Row] = {
        guard let folder, let text = try? String(contentsOf: folder.appending(path: "manifest.tsv"), encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns[0] == "ini" else { return nil }
            return Row(file: String(columns[1]), expect: columns[3].split(separator: "|").map(String.init))
        }
    }()

    @Test(.enabled(if: folder != nil, "../shared/kit/bad_inputs is absent"), arguments: rows)
    func `a damaged file is treated as the manifest says`(row: Row) throws {
        let path = try #require(Self.folder).appending(path: row.file).path
        var isAccepted = true
        do {
            _ = try ConfigurationLoader.load(file: path)
        } catch {
            isAccepted = false
        }
        #expect(row.expect.contains(isAccepted ? "records=0" : "reject"))
    }

    @Test(.enabled(if: folder != nil, "../shared/kit/bad_inputs is absent"))
    func `the messages name line, key, near name and all three numbers`() throws {
        let folder = try #require(Self.folder)
        func found(_ file: String) -> [String] {
            do {
                _ = try ConfigurationLoader.load(file: folder.appending(path: "ini/\(file)").path)
                return []
            } catch {
                return error.problems.map { $0.description.replacing(folder.path + "/", with: "") }
            }
        }
        #expect(
            found("unknown_key.ini") == [
                "ini/unknown_key.ini:2: [AWS] has no option \"regoin\". Did you mean \"region\"?"
            ]
        )
        #expect(
            found("bad_int.ini").map { $0.prefix(17) } == [
                "ini/bad_int.ini:2", "ini/bad_int.ini:3", "ini/bad_int.ini:4",
            ]
        )
        #expect(found("no_section.ini").count == 1)
        #expect(found("dup.ini").first?.hasPrefix("ini/dup.ini:4: \"region\" is already set in line 2.") == true)
    }
}
