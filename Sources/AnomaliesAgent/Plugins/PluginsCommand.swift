import Foundation
public import Logging
import Scripting

/// What `plugins` does: says what is in the folder of plugins, whether each may run, and runs their examples.
public struct PluginsCommand: Sendable {
    private let configuration: Configuration
    private let outside: Outside
    private let log: Logger

    public init(configuration: Configuration, outside: Outside, log: Logger) {
        self.configuration = configuration
        self.outside = outside
        self.log = log
    }

    /// What plugins can call, as Markdown.
    public static var calls: String { PluginCalls.markdown }

    private var directory: String { configuration.pluginFolder.directory }

    /// Each plugin with what it needs, whether that is allowed, and its options.
    ///
    /// - Parameter names: those to show; empty for all.
    /// - Returns: the text, and whether all of them, and all sections of the configuration, are well.
    public func list(_ names: [String], asJSON: Bool) throws -> (lines: [String], isGood: Bool) {
        var lines: [String] = []
        var isGood = true
        for name in try selected(names) {
            let row = try row(name)
            if row["problems"]?.array?.isEmpty == false { isGood = false }
            lines += asJSON ? [row.display] : Self.lines(row)
        }
        if names.isEmpty {
            let known = try PluginFolder.names(in: directory, files: outside.files)
            for name in configuration.plugins.keys.sorted() where !known.contains(name) {
                isGood = false
                let problem = problems(of: name).joined(separator: "\n")
                lines.append(
                    asJSON
                        ? JSONValue.object(["name": .string(name), "problems": [.string(problem)]]).display : problem
                )
            }
            if lines.isEmpty, !asJSON { lines.append("there are no plugins in \(directory)") }
        }
        return (lines, isGood)
    }

    private func row(_ name: String) throws -> JSONValue {
        var row: JSONObject = ["name": .string(name)]
        do {
            guard let folder = try PluginFolder.read(name, in: directory, files: outside.files) else {
                throw SetupProblem("there is no \(directory)/\(name)/plugin.lua")
            }
            let manifest = try PluginScript.manifest(of: folder, budget: configuration.scriptBudget, log: log)
            let isAsked = configuration.plugins[name] != nil
            row["kind"] = .string(manifest.kind.rawValue)
            row["version"] = .string(manifest.version)
            row["summary"] = .string(manifest.summary)
            row["generation"] = .string(folder.generation)
            row["enabled"] = .boolean(isAsked)
            row["needs"] = .array(manifest.needs.texts.map(JSONValue.string))
            row["options"] = .array(
                manifest.options.map { option in
                    var object: JSONObject = [
                        "name": .string(option.name), "type": .string(option.kind.rawValue),
                        "required": .boolean(option.isRequired), "doc": .string(option.summary),
                    ]
                    object["default"] = option.standard.flatMap(PluginOption.text).map(JSONValue.string)
                    return .object(object)
                }
            )
            let problems = isAsked ? self.problems(of: name) : []
            row["problems"] = .array(problems.map(JSONValue.string))
        } catch let error as ScriptProblems {
            row["problems"] = .array(error.problems.map { .string($0.description) })
        } catch {
            row["problems"] = [.string("\(error)")]
        }
        return .object(row)
    }

