import Scripting

/// The text of a script directory at one moment. One of these that passed its checks is a generation.
struct ScriptSources: Sendable, Equatable {
    /// The scripts that the agent itself asks for; each may be left out where the role can do without.
    enum Name: String, Sendable, CaseIterable {
        case record = "record.lua"
        case inject = "inject.lua"
        case detect = "detect.lua"
        case notify = "notify.lua"
    }

    /// A script is text that somebody wrote; a longer file is something else.
    private static let sizeLimit = 1 << 20

    /// As it was given on the command line; messages name files below it.
    let directory: String
    let texts: [Name: [UInt8]]
    /// The first eight digits of a digest over all of them.
    let generation: String
    /// What is beside them in `tests/`; no part of the generation.
    private(set) var tests = ScriptTestFiles()

    /// - Parameters:
    ///   - last: what was read before.
    ///   - unfinished: files that are taken from there, because somebody is writing them now.
    /// - Throws: when the directory or a file in it cannot be read, or is a link to somewhere else.
    static func read(
        _ directory: String,
        files: any FileSystem,
        keeping last: ScriptSources? = nil,
        of unfinished: Set<String> = []
    ) throws(FileError) -> ScriptSources {
        let directory = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        guard try files.info(directory)?.isDirectory == true else {
            throw FileError(
                "read scripts from",
                directory,
                reason: "it is not a directory. Give the folder that holds record.lua and detect.lua"
            )
        }
        let root = try files.resolved(directory)
        var texts: [Name: [UInt8]] = [:]
        for name in Name.allCases {
            if let last, unfinished.contains(name.rawValue) {
                texts[name] = last.texts[name]
                continue
            }
            let path = "\(directory)/\(name.rawValue)"
            guard try files.info(path) != nil else { continue }
            guard try files.resolved(path).hasPrefix(root == "/" ? root : "\(root)/") else {
                throw FileError(
                    "read",
                    path,
                    reason: "it is a link to a file outside the script directory. Copy it there"
                )
            }
            texts[name] = try files.contents(of: path, limit: sizeLimit)
        }
        var sources = ScriptSources(directory: directory, texts: texts)
        sources.tests = try ScriptTestFiles(directory, files: files)
        return sources
    }

    init(directory: String, texts: [Name: [UInt8]]) {
        self.directory = directory
        self.texts = texts
        var all: [UInt8] = []
        for name in Name.allCases {
            // Lengths between them, so that text moved from one file to the next is another generation.
            all.appendLittleEndian(UInt32(clamping: texts[name]?.count ?? 0))
            all += texts[name] ?? []
        }
        generation = String(Digests.short(all).prefix(8))
    }

    func path(_ name: Name) -> String { "\(directory)/\(name.rawValue)" }
}

/// What is wrong with a script, where: `scripts/detect.lua:3: …`.
struct ScriptProblem: Error, Sendable, Equatable, CustomStringConvertible {
    var description: String
    /// The interpreter's own error, where there was one.
    var cause: ScriptError?

    /// - Parameter line: `nil` where the place is not known; it then names the file's first line.
    init(_ file: String, line: Int?, _ message: String) { description = "\(file):\(line ?? 1): \(message)" }

    /// For messages that name file and line themselves.
    init(_ message: String, cause: ScriptError? = nil) {
        description = message
        self.cause = cause
    }

    /// By file, in the order of their first problem, and by line; of equal ones the first.
    static func sorted(_ problems: [ScriptProblem]) -> [ScriptProblem] {
        var told: Set<String> = []
        var files: [String] = []
        let placed = problems.filter { told.insert($0.description).inserted }.map { problem in
            let parts = problem.description.split(separator: ":", maxSplits: 2)
            let file = parts.first.map(String.init) ?? ""
            if !files.contains(file) { files.append(file) }
            let line = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
            return (file: files.firstIndex(of: file) ?? 0, line: line, problem: problem)
        }
        return placed.enumerated().sorted {
            ($0.element.file, $0.element.line, $0.offset) < ($1.element.file, $1.element.line, $1.offset)
        }
        .map(\.element.problem)
    }
}

/// Every problem of a script directory, in one go.
struct ScriptProblems: Error, Sendable, CustomStringConvertible {
    var problems: [ScriptProblem]
    var description: String { problems.map(\.description).joined(separator: "\n") }
}
