/// Splits a package that arrives in pieces, as from standard input, with the same outcome as a `PackageReader`.
///
/// It needs memory for one piece and one record, however long the lines or the array go on.
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
        case array(ArrayItems)
    }

    private let limits: RecordLimits
    private let parser: RecordParser
    private var state = State.undecided
    private var buffer: [UInt8] = []
    private var line = 0
    private var isFinished = false
    /// Whether the array's current item is beyond the limit; nothing of it is kept.
    private var isItemOverlong = false
    /// At the end of an array that is not closed there may be both a last record and the news of the end.
    private var pending: Entry?

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
    /// - Throws: when nothing more can be read: another encoding.
    /// - Precondition: `next()` has returned `nil` since the last piece, so that pieces do not pile up.
    mutating func append(_ piece: Span<UInt8>) throws(PackageError) {
        precondition(!isFinished, "nothing follows the end")
        switch state {
        case .lines(let cursor):
            buffer.removeSubrange(..<cursor.start)
            state = .lines(LineCursor(start: 0, searched: buffer.count))
        case .array(var items):
            let done = items.start
            buffer.removeSubrange(..<done)
            items.forget(done)
            state = .array(items)
        case .undecided, .overlong: break
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
        case .undecided: return nil
        case .overlong: return endOverlongLine()
        case .lines(let cursor): return nextLine(from: cursor)
        case .array(let items): return nextItem(of: items)
        }
    }

    private mutating func decide() throws(PackageError) {
        guard case .undecided = state else { return }
        switch try PackageLayout(of: buffer.span, isComplete: isFinished, limits: limits) {
        case .lines(let start): state = .lines(LineCursor(start: start))
        case .array(let start): state = .array(ArrayItems(from: start))
        case nil:
            guard buffer.count <= limits.package else { throw .tooLarge(limit: limits.package) }
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

    private mutating func nextItem(of items: ArrayItems) -> Entry? {
        if let pending {
            self.pending = nil
            return pending
        }
        var items = items
        let item = items.next(in: buffer.span, isComplete: isFinished)
        defer { state = .array(items) }
        guard let item else {
            if buffer.count - items.start > limits.record {
                isItemOverlong = true
                items.forget(buffer.count)
                buffer = []
            }
            return nil
        }
        line += 1
        let isOverlong = isItemOverlong
        isItemOverlong = false
        switch item {
        case .surplus: return .bad(line: line, reason: .afterArray)
        case .text where isOverlong: return .bad(line: line, reason: .tooLong(limit: limits.record))
        case .text(let range): return entry(forItem: range)
        case .unclosed(let range):
            let end = RecordError.unclosedArray
            guard !isOverlong, case .record(let bytes, let line) = entry(forItem: range) else {
                return .bad(line: line, reason: end)
            }
            pending = .bad(line: line + 1, reason: end)
            return .record(bytes, line: line)
        }
    }

    private func entry(forItem range: Range<Int>) -> Entry {
        Self.entry(
            parser.entry(forItem: range, of: buffer.span, number: line, limit: limits.record),
            of: buffer
        )
    }

    private static func entry(_ entry: PackageEntry, of bytes: [UInt8]) -> Entry {
        switch entry {
        case .record(let range, let line): .record(Array(bytes[range]), line: line)
        case .bad(let line, let reason): .bad(line: line, reason: reason)
        }
    }
}
