/// The fields of a JSON object in the order in which they were first written.
///
/// A name occurs once: setting it again replaces the value and keeps the place, so that of duplicate fields in a
/// document the last one wins. Names are compared byte by byte; `String` itself would take different spellings of `é`
/// for one name.
public struct JSONObject: Sendable {
    public struct Field: Sendable, Equatable {
        public let name: String
        public var value: JSONValue

        public static func == (one: Field, other: Field) -> Bool {
            one.name.utf8.elementsEqual(other.name.utf8) && one.value == other.value
        }
    }

    /// Below this many fields, comparing names one by one is faster than a table and needs no memory.
    private static let indexedCount = 16

    public private(set) var fields: [Field] = []
    // Where each name stands, kept from `indexedCount` fields on: a hostile record may have 100,000 of them.
    private var places: [ExactName: Int] = [:]

    public init() {}

    public init(_ fields: some Sequence<(String, JSONValue)>) {
        for (name, value) in fields { self[name] = value }
    }

    public var isEmpty: Bool { fields.isEmpty }
    public var count: Int { fields.count }

    /// The value of a field. Assigning `nil` removes it, which takes time proportional to `count`.
    public subscript(name: String) -> JSONValue? {
        get { place(of: name).map { fields[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let value?): fields[place].value = value
            case (nil, let value?): append(Field(name: name, value: value))
            case (let place?, nil): remove(at: place)
            case (nil, nil): break
            }
        }
    }

    private func place(of name: String) -> Int? {
        if fields.count >= Self.indexedCount { return places[ExactName(name)] }
        return fields.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }

    private mutating func append(_ field: Field) {
        fields.append(field)
        if fields.count == Self.indexedCount {
            index()
        } else if fields.count > Self.indexedCount {
            places[ExactName(field.name)] = fields.count - 1
        }
    }

    private mutating func remove(at place: Int) {
        fields.remove(at: place)
        index()
    }

    private mutating func index() {
        places = [:]
        guard fields.count >= Self.indexedCount else { return }
        for (place, field) in fields.enumerated() { places[ExactName(field.name)] = place }
    }
}

extension JSONObject: Equatable {
    /// The same fields in the same order: what is equal is also written the same.
    public static func == (one: JSONObject, other: JSONObject) -> Bool { one.fields == other.fields }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

/// A name that is equal only to itself, byte by byte.
private struct ExactName: Hashable {
    private let name: String

    init(_ name: String) { self.name = name }

    static func == (one: ExactName, other: ExactName) -> Bool { one.name.utf8.elementsEqual(other.name.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in name.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }
}
