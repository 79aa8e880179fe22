/// Splits a package that arrives in pieces, as from standard input, with the same outcome as a `PackageReader`.
///
/// JSON lines need memory for one piece and one record however long they go on. An array is kept until its end, up to
/// `RecordLimits.package`.
///
///     while let piece = try await input.next() {
///         try splitter.append(piece.span)
///         while let entry = splitter.next() { … }
///     }
///     try splitter.finish()
///     while let entry = splitter.next() { … }
struct RecordSplitter {
    enum Entry: Sendable, Equatable {
        case record([UInt8], line: Int)
        case bad(line: Int, reason: RecordError)
    }

    private enum State {
        case undecided
        case lines(LineCursor)
        /// Inside a line beyond the limit, nothing of which is kept.
        case overlong
        case array
        case reading(PackageReader)
    }

    private let limits: RecordLimits
    private let parser: RecordParser
    private var state = State.undecided
    private var buffer: [UInt8] = []
    private var line = 0
    private var isFinished = false

    /// - Throws: `.outOfMemory`.
    init(limits: RecordLimits = RecordLimits()) throws(PackageError) {
        self.limits = limits
        do {
            parser = try RecordParser(limits: limits)
        } catch {
            throw .outOfMemory
        }
    }

    /// Takes the next piece.
    ///
    /// - Throws: when nothing more can be read: another encoding, or an array that is too large.
    /// - Precondition: `next()` has returned `nil` since the last piece, so that pieces do not pile up.
    mutating func append(_ piece: Span<UInt8>) throws(PackageError) {
        precondition(!isFinished, "nothing follows the end")
        if case .lines(let cursor) = state {
            buffer.removeSubrange(..<cursor.start)
            state = .lines(LineCursor(start: 0, searched: buffer.count))
        }
        piece.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
        try decide()
    }

    /// Says that the last piece has been appended.
    mutating func finish() throws(PackageError) {
        isFinished = true
        try decide()
    }

    /// - Returns: `nil` until there is more, or at the end.
    mutating func next() -> Entry? {
        switch state {
        case .undecided, .array: return nil
        case .overlong: return endOverlongLine()
        case .lines(let cursor): return nextLine(from: cursor)
        case .reading(var reader):
            defer { state = .reading(reader) }
            return reader.next().map { Self.entry($0, of: reader.bytes) }
        }
    }

    private mutating func decide() throws(PackageError) {
        if case .undecided = state {
            switch try PackageLayout(of: buffer.span, isComplete: isFinished, limits: limits) {
            case .lines(let start): state = .lines(LineCursor(start: start))
            case .array: state = .array
            case nil: break
            }
        }
        switch state {
        case .undecided, .array:
            guard buffer.count <= limits.package else { throw .tooLarge(limit: limits.package) }
            guard isFinished else { return }
            state = .reading(try PackageReader(buffer, limits: limits))
            buffer = []
        case .lines, .overlong, .reading: break
        }
    }

    private mutating func nextLine(from cursor: LineCursor) -> Entry? {
        var cursor = cursor
        while let range = cursor.next(in: buffer.span, isComplete: isFinished) {
            line += 1
            state = .lines(cursor)
            if let entry = parser.entry(forLine: range, of: buffer.span, number: line, limit: limits.record) {
                return Self.entry(entry, of: buffer)
            }
        }
        state = .lines(cursor)
        if buffer.count - cursor.start > limits.record {
            buffer = []
            state = .overlong
        }
        return nil
    }

    private mutating func endOverlongLine() -> Entry? {
        var cursor = LineCursor(start: 0)
        guard cursor.next(in: buffer.span, isComplete: false) != nil || isFinished else {
            buffer = []
            return nil
        }
        if isFinished, cursor.start == 0 { cursor = LineCursor(start: buffer.count) }
        line += 1
        state = .lines(cursor)
        return .bad(line: line, reason: .tooLong(limit: limits.record))
    }

    private static func entry(_ entry: PackageEntry, of bytes: [UInt8]) -> Entry {
        switch entry {
        case .record(let range, let line): .record(Array(bytes[range]), line: line)
        case .bad(let line, let reason): .bad(line: line, reason: reason)
        }
    }
}
