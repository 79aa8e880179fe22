internal import CLua

/// A function scripts can call. What it throws becomes a Lua error that names it.
public typealias HostFunction = (borrowing HostCall) throws(ScriptError) -> LuaValue

/// When scripts may call a host function.
public enum ScriptPhase: Sendable, Equatable {
    /// At any time.
    case always
    /// Only while their chunk runs for the first time, under `LuaState.load`.
    case loading
}

/// The arguments of one call, valid only while it runs.
///
/// Positions count from 1, as scripts count them.
public struct HostCall: ~Copyable {
    private let frame: OpaquePointer
    private let home: Releases

    init(frame: OpaquePointer, home: Releases) {
        self.frame = frame
        self.home = home
    }

    /// How many arguments were passed, trailing nils included.
    public var count: Int { Int(clua_argument_count(frame)) }

    /// Where the script calls from, `detect.lua:12`; empty when no script does.
    public var location: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            clua_location(frame, buffer.baseAddress, buffer.count)
            return buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    /// Any argument; `.nil` where none was passed.
    ///
    /// - Throws: `.conversion` for what cannot leave a script, `.limit(.result, …)` for too much of it.
    public func value(_ position: Int) throws(ScriptError) -> LuaValue {
        let (scalar, text) = argument(position)
        switch Int(scalar.tag) {
        case CLUA_NIL: return .nil
        case CLUA_NULL: return .null
        case CLUA_FALSE: return .boolean(false)
        case CLUA_TRUE: return .boolean(true)
        case CLUA_INTEGER: return .integer(scalar.bits)
        case CLUA_NUMBER: return .number(Double(bitPattern: UInt64(bitPattern: scalar.bits)))
        case CLUA_STRING: return String(validating: text, as: UTF8.self).map { .string($0) } ?? .bytes(Array(text))
        default: return try converted(position)
        }
    }

    public func boolean(_ position: Int) throws(ScriptError) -> Bool {
        let tag = Int(argument(position).scalar.tag)
        guard tag == CLUA_FALSE || tag == CLUA_TRUE else { throw mismatch(position, "boolean") }
        return tag == CLUA_TRUE
    }

    /// An integer, or a number without a fraction that is one.
    public func integer(_ position: Int) throws(ScriptError) -> Int64 {
        let scalar = argument(position).scalar
        if Int(scalar.tag) == CLUA_INTEGER { return scalar.bits }
        guard Int(scalar.tag) == CLUA_NUMBER else { throw mismatch(position, "integer") }
        let number = Double(bitPattern: UInt64(bitPattern: scalar.bits))
        guard let integer = Int64(exactly: number) else {
            throw .argument(position: position, expected: "integer", got: number.description)
        }
        return integer
    }

    public func number(_ position: Int) throws(ScriptError) -> Double {
        let scalar = argument(position).scalar
        switch Int(scalar.tag) {
        case CLUA_INTEGER: return Double(scalar.bits)
        case CLUA_NUMBER: return Double(bitPattern: UInt64(bitPattern: scalar.bits))
        default: throw mismatch(position, "number")
        }
    }

    /// A string that is UTF-8.
    public func string(_ position: Int) throws(ScriptError) -> String {
        let (scalar, text) = argument(position)
        guard Int(scalar.tag) == CLUA_STRING else { throw mismatch(position, "string") }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw .argument(position: position, expected: "text in UTF-8", got: "other bytes")
        }
        return string
    }

    /// Any string, as its bytes.
    public func bytes(_ position: Int) throws(ScriptError) -> [UInt8] {
        let (scalar, text) = argument(position)
        guard Int(scalar.tag) == CLUA_STRING else { throw mismatch(position, "string") }
        return Array(text)
    }

    public func table(_ position: Int) throws(ScriptError) -> LuaTable {
        guard case .table(let table) = try value(position) else { throw mismatch(position, "table") }
        return table
    }

    public func function(_ position: Int) throws(ScriptError) -> LuaFunction {
        guard case .function(let function) = try value(position) else { throw mismatch(position, "function") }
        return function
    }

    // None of these raises or allocates in Lua: this is a Swift frame.

    private func argument(_ position: Int) -> (scalar: clua_scalar, text: UnsafeRawBufferPointer) {
        precondition(position > 0, "arguments count from 1")
        var bytes: UnsafeRawPointer?
        let scalar = clua_argument(frame, Int32(clamping: position), &bytes)
        return (scalar, UnsafeRawBufferPointer(start: bytes, count: Int(scalar.count)))
    }

    private func converted(_ position: Int) throws(ScriptError) -> LuaValue {
        let state = clua_state_of(frame)
        switch clua_argument_value(frame, Int32(clamping: position)) {
        case CLUA_OK:
            let wire = clua_result(state)
            var reader = WireReader(UnsafeRawBufferPointer(start: wire.bytes, count: wire.count), home: home)
            return try reader.value()
        case CLUA_CONVERSION:
            let path = text(clua_path(state))
            throw .conversion(
                path: "argument \(position)" + (path.isEmpty ? "" : ", \(path)"),
                reason: text(clua_message(state))
            )
        default:
            // The budget is spent: CLua raises that again, whatever is thrown here.
            throw .limit(.result, message: text(clua_message(state)))
        }
    }

    private func mismatch(_ position: Int, _ expected: String) -> ScriptError {
        let missing = position > count
        let name = Int(argument(position).scalar.tag) == CLUA_NULL ? "null" : typeName(position)
        return .argument(position: position, expected: expected, got: missing ? "no value" : name)
    }

    private func typeName(_ position: Int) -> String {
        clua_argument_type_name(frame, Int32(clamping: position)).map { String(cString: $0) } ?? "no value"
    }
}

/// Bytes of C's as text; what is not UTF-8 is repaired.
func text(_ bytes: clua_bytes) -> String {
    String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.count), as: UTF8.self)
}
