/// Bytes that are written by the million and handed on in runs: appending costs little more than the copy.
///
/// An array asks at each append whether it is shared, which for a few bytes takes longer than they do. Belongs to one
/// task at a time. It keeps the capacity of the longest run.
final class ByteBuffer {
    private struct Storage {
        var base: UnsafeMutableRawPointer
        var count = 0
        var capacity: Int
    }

    // Behind a pointer, so that appending is not checked for overlapping accesses each time; there is no other way in.
    private let storage: UnsafeMutablePointer<Storage>

    init(capacity: Int = 4096) {
        storage = .allocate(capacity: 1)
        let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        storage.initialize(to: Storage(base: base, capacity: capacity))
    }

    deinit {
        storage.pointee.base.deallocate()
        storage.deallocate()
    }

    var count: Int { storage.pointee.count }

    /// Forgets what was appended after there were so many bytes.
    func truncate(to count: Int) {
        precondition(count <= storage.pointee.count, "truncated to more than there is")
        storage.pointee.count = count
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (storage.pointee.base + storage.pointee.count).copyMemory(from: source, byteCount: bytes.count)
        storage.pointee.count += bytes.count
    }

    func append(_ byte: UInt8) {
        reserve(1)
        (storage.pointee.base + storage.pointee.count).storeBytes(of: byte, as: UInt8.self)
        storage.pointee.count += 1
    }

    func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// What was appended; only for as long as the closure runs.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: storage.pointee.base, count: count))
    }

    var array: [UInt8] { withBytes { Array($0) } }

    private func reserve(_ more: Int) {
        if storage.pointee.capacity - storage.pointee.count < more { grow(by: more) }
    }

    @inline(never)
    private func grow(by more: Int) {
        let capacity = max(2 * storage.pointee.capacity, storage.pointee.count + more)
        let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        base.copyMemory(from: storage.pointee.base, byteCount: storage.pointee.count)
        storage.pointee.base.deallocate()
        storage.pointee.base = base
        storage.pointee.capacity = capacity
    }
}
