import GRDB

extension ShardPosition {
    static func load(shard: String, in database: Database) throws -> ShardPosition? {
        try Row.fetchOne(database, sql: "SELECT * FROM positions WHERE shard = ?", arguments: [shard]).map {
            ShardPosition(sequenceNumber: $0["sequence"], batch: $0["batch"], records: $0["records"])
        }
    }

    func save(shard: String, time: Milliseconds, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?)",
            arguments: [shard, sequenceNumber ?? "", batch, records, time]
        )
    }
}
