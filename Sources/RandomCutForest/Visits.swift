/// A few visits that take turns, one step each.
///
/// A step down waits for a node and a step up for a box. Taken one visit after
/// the other, most of the time would go by in waiting.
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

    /// Takes the first `count` visits up from their leaves, until their scores are final.
    ///
    /// - Parameter unseen: `Scoring.unseen` for each depth.
    @inline(__always)
    func ascend<Arithmetic: RowArithmetic>(
        _ count: Int,
        width: Int,
        unseen: UnsafePointer<Double>,
        with: Arithmetic.Type
    ) {
        var live = 0
        for lane in 0..<count {
            let visit = lanes + lane
            let depth = visit.pointee.depth
            visit.pointee.level = depth
            visit.pointee.score = unseen[depth]
            turns[live] = visit
            live &+= depth > 0 ? 1 : 0
        }
        while live > 0 {
            var remaining = 0
            for turn in 0..<live {
                let visit = turns[turn]
                let isOpen = visit.pointee.ascend(width: width, unseen: unseen, with: Arithmetic.self)
                turns[remaining] = visit
                remaining &+= isOpen ? 1 : 0
            }
            live = remaining
        }
    }
}
