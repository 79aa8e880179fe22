import GRDB
import Testing

@testable import AnomaliesAgent

@Suite struct StateStoreTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open() throws -> StateStore { try StateStore(directory: directory.path, files: DiskFileSystem()) }

    @Test func `opening again changes nothing, and what was committed is there`() throws {
        try open().write { try Meta.set("fact", to: "kept", in: $0) }
        let schema = try open().read {
            try String.fetchAll($0, sql: "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
        }
        let again = try open()
        #expect(try again.read { try Meta.value("fact", in: $0) } == "kept")
        #expect(
            try again.read {
                try String.fetchAll($0, sql: "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
            } == schema
        )
    }

    @Test func `a file of every earlier version is brought to the newest with what it holds`() throws {
        let newest = try TemporaryDirectory()
        let schema = try StateStore(directory: newest.path, files: DiskFileSystem())
            .read {
                try String.fetchAll($0, sql: "SELECT name || coalesce(tbl_name, '') FROM sqlite_schema ORDER BY name")
            }
        for version in 1..<Migrations.count {
            let old = try TemporaryDirectory()
            do {
                let queue = try DatabaseQueue(path: "\(old.path)/agent.sqlite")
                try queue.write { database in
                    for step in Migrations.steps.prefix(version) { try database.execute(sql: step) }
                    try Meta.set("fact", to: "old", in: database)
                    try database.execute(
                        sql: "INSERT INTO incidents (key, rule, alerted, suppressed) VALUES ('k', 'r', 5, 2)"
                    )
                    try database.execute(sql: "PRAGMA user_version = \(version)")
                }
                try queue.close()
            }
            let state = try StateStore(directory: old.path, files: DiskFileSystem())
            #expect(try state.read { try Meta.value("fact", in: $0) } == "old")
            #expect(try state.read { try Incidents.find(key: "k", rule: "r", in: $0) }?.suppressed == 2)
            #expect(
                try state.read {
                    try String.fetchAll(
                        $0,
                        sql: "SELECT name || coalesce(tbl_name, '') FROM sqlite_schema ORDER BY name"
                    )
                } == schema
            )
        }
    }

    @Test func `a file of a newer agent is refused by name and left as it is`() throws {
        try open().write { try $0.execute(sql: "PRAGMA user_version = 1000") }
        let error = #expect(throws: StateError.self) { try open() }
        #expect(error?.description.contains("newer agent") == true)
        #expect(error?.description.contains("agent.sqlite") == true)
    }

    @Test func `a file that is no database is refused by name`() throws {
        try directory.write(String(repeating: "not a database ", count: 100), to: "agent.sqlite")
        let error = #expect(throws: StateError.self) { try open() }
        #expect(error?.description.contains("agent.sqlite") == true)
    }

    @Test func `a transaction that fails leaves nothing`() throws {
        let state = try open()
        #expect(throws: StateError.self) {
            try state.write { database in
                try Meta.set("half", to: "done", in: database)
                throw Outage()
            }
        }
        #expect(try state.read { try Meta.value("half", in: $0) } == nil)
    }

    @Test func `commits survive a power cut: the log is written through`() throws {
        let state = try open()
        // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
        #expect(try state.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try state.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }
}
