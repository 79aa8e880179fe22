import Logging
import Scripting

/// The plugins that a configuration asks for: those with a section `[plugin NAME]`, and no others.
struct PluginLibrary: Sendable {
    let directory: String
    let setups: [PluginSetup]
    let configuration: Configuration
    private let environment: [String: String]
    let files: any FileSystem
    let log: Logger

    /// - Throws: ``SetupProblem`` with everything that is wrong with the plugins and their sections.
    init(_ configuration: Configuration, outside: Outside, log: Logger) throws(SetupProblem) {
        self.configuration = configuration
        self.log = log
        directory = configuration.pluginFolder.directory
        environment = outside.environment
        files = outside.files
        var problems: [String] = []
        var setups: [PluginSetup] = []
        for name in configuration.plugins.keys.sorted() {
            let section = PluginSection(name, of: configuration)
            let found = Self.setup(section, configuration, environment: environment, files: files, log, &problems)
            if let setup = found { setups.append(setup) }
        }
        guard problems.isEmpty else { throw SetupProblem(problems.joined(separator: "\n")) }
        self.setups = setups
    }

    func setups(_ kind: PluginManifest.Kind) -> [PluginSetup] { setups.filter { $0.manifest.kind == kind } }

    /// The plugin as its folder is now, where it has changed.
    ///
    /// - Parameter wasGone: a folder that is there again is a change, whatever is in it.
    /// - Returns: `nil` while it is the same.
    /// - Throws: ``SetupProblem`` with what is wrong with the change.
    func changed(_ setup: PluginSetup, wasGone: Bool) throws -> PluginSetup? {
        let folder = try PluginFolder.read(setup.name, in: directory, files: files)
        guard folder != setup.folder || wasGone else { return nil }
        return try fresh(setup.name, kind: setup.manifest.kind)
    }

    /// - Throws: ``SetupProblem``
    private func fresh(_ name: String, kind: PluginManifest.Kind) throws(SetupProblem) -> PluginSetup {
        var problems: [String] = []
        let section = PluginSection(name, of: configuration)
        let found = Self.setup(section, configuration, environment: environment, files: files, log, &problems)
        guard let found else { throw SetupProblem(problems.joined(separator: "\n")) }
        guard found.manifest.kind == kind else {
            throw SetupProblem("\(found.folder.programPath): it was a \(kind.rawValue). Start the agent again.")
        }
        return found
    }

    private static func setup(
        _ section: PluginSection,
        _ configuration: Configuration,
        environment: [String: String],
        files: any FileSystem,
        _ log: Logger,
        _ problems: inout [String]
    ) -> PluginSetup? {
        let directory = configuration.pluginFolder.directory
        do {
            guard let folder = try PluginFolder.read(section.name, in: directory, files: files) else {
                let others = try PluginFolder.names(in: directory, files: files)
                let near = NearestName.of(section.name, among: others).map { "Did you mean [plugin \($0)]?" }
                let advice =
                    others.isEmpty ? "Set [Plugins] directory." : "There are \(others.joined(separator: ", "))."
                problems.append(
                    "\(section.location(nil)): there is no \(directory)/\(section.name)/plugin.lua. \(near ?? advice)"
                )
                return nil
            }
            let manifest = try PluginScript.manifest(of: folder, budget: configuration.scriptBudget, log: log)
            return section.setup(folder, manifest, environment: environment, files: files, problems: &problems)
        } catch let error as ScriptProblems {
            problems += error.problems.map(\.description)
        } catch {
            problems.append("\(error)")
        }
        return nil
    }
}

extension Configuration {
    var scriptBudget: ScriptBudget {
        ScriptBudget(instructions: scripts.instructions, heapBytes: scripts.memoryBytes)
    }
}
