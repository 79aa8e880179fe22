/// A value's way through a tree of one dimension, below the node that parts it from its other neighbour.
///
/// Inside of that node's box and of all above it the value is, and they say
/// nothing. What is below it on the value's side ends in the neighbour, and the
/// value is as far beyond each box there as beyond the neighbour.
struct OrderedVisit {
    let nodes: UnsafePointer<Node>
    /// What was found so far, and the share of it that is still to come.
    var score = 0.0
    var rest = 1.0
    /// The value less its neighbour's.
    let outside: Float
    var position: NodeID
    /// How many nodes are above `position`.
    var depth: UInt16

    @inline(__always)
    init(nodes: UnsafePointer<Node>, outside: Float, position: NodeID, depth: Int) {
        self.nodes = nodes
        self.outside = outside
        self.position = position
        self.depth = UInt16(truncatingIfNeeded: depth)
    }

    /// A visit whose score is known already.
    init(score: Double, nodes: UnsafePointer<Node>) {
        self.init(nodes: nodes, outside: 0, position: .none, depth: 0)
        self.score = score
        rest = 0
    }

    /// Goes one node down, and takes into account that the value may have been cut off there.
    ///
    /// - Precondition: `position` is no leaf.
    @inline(__always)
    mutating func descend(unseen: UnsafePointer<Double>) {
        let node = nodes + Int(position.bits)
        let distance = abs(outside)
        let probability = rest * Double(distance / (distance + node.pointee.range))
        score += probability * unseen[Int(depth)]
        rest -= probability
        position = outside > 0 ? node.pointee.right : node.pointee.left
        depth &+= 1
    }
}
