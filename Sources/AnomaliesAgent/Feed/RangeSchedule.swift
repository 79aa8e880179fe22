/// When an injection strikes, and for how many records. Whether a record is struck follows from its index alone, so
/// that a range goes on in the next package, and after a restart.
struct RangeSchedule: Sendable, Equatable {
    enum Start: Sendable, Equatable {
        /// Every record begins a range with this probability, 0…1; one that begins within another takes over from it.
        case chance(Double)
        /// One range in each stretch of so many records, anywhere in it but never across its end.
        case every(Int)
        /// At these indices, ascending.
        case at([Int])
    }

    /// Whoever asks for a record looks so many records back, at most.
    static let longest = 100_000

    var start: Start
    /// Records of a range, at least 1.
    var length: Int
}

/// Walks a schedule, record after record.
struct RangeCursor: Sendable {
    private enum Kind { case chance, every, at }

    private let kind: Kind
    private let chance: Double
    private let stretch: Int
    private let indices: [Int]
    private let length: Int
    private let random: IndexedRandom
    /// The latest start before `seen`; records before that were looked at.
    private var latest: Int?
    private var seen = 0

    init(_ schedule: RangeSchedule, random: IndexedRandom) {
        self.random = random
        length = schedule.length
        switch schedule.start {
        case .chance(let chance): (kind, self.chance, stretch, indices) = (.chance, chance, 0, [])
        case .every(let stretch): (kind, chance, self.stretch, indices) = (.every, 0, stretch, [])
        case .at(let indices): (kind, chance, stretch, self.indices) = (.at, 0, 0, indices)
        }
    }

    /// Where the range began that `index` is in, `nil` when it is in none.
    ///
    /// - Parameter index: not below the one before.
    /// - Complexity: a few ns a record, and `length` records' worth for a jump.
    mutating func start(of index: Int) -> Int? {
        switch kind {
        case .chance:
            for begin in max(seen, index - length + 1, 0)..<index + 1 where random.unit(at: begin) < chance {
                latest = begin
            }
            seen = index + 1
        case .every:
            let stretch = index / self.stretch
            let room = UInt64(self.stretch - length + 1)
            latest = stretch * self.stretch + Int(random.number(below: room, at: stretch))
        case .at:
            while seen < indices.count, indices[seen] <= index {
                latest = indices[seen]
                seen += 1
            }
        }
        guard let latest, latest <= index, index - latest < length else { return nil }
        return latest
    }
}
