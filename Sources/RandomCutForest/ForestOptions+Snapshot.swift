extension ForestOptions {
    func write(to writer: inout SnapshotWriter) {
        writer.write(UInt16(features))
        writer.write(UInt16(shingleSize))
        writer.write(UInt16(trees))
        writer.write(UInt16(sampleSize))
        writer.write(UInt32(timeDecay))
        writer.write(UInt32(resolvedOutputAfter))
        writer.write(seed)
    }

    /// - Throws: `.damaged` where an option is out of its range.
    init(from reader: inout SnapshotReader) throws(SnapshotError) {
        self.init(
            features: Int(try reader.read(UInt16.self)),
            shingleSize: Int(try reader.read(UInt16.self)),
            trees: Int(try reader.read(UInt16.self)),
            sampleSize: Int(try reader.read(UInt16.self)),
            timeDecay: Int(try reader.read(UInt32.self)),
            outputAfter: Int(try reader.read(UInt32.self)),
            seed: try reader.read(UInt64.self)
        )
        do { try validate() } catch { throw .damaged(reason: "its options: \(error)") }
    }

    /// Compares with the options that a snapshot was made with; an `outputAfter`
    /// of `nil` equals the number that it stands for.
    ///
    /// - Throws: `.otherOptions` for the first that differs.
    public func requireEqual(toSnapshot other: ForestOptions) throws(SnapshotError) {
        let pairs: [(String, Int, Int)] = [
            ("features", other.features, features),
            ("shingleSize", other.shingleSize, shingleSize),
            ("trees", other.trees, trees),
            ("sampleSize", other.sampleSize, sampleSize),
            ("timeDecay", other.timeDecay, timeDecay),
            ("outputAfter", other.resolvedOutputAfter, resolvedOutputAfter),
        ]
        for (option, snapshot, wanted) in pairs where snapshot != wanted {
            throw .otherOptions(option: option, snapshot: "\(snapshot)", wanted: "\(wanted)")
        }
        guard other.seed == seed else {
            throw .otherOptions(option: "seed", snapshot: "\(other.seed)", wanted: "\(seed)")
        }
    }
}