    /// What keeps the plugin from running as it is configured.
    private func problems(of name: String) -> [String] {
        var only = configuration
        only.plugins = only.plugins.filter { $0.key == name }
        do {
            _ = try PluginLibrary(only, outside: outside, log: log)
            return []
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    private static func lines(_ row: JSONValue) -> [String] {
        let name = row["name"]?.string ?? ""
        let problems = (row["problems"]?.array ?? []).compactMap(\.string)
        guard let kind = row["kind"]?.string else { return problems }
        let state = row["enabled"]?.boolean != true ? "no section, not run" : problems.isEmpty ? "allowed" : "REFUSED"
        var lines = [
            "\(name)  \(kind) \(row["version"]?.string ?? "")  (\(state))", "    \(row["summary"]?.string ?? "")",
        ]
        let needs = (row["needs"]?.array ?? []).compactMap(\.string)
        if !needs.isEmpty { lines.append("    needs \(needs.joined(separator: ", "))") }
        for option in row["options"]?.array ?? [] {
            let standard = option["default"]?.string.map { $0.isEmpty ? "" : " (default \($0))" }
            let mark = option["required"]?.boolean == true ? " (required)" : standard ?? ""
            lines.append(
                "    \(option["name"]?.string ?? ""): \(option["type"]?.string ?? "")\(mark)  \(option["doc"]?.string ?? "")"
            )
        }
        return lines + problems.map { "    ! \($0)" }
    }

    /// Runs the examples of plugins.
    ///
    /// - Returns: a line an example, with what is not as it should be, and whether all is.
    public func test(_ names: [String], asJSON: Bool) throws -> (lines: [String], isGood: Bool) {
        var lines: [String] = []
        var isGood = true
        for name in try selected(names) {
            guard let folder = try PluginFolder.read(name, in: directory, files: outside.files) else { continue }
            let examples = try outside.files.names(in: "\(folder.path)/examples").filter { $0.hasSuffix(".json") }
            if examples.isEmpty, !asJSON { lines.append("\(name): no examples") }
            for file in examples {
                let problems = try problems(ofExample: "\(folder.path)/examples/\(file)", folder)
                isGood = isGood && problems.isEmpty
                if asJSON {
                    lines.append(
                        JSONValue.object([
                            "plugin": .string(name), "example": .string(file), "passed": .boolean(problems.isEmpty),
                            "problems": .array(problems.map(JSONValue.string)),
                        ]).display
                    )
                } else {
                    lines.append("\(name)/examples/\(file): \(problems.isEmpty ? "passed" : "FAILED")")
                    lines += problems.map { "    \($0)" }
                }
            }
        }
        return (lines, isGood)
    }

    private func problems(ofExample path: String, _ folder: PluginFolder) throws -> [String] {
        do {
            let document = try JSONValue(parsing: try outside.files.contents(of: path, limit: 1 << 20))
            let example = PluginExample(name: path, document: document)
            return try example.run(folder, budget: configuration.scriptBudget, log: log)
        } catch let error as RecordError {
            return ["the file \(error)"]
        } catch let error as ScriptProblems {
            return error.problems.map(\.description)
        }
    }

    /// The parts of README.md and sample.cfg that follow from the manifest.
    ///
    /// - Parameter write: puts them into the plugin's files, between the marks in README.md.
    public func documents(_ name: String, write: Bool) throws -> [String] {
        guard let folder = try PluginFolder.read(name, in: directory, files: outside.files) else {
            throw SetupProblem("there is no \(directory)/\(name)/plugin.lua.")
        }
        let manifest: PluginManifest
        do {
            manifest = try PluginScript.manifest(of: folder, budget: configuration.scriptBudget, log: log)
        } catch {
            throw SetupProblem("\(error)")
        }
        let documents = PluginDocuments(manifest: manifest)
        guard write else { return [documents.readme, documents.sample] }
        let path = "\(folder.path)/README.md"
        var readme = "# \(name)\n\n\(manifest.summary)\n\n\(PluginDocuments.start)\n\(PluginDocuments.end)\n"
        if try outside.files.info(path) != nil {
            readme = String(decoding: try outside.files.contents(of: path, limit: 1 << 20), as: UTF8.self)
        }
        guard let start = readme.range(of: PluginDocuments.start)?.upperBound,
            let end = readme.range(of: PluginDocuments.end)?.lowerBound, start <= end
        else { throw SetupProblem("\(path) lacks the lines \(PluginDocuments.start) and \(PluginDocuments.end).") }
        readme.replaceSubrange(start..<end, with: "\n\(documents.readme)")
        try outside.files.replace(path, with: Array(readme.utf8))
        try outside.files.replace("\(folder.path)/sample.cfg", with: Array(documents.sample.utf8))
        return ["\(path) and \(folder.path)/sample.cfg are written."]
    }

    /// - Throws: ``SetupProblem`` for a name that is not there.
    private func selected(_ names: [String]) throws -> [String] {
        let known = try PluginFolder.names(in: directory, files: outside.files)
        for name in names where !known.contains(name) {
            let near = NearestName.of(name, among: known).map { "Did you mean \($0)?" }
            let all =
                known.isEmpty ? "Name another folder with --plugins." : "There are \(known.joined(separator: ", "))."
            throw SetupProblem("there is no plugin \(name) in \(directory). \(near ?? all)")
        }
        return names.isEmpty ? known : names
    }
}
