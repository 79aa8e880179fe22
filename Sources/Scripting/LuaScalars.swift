internal import CLua

/// Values without parts, kept ready for the cheap way into Lua: nothing here allocates once it has its size.
///
/// As plain arguments (`LuaState.call(_:scalars:)`) or as the fields of a `RecordTable`. Setting a slot costs a few
/// ns; a string is copied once.
public struct LuaScalars: ~Copyable {
    // Memory of its own instead of arrays, which ask at each assignment whether they are shared.
    let slots: UnsafeMutableBufferPointer<clua_scalar>
    private(set) var arena: UnsafeMutableRawPointer
    private var arenaCount = 0
    private var arenaCapacity = 256

    /// - Parameter count: of values, all nil at first.
    public init(count: Int) {
        slots = .allocate(capacity: count)
        slots.initialize(repeating: clua_scalar(tag: UInt32(CLUA_NIL), count: 0, bits: 0))
        arena = .allocate(byteCount: arenaCapacity, alignment: 16)
    }

    deinit {
        slots.deallocate()
        arena.deallocate()
    }

    public var count: Int { slots.count }

    /// Sets every value to nil and forgets all strings. Call it before each refill.
    public mutating func removeAll() {
        for index in slots.indices { slots[index].tag = UInt32(CLUA_NIL) }
        arenaCount = 0
    }

    public mutating func set(_ index: Int, toBoolean value: Bool) {
        slots[index] = clua_scalar(tag: UInt32(value ? CLUA_TRUE : CLUA_FALSE), count: 0, bits: 0)
    }

    public mutating func set(_ index: Int, toInteger value: Int64) {
        slots[index] = clua_scalar(tag: UInt32(CLUA_INTEGER), count: 0, bits: value)
    }

    public mutating func set(_ index: Int, toNumber value: Double) {
        let bits = Int64(bitPattern: value.bitPattern)
        slots[index] = clua_scalar(tag: UInt32(CLUA_NUMBER), count: 0, bits: bits)
    }

    public mutating func setNull(_ index: Int) {
        slots[index] = clua_scalar(tag: UInt32(CLUA_NULL), count: 0, bits: 0)
    }

    public mutating func set(_ index: Int, toUTF8 bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { set(index, toUTF8: UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter bytes: copied before this returns.
    public mutating func set(_ index: Int, toUTF8 bytes: UnsafeRawBufferPointer) {
        if arenaCapacity - arenaCount < bytes.count { grow(by: bytes.count) }
        slots[index] = clua_scalar(tag: UInt32(CLUA_STRING), count: UInt32(bytes.count), bits: Int64(arenaCount))
        guard let source = bytes.baseAddress else { return }
        (arena + arenaCount).copyMemory(from: source, byteCount: bytes.count)
        arenaCount += bytes.count
    }

    public mutating func set(_ index: Int, toString value: String) {
        var value = value
        value.withUTF8 { set(index, toUTF8: UnsafeRawBufferPointer($0)) }
    }

    private mutating func grow(by more: Int) {
        arenaCapacity = max(2 * arenaCapacity, arenaCount + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: arenaCapacity, alignment: 16)
        larger.copyMemory(from: arena, byteCount: arenaCount)
        arena.deallocate()
        arena = larger
    }
}
