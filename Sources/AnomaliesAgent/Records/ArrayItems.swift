/// Finds the items of a JSON array one after another without checking them.
///
/// Only brackets, strings and commas are looked at, so that an item that is not JSON costs itself and not those after
/// it. The array may come in pieces: what stands before `start` is no longer needed, see `forget(_:)`.
struct ArrayItems {
    enum Item: Equatable {
        /// Where an item is, with the white space around it; nothing but that between two commas.
        case text(Range<Int>)
        /// What stands before the end of an array that is not closed; possibly empty.
        case unclosed(Range<Int>)
        /// Something that is not white space follows the array.
        case surplus
    }

    private enum State { case first, afterComma, closed, finished }

    /// The offset where the item begins that is looked for.
    private(set) var start: Int
    private var position: Int
    private var scanner = BracketScanner()
    private var state = State.first

    /// - Parameter start: the offset after the opening bracket.
    init(from start: Int) {
        self.start = start
        position = start
    }

    /// - Parameter isComplete: whether the end of `bytes` is the end of the package.
    /// - Returns: `nil` at the end, and where an item goes on in bytes that have yet to come.
    /// - Complexity: O(length of the item), at about 1 ns a byte; no byte is looked at twice.
    mutating func next(in bytes: Span<UInt8>, isComplete: Bool = true) -> Item? {
        switch state {
        case .finished: return nil
        case .closed: return nextAfterArray(bytes, isComplete: isComplete)
        case .first, .afterComma: break
        }
        while position < bytes.count {
            let byte = bytes[position]
            if !scanner.isInString, scanner.depth <= 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") {
                return end(start..<position, at: byte, in: bytes, isComplete: isComplete)
            }
            scanner.read(byte)
            position += 1
        }
        guard isComplete else { return nil }
        state = .finished
        return .unclosed(start..<position)
    }

    /// Says that the first `count` bytes are not there any more.
    mutating func forget(_ count: Int) {
        start = max(0, start - count)
        position -= count
    }

    private mutating func nextAfterArray(_ bytes: Span<UInt8>, isComplete: Bool) -> Item? {
        let isBlank = bytes.firstSignificant(from: position) == nil
        start = bytes.count
        position = bytes.count
        if isComplete || !isBlank { state = .finished }
        return isBlank ? nil : .surplus
    }

    private mutating func end(
        _ text: Range<Int>,
        at delimiter: UInt8,
        in bytes: Span<UInt8>,
        isComplete: Bool
    ) -> Item? {
        let isOnlyItem = state == .first
        position += 1
        start = position
        scanner = BracketScanner()
        guard delimiter == UInt8(ascii: "]") else {
            state = .afterComma
            return .text(text)
        }
        state = .closed
        // `[]` has no item, while `[{},]` lacks one.
        let isEmpty = isOnlyItem && bytes.trimmed(text).isEmpty
        return isEmpty ? next(in: bytes, isComplete: isComplete) : .text(text)
    }
}
