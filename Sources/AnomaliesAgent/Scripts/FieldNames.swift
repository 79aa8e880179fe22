import Scripting

/// The fields that detect.lua names, compared with those that record.lua makes: a slip in one sends every record to
/// quarantine.
struct FieldNames {
    private let sources: ScriptSources
    private let environment: ScriptEnvironment

    init(_ sources: ScriptSources, _ environment: ScriptEnvironment) {
        self.sources = sources
        self.environment = environment
    }

    /// Names that no field has and one nearly has.
    ///
    /// - Precondition: both scripts pass ``ScriptCheck``.
    var problems: [ScriptProblem] {
        let loader = ScriptLoader(sources: sources, environment: environment)
        guard sources.texts[.record] != nil, let detect = try? loader.load(.detect),
            let rules = try? loader.detect().rules, let workload = try? loader.workload().workload
        else { return [] }
        let fields = workload.fields.map(\.name)
        var names: [(key: String, path: String)] = []
        if case .declared(let paths) = rules.features { names += paths.map { ("features", $0.description) } }
        names += [("key", rules.key), ("time", rules.time), ("expect.per", rules.expectation?.per)]
            .compactMap { key, path in path.map { (key, $0.description) } }
        return names.compactMap { key, path in
            let field = path.split(separator: ".").first.map(String.init) ?? path
            guard !fields.contains(field), !fields.contains(path), !Self.derived(detect).contains(path),
                let near = NearestName.of(field, among: fields)
            else { return nil }
            return ScriptProblem(
                detect.path,
                line: detect.line(of: key),
                "\(key): record.lua makes no field \(field). Did you mean \"\(near)\"?"
            )
        }
    }

    /// Fields that detect.lua makes itself.
    private static func derived(_ script: LoadedScript) -> [String] {
        guard case .table(let table) = script.value, case .table(let derived)? = table["derive"] else { return [] }
        return derived.fields.map(\.key)
    }
}
