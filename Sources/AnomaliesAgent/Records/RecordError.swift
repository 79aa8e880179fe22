/// Why bytes are not a record, or a record does not have what is asked of it.
///
/// No message contains anything of the record but the names of fields that a script or the configuration asked for.
public enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    case empty
    case tooLong(limit: Int)
    case tooDeep
    case notUTF8
    case byteOrderMark
    case notJSON
    case malformedNumber
    case numberOutOfRange
    case malformedString
    case unclosedString
    case controlCharacter
    case notAnObject
    case unclosedArray
    case afterArray
    case outOfMemory
    case invalidPath(String)
    case missing(field: String)
    case notANumber(field: String, type: JSONType)
    case outOfRange(field: String)
    case notFinite

    /// In words that complete “the record …”, except for the cases that name a field or a path.
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .tooLong(let limit): "is longer than \(limit) bytes"
        case .tooDeep: "is nested more than \(RecordLimits.depth) levels deep"
        case .notUTF8: "is not valid UTF-8"
        case .byteOrderMark: "has a byte order mark that is not at the start of the package"
        case .notJSON: "is not one JSON value and nothing else"
        case .malformedNumber: "has a number that JSON does not allow"
        case .numberOutOfRange: "has a number beyond the range of a double"
        case .malformedString: "has a string with a malformed escape or half a surrogate pair"
        case .unclosedString: "has a string that is not closed"
        case .controlCharacter: "has an unescaped control character in a string"
        case .notAnObject: "is JSON but not an object"
        case .unclosedArray: "is the last of an array that is not closed"
        case .afterArray: "comes after the end of the array"
        case .outOfMemory: "needs more memory than there is"
        case .invalidPath(let path): "“\(path)” is not the name of a field: expected names separated by single dots"
        case .missing(let field): "field \"\(field)\" is missing"
        case .notANumber(let field, let type): "field \"\(field)\" is \(type), not a number"
        case .outOfRange(let field): "field \"\(field)\" is beyond the range of a double"
        case .notFinite: "has a number that is infinite or not a number, which JSON cannot express"
        }
    }
}

/// What a JSON value is, as a person would say it.
public enum JSONType: String, Sendable, CustomStringConvertible {
    case null = "null"
    case boolean = "a boolean"
    case number = "a number"
    case string = "a string"
    case array = "an array"
    case object = "an object"

    public var description: String { rawValue }
}
