internal import CJSON

/// Reads records one after another with the memory of the first: the way from bytes to features.
///
///     let parser = try RecordParser()
///     try parser.parse(bytes.span.extracting(range))
///     try parser.features(paths, into: &point)
///
/// The parser holds on to about 15 times the longest record it has seen, at most `RecordLimits.record`. It belongs to
/// one task at a time.
final class RecordParser {
    private let handle: OpaquePointer
    private let limit: Int
    // Valid until the next `parse(_:)`; `nil` when the last one failed or its values have not been asked for.
    private var nodes: UnsafeBufferPointer<cjson_node>?
    private var isParsed = false

    /// - Throws: `.outOfMemory`.
    init(limits: RecordLimits = RecordLimits()) throws(RecordError) {
        guard let handle = cjson_create(RecordLimits.depth) else { throw .outOfMemory }
        self.handle = handle
        limit = limits.record
    }

    deinit {
        cjson_destroy(handle)
    }

    /// Reads one JSON object, with white space around it, checked to its end and kept for the calls below.
    ///
    /// - Throws: why the bytes are not a record. The parser can go on with the next.
    /// - Complexity: about 1 ns a byte for flat records of 50 bytes, 2 for others.
    func parse(_ record: Span<UInt8>) throws(RecordError) {
        try parseValue(record)
        guard cjson_root(handle) == CJSON_OBJECT else {
            isParsed = false
            throw .notAnObject
        }
    }

    /// As `parse(_:)`, for whoever only wants the values, of which the first is the record.
    ///
    /// - Returns: `nil` where the bytes are not a record; `parse(_:)` then says why. The values of `parse(_:)` are gone.
    func object(_ record: UnsafeRawBufferPointer) -> UnsafeBufferPointer<cjson_node>? {
        guard record.count <= limit,
            let root = cjson_object(handle, record.assumingMemoryBound(to: UInt8.self).baseAddress, record.count)
        else { return nil }
        return UnsafeBufferPointer(start: root, count: Int(root.pointee.end))
    }

    /// As `parse(_:)`, for any JSON value.
    func parseValue(_ text: Span<UInt8>) throws(RecordError) {
        nodes = nil
        isParsed = false
        guard text.count <= limit else { throw .tooLong(limit: limit) }
        let status = text.withUnsafeBufferPointer { cjson_parse(handle, $0.baseAddress, $0.count) }
        guard status == CJSON_OK else {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            let hasMark = text.count >= 3 && mark.indices.allSatisfy { text[$0] == mark[$0] }
            throw hasMark ? .byteOrderMark : RecordError(status)
        }
        isParsed = true
    }

    /// What the record has at `path`; of fields with the same name the last one counts.
    ///
    /// - Throws: `.outOfMemory`.
    /// - Precondition: the last `parse(_:)` succeeded.
    func feature(_ path: FeaturePath) throws(RecordError) -> FeatureValue {
        Self.value(at: path, in: try values())
    }

    /// Replaces `point` with the numbers at `paths`, in their order.
    ///
    /// - Parameter absent: what stands for a field that is missing or null; `nil` refuses the record.
    /// - Throws: naming the first field that is missing or not a number; `point` is incomplete then.
    /// - Precondition: the last `parse(_:)` succeeded.
    /// - Complexity: O(paths × fields), no allocation once `point` has the capacity.
    func features(
        _ paths: [FeaturePath],
        into point: inout [Double],
        absent: Double? = nil
    ) throws(RecordError) {
        let nodes = try values()
        point.removeAll(keepingCapacity: true)
        for path in paths {
            switch Self.value(at: path, in: nodes) {
            case .number(let number): point.append(number)
            case .missing:
                guard let absent else { throw .missing(field: path.description) }
                point.append(absent)
            case .notANumber(let type):
                guard let absent, type == .null else { throw .notANumber(field: path.description, type: type) }
                point.append(absent)
            case .outOfRange: throw .outOfRange(field: path.description)
            }
        }
    }

    /// What the record has under a name at its top; of fields with the same name the last one counts.
    ///
    /// - Throws: `.outOfMemory`.
    /// - Precondition: the last `parse(_:)` succeeded.
    func field(_ name: [UInt8]) throws(RecordError) -> JSONValue? {
        let nodes = try values()
        return Self.lastField(name, of: 0, in: nodes).map { Self.value(at: $0, of: nodes) }
    }

    /// The record as a value of its own.
    ///
    /// - Throws: `.outOfMemory`.
    /// - Precondition: the last `parse(_:)` succeeded.
    func value() throws(RecordError) -> JSONValue {
        let nodes = try values()
        return Self.value(at: 0, of: nodes)
    }

