/// How far a point lies outside a box, beside the box's own size: both are sums
/// over the axes, in the units of the stored points.
struct Separation {
    var outside: Float
    var range: Float
}

/// The lower and the upper corner of a box, as rows. The box of one point has it for both.
struct Box {
    let lower: UnsafePointer<Float>
    let upper: UnsafePointer<Float>
}

/// Arithmetic on rows: the values of one point, or one corner of a box.
///
/// Sums are taken in an order that the row's width alone decides, so that a
/// wider register changes the speed and never a score.
protocol RowArithmetic {
    typealias Row = UnsafePointer<Float>

    static func separation(of point: Row, from box: Box, width: Int) -> Separation
    static func areEqual(_ a: Row, _ b: Row, width: Int) -> Bool

    /// Writes the box around two boxes, which may be the target itself: `width`
    /// values of the lower corner, then those of the upper.
    ///
    /// - Returns: Whether that changed what was there.
    @discardableResult
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Bool
}

/// One dimension: plain numbers.
enum ScalarArithmetic: RowArithmetic {
    @inline(__always)
    static func separation(of point: Row, from box: Box, width: Int) -> Separation {
        let below = box.lower[0] - point[0]
        let above = point[0] - box.upper[0]
        return Separation(
            outside: (below < 0 ? 0 : below) + (above < 0 ? 0 : above),
            range: box.upper[0] - box.lower[0]
        )
    }

    @inline(__always)
    static func areEqual(_ a: Row, _ b: Row, width: Int) -> Bool { a[0] == b[0] }

    @inline(__always)
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Bool {
        let low = second.lower[0] < first.lower[0] ? second.lower[0] : first.lower[0]
        let high = second.upper[0] > first.upper[0] ? second.upper[0] : first.upper[0]
        let isChanged = low != target[0] || high != target[1]
        target[0] = low
        target[1] = high
        return isChanged
    }
}

/// More dimensions: rows padded with zeros to a multiple of four, eight lanes at
/// a time and a last four if need be.
enum LaneArithmetic: RowArithmetic {
    static let padding = 4

    @inline(__always)
    static func separation(of point: Row, from box: Box, width: Int) -> Separation {
        var outside = SIMD8<Float>(repeating: 0)
        var range = SIMD8<Float>(repeating: 0)
        var axis = 0
        while axis + 8 <= width {
            let p = eight(point, axis)
            let l = eight(box.lower, axis)
            let u = eight(box.upper, axis)
            outside += doubledPositive(l - p) + doubledPositive(p - u)
            range += u - l
            axis += 8
        }
        var outside4 = outside.lowHalf + outside.highHalf
        var range4 = range.lowHalf + range.highHalf
        if axis < width {
            let p = four(point, axis)
            let l = four(box.lower, axis)
            let u = four(box.upper, axis)
            outside4 += doubledPositive(l - p) + doubledPositive(p - u)
            range4 += u - l
        }
        return Separation(outside: sum(outside4) / 2, range: sum(range4))
    }

    @inline(__always)
    static func areEqual(_ a: Row, _ b: Row, width: Int) -> Bool {
        var axis = 0
        while axis < width {
            if any(four(a, axis) .!= four(b, axis)) { return false }
            axis += 4
        }
        return true
    }

    @inline(__always)
    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Bool {
        var changed = SIMDMask<SIMD4<Int32>>(repeating: false)
        var axis = 0
        while axis < width {
            let l1 = four(first.lower, axis)
            let l2 = four(second.lower, axis)
            let u1 = four(first.upper, axis)
            let u2 = four(second.upper, axis)
            let low = l1.replacing(with: l2, where: l2 .< l1)
            let high = u1.replacing(with: u2, where: u2 .> u1)
            changed = changed .| (low .!= four(target, axis)) .| (high .!= four(target + width, axis))
            UnsafeMutableRawPointer(target + axis).storeBytes(of: low, as: SIMD4<Float>.self)
            UnsafeMutableRawPointer(target + width + axis).storeBytes(of: high, as: SIMD4<Float>.self)
            axis += 4
        }
        return any(changed)
    }

    /// Twice the lane where it is positive, else 0, exactly: x + |x|.
    // Without a comparison, because selecting by a mask of eight lanes becomes
    // branches on a processor with registers of four.
    @inline(__always)
    private static func doubledPositive(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let magnitude = unsafeBitCast(x, to: SIMD8<UInt32>.self) & SIMD8<UInt32>(repeating: 0x7FFF_FFFF)
        return x + unsafeBitCast(magnitude, to: SIMD8<Float>.self)
    }

    @inline(__always)
    private static func doubledPositive(_ x: SIMD4<Float>) -> SIMD4<Float> {
        let magnitude = unsafeBitCast(x, to: SIMD4<UInt32>.self) & SIMD4<UInt32>(repeating: 0x7FFF_FFFF)
        return x + unsafeBitCast(magnitude, to: SIMD4<Float>.self)
    }

    @inline(__always)
    private static func eight(_ row: Row, _ axis: Int) -> SIMD8<Float> {
        // Rows are aligned to four floats, not to eight.
        UnsafeRawPointer(row + axis).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    private static func four(_ row: UnsafePointer<Float>, _ axis: Int) -> SIMD4<Float> {
        UnsafeRawPointer(row + axis).loadUnaligned(as: SIMD4<Float>.self)
    }

    @inline(__always)
    private static func sum(_ lanes: SIMD4<Float>) -> Float {
        let pairs = lanes.lowHalf + lanes.highHalf
        return pairs[0] + pairs[1]
    }
}
