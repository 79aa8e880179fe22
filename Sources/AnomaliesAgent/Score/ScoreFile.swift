internal import Glibc

/// One file to score, and where its scores go.
public struct ScoreFile: Sendable, Equatable {
    enum Format: Sendable { case csv, json }

    private static let endings: [(String, Format)] = [
        (".csv", .csv), (".json", .json), (".jsonl", .json), (".ndjson", .json),
    ]
    /// Deeper than people nest folders; a link to a folder above it would go on for ever.
    private static let depthLimit = 64

    public let input: String
    public let output: String
    let format: Format

    /// The files that `paths` name, in the order of the arguments and then of names.
    ///
    /// A directory stands for every `.csv`, `.json`, `.jsonl` and `.ndjson` in it, gzipped (`.gz`) or not, each at the
    /// same relative path below `output`; a file stands for itself, directly below `output`. Scores are never
    /// compressed: a `.gz` at the end of a name is dropped.
    ///
    /// - Throws: ``SetupProblem`` for what is not there, for two files with one output, and before an input would be
    ///   overwritten.
    static func find(_ paths: [String], output: String, files: any FileSystem) throws -> [ScoreFile] {
        do throws(FileError) {
            try files.makeDirectory(output)
        } catch {
            throw SetupProblem("\(error). Give --output a directory that can be written.")
        }
        var finder = Finder(root: output, files: files)
        do {
            for path in paths { try finder.add(path) }
        } catch let error as FileError {
            throw SetupProblem("\(error)")
        }
        return finder.found
    }

    private init(input: String, output: String, format: Format) {
        self.input = input
        self.output = output
        self.format = format
    }

    /// - Returns: the name without `.gz` and what the file should hold, `nil` for other files.
    private static func plain(_ name: String) -> (name: String, format: Format)? {
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        return endings.first { plain.hasSuffix($0.0) }.map { (plain, $0.1) }
    }

    private struct Finder {
        let root: String
        let files: any FileSystem
        var found: [ScoreFile] = []
        private var inputs: [String: String] = [:]

        init(root: String, files: any FileSystem) {
            self.root = root
            self.files = files
        }

        mutating func add(_ path: String) throws {
            guard let info = try files.info(path) else {
                throw SetupProblem("\(path): there is no such file or directory.")
            }
            guard info.isDirectory else {
                let name = path.split(separator: "/").last.map(String.init) ?? path
                guard let (plain, format) = ScoreFile.plain(name) else {
                    throw SetupProblem(
                        "\(path): its name says neither CSV nor JSON. "
                            + "Name it .csv, .json, .jsonl or .ndjson, with or without .gz."
                    )
                }
                return try take(path, relative: plain, format)
            }
            guard canonical(path) != canonical(root) else {
                throw SetupProblem(
                    "\(path): the scores would overwrite what is to be scored. Give --output another directory."
                )
            }
            let before = found.count
            try walk(path, relative: "", depth: 0)
            if found.count == before {
                throw SetupProblem(
                    "\(path): there are no .csv, .json, .jsonl or .ndjson files in it, with or without .gz."
                )
            }
        }

        private mutating func walk(_ directory: String, relative: String, depth: Int) throws {
            guard depth < depthLimit else {
                throw SetupProblem(
                    "\(directory): folders are nested more than \(depthLimit) deep. Is a link leading back?"
                )
            }
            let directory = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
            for name in try files.names(in: directory) {
                let path = "\(directory)/\(name)"
                guard let info = try files.info(path) else { continue }
                if info.isDirectory {
                    // The output may lie in the input, and is no input.
                    if canonical(path) != canonical(root) {
                        try walk(path, relative: "\(relative)\(name)/", depth: depth + 1)
                    }
                } else if info.isRegular, let (plain, format) = ScoreFile.plain(name) {
                    try take(path, relative: relative + plain, format)
                }
            }
        }

        private mutating func take(_ input: String, relative: String, _ format: Format) throws {
            let output = "\(root)/\(relative)"
            if let other = inputs.updateValue(input, forKey: output) {
                throw SetupProblem(
                    "\(other) and \(input): the scores of both would be \(output). Score them into two directories."
                )
            }
            guard canonical(input) != canonical(output) else {
                throw SetupProblem("\(input): its scores would overwrite it. Give --output another directory.")
            }
            found.append(ScoreFile(input: input, output: output, format: format))
        }

        /// Without links and dots; as it is where nothing is there yet.
        private func canonical(_ path: String) -> String {
            guard let resolved = realpath(path, nil) else { return path }
            defer { free(resolved) }
            return String(cString: resolved)
        }
    }
}