    /// The values in document order, until the next `parse(_:)`.
    ///
    /// - Throws: `.outOfMemory`.
    /// - Precondition: the last `parse(_:)` succeeded.
    func values() throws(RecordError) -> UnsafeBufferPointer<cjson_node> {
        precondition(isParsed, "values are read after a record was parsed")
        if let nodes { return nodes }
        var start: UnsafePointer<cjson_node>?
        var count = 0
        let status = cjson_nodes(handle, &start, &count)
        guard status == CJSON_OK else { throw RecordError(status) }
        let nodes = UnsafeBufferPointer(start: start, count: count)
        self.nodes = nodes
        return nodes
    }

    private static func value(at path: FeaturePath, in nodes: UnsafeBufferPointer<cjson_node>) -> FeatureValue {
        var place = 0
        for name in path.names {
            guard nodes[place].kind == CJSON_OBJECT, let field = lastField(name, of: place, in: nodes) else {
                return .missing
            }
            place = field
        }
        let node = nodes[place]
        if path.countsBooleans, node.type == .boolean { return .number(node.kind == CJSON_TRUE ? 1 : 0) }
        guard node.type == .number else { return .notANumber(node.type) }
        return node.number.isFinite ? .number(node.number) : .outOfRange
    }

    static func lastField(
        _ name: [UInt8],
        of object: Int,
        in nodes: UnsafeBufferPointer<cjson_node>
    ) -> Int? {
        var found: Int?
        var place = object + 1
        while place < Int(nodes[object].end) {
            if nodes[place].hasKey(name) { found = place }
            place = Int(nodes[place].end)
        }
        return found
    }

    /// The recursion is no deeper than `RecordLimits.depth`.
    static func value(at place: Int, of nodes: UnsafeBufferPointer<cjson_node>) -> JSONValue {
        let node = nodes[place]
        switch node.kind {
        case CJSON_FALSE: return .boolean(false)
        case CJSON_TRUE: return .boolean(true)
        case CJSON_INTEGER: return .integer(node.integer)
        case CJSON_REAL: return .number(node.number)
        case CJSON_DIGITS: return .digits(string(node.text, node.text_length))
        case CJSON_TEXT: return .string(string(node.text, node.text_length))
        case CJSON_ARRAY:
            var items: [JSONValue] = []
            var item = place + 1
            while item < Int(node.end) {
                items.append(value(at: item, of: nodes))
                item = Int(nodes[item].end)
            }
            return .array(items)
        case CJSON_OBJECT:
            var object = JSONObject()
            var field = place + 1
            while field < Int(node.end) {
                object[string(nodes[field].key, nodes[field].key_length)] = value(at: field, of: nodes)
                field = Int(nodes[field].end)
            }
            return .object(object)
        default: return .null
        }
    }

    private static func string(_ start: UnsafePointer<CChar>?, _ length: UInt32) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: Int(length)), as: UTF8.self)
    }
}

extension JSONValue {
    /// Reads one JSON value of any type, with white space around it. Of fields with the same name the last one wins.
    ///
    /// For one text now and then; a `RecordParser` reads many without setting up its memory each time.
    ///
    /// - Parameter limit: the longest text, in bytes.
    public init(parsing text: [UInt8], limit: Int = 16 << 20) throws(RecordError) {
        let parser = try RecordParser(limits: RecordLimits(record: limit))
        try parser.parseValue(text.span)
        self = try parser.value()
    }

    public init(parsing text: String, limit: Int = 16 << 20) throws(RecordError) {
        try self.init(parsing: Array(text.utf8), limit: limit)
    }
}

extension cjson_node {
    var type: JSONType {
        switch kind {
        case CJSON_FALSE, CJSON_TRUE: .boolean
        case CJSON_INTEGER, CJSON_REAL, CJSON_DIGITS: .number
        case CJSON_TEXT: .string
        case CJSON_ARRAY: .array
        case CJSON_OBJECT: .object
        default: .null
        }
    }

    fileprivate func hasKey(_ name: [UInt8]) -> Bool {
        guard key_length == name.count, let key else { return false }
        return name.indices.allSatisfy { UInt8(bitPattern: key[$0]) == name[$0] }
    }
}

extension RecordError {
    fileprivate init(_ status: cjson_status) {
        self =
            switch status {
            case CJSON_EMPTY: .empty
            case CJSON_NUMBER: .malformedNumber
            case CJSON_OVERFLOW: .numberOutOfRange
            case CJSON_STRING: .malformedString
            case CJSON_UNCLOSED: .unclosedString
            case CJSON_CONTROL: .controlCharacter
            case CJSON_UTF8: .notUTF8
            case CJSON_DEPTH: .tooDeep
            case CJSON_MEMORY: .outOfMemory
            default: .notJSON
            }
    }
}
