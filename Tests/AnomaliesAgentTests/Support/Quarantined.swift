import GRDB

@testable import AnomaliesAgent

extension Workbench {
    struct Quarantined: Equatable {
        var role: String
        var source: String
        var line: Int?
        var reason: String
    }

    /// Everything in quarantine, in its order.
    func quarantined() throws -> [Quarantined] {
        try state.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM quarantine ORDER BY id").map {
                Quarantined(role: $0["role"], source: $0["source"], line: $0["line"], reason: $0["reason"])
            }
        }
    }

    func totals() throws -> [Ledger.Stage: Int] { try state.read { try Ledger.totals(in: $0) } }
    func imbalances() throws -> [String] { try state.read { try Ledger.imbalances(in: $0) } }
}
