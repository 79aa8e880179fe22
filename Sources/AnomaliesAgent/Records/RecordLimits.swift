/// How much of an input is taken at face value before it is refused.
public struct RecordLimits: Sendable, Equatable {
    /// How many arrays and objects may stand inside one another, the record itself included. An empty one at the
    /// bottom is not counted. Not configurable: 128 levels fit on any thread's stack wherever values are walked.
    public static let depth = 128

    /// The longest record, in bytes with white space around it, without what parts it from the next.
    public var record: Int
    /// The longest package, in bytes after decompression. What arrives as a stream has no such limit.
    public var package: Int

    public init(record: Int = 1 << 20, package: Int = 128 << 20) {
        precondition(record > 0 && package > 0, "limits are positive")
        self.record = record
        self.package = package
    }
}
