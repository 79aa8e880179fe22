/// Where records come from, and that nobody is paged for invented ones: the simulator is only the default where the
/// bucket is the agent's own, or holds nothing but what this agent wrote.
struct FeedChoice {
    /// The most that is listed to find an object of somebody else.
    private static let pageLimit = 100

    let configuration: Configuration
    let state: StateStore
    let objects: any ObjectStore

    init(_ configuration: Configuration, state: StateStore, objects: any ObjectStore) {
        self.configuration = configuration
        self.state = state
        self.objects = objects
    }

    /// - Throws: ``SetupProblem`` where somebody has to say it.
    func source() async throws -> Configuration.FeedSource {
        guard configuration.feed.source == .auto else { return configuration.feed.source }
        guard let foreign = try await foreignKey() else { return .simulate }
        throw SetupProblem(
            """
            \(objects.name) holds objects that this agent did not write (\(foreign)), so nothing is simulated into it. \
            Set [Feed] source: none to watch them, or simulate to add invented records all the same.
            """
        )
    }

    /// The first key that this agent did not make, `nil` when there is none.
    func foreignKey() async throws -> String? {
        guard !objects.isEmbedded else { return nil }
        var last: String?
        for _ in 0..<Self.pageLimit {
            let page = try await objects.list(prefix: configuration.aws.prefix, after: last)
            guard let end = page.last else { return nil }
            for object in page where !(try state.read { try FeedJournal.made(key: object.key, in: $0) }) {
                return object.key
            }
            last = end.key
        }
        return nil
    }
}

/// From when on objects are relayed: settled once, on the first start, and kept.
struct RelayStart {
    let configuration: Configuration
    let state: StateStore
    let objects: any ObjectStore
    let clock: any PipelineClock

    init(_ configuration: Configuration, state: StateStore, objects: any ObjectStore, clock: any PipelineClock) {
        self.configuration = configuration
        self.state = state
        self.objects = objects
        self.clock = clock
    }

    /// - Returns: objects that were last changed before this instant are left alone.
    func settle() async throws -> Milliseconds {
        let known = try state.read { try Meta.value("relay start", in: $0) }.flatMap { Int64($0) }
        switch configuration.aws.start {
        case .all: return try keep(0)
        case .now: return try known ?? keep(now)
        case .auto:
            if let known { return known }
            let choice = FeedChoice(configuration, state: state, objects: objects)
            return try keep(try await choice.foreignKey() == nil ? 0 : now)
        }
    }

    /// S3 keeps whole seconds.
    private var now: Milliseconds { clock.now / 1000 * 1000 }

    private func keep(_ start: Milliseconds) throws -> Milliseconds {
        try state.write { try Meta.set("relay start", to: "\(start)", in: $0) }
        return start
    }
}
