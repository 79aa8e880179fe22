internal import CJSON
internal import Glibc

/// The places of certain fields at the top of a record, found in one pass over it.
///
/// - Complexity: O(fields of the record × names), a few ns each.
final class FieldSlots {
    private struct Slot {
        var start: Int
        var length: Int
        var place: Int
    }

    /// Stands for a field that the record does not have.
    static let missing = -1

    private var names: [[UInt8]] = []
    // Of all names, one after another, in memory of its own: a pass is not checked for who else holds it.
    private var slots: UnsafeMutableBufferPointer<Slot>
    private var text: UnsafeMutablePointer<UInt8>

    init() {
        slots = .allocate(capacity: 0)
        text = .allocate(capacity: 0)
    }

    deinit {
        slots.deallocate()
        text.deallocate()
    }

    /// The slot of a name, the same for the same name.
    func slot(of name: [UInt8]) -> Int {
        if let known = names.firstIndex(of: name) { return known }
        names.append(name)
        slots.deallocate()
        text.deallocate()
        slots = .allocate(capacity: names.count)
        text = .allocate(capacity: names.reduce(0) { $0 + $1.count })
        var start = 0
        for (index, name) in names.enumerated() {
            slots.initializeElement(at: index, to: Slot(start: start, length: name.count, place: Self.missing))
            for (offset, byte) in name.enumerated() { text[start + offset] = byte }
            start += name.count
        }
        return names.count - 1
    }

    /// The index of a slot's value among the record's; of fields with the same name that of the last.
    func place(_ slot: Int) -> Int { slots[slot].place }

    /// - Parameter nodes: of an object.
    func find(in nodes: UnsafeBufferPointer<cjson_node>) {
        let (slots, text) = (slots, text)
        guard !slots.isEmpty else { return }
        for index in slots.indices { slots[index].place = Self.missing }
        let end = Int(nodes[0].end)
        var place = 1
        while place < end {
            let length = Int(nodes[place].key_length)
            for index in slots.indices where slots[index].length == length {
                guard let key = nodes[place].key, memcmp(key, text + slots[index].start, length) == 0 else { continue }
                slots[index].place = place
                break
            }
            place = Int(nodes[place].end)
        }
    }
}

extension cjson_node {
    /// The decoded text of a string, or the digits of a wide integer.
    var textBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: Int(text_length)) }
    var keyBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: key, count: Int(key_length)) }
}
