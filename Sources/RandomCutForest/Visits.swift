/// A few visits that take turns, one step each.
///
/// A step down waits for a node. Taken one visit after the other, most of the
/// time would go by in waiting.
struct Visits {
    let lanes: UnsafeMutablePointer<Visit>
    /// Those that have not come to an end, in their turns.
    let turns: UnsafeMutablePointer<UnsafeMutablePointer<Visit>>

    /// Takes the first `count` visits down to their leaves.
    @inline(__always)
    func descend<Arithmetic: RowArithmetic>(_ count: Int, width: Int, with: Arithmetic.Type) {
        var live = 0
        for lane in 0..<count where !lanes[lane].position.isLeaf {
            turns[live] = lanes + lane
            live &+= 1
        }
        while live > 0 {
            var remaining = 0
            for turn in 0..<live {
                let visit = turns[turn]
                visit.pointee.descend(width: width, with: Arithmetic.self)
                // Kept or not without a branch, which would be mispredicted once for each visit.
                turns[remaining] = visit
                remaining &+= visit.pointee.position.isLeafBit ^ 1
            }
            live = remaining
        }
    }
}
