/// One process a role and state directory: two of a kind would do everything twice.
enum RoleLocks {
    /// The operating system releases them when the process dies, so a stale one is no obstacle.
    static func take(_ roles: Set<Role>, state: String, files: any FileSystem) throws -> [FileLock] {
        try files.makeDirectory("\(state)/locks")
        return try Role.allCases.filter(roles.contains).map { role in
            guard let lock = try files.lock("\(state)/locks/\(role.rawValue)", wait: false) else {
                throw RoleTaken(role: role, state: state)
            }
            return lock
        }
    }
}

struct RoleTaken: Error, CustomStringConvertible {
    let role: Role
    let state: String
    var description: String {
        "cannot start \(role.rawValue): another process runs it on \(state). Stop that one, or choose another --state."
    }
}

/// The simulator's seed: as asked for, or the one this state began with.
enum Seed {
    static func settle(_ asked: UInt64?, state: StateStore) throws -> UInt64 {
        try state.write { database in
            if asked == nil, let known = try Meta.value("seed", in: database).flatMap({ UInt64($0) }) { return known }
            let seed = asked ?? UInt64.random(in: 0...UInt64(Int64.max))
            try Meta.set("seed", to: "\(seed)", in: database)
            return seed
        }
    }
}
