/// Why a snapshot was not restored. Nothing was made, and nothing changed.
public enum SnapshotError: Error, Equatable, Sendable {
    /// The bytes do not begin as a snapshot of this kind does.
    case foreign(expected: String)
    /// The snapshot is of a later format than this version knows.
    case newer(version: Int, known: Int)
    /// There are fewer bytes than the snapshot says it has.
    case truncated(expected: Int, got: Int)
    /// The bytes are not those that were written; `reason` says where it showed.
    case damaged(reason: String)
    /// The snapshot was made with another value of an option.
    case otherOptions(option: String, snapshot: String, wanted: String)
}

extension SnapshotError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .foreign(let expected):
            "The snapshot was not restored: it is not a \(expected) snapshot. Check which file was read."
        case .newer(let version, let known):
            "The snapshot was not restored: it has format \(version), and this version knows up to \(known). "
                + "Use the version that wrote it, or a later one."
        case .truncated(let expected, let got):
            "The snapshot was not restored: it ends after \(got) of \(expected) bytes. Use an earlier snapshot."
        case .damaged(let reason):
            "The snapshot was not restored: it is damaged (\(reason)). Use an earlier snapshot."
        case .otherOptions(let option, let snapshot, let wanted):
            "The snapshot was not restored: it was made with \(option) = \(snapshot), not \(wanted). "
                + "Restore it with its own options, or start anew with these."
        }
    }
}
