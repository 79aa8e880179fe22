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

    /// How many boxes to compare with a point before looking whether it was inside.
    static var boxesAtOnce: Int { get }

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
    @inline(__always)
    static var boxesAtOnce: Int { 4 }

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

/// More dimensions: rows padded with zeros to a multiple of four, four lanes at a time.
// Not eight: on a processor with registers of four, selecting by a mask of
// eight lanes takes three instructions where one of four takes one.
enum LaneArithmetic: RowArithmetic {
    static let padding = 4

    @inline(__always)
    static var boxesAtOnce: Int { 1 }

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
        // Two sums, so that one addition need not wait for the one before.
        var even = SIMD4<Float>(repeating: 0)
        var odd = SIMD4<Float>(repeating: 0)
        let last = width &- 8
        var axis = 0
        while axis <= last {
            even += outside(point + axis, box.lower + axis, box.upper + axis)
            odd += outside(point + axis + 4, box.lower + axis + 4, box.upper + axis + 4)
            axis &+= 8
        }
        if axis < width {
            even += outside(point + axis, box.lower + axis, box.upper + axis)
        }
        return sum(even + odd)
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

    // Apart, because inlined Swift 6.3 takes its lanes to pieces.
    @inline(never)
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Union {
        var difference = SIMD4<UInt32>(repeating: 0)
        var range = SIMD4<Float>(repeating: 0)
        let (lower, upper) = (target, target + width)
        var axis = 0
        while axis < width {
            // One corner after the other, for Swift 6.3 would interleave their lanes.
            let least = lesser(four(first.lower, axis), four(second.lower, axis))
            difference |= bits(least) ^ bits(four(lower, axis))
            UnsafeMutableRawPointer(lower + axis).storeBytes(of: least, as: SIMD4<Float>.self)
            let greatest = greater(four(first.upper, axis), four(second.upper, axis))
            difference |= bits(greatest) ^ bits(four(upper, axis))
            UnsafeMutableRawPointer(upper + axis).storeBytes(of: greatest, as: SIMD4<Float>.self)
            range += greatest - least
            axis &+= 4
        }
        return Union(isChanged: any(difference .!= 0), range: sum(range))
    }

    /// How far each of four values is below or above the box, 0 where it is between: how far the nearest inside is.
    // The standard library's selection is one instruction here, if it is written in this order. `pointwiseMax`
    // heeds NaN, which no row holds, and becomes branches.
    @inline(__always)
    private static func outside(_ point: Row, _ lower: Row, _ upper: Row) -> SIMD4<Float> {
        let (p, l, u) = (four(point, 0), four(lower, 0), four(upper, 0))
        let raised = l.replacing(with: p, where: p .> l)
        let nearest = u.replacing(with: raised, where: raised .< u)
        return unsafeBitCast(bits(nearest - p) & 0x7FFF_FFFF, to: SIMD4<Float>.self)
    }

    @inline(__always)
    private static func lesser(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
        let isLess = unsafeBitCast(b .< a, to: SIMD4<UInt32>.self)
        return unsafeBitCast(bits(a) ^ ((bits(a) ^ bits(b)) & isLess), to: SIMD4<Float>.self)
    }

    @inline(__always)
    private static func greater(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
        let isGreater = unsafeBitCast(b .> a, to: SIMD4<UInt32>.self)
        return unsafeBitCast(bits(a) ^ ((bits(a) ^ bits(b)) & isGreater), to: SIMD4<Float>.self)
    }

    @inline(__always)
    private static func bits(_ lanes: SIMD4<Float>) -> SIMD4<UInt32> { unsafeBitCast(lanes, to: SIMD4<UInt32>.self) }

    @inline(__always)
    private static func four(_ row: UnsafePointer<Float>, _ axis: Int) -> SIMD4<Float> {
        UnsafeRawPointer(row + axis).load(as: SIMD4<Float>.self)
    }

    @inline(__always)
    private static func sum(_ lanes: SIMD4<Float>) -> Float {
        let pairs = lanes.lowHalf + lanes.highHalf
        return pairs[0] + pairs[1]
    }
}
