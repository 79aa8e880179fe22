import Foundation

/// What `api` does: the reference of everything that scripts can use, and the files that are made of it.
public struct APICommand: Sendable {
    /// Where generated parts of a document begin and end.
    private static let parts: [(start: String, end: String, text: String)] = [
        ("<!-- functions -->", "<!-- end of functions -->", AgentAPI.markdown),
        ("<!-- tables -->", "<!-- end of tables -->", AgentAPI.tablesMarkdown),
    ]
    private static let document = "plugins/README.md"

    private let files: any FileSystem

    public init(outside: Outside) { files = outside.files }

    /// - Parameter name: of a function, a table or a key; `nil` for all.
    /// - Throws: ``SetupProblem`` for a name that nothing has.
    public func reference(_ name: String?) throws -> String {
        if let text = AgentAPI.reference(name) { return text }
        let name = name ?? ""
        if let why = AgentAPI.absent[name] { throw SetupProblem("\(name) is not in the sandbox: \(why).") }
        let near = NearestName.of(name, among: AgentAPI.referenceNames).map { " Did you mean \($0)?" } ?? ""
        throw SetupProblem(
            "nothing that scripts can use is called \"\(name)\".\(near) `anomalies-agent api` lists all."
        )
    }

    public var lua: String { LuaStubs.all }

    public var markdown: String {
        "## Functions\n\n\(AgentAPI.markdown)\n## Tables\n\n\(AgentAPI.tablesMarkdown)"
    }

    /// Writes the stubs and the settings of luacheck into a directory that holds `scripts`, and the generated parts of
    /// its plugins/README.md, where it has one.
    ///
    /// - Returns: the paths of what was written; what is as it should be stays as it is.
    public func write(to directory: String) throws -> [String] {
        do {
            guard try files.info("\(directory)/scripts")?.isDirectory == true else {
                throw SetupProblem("\(directory) has no folder scripts. Give the directory that it is in.")
            }
            return try write(try Self.texts(for: directory, files), to: directory)
        } catch let error as FileError {
            throw SetupProblem("\(error)")
        }
    }

    private func write(_ texts: [(path: String, text: String)], to directory: String) throws(FileError) -> [String] {
        var written: [String] = []
        for (path, text) in texts {
            let full = "\(directory)/\(path)"
            let bytes = Array(text.utf8)
            if try files.info(full) != nil, try files.contents(of: full, limit: 1 << 20) == bytes { continue }
            try files.makeDirectory(String(full[..<(full.lastIndex(of: "/") ?? full.endIndex)]))
            try files.replace(full, with: bytes)
            written.append(full)
        }
        return written
    }

    /// Every generated file as it should be; a test compares.
    static func texts(for directory: String, _ files: any FileSystem) throws(FileError) -> [(
        path: String, text: String
    )] {
        let path = "\(directory)/\(document)"
        guard try files.info(path) != nil else { return LuaStubs.files }
        var text = String(decoding: try files.contents(of: path, limit: 1 << 20), as: UTF8.self)
        for part in parts {
            guard let start = text.range(of: part.start)?.upperBound, let end = text.range(of: part.end)?.lowerBound,
                start <= end
            else { continue }
            text.replaceSubrange(start..<end, with: "\n\(part.text)")
        }
        return LuaStubs.files + [(document, text)]
    }
}
