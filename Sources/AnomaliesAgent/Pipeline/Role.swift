/// The four parts of the pipeline. Each runs alone in a process of its own, or all in one.
public enum Role: String, Sendable, CaseIterable {
    case feed, relay, detect, notify
}

/// What one step of a role came to.
enum StepOutcome: Sendable, Equatable {
    /// Something was done; the next role may have work now.
    case worked
    /// Nothing to do; look again after so long, or when the role before has worked.
    case idle(Duration)
    /// There is work, but not now: never the end, whatever comes from before.
    case waiting(Duration)
    /// There will never be anything to do again.
    case finished
}

/// A role as the loop sees it: one unit of work at a time, each complete in itself.
///
/// Steps hold all of the pipeline's logic and wait for nothing but their ports, so that the
/// same code runs under a loop in production and under a seeded scheduler in a simulation.
protocol PipelineStep: Sendable {
    /// For logs: `relay`, or `detect shardId-000000000000`.
    var name: String { get }
    func step() async throws -> StepOutcome
    /// Called once, after the last step, whatever ended the loop.
    func finish() async throws
}

extension PipelineStep {
    func finish() async throws {}
}

/// A failure that says whether trying the same again later can help.
protocol RetryableFailure: Error {
    var isRetryable: Bool { get }
}
