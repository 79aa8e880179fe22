/// The points that trees remember, each stored once however many trees have it.
///
/// A point lives while a leaf refers to it. Unused rows form a list through
/// their own first four bytes; rows beyond `List.used` have never been touched.
struct PointStore {
    /// What the store remembers between calls.
    struct List: Sendable, Equatable {
        /// Rows ever used.
        var used = 0
        /// The first unused row below `used`.
        var unused = UInt32.max
    }

    let rows: UnsafeMutablePointer<Float>
    let references: UnsafeMutablePointer<UInt16>
    let width: Int
    let capacity: Int
    var list: List

    /// Copies `row` into the store, with one reference, the caller's.
    mutating func add(_ row: UnsafePointer<Float>) -> UInt32 {
        let point: UInt32
        if list.unused != .max {
            point = list.unused
            list.unused = rows[Int(point) * width].bitPattern
        } else {
            precondition(list.used < capacity, "more points than leaves")
            point = UInt32(truncatingIfNeeded: list.used)
            list.used += 1
        }
        (rows + Int(point) * width).update(from: row, count: width)
        references[Int(point)] = 1
        return point
    }

    @inline(__always)
    func retain(_ point: UInt32) { references[Int(point)] &+= 1 }

    @inline(__always)
    mutating func release(_ point: UInt32) {
        references[Int(point)] &-= 1
        if references[Int(point)] == 0 {
            rows[Int(point) * width] = Float(bitPattern: list.unused)
            list.unused = point
        }
    }
}
