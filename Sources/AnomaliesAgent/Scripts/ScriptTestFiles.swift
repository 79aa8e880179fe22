/// The files of `tests/` beside the scripts: Lua files with tests, and files of records that they name.
struct ScriptTestFiles: Sendable, Equatable {
    static let folder = "tests"
    private static let fileLimit = 100
    private static let testBytes = 256 << 10
    private static let recordBytes = 8 << 20

    struct File: Sendable, Equatable {
        var name: String
        var bytes: [UInt8]
    }

    /// Sorted by name.
    private(set) var files: [File] = []

    init() {}

    /// - Parameter directory: of the scripts.
    /// - Throws: where a file cannot be read, is too long, or is a link to somewhere else.
    init(_ directory: String, files system: any FileSystem) throws(FileError) {
        let folder = "\(directory)/\(Self.folder)"
        guard try system.info(folder)?.isDirectory == true else { return }
        let root = try system.resolved(directory)
        for name in try system.names(in: folder) where !name.hasPrefix(".") {
            let isTest = name.hasSuffix(".lua")
            guard isTest || name.hasSuffix(".jsonl") || name.hasSuffix(".json") else { continue }
            let path = "\(folder)/\(name)"
            guard try system.resolved(path).hasPrefix(root == "/" ? root : "\(root)/") else {
                throw FileError("read", path, reason: "it is a link to a file outside the script directory")
            }
            guard files.count < Self.fileLimit else {
                throw FileError(
                    "read",
                    folder,
                    reason: "it holds more than \(Self.fileLimit) files of tests and records"
                )
            }
            let bytes = try system.contents(of: path, limit: isTest ? Self.testBytes : Self.recordBytes)
            files.append(File(name: name, bytes: bytes))
        }
    }

    var isEmpty: Bool { files.isEmpty }
    var tests: [File] { files.filter { $0.name.hasSuffix(".lua") } }

    subscript(name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }
}
