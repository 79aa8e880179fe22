internal import CForest

/// The lower and the upper corner of a box, as rows. The box of one point has it for both.
struct Box {
    let lower: UnsafePointer<Float>
    let upper: UnsafePointer<Float>
}

/// What came of writing a box.
struct Union {
    /// Whether it differs from what was there.
    var isChanged: Bool
    /// The sum of its sides.
    var range: Float
}

/// Arithmetic on rows: the values of one point, or one corner of a box.
///
/// Sums are taken in an order that the row's width alone decides, so that a
/// wider register changes the speed and never a score.
protocol RowArithmetic {
    typealias Row = UnsafePointer<Float>

    static func value(of point: Row, on axis: Int) -> Float

    /// Has values brought near before they are read, where that pays.
    static func prefetch(_ values: Row, count: Int)

    /// How far a point lies outside a box: a sum over the axes, in the units of the stored points.
    static func outside(_ point: Row, of box: Box, width: Int) -> Float

    static func areEqual(_ a: Row, _ b: Row, width: Int) -> Bool

    /// Writes the box around two boxes, which may be the target itself: `width`
    /// values of the lower corner, then those of the upper.
    @discardableResult
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Union
}

/// One dimension: plain numbers.
enum ScalarArithmetic: RowArithmetic {
    /// Without waiting for the axis, which is always the first.
    @inline(__always)
    static func value(of point: Row, on axis: Int) -> Float { point[0] }

    /// Nothing, for the boxes of a tree are a few kilobytes.
    @inline(__always)
    static func prefetch(_ values: Row, count: Int) {}

    @inline(__always)
    static func outside(_ point: Row, of box: Box, width: Int) -> Float {
        let below = box.lower[0] - point[0]
        let above = point[0] - box.upper[0]
        let farther = below < above ? above : below
        return farther > 0 ? farther : 0
    }

    @inline(__always)
    static func areEqual(_ a: Row, _ b: Row, width: Int) -> Bool { a[0] == b[0] }

    @inline(__always)
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Union {
        let low = second.lower[0] < first.lower[0] ? second.lower[0] : first.lower[0]
        let high = second.upper[0] > first.upper[0] ? second.upper[0] : first.upper[0]
        let isChanged = low != target[0] || high != target[1]
        target[0] = low
        target[1] = high
        return Union(isChanged: isChanged, range: high - low)
    }
}

/// More dimensions: rows padded with zeros to a multiple of four, eight lanes at a time.
///
/// What is done for every box is in C, in two copies that agree to the last bit: one for any processor, and one for
/// those that have registers of eight.
enum LaneArithmetic: RowArithmetic {
    static let padding = 4

    @inline(__always)
    static func value(of point: Row, on axis: Int) -> Float { point[axis] }

    @inline(__always)
    static func prefetch(_ values: Row, count: Int) {
        var offset = 0
        while offset < count {
            cforest_prefetch(values + offset)
            // A cache line.
            offset &+= 16
        }
    }

    @inline(__always)
    static func outside(_ point: Row, of box: Box, width: Int) -> Float {
        cforest_outside(point, box.lower, box.upper, width)
    }

    @inline(__always)
    static func areEqual(_ a: Row, _ b: Row, width: Int) -> Bool {
        var axis = 0
        while axis < width {
            if any(four(a, axis) .!= four(b, axis)) { return false }
            axis &+= 4
        }
        return true
    }

    @inline(__always)
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Union {
        let union = cforest_write_union(first.lower, first.upper, second.lower, second.upper, target, width)
        return Union(isChanged: union.is_changed, range: union.range)
    }

    @inline(__always)
    private static func four(_ row: UnsafePointer<Float>, _ axis: Int) -> SIMD4<Float> {
        UnsafeRawPointer(row + axis).load(as: SIMD4<Float>.self)
    }
}
