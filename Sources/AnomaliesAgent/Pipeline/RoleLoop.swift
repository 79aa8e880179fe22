import Logging

/// Runs one role: step after step while there is work, waiting when there is none, backing off while
/// something outside is away.
struct RoleLoop: Sendable {
    /// The longest pause between two tries of what failed.
    private static let longestPause = Duration.seconds(60)

    let step: any PipelineStep
    /// Set when nothing more will come from before: the first idle step after that ends the loop.
    let upstream: Latch
    let wake: Wakeup
    let downstream: Wakeup?
    let finished: Countdown
    let clock: any PipelineClock
    let report: RoleReport
    let log: Logger

    /// Returns when the role has finished or `shutdown` was set; throws what cannot be helped by waiting.
    func run(until shutdown: Latch) async throws {
        defer { finished.end() }
        do {
            try await work(until: shutdown)
        } catch {
            // What the role has in hand is put away even so; the first failure is the one that is told.
            do { try await step.finish() } catch { log.error("\(step.name): \(error)") }
            throw error
        }
        try await step.finish()
    }

    private func work(until shutdown: Latch) async throws {
        var failures = 0
        while !shutdown.isSet, !Task.isCancelled {
            let nothingMoreComes = upstream.isSet
            do {
                switch try await step.step() {
                case .worked:
                    downstream?.notify()
                case .idle(let pause):
                    if nothingMoreComes { return }
                    await wait(pause, or: shutdown)
                case .waiting(let pause):
                    await wait(pause, or: shutdown)
                case .finished:
                    return
                }
                failures = 0
            } catch let failure as any RetryableFailure where failure.isRetryable {
                failures += 1
                let pause = min(Duration.milliseconds(250) * (1 << min(failures, 10)), Self.longestPause)
                log.warning("\(step.name): \(failure) Trying again in \(pause.formatted).")
                report.failed("\(failure)")
                await wait(pause, or: shutdown, wakes: false)
            }
        }
    }

    private func wait(_ pause: Duration, or shutdown: Latch, wakes: Bool = true) async {
        let (wake, upstream, clock) = (wake, upstream, clock)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await clock.sleep(pause) }
            group.addTask { await shutdown.wait() }
            if wakes { group.addTask { await wake.wait() } }
            if wakes, !upstream.isSet { group.addTask { await upstream.wait() } }
            await group.next()
            group.cancelAll()
        }
    }
}

extension Duration {
    /// For people: `250 ms`, `4.0 s`, `2.5 min`.
    var formatted: String {
        let seconds = self / .seconds(1)
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 120 { return "\((seconds * 10).rounded() / 10) s" }
        return "\((seconds / 6).rounded() / 10) min"
    }

    var milliseconds: Milliseconds {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
