/// A JSON value: the one form of JSON in the agent, for records, labels, redo entries, configuration and status.
///
/// Numbers keep what they were written as: `10` is an integer and `10.0` is not. Neither equals the other.
public enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number with a fraction or an exponent.
    case number(Double)
    /// An integer that 64 bits do not hold, as it was written: `-?[1-9][0-9]*`.
    case digits(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    public var type: JSONType {
        switch self {
        case .null: .null
        case .boolean: .boolean
        case .integer, .number, .digits: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// The value of any number as the nearest double; `nil` for other types and where no finite double is near.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value.isFinite ? value : nil
        case .digits(let digits): Double(digits).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The field `name` of an object; `nil` for other types.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// The value at `path`, as `RecordParser.feature(_:)` finds it.
    public subscript(path: FeaturePath) -> JSONValue? {
        var value = self
        for name in path.names {
            guard let field = value[String(decoding: name, as: UTF8.self)] else { return nil }
            value = field
        }
        return value
    }
}

extension JSONValue: Equatable {
    /// Strings are equal byte by byte, not by Unicode equivalence, so that what is equal is also written the same.
    public static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.boolean(let one), .boolean(let other)): one == other
        case (.integer(let one), .integer(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.digits(let one), .digits(let other)): one == other
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
