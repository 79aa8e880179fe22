/// One cut: points whose value on `axis` is at most `cut` are to the left. 16
/// bytes, so that none lies across two cache lines.
///
/// The box of a node lies apart, because descending needs only the cuts and
/// should have as many of them as possible in each cache line. The loops in C
/// know it as `cforest_node`.
struct Node {
    var cut: Float
    /// The sum of the sides of the node's box.
    var range: Float
    var left: NodeID
    /// While the node is unused, the next unused one.
    var right: NodeID
    /// Sampled points below, copies counted.
    var mass: UInt16
    /// The axis where there is more than one. Else, as that says nothing, `orderMark` and the depth.
    private(set) var axisOrDepth: UInt16

    private static let orderMark: UInt16 = 0x8000

    init(cut: Float, range: Float, left: NodeID, right: NodeID, mass: UInt16, axis: UInt16) {
        self.cut = cut
        self.range = range
        self.left = left
        self.right = right
        self.mass = mass
        axisOrDepth = axis
    }

    var axis: UInt16 { axisOrDepth < Self.orderMark ? axisOrDepth : 0 }

    /// How many nodes are above it, where there is one dimension and so a `CutOrder`.
    var depth: Int {
        @inline(__always) get { Int(axisOrDepth & ~Self.orderMark) }
        @inline(__always) set { axisOrDepth = UInt16(truncatingIfNeeded: newValue) | Self.orderMark }
    }
}

/// Names a node or a leaf of one tree, in two bytes.
struct NodeID: Equatable {
    var bits: UInt16

    /// No node; also ends the lists of unused nodes and leaves.
    static let none = NodeID(bits: .max)

    @inline(__always)
    static func node(_ index: Int) -> NodeID { NodeID(bits: UInt16(truncatingIfNeeded: index)) }

    @inline(__always)
    static func leaf(_ slot: Int) -> NodeID { NodeID(bits: UInt16(truncatingIfNeeded: slot) | 0x8000) }

    @inline(__always)
    var isLeaf: Bool { bits >= 0x8000 }

    /// 1 for a leaf, 0 for a node: for sums that are to have no branch.
    @inline(__always)
    var isLeafBit: Int { Int(bits >> 15) }

    /// The index of a node, or the slot of a leaf.
    @inline(__always)
    var index: Int { Int(bits & 0x7FFF) }

    @inline(__always)
    init(bits: UInt16) { self.bits = bits }
}

/// What an update reads of every tree, together in one place: most trees turn
/// most points away, and need not be touched beyond this.
struct TreeState {
    var random: RandomSource
    /// The greatest weight in the sample, which a new point must undercut.
    var heaviest: Float
    /// Draws below this are too heavy; 0 where none is. See `Sampler.refresh`.
    var rejected: Float
    /// Points in the sample.
    var mass: UInt16
    var root: NodeID
    var unusedNode: NodeID
    var unusedLeaf: NodeID

    /// Where the root is, for the loops in C.
    static var rootOffset: Int { MemoryLayout<Self>.offset(of: \.root) ?? 0 }
}
