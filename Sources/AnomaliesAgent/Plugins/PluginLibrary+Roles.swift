import AWS
import Transport

/// What the roles get of the plugins, each loaded for the thread that will run it.
extension PluginLibrary {
    /// Notifiers and sinks: each takes the pace of its own other side.
    func steps(state: StateStore, outside: Outside) throws -> [any PipelineStep] {
        let names = setups.map(\.name)
        try state.write { try PluginStatus.forget(except: names, in: $0) }
        let notifiers = try setups(.notifier).map { setup -> any PipelineStep in
            try PluginNotifier(
                try runner(setup, state: state, outside: outside),
                state: state,
                clock: outside.clock,
                log: log
            )
        }
        let sinks = try setups(.sink).map { setup -> any PipelineStep in
            try PluginSink(
                try runner(setup, state: state, outside: outside),
                state: state,
                clock: outside.clock,
                log: log
            )
        }
        return notifiers + sinks
    }

    /// `nil` where no decoder is asked for.
    func decoders(state: StateStore, outside: Outside) throws -> sending PluginDecoders? {
        let setups = setups(.decoder)
        guard !setups.isEmpty else { return nil }
        return PluginDecoders(
            try setups.map { try runner($0, state: state, outside: outside) },
            keep: Int64(configuration.state.keepDays * 86_400_000),
            prefix: configuration.aws.prefix,
            state: state
        )
    }

    /// Those of one shard, with programs of its own; `nil` where none of them is asked for.
    func detect(state: StateStore, outside: Outside) throws -> sending DetectPlugins? {
        guard !(setups(.detector) + setups(.rule) + setups(.feature)).isEmpty else { return nil }
        return DetectPlugins(
            detectors: try setups(.detector).map { try runner($0, state: state, outside: outside) },
            rules: try setups(.rule).map { try runner($0, state: state, outside: outside) },
            features: try setups(.feature).map { try runner($0, state: state, outside: outside) }
        )
    }

    /// - Throws: ``SetupProblem`` where there is not exactly one source.
    func source(state: StateStore, outside: Outside) throws -> sending PluginSource {
        let setups = setups(.source)
        guard let setup = setups.first, setups.count == 1 else {
            let names = setups.map(\.name).joined(separator: ", ")
            throw SetupProblem(
                "[Feed] source is plugin, and \(setups.isEmpty ? "no section is one of a source" : "\(names) are sources"). "
                    + "Have one section [plugin NAME] of a source."
            )
        }
        return PluginSource(try runner(setup, state: state, outside: outside), clock: outside.clock)
    }

    var detectorRules: [String: PluginDetectorRule] {
        Dictionary(
            uniqueKeysWithValues: setups(.detector).map { setup in
                let rule = PluginDetectorRule(
                    name: setup.name,
                    window: Int(setup.manifest.window.value(setup.options)),
                    threshold: setup.manifest.threshold.value(setup.options)
                )
                return (setup.name, rule)
            }
        )
    }

    func runner(_ setup: PluginSetup, state: StateStore, outside: Outside) throws -> sending PluginRunner {
        try PluginRunner(
            setup,
            library: self,
            ports: ports(for: setup, outside: outside),
            state: state,
            budget: configuration.scriptBudget,
            log: log
        )
    }

    private func ports(for setup: PluginSetup, outside: Outside) -> PluginPorts {
        guard setup.manifest.kind.reachesOut else { return PluginPorts(network: nil, clock: outside.clock) }
        if let network = outside.network { return PluginPorts(network: network, clock: outside.clock, files: files) }
        let cloud = Cloud(configuration, outside: outside)
        let network = LivePluginNetwork(caFile: outside.environment["SSL_CERT_FILE"]) { service in
            // Whoever calls the plugin tries again, and with longer pauses.
            try cloud.client(for: service, retry: .never)
        }
        return PluginPorts(network: network, clock: outside.clock, files: files)
    }
}
