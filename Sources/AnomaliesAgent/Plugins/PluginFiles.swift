import Glibc
import Scripting

/// The files below the folders that a plugin was allowed, and no others: links that lead out of them are not followed.
struct PluginFiles: Sendable {
    private static let sizeLimit = 1 << 20
    private static let nameLimit = 10_000

    let roots: [String]
    let files: any FileSystem

    /// - Returns: `nil` where there is no such file.
    func read(_ path: String) throws(ScriptError) -> LuaValue {
        guard let place = try self.place(path) else { return .nil }
        return PluginCalls.text(
            try attempt { () throws(FileError) in try files.contents(of: place, limit: Self.sizeLimit) }
        )
    }

    /// The names in a folder, sorted by bytes; none where there is no such folder.
    func names(_ path: String) throws(ScriptError) -> LuaValue {
        guard let place = try self.place(path) else { return .table(LuaTable(array: [])) }
        let names = try attempt { () throws(FileError) in try files.names(in: place) }
        return .table(LuaTable(array: names.prefix(Self.nameLimit).map(LuaValue.string)))
    }

    /// Adds to the end of a file, which is made where there is none; durable when it returns.
    func append(_ path: String, _ text: [UInt8]) throws(ScriptError) -> LuaValue {
        let place: String
        if let found = try self.place(path) {
            place = found
        } else {
            // The file is new: its folder must be there, and inside.
            guard let slash = path.lastIndex(of: "/"), case let name = path[path.index(after: slash)...], !name.isEmpty,
                name != ".", name != "..", let folder = try self.place(String(path[..<slash]))
            else { throw .refused("there is no folder for \(path.prefix(200))") }
            place = "\(folder)/\(name)"
        }
        try attempt { () throws(FileError) in
            try files.write(text, to: place, at: try files.info(place)?.size ?? 0)
        }
        return .nil
    }

    /// Where a path really leads.
    ///
    /// - Returns: `nil` where nothing is there.
    private func place(_ path: String) throws(ScriptError) -> String? {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else { throw .refused("expected an absolute path") }
        guard let real = Self.resolved(path) else {
            guard !path.split(separator: "/").contains(".."), roots.contains(where: { Self.isInside(path, $0) }) else {
                throw refusal(path)
            }
            return nil
        }
        guard roots.contains(where: { root in Self.resolved(root).map { Self.isInside(real, $0) } ?? false }) else {
            throw refusal(path)
        }
        return real
    }

    private func refusal(_ path: String) -> ScriptError {
        .refused(
            "\(path.prefix(200)) is not allowed; the configuration allows \(roots.map { "files:\($0)" }.joined(separator: ", "))"
        )
    }

    private static func isInside(_ path: String, _ root: String) -> Bool {
        path == root || path.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }

    private static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    private func attempt<Value>(_ body: () throws(FileError) -> Value) throws(ScriptError) -> Value {
        do throws(FileError) { return try body() } catch { throw .refused("\(error)") }
    }
}
