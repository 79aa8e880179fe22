import Logging
import Synchronization
import Testing

@testable import AnomaliesAgent

@Suite struct RoleLoopTests {
    /// Does what it is told, one outcome a step; idle for ever behind the last.
    private final class ScriptedStep: PipelineStep {
        enum Act: Sendable {
            case outcome(StepOutcome)
            case failure(any Error)
            case call(@Sendable () -> StepOutcome)
        }

        let name = "test"
        private let state: Mutex<(acts: [Act], steps: Int, finished: Int)>
        private let failsToFinish: Bool

        init(_ acts: [Act], failsToFinish: Bool = false) {
            state = Mutex((acts, 0, 0))
            self.failsToFinish = failsToFinish
        }

        var steps: Int { state.withLock { $0.steps } }
        var finished: Int { state.withLock { $0.finished } }

        func step() async throws -> StepOutcome {
            let act = state.withLock { state -> Act in
                state.steps += 1
                return state.acts.isEmpty ? .outcome(.idle(.seconds(1))) : state.acts.removeFirst()
            }
            switch act {
            case .outcome(let outcome): return outcome
            case .failure(let error): throw error
            case .call(let body): return body()
            }
        }

        func finish() async throws {
            state.withLock { $0.finished += 1 }
            if failsToFinish { throw Outage(isRetryable: false) }
        }
    }

    private struct Broken: Error, Equatable {}

    private let bench: Workbench
    private let upstream = Latch()
    private let shutdown = Latch()
    private let countdown = Countdown()

    init() throws {
        bench = try Workbench()
        countdown.add()
    }

    private func run(_ step: ScriptedStep) async throws {
        try await RoleLoop(
            step: step,
            upstream: upstream,
            wake: Wakeup(),
            downstream: nil,
            finished: countdown,
            clock: bench.clock,
            report: bench.report(.relay),
            log: bench.log
        ).run(until: shutdown)
    }

    @Test func `a passing failure is tried again after growing pauses, a success forgets them`() async throws {
        let step = ScriptedStep(
            [Act](repeating: .failure(Outage()), count: 10) + [
                .outcome(.worked), .failure(Outage()), .outcome(.finished),
            ]
        )
        try await run(step)
        let pauses = bench.clock.slept
        #expect(pauses.count == 11)
        #expect(pauses.prefix(3) == [.milliseconds(500), .seconds(1), .seconds(2)])
        #expect(pauses.prefix(10).max() == .seconds(60))
        #expect(pauses.last == .milliseconds(500))
        #expect(step.finished == 1 && countdown.latch.isSet)
    }

    @Test func `any other failure ends the loop, after it has put away what it holds, and is what the caller sees`()
        async throws
    {
        for failure in [Broken() as any Error, Outage(isRetryable: false)] {
            let step = ScriptedStep([.outcome(.worked), .failure(failure)], failsToFinish: true)
            let seen = await #expect(throws: (any Error).self) { try await run(step) }
            #expect(type(of: seen) == type(of: failure as (any Error)?) && step.finished == 1)
        }
        #expect(countdown.latch.isSet)
    }

    @Test func `when nothing more comes from before, the loop ends once it has looked again and found nothing`()
        async throws
    {
        let upstream = upstream
        // The last work comes while the step looks where it was not: the look after it must find it.
        let step = ScriptedStep([
            .outcome(.worked),
            .call {
                upstream.set()
                return .idle(.seconds(1))
            },
            .outcome(.idle(.seconds(1))), .outcome(.worked), .outcome(.idle(.seconds(1))), .outcome(.worked),
        ])
        try await run(step)
        #expect(step.steps == 5 && step.finished == 1)
    }

    @Test func `work that has to wait is never the end`() async throws {
        upstream.set()
        let step = ScriptedStep([.outcome(.waiting(.seconds(3))), .outcome(.waiting(.seconds(4))), .outcome(.worked)])
        try await run(step)
        #expect(bench.clock.slept == [.seconds(3), .seconds(4)])
        #expect(step.steps == 5)
    }

    @Test func `a request to stop lets the step in hand finish and begins no other`() async throws {
        let shutdown = shutdown
        let step = ScriptedStep([
            .outcome(.worked),
            .call {
                shutdown.set()
                return .worked
            },
            .failure(Broken()),
        ])
        try await run(step)
        #expect(step.steps == 2 && step.finished == 1)
    }

    @Test func `a loop that waits is woken by work from before, by the end of it, and by a request to stop`()
        async throws
    {
        /// Never wakes by itself.
        struct Forever: PipelineClock {
            var now: Milliseconds { 0 }
            func sleep(_ duration: Duration) async { await Latch().wait() }
        }
        let wake = Wakeup()
        let (second, third) = (Latch(), Latch())
        let step = ScriptedStep([
            .outcome(.idle(.seconds(9))),
            .call {
                second.set()
                return .idle(.seconds(9))
            },
            .call {
                third.set()
                return .idle(.seconds(9))
            },
        ])
        let loop = RoleLoop(
            step: step,
            upstream: upstream,
            wake: wake,
            downstream: nil,
            finished: countdown,
            clock: Forever(),
            report: bench.report(.relay),
            log: bench.log
        )
        let shutdown = shutdown
        async let ended: Void = loop.run(until: shutdown)
        wake.notify()
        await second.wait()
        wake.notify()
        await third.wait()
        upstream.set()
        try await ended
        #expect(step.finished == 1)
    }
}

extension RoleLoopTests {
    private typealias Act = ScriptedStep.Act
}
