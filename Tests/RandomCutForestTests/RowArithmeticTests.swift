import Testing

@testable import RandomCutForest

@Suite struct RowArithmeticTests {
    struct Case: CustomTestStringConvertible {
        let name: String, point: [Float], outside: Float
        var testDescription: String { name }
    }

    /// The unit square, so that each expected value can be worked out by eye.
    @Test(arguments: [
        Case(name: "inside", point: [0.5, 0.5], outside: 0),
        Case(name: "on the edge", point: [1, 0], outside: 0),
        Case(name: "two beyond one side", point: [3, 0.5], outside: 2),
        Case(name: "one beyond a corner on both axes", point: [-1, 2], outside: 2),
    ])
    func `how far a point lies outside a box`(_ c: Case) {
        let rows = [[0, 0, 0, 0], [1, 1, 0, 0], c.point + [0, 0]]
        let outside = rows[0].withUnsafeBufferPointer { lower in
            rows[1].withUnsafeBufferPointer { upper in
                rows[2].withUnsafeBufferPointer { point -> Float? in
                    guard let lower = lower.baseAddress, let upper = upper.baseAddress, let point = point.baseAddress
                    else { return nil }
                    return LaneArithmetic.outside(point, of: Box(lower: lower, upper: upper), width: 4)
                }
            }
        }
        #expect(outside == c.outside)
    }

    @Test(arguments: [4, 8, 12, 32, 900])
    func `lanes agree with one axis after the other`(width: Int) {
        var stream = TestStream(seed: UInt64(width))
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 5 * width)
        defer { memory.deallocate() }
        for index in 0..<(5 * width) { memory[index] = Float(stream.next() % 64) }
        let (lower, upper, point, target) = (memory, memory + width, memory + 2 * width, memory + 3 * width)
        var outside: Float = 0
        var range: Float = 0
        for axis in 0..<width {
            if lower[axis] > upper[axis] { swap(&lower[axis], &upper[axis]) }
            // Whole numbers add up exactly in any order.
            outside += max(0, lower[axis] - point[axis]) + max(0, point[axis] - upper[axis])
            range += upper[axis] - lower[axis]
        }
        let box = Box(lower: lower, upper: upper)
        #expect(LaneArithmetic.outside(point, of: box, width: width) == outside)

        let own = Box(lower: point, upper: point)
        #expect(LaneArithmetic.writeUnion(of: box, own, to: target, width: width).isChanged)
        #expect(!LaneArithmetic.writeUnion(of: box, own, to: target, width: width).isChanged)
        #expect(LaneArithmetic.writeUnion(of: box, own, to: target, width: width).range == range + outside)
        for axis in 0..<width {
            #expect(target[axis] == min(lower[axis], point[axis]))
            #expect(target[width + axis] == max(upper[axis], point[axis]))
        }
        #expect(LaneArithmetic.areEqual(point, point, width: width))
        #expect(!LaneArithmetic.areEqual(lower, upper, width: width))
    }
}
