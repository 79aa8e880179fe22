public import RandomCutForest

extension AlertBudgetHistory {
    private static let format = SnapshotFormat(name: "alert budget", magic: "RCFB", version: 1)

    /// The history as bytes: restored from them, it continues equal.
    public func snapshot() -> [UInt8] {
        Self.format.encode { writer in
            writer.write(Int64(budget.count))
            writer.write(budget.period)
            writer.write(budget.quiet)
            writer.write(started ?? .min)
            writer.write(now)
            writer.write(open?.start ?? .min)
            writer.write(open?.peak.level ?? 0)
            writer.write(open?.peak.time ?? 0)
            writer.write(UInt32(peaks.count))
            for peak in peaks {
                writer.write(peak.level)
                writer.write(peak.time)
            }
        }
    }

    /// - Throws: any `SnapshotError`; `.otherOptions` where it is of another budget.
    public init(snapshot: [UInt8], budget: AlertBudget) throws(SnapshotError) {
        var reader = try Self.format.decode(snapshot)
        for (name, wanted) in [("alerts", Int64(budget.count)), ("period", budget.period), ("quiet", budget.quiet)] {
            let found = try reader.read(Int64.self)
            guard found == wanted else {
                throw .otherOptions(option: name, snapshot: "\(found)", wanted: "\(wanted)")
            }
        }
        let started = try reader.read(Int64.self)
        let now = try reader.read(Int64.self)
        let start = try reader.read(Int64.self)
        let open = Peak(level: try reader.read(Double.self), time: try reader.read(Int64.self))
        let count = try reader.read(UInt32.self, in: 0...budget.peakLimit, "the number of peaks")
        var peaks: [Peak] = []
        for _ in 0..<count {
            peaks.append(Peak(level: try reader.read(Double.self), time: try reader.read(Int64.self)))
        }
        try reader.finish()
        let times = peaks.map(\.time) + [now] + [started, start].filter { $0 != .min }
        guard times.allSatisfy({ $0.magnitude < 1 << 61 }),
            zip(peaks, peaks.dropFirst()).allSatisfy({ $0.level >= $1.level })
        else { throw .damaged(reason: "its peaks cannot be") }
        self.init(
            budget,
            peaks: peaks,
            started: started == .min ? nil : started,
            now: now,
            open: start == .min ? nil : (start, open)
        )
    }
}
