/// Where recorded packages are to be learned from: what `--warm-from` says.
enum WarmSource: Sendable, Equatable, CustomStringConvertible {
    /// Packages on disk, in the order in which they are learned.
    case files([String], named: String)
    /// The bucket's packages of so long before the start.
    case last(Duration, named: String)

    private static let fileLimit = 100_000
    private static let depthLimit = 8
    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    private static let longest = 31_536_000.0

    var description: String {
        switch self {
        case .files(let paths, let name): paths.count == 1 ? name : "\(paths.count) files (\(name))"
        case .last(_, let name): "the packages of the \(name)"
        }
    }

    /// - Parameter words: `last 24h`, or paths of files, directories, or patterns such as `old/*.gz`, learned in this
    ///   order and in a directory by name.
    /// - Throws: ``SetupProblem`` for words that stand for nothing.
    init(_ words: [String], files: any FileSystem) throws(SetupProblem) {
        let parts = words.flatMap { $0.split(separator: " ").map(String.init) }
        if parts.first == "last", parts.count == 2 {
            let seconds = parts[1].last.flatMap { Self.units[$0] }.flatMap { unit in
                Double(parts[1].dropLast()).map { $0 * unit }
            }
            guard let seconds, seconds > 0, seconds <= Self.longest else {
                throw SetupProblem(
                    "--warm-from last \(parts[1]): expected a time such as 90m, 24h or 7d, up to a year."
                )
            }
            self = .last(.milliseconds(Int64(seconds * 1000)), named: "last \(parts[1])")
            return
        }
        var paths: [String] = []
        for word in words {
            let found: [String]
            do throws(FileError) {
                found = try Self.find(word, files: files)
            } catch {
                throw SetupProblem("--warm-from: \("\(error)".asSentence)")
            }
            guard !found.isEmpty else {
                throw SetupProblem(
                    "--warm-from \(word): there is no such file. Name packages, a directory of them, or last 24h."
                )
            }
            paths += found
        }
        guard paths.count <= Self.fileLimit else {
            throw SetupProblem(
                "--warm-from: \(paths.count) files are more than the \(Self.fileLimit) that are learned at once."
            )
        }
        self = .files(paths, named: words.prefix(3).joined(separator: " ") + (words.count > 3 ? " …" : ""))
    }

    /// What `words` stand for, with every file opened once; `nil` for no words.
    static func checked(
        _ words: [String],
        configuration: Configuration,
        files: any FileSystem
    ) throws(SetupProblem) -> WarmSource? {
        guard !words.isEmpty else { return nil }
        let source = try WarmSource(words, files: files)
        try WarmStart.check(source, limits: WarmStart.PackageLimits(configuration), files: files)
        return source
    }

    private static func find(_ path: String, files: any FileSystem) throws(FileError) -> [String] {
        if let info = try files.info(path) {
            return info.isDirectory ? try under(path, files: files, depth: 0) : [path]
        }
        guard path.contains("*") || path.contains("?") else { return [] }
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[...$0]) } ?? ""
        let pattern = slash.map { path[path.index(after: $0)...] } ?? path[...]
        var found: [String] = []
        for name in try files.names(in: directory.isEmpty ? "." : directory) {
            if matches(name, pattern), try files.info(directory + name)?.isRegular == true {
                found.append(directory + name)
            }
        }
        return found
    }

    private static func under(_ directory: String, files: any FileSystem, depth: Int) throws(FileError) -> [String] {
        guard depth < depthLimit else { return [] }
        var found: [String] = []
        for name in try files.names(in: directory) where !name.hasPrefix(".") {
            let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
            guard let info = try files.info(path) else { continue }
            if info.isDirectory { found += try under(path, files: files, depth: depth + 1) }
            if info.isRegular { found.append(path) }
            if found.count > fileLimit { break }
        }
        return found
    }

    /// `*` stands for anything, `?` for one character; names that begin with a dot match only one that does.
    static func matches(_ name: String, _ pattern: Substring) -> Bool {
        guard name.hasPrefix(".") == pattern.hasPrefix(".") else { return false }
        let (name, pattern) = (Array(name), Array(pattern))
        var (at, place) = (0, 0)
        /// Where the last star was, and how far it reached.
        var star: (place: Int, at: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[at] {
                (at, place) = (at + 1, place + 1)
            } else if let back = star {
                star = (back.place, back.at + 1)
                (at, place) = (back.at + 1, back.place + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }
}
