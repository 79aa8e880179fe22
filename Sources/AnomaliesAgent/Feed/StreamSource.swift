/// Reads records from standard input: JSON lines, or one array. What is no record goes to quarantine with its line.
///
/// Standard input cannot be read twice: records that were read and not yet stored when the process dies are lost, and
/// whoever writes them has to send them again.
struct StreamSource: PackageSource {
    private static let pieceBytes = 64 << 10

    let name = "stdin"
    let canRepeat = false
    private let input: any ByteInput
    private let clock: any PipelineClock
    /// How long the first record of a package may wait for its others.
    private let patience: Milliseconds
    private var splitter: RecordSplitter
    private var hasEnded = false
    private var firstRecord: Milliseconds?

    init(
        input: any ByteInput,
        limits: RecordLimits,
        patience: Duration,
        clock: any PipelineClock
    ) throws(PackageError) {
        self.input = input
        self.clock = clock
        self.patience = patience.milliseconds
        splitter = try RecordSplitter(limits: limits)
    }

    mutating func fill(_ package: inout PackageDraft, number: Int, limit: Int) throws -> Fill {
        while package.records < limit, !package.isFullOfBadRecords {
            if let entry = splitter.next() {
                try package.take(entry, from: name)
                firstRecord = firstRecord ?? clock.now
            } else if hasEnded {
                return .ended
            } else if let bytes = try input.read(upTo: Self.pieceBytes) {
                if bytes.isEmpty { break }
                try splitter.append(bytes.span)
                // A trickle that never pauses is no reason to hold back what came first.
                if isOverdue { break }
            } else {
                hasEnded = true
                try splitter.finish()
            }
        }
        return package.records >= limit || package.isFullOfBadRecords || isOverdue ? .complete : .waiting
    }

    private var isOverdue: Bool { firstRecord.map { clock.now - $0 >= patience } ?? false }

    mutating func stored() throws { firstRecord = nil }
}

/// Bytes that arrive in their own time.
protocol ByteInput: Sendable {
    /// What there is, at most `count` bytes; empty when nothing came within a moment, `nil` at the end.
    func read(upTo count: Int) throws -> [UInt8]?
}
