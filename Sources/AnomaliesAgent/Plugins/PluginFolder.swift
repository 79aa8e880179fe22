/// One folder of `plugins/` as it was read: the program of a plugin and which one it is.
struct PluginFolder: Sendable, Equatable {
    static let program = "plugin.lua"
    private static let sizeLimit = 256 << 10

    let name: String
    /// `plugins/slack`
    let path: String
    let text: [UInt8]

    var programPath: String { "\(path)/\(Self.program)" }

    /// The first eight digits of a digest of the program.
    var generation: String { String(Digests.short(text).prefix(8)) }

    /// - Returns: `nil` where there is no plugin of that name.
    static func read(_ name: String, in directory: String, files: any FileSystem) throws(FileError) -> PluginFolder? {
        let path = "\(directory)/\(name)"
        guard try files.info("\(path)/\(program)") != nil else { return nil }
        return PluginFolder(
            name: name,
            path: path,
            text: try files.contents(of: "\(path)/\(program)", limit: sizeLimit)
        )
    }

    /// The names of all plugins in a directory, sorted; none where there is no such directory.
    static func names(in directory: String, files: any FileSystem) throws(FileError) -> [String] {
        var names: [String] = []
        for name in try files.names(in: directory) where !name.hasPrefix(".") {
            if try files.info("\(directory)/\(name)/\(program)") != nil { names.append(name) }
        }
        return names
    }
}
