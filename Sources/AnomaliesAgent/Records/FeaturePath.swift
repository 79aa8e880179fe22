/// The way to a field of a record: `accuracy`, or `sensor.temperature` for a field of an object in it.
///
/// Names are compared byte by byte. A field whose own name contains a dot cannot be reached, and neither can the items
/// of an array.
public struct FeaturePath: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    let names: [[UInt8]]
    /// Whether true and false at its end are the numbers 1 and 0: of derived fields they are.
    var countsBooleans = false

    /// - Throws: `.invalidPath` when `text` or a name in it is empty.
    public init(_ text: String) throws(RecordError) {
        let names = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        guard names.allSatisfy({ !$0.isEmpty }) else { throw .invalidPath(text) }
        description = text
        self.names = names
    }
}

/// What a record has at a `FeaturePath`.
public enum FeatureValue: Sendable, Equatable {
    /// A JSON number as the nearest double; always finite.
    case number(Double)
    case missing
    /// Text that looks like a number is a string: nothing is guessed.
    case notANumber(JSONType)
    /// An integer of so many digits that no double is near it.
    case outOfRange
}
