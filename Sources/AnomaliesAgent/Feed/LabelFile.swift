/// Which records the simulator made anomalous: `{"object","line","rule"}`, a JSON line each, kept beside the
/// pipeline and never in a record. One file a UTC day.
struct LabelFile: Sendable {
    private static let sizeLimit = 1 << 30

    private let directory: String
    private let files: any FileSystem

    init(directory: String, files: any FileSystem) throws(FileError) {
        self.directory = "\(directory)/labels"
        self.files = files
        try files.makeDirectory(self.directory)
    }

    /// Durable once it returns. A package that is made again after a crash is labelled again; readers take a set.
    func append(_ labels: [(line: Int, rule: String)], object: String, time: Milliseconds) throws {
        guard !labels.isEmpty else { return }
        var bytes: [UInt8] = []
        for label in labels {
            let row: JSONValue = [
                "object": .string(object), "line": .integer(Int64(label.line)), "rule": .string(label.rule),
            ]
            try row.write(to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        let path = path(of: time)
        try files.write(bytes, to: path, at: try files.info(path)?.size ?? 0)
    }

    /// The labelled lines of the objects that are asked for.
    func lines(of objects: Set<String>) throws -> [String: Set<Int>] {
        var lines: [String: Set<Int>] = [:]
        for name in try files.names(in: directory) where name.hasSuffix(".jsonl") {
            let bytes = try files.contents(of: "\(directory)/\(name)", limit: Self.sizeLimit)
            for row in bytes.split(separator: UInt8(ascii: "\n")) {
                // A line that a crash cut short belongs to a package that was labelled again.
                guard let label = try? JSONValue(parsing: Array(row)), let object = label["object"]?.string,
                    objects.contains(object), let line = label["line"]?.integer
                else { continue }
                lines[object, default: []].insert(Int(line))
            }
        }
        return lines
    }

    /// The labels that there are in a state directory, read without making anything; none where there are none.
    static func all(
        in directory: String,
        of objects: Set<String>,
        files: any FileSystem
    ) throws -> [String: Set<Int>] {
        guard try files.info("\(directory)/labels")?.isDirectory == true else { return [:] }
        return try LabelFile(directory: directory, files: files).lines(of: objects)
    }

    /// Removes the files of days before `time`.
    func trim(before time: Milliseconds) throws(FileError) {
        let oldest = path(of: time)
        for name in try files.names(in: directory) where "\(directory)/\(name)" < oldest {
            try files.remove("\(directory)/\(name)")
        }
    }

    private func path(of time: Milliseconds) -> String {
        "\(directory)/\(EventTime.day(time)).jsonl"
    }
}
