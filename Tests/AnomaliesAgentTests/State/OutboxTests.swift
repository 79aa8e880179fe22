import Testing

@testable import AnomaliesAgent

@Suite struct OutboxTests {
    private let state: StateStore
    private let bench: Workbench

    init() throws {
        bench = try Workbench()
        state = bench.state
    }

    private func next(_ time: Milliseconds) throws -> Outbox.Entry? {
        try state.read { try Outbox.next(due: time, in: $0) }
    }

    @Test func `the alert that has waited longest is next, and the same one is there once`() throws {
        try state.write { database in
            try Outbox.add(id: "b", alert: "2", time: 20, in: database)
            try Outbox.add(id: "a", alert: "1", time: 10, in: database)
            try Outbox.add(id: "a", alert: "again", time: 5, in: database)
        }
        #expect(try next(9) == nil)
        #expect(try next(30)?.id == "a")
        #expect(try next(30)?.alert == "1")
        try state.write { try Outbox.sent("a", answer: "ok", in: $0) }
        #expect(try next(30)?.id == "b")
        try state.write { try Outbox.add(id: "a", alert: "again", time: 5, in: $0) }
        #expect(try state.read { try Outbox.counts(in: $0) } == [.sent: 1, .pending: 1])
    }

    @Test func `a postponed alert lets others pass and keeps who is still to be served`() throws {
        try state.write { database in
            try Outbox.add(id: "a", alert: "1", time: 10, in: database)
            try Outbox.add(id: "b", alert: "2", time: 20, in: database)
            try Outbox.postpone(
                "a",
                until: 100,
                recipients: ["x@y.example", "z@y.example"],
                answer: "busy",
                in: database
            )
        }
        #expect(try next(50)?.id == "b")
        try state.write { try Outbox.dead("b", answer: "no", in: $0) }
        #expect(try next(99) == nil)
        #expect(try state.read { try Outbox.nextDue(in: $0) } == 100)
        let entry = try #require(try next(100))
        #expect(entry.recipients == ["x@y.example", "z@y.example"])
        #expect(entry.attempts == 1 && entry.created == 10)
    }
}
