import Synchronization

/// Where asynchronous callers meet the one thread that owns a libcurl handle.
///
/// A caller waits in `submit`; the thread collects tickets, and answers each exactly once. First come, first served.
/// At most `capacity` tickets wait: one more is refused at once, because a queue that only grows turns an outage of
/// the peer into one of ours. Callers keep what was refused and try again later.
final class TransferQueue<Request: Sendable, Answer: Sendable>: Sendable {
    /// Why a request was never carried out, or not to its end.
    enum Refusal: Sendable {
        case full
        case cancelled
        case shutDown
    }

    struct Ticket: Sendable {
        let number: UInt64
        let request: Request
    }

    struct Work {
        let tickets: [Ticket]
        /// Numbers of collected tickets whose callers no longer want an answer.
        let cancelled: [UInt64]
        /// Whether tickets are left for which there was no room.
        let hasMore: Bool
        let isClosed: Bool
    }

    private struct State {
        var next: UInt64 = 0
        var waiting: [Ticket] = []
        var callers: [UInt64: CheckedContinuation<Answer, Never>] = [:]
        var cancelled: Set<UInt64> = []
        var isClosed = false
        var hasEnded = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }

    private let capacity: Int
    private let refuse: @Sendable (Refusal, Request) -> Answer
    /// Makes the thread look at the queue. Called outside the lock.
    private let wake: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        capacity: Int,
        refuse: @escaping @Sendable (Refusal, Request) -> Answer,
        wake: @escaping @Sendable () -> Void
    ) {
        self.capacity = capacity
        self.refuse = refuse
        self.wake = wake
    }

    // MARK: - Callers

    func submit(_ request: Request) async -> Answer {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                enqueue(Ticket(number: number, request: request), for: caller)
                // A cancellation that came before the ticket was in the queue has found nothing to cancel.
                if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    /// Answers who waits, tells the thread to drop what runs, and refuses everything from now on.
    func close() {
        let (tickets, callers) = state.withLock { state in
            state.isClosed = true
            let tickets = state.waiting
            state.waiting = []
            return (tickets, tickets.compactMap { state.callers.removeValue(forKey: $0.number) })
        }
        for (ticket, caller) in zip(tickets, callers) { caller.resume(returning: refuse(.shutDown, ticket.request)) }
        wake()
    }

    /// Returns when the thread has let go of everything.
    func waitForEnd() async {
        await withCheckedContinuation { waiter in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waitingForEnd.append(waiter) }
                return state.hasEnded
            }
            if hasEnded { waiter.resume() }
        }
    }

    // MARK: - The thread

    /// - Parameter room: How many tickets the thread can take.
    func collect(room: Int) -> Work {
        state.withLock { state in
            let tickets = Array(state.waiting.prefix(room))
            state.waiting.removeFirst(tickets.count)
            let cancelled = Array(state.cancelled)
            state.cancelled = []
            let hasMore = !state.waiting.isEmpty
            return Work(tickets: tickets, cancelled: cancelled, hasMore: hasMore, isClosed: state.isClosed)
        }
    }

    /// Why a collected ticket should be dropped, for a thread that is busy with it and cannot collect.
    func reasonToDrop(_ ticket: Ticket) -> Refusal? {
        state.withLock { state in
            if state.isClosed { return .shutDown }
            return state.cancelled.contains(ticket.number) ? .cancelled : nil
        }
    }

    func answer(_ ticket: Ticket, _ answer: Answer) {
        let caller = state.withLock { state in
            state.cancelled.remove(ticket.number)
            return state.callers.removeValue(forKey: ticket.number)
        }
        caller?.resume(returning: answer)
    }

    /// The thread's last call.
    func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waitingForEnd = [] }
            return state.waitingForEnd
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: -

    private func enqueue(_ ticket: Ticket, for caller: CheckedContinuation<Answer, Never>) {
        let refusal: Refusal? = state.withLock { state in
            if state.isClosed { return .shutDown }
            if state.waiting.count >= capacity { return .full }
            state.waiting.append(ticket)
            state.callers[ticket.number] = caller
            return nil
        }
        if let refusal {
            caller.resume(returning: refuse(refusal, ticket.request))
        } else {
            wake()
        }
    }

    /// One that waits is answered at once; one that runs is marked, and the thread answers it.
    private func cancel(_ number: UInt64) {
        let waiting: (Ticket, CheckedContinuation<Answer, Never>)? = state.withLock { state in
            guard let caller = state.callers[number] else { return nil }
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
                state.cancelled.insert(number)
                return nil
            }
            state.callers[number] = nil
            return (state.waiting.remove(at: index), caller)
        }
        if let (ticket, caller) = waiting {
            caller.resume(returning: refuse(.cancelled, ticket.request))
        } else {
            wake()
        }
    }
}
