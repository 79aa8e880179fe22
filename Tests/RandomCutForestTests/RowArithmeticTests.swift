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

    /// Rounding shows the order that a sum was taken in: eight lanes of the distance, four of the range, halves folded.
    @Test(arguments: [4, 8, 12, 16, 20, 32, 60, 900])
    func `sums are taken in one order on every processor`(width: Int) {
        var stream = TestStream(seed: UInt64(width))
        let memory = UnsafeMutablePointer<Float>.allocate(capacity: 7 * width)
        defer { memory.deallocate() }
        for _ in 0..<50 {
            var distances = [Float](repeating: 0, count: 8)
            var sides = [Float](repeating: 0, count: 4)
            for axis in 0..<width {
                let values = (0..<3).map { _ in Float(stream.gaussian()) }
                let (lower, upper, point) = (min(values[0], values[1]), max(values[0], values[1]), values[2])
                memory[axis] = lower
                memory[width + axis] = upper
                memory[2 * width + axis] = point
                distances[axis % 8] += max(0, lower - point) + max(0, point - upper)
                sides[axis % 4] += max(upper, point) - min(lower, point)
            }
            let halves = (0..<4).map { distances[$0] + distances[$0 + 4] }
            let distance = (halves[0] + halves[2]) + (halves[1] + halves[3])
            let range = (sides[0] + sides[2]) + (sides[1] + sides[3])

            let (lower, upper, point) = (memory, memory + width, memory + 2 * width)
            let (box, own) = (Box(lower: lower, upper: upper), Box(lower: point, upper: point))
            #expect(LaneArithmetic.outside(point, of: box, width: width) == distance)
            #expect(PortableLanes.outside(point, of: box, width: width) == distance)
            let (here, there) = (memory + 3 * width, memory + 5 * width)
            #expect(LaneArithmetic.writeUnion(of: box, own, to: here, width: width).range == range)
            #expect(PortableLanes.writeUnion(of: box, own, to: there, width: width).range == range)
            #expect((0..<(2 * width)).allSatisfy { here[$0].bitPattern == there[$0].bitPattern })
            #expect(!PortableLanes.writeUnion(of: own, box, to: there, width: width).isChanged)
        }
    }
}
