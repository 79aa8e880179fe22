/// Finds the items of a JSON array one after another without checking them.
///
/// Only brackets, strings and commas are looked at, so that an item that is not JSON costs itself and not those after
/// it.
struct ArrayItems {
    enum Item: Equatable {
        /// Where an item is, without the white space around it; empty between two commas.
        case text(Range<Int>)
        /// What stands before the end of an array that is not closed; possibly empty.
        case unclosed(Range<Int>)
        /// Something that is not white space follows the array.
        case surplus
    }

    private enum State { case first, afterComma, closed, finished }

    private var position: Int
    private var state = State.first

    /// - Parameter start: the offset after the opening bracket.
    init(from start: Int) {
        position = start
    }

    /// - Returns: `nil` at the end.
    /// - Complexity: O(length of the item), at about 1 ns a byte.
    mutating func next(in bytes: Span<UInt8>) -> Item? {
        switch state {
        case .finished: return nil
        case .closed:
            state = .finished
            return bytes.firstSignificant(from: position) == nil ? nil : .surplus
        case .first, .afterComma: break
        }

        let start = position
        var scanner = BracketScanner()
        while position < bytes.count {
            let byte = bytes[position]
            if !scanner.isInString, scanner.depth <= 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") {
                return end(of: bytes.trimmed(start..<position), at: byte, in: bytes)
            }
            scanner.read(byte)
            position += 1
        }
        state = .finished
        return .unclosed(bytes.trimmed(start..<position))
    }

    private mutating func end(of text: Range<Int>, at delimiter: UInt8, in bytes: Span<UInt8>) -> Item? {
        let isOnlyItem = state == .first
        position += 1
        guard delimiter == UInt8(ascii: "]") else {
            state = .afterComma
            return .text(text)
        }
        state = .closed
        // `[]` has no item, while `[{},]` lacks one.
        return text.isEmpty && isOnlyItem ? next(in: bytes) : .text(text)
    }
}
