internal import RandomCutForest

/// What a forest expects of a record of which nothing is known: the same whatever record is asked about, and by far the dearest
/// question, since every leaf of every tree is looked at. So the answer is kept for a while.
struct OrdinaryRecord: Sendable, Equatable {
    /// Records for which an answer is good: asking then costs a few per cent of scoring, however many findings there are.
    static let interval: UInt64 = 2048

    /// One per feature; 0 until there is an answer.
    private(set) var values: [Float]
    /// The number of the record that it was asked for.
    private(set) var asked: UInt64?

    init(features: Int) { values = [Float](repeating: 0, count: features) }

    func isGood(at record: UInt64) -> Bool { asked.map { record - $0 < Self.interval } ?? false }

    mutating func keep(_ values: [Float], at record: UInt64) {
        self.values = values
        asked = record
    }

    func write(to writer: inout SnapshotWriter) {
        writer.write(asked ?? .max)
        for value in values { writer.write(value) }
    }

    init(from reader: inout SnapshotReader, features: Int, records: UInt64) throws(SnapshotError) {
        let asked = try reader.read(UInt64.self)
        guard asked == .max || asked < records else { throw .damaged(reason: "what is ordinary was never asked") }
        self.init(features: features)
        for feature in 0..<features { values[feature] = try reader.read(Float.self) }
        self.asked = asked == .max ? nil : asked
    }
}
