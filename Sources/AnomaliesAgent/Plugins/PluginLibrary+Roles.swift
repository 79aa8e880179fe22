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
        if let network = outside.network { return PluginPorts(network: network, clock: outside.clock) }
        let cloud = Cloud(configuration, outside: outside)
        let network = LivePluginNetwork(caFile: outside.environment["SSL_CERT_FILE"]) { service in
            try cloud.client(for: service)
        }
        return PluginPorts(network: network, clock: outside.clock)
    }
}
