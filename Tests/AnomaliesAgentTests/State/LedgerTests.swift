import Testing

@testable import AnomaliesAgent

@Suite struct LedgerTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func imbalances(_ counts: [(Ledger.Stage, Int)]) throws -> [String] {
        try bench.state.write { database in
            for (stage, count) in counts { try Ledger.add(count, stage, package: "p", in: database) }
        }
        return try bench.state.read { try Ledger.imbalances(in: $0) }
    }

    @Test func `counts of one stage add up over packages and calls`() throws {
        try bench.state.write { database in
            try Ledger.add(3, .scored, package: "a", in: database)
            try Ledger.add(4, .scored, package: "a", in: database)
            try Ledger.add(5, .scored, package: "b", in: database)
            try Ledger.add(0, .found, package: "b", in: database)
        }
        #expect(try bench.state.read { try Ledger.totals(in: $0) } == [.scored: 12])
    }

    private static let balanced: [[(Ledger.Stage, Int)]] = [
        [(.generated, 20), (.stored, 20)],
        [(.generated, 20), (.stored, 20), (.read, 20), (.relayed, 19), (.refused, 1)],
        [(.generated, 20), (.stored, 20), (.read, 20), (.relayed, 20), (.scored, 7)],
        [(.read, 20), (.relayed, 20), (.scored, 19), (.quarantined, 1), (.repeated, 5)],
        [(.scored, 20)],
    ]

    @Test(arguments: balanced)
    func `what adds up, is on its way, or was seen elsewhere is balanced`(counts: [(Ledger.Stage, Int)]) throws {
        #expect(try imbalances(counts).isEmpty)
    }

    private static let unbalanced: [[(Ledger.Stage, Int)]] = [
        [(.read, 20), (.relayed, 19)],
        [(.stored, 20), (.read, 21), (.relayed, 21)],
        [(.read, 20), (.relayed, 20), (.scored, 20), (.quarantined, 1)],
    ]

    @Test(arguments: unbalanced)
    func `a package that does not add up is told with its counts`(counts: [(Ledger.Stage, Int)]) throws {
        let told = try imbalances(counts)
        #expect(told.count == 1)
        for (stage, count) in counts { #expect(told.first?.contains("\(stage.rawValue) \(count)") == true) }
    }
}
