/// One cut: points whose value on `axis` is at most `cut` are to the left. 16
/// bytes, so that none lies across two cache lines.
///
/// The box of a node lies apart, because descending needs only the cuts and
/// should have as many of them as possible in each cache line.
struct Node {
    var cut: Float
    /// The sum of the sides of the node's box.
    var range: Float
    var left: NodeID
    /// While the node is unused, the next unused one.
    var right: NodeID
    /// Mass, depth and axis. Ten bits hold any of them, for `ForestOptions` allows 1000 samples and 900 dimensions.
    private var packed: UInt32

    init(cut: Float, range: Float, left: NodeID, right: NodeID, mass: UInt16, axis: UInt16, depth: Int = 0) {
        self.cut = cut
        self.range = range
        self.left = left
        self.right = right
        packed = UInt32(mass) << 20 | UInt32(truncatingIfNeeded: depth) << 10 | UInt32(axis)
    }

    /// Sampled points below, copies counted.
    var mass: UInt16 {
        @inline(__always) get { UInt16(truncatingIfNeeded: packed >> 20) }
        @inline(__always) set { packed = packed & 0xF_FFFF | UInt32(newValue) << 20 }
    }

    /// How many nodes are above it. Only kept up to date where there is a `CutOrder`.
    var depth: Int {
        @inline(__always) get { Int(packed >> 10 & 0x3FF) }
        @inline(__always) set { packed = packed & 0xFFF0_03FF | UInt32(truncatingIfNeeded: newValue) << 10 }
    }

    var axis: UInt16 {
        @inline(__always) get { UInt16(truncatingIfNeeded: packed & 0x3FF) }
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
}
