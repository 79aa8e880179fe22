/// A Lua table by value: a list, named fields, or both.
public struct LuaTable: Sendable, Equatable {
    /// Entries 1…n.
    public var array: [LuaValue]
    /// Entries with a string as key, sorted by its bytes; no key twice.
    public private(set) var fields: [Field]
    /// Whether this is a list even when it is empty: `array {}` in a script.
    public var isArray: Bool

    public struct Field: Sendable, Equatable {
        public let key: String
        public var value: LuaValue

        public init(key: String, value: LuaValue) {
            self.key = key
            self.value = value
        }
    }

    /// A list.
    public init(array: [LuaValue]) {
        self.array = array
        fields = []
        isArray = true
    }

    /// Named fields; of a key given twice the last value counts.
    public init(fields: [(String, LuaValue)] = []) {
        array = []
        self.fields = []
        isArray = false
        for (key, value) in fields { self[key] = value }
    }

    /// - Parameter sorted: as C wrote them: sorted and unique.
    init(array: [LuaValue], sorted: [Field], isArray: Bool) {
        self.array = array
        fields = sorted
        self.isArray = isArray
    }

    /// The named field; assigning `nil` removes it.
    ///
    /// - Complexity: O(log n) to read, O(n) to add.
    public subscript(key: String) -> LuaValue? {
        get {
            let index = position(of: key)
            return index < fields.count && fields[index].key == key ? fields[index].value : nil
        }
        set {
            let index = position(of: key)
            let exists = index < fields.count && fields[index].key == key
            switch (newValue, exists) {
            case (let value?, true): fields[index].value = value
            case (let value?, false): fields.insert(Field(key: key, value: value), at: index)
            case (nil, true): fields.remove(at: index)
            case (nil, false): break
            }
        }
    }

    private func position(of key: String) -> Int {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].key.utf8.lexicographicallyPrecedes(key.utf8) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
