internal import CForest

/// Where each part of a forest lies in its one block of memory.
struct ForestLayout: Sendable, Equatable {
    let trees: Int
    let sampleSize: Int
    let dimensions: Int
    /// Floats per row: `dimensions`, padded for `LaneArithmetic` where there is more than one.
    let width: Int
    /// Trees that an update changes together, so that one's cache misses overlap with the others' work. Two visits each.
    let pairs: Int
    /// Cuts per `CutOrder`.
    let orderCapacity: Int
    /// Blocks of cuts per `CutOrder`.
    let lastsCapacity: Int

    private(set) var bytes = 0
    private(set) var states = 0
    private(set) var nodes = 0
    private(set) var boxes = 0
    private(set) var leafPoints = 0
    private(set) var leafMasses = 0
    private(set) var weights = 0
    private(set) var sampleLeaves = 0
    private(set) var rows = 0
    private(set) var references = 0
    private(set) var paths = 0
    private(set) var candidate = 0
    private(set) var visits = 0
    private(set) var turns = 0
    private(set) var unseen = 0
    private(set) var outcomes = 0
    private(set) var cuts = 0
    private(set) var lastCuts = 0
    private(set) var cutNodes = 0
    private(set) var orderedVisits = 0
    private(set) var orderedTurns = 0

    init(_ options: ForestOptions) {
        trees = options.trees
        sampleSize = options.sampleSize
        dimensions = options.dimensions
        orderCapacity = CutOrder.capacity(sampleSize: sampleSize)
        lastsCapacity = CutOrder.lastsCapacity(sampleSize: sampleSize)
        let lanes = LaneArithmetic.padding
        width = dimensions == 1 ? 1 : (dimensions + lanes - 1) / lanes * lanes

        pairs = dimensions == 1 ? 5 : 8

        states = reserve(TreeState.self, trees)
        nodes = reserve(Node.self, trees * (sampleSize - 1))
        boxes = reserve(Float.self, trees * (sampleSize - 1) * 2 * width)
        leafPoints = reserve(UInt32.self, trees * sampleSize)
        leafMasses = reserve(UInt16.self, trees * sampleSize)
        weights = reserve(Float.self, trees * sampleSize)
        sampleLeaves = reserve(UInt16.self, trees * sampleSize)
        rows = reserve(Float.self, pointCapacity * width)
        references = reserve(UInt16.self, pointCapacity)
        let visiting = dimensions == 1 ? 2 * pairs : 2 * Int(CFOREST_INTERLEAVED)
        paths = reserve(NodeID.self, visiting * sampleSize)
        candidate = reserve(Float.self, width)
        visits = reserve(Visit.self, 2 * pairs)
        turns = reserve(UnsafeMutablePointer<Visit>.self, 2 * pairs)
        unseen = reserve(Double.self, sampleSize)
        guard dimensions == 1 else {
            outcomes = reserve(cforest_outcome.self, trees)
            return
        }
        cuts = reserve(Float.self, trees * orderCapacity)
        lastCuts = reserve(Float.self, trees * lastsCapacity)
        cutNodes = reserve(NodeID.self, trees * orderCapacity)
        orderedVisits = reserve(OrderedVisit.self, trees)
        orderedTurns = reserve(UInt16.self, trees)
    }

    /// Every tree may remember other points, and one more is on its way in.
    var pointCapacity: Int { trees * sampleSize + 1 }

    private mutating func reserve<Element>(_ type: Element.Type, _ count: Int) -> Int {
        let offset = (bytes + 63) / 64 * 64
        bytes = offset + count * MemoryLayout<Element>.stride
        return offset
    }
}

/// The one block of memory that a forest owns, and views of what is in it.
///
/// It is reserved whole when the forest is made, so nothing is allocated per
/// point; pages that were never used cost nothing.
///
/// Views hold plain pointers. They are made and dropped within one call of the
/// forest that owns the block, and no public function passes one out.
// Sendable: the block is reachable through this value alone, which cannot be
// copied, so whoever holds it is the only one to read or write it.
struct ForestMemory: ~Copyable, @unchecked Sendable {
    let layout: ForestLayout
    private let base: UnsafeMutableRawPointer

    init(_ layout: ForestLayout, seed: UInt64) {
        self.layout = layout
        base = .allocate(byteCount: layout.bytes, alignment: 64)
        for index in 0..<layout.trees {
            tree(index).reset(random: RandomSource(seed: seed, index: index), sampleSize: layout.sampleSize)
        }
        candidate.update(repeating: 0, count: layout.width)
        for depth in 0..<layout.sampleSize { unseen[depth] = Scoring.unseen(depth: depth) }
    }

    deinit { base.deallocate() }

    @inline(__always)
    var states: UnsafeMutablePointer<TreeState> { pointer(layout.states) }

    /// The point being scored or learned, as a row.
    @inline(__always)
    var candidate: UnsafeMutablePointer<Float> { pointer(layout.candidate) }

    /// Room for the visits of an update.
    @inline(__always)
    var visits: Visits { Visits(lanes: pointer(layout.visits), turns: pointer(layout.turns)) }

    /// A visit of tree `index`, still at its root, that notes its way in room number `lane`.
    @inline(__always)
    func visit(_ index: Int, lane: Int, point: UnsafePointer<Float>) -> Visit {
        let path: UnsafeMutablePointer<NodeID> = pointer(layout.paths)
        return Visit(tree(index), number: index, point: point, path: path + lane &* layout.sampleSize)
    }

    /// Room for what comes of the visit of each tree, where there is more than one dimension.
    @inline(__always)
    var outcomes: UnsafeMutablePointer<cforest_outcome> { pointer(layout.outcomes) }

    /// The trees as the loops in C know them.
    @inline(__always)
    var trees: cforest_trees {
        let base = UnsafeRawPointer(self.base)
        return cforest_trees(
            nodes: (base + layout.nodes).assumingMemoryBound(to: cforest_node.self),
            boxes: (base + layout.boxes).assumingMemoryBound(to: Float.self),
            roots: (base + layout.states + TreeState.rootOffset).assumingMemoryBound(to: UInt16.self),
            roots_stride: MemoryLayout<TreeState>.stride,
            capacity: layout.sampleSize &- 1,
            width: layout.width
        )
    }

    /// Room for the way down of two groups of visits in C, where there is more than one dimension.
    @inline(__always)
    var paths: UnsafeMutablePointer<UInt16> { pointer(layout.paths) }

    /// `Scoring.unseen` for each depth that a leaf can have.
    @inline(__always)
    var unseen: UnsafeMutablePointer<Double> { pointer(layout.unseen) }

    @inline(__always)
    func tree(_ index: Int) -> Tree {
        let inner = index &* (layout.sampleSize &- 1)
        let outer = index &* layout.sampleSize
        return Tree(
            state: states + index,
            nodes: pointer(layout.nodes) + inner,
            boxes: pointer(layout.boxes) + inner &* 2 &* layout.width,
            leafPoints: pointer(layout.leafPoints) + outer,
            leafMasses: pointer(layout.leafMasses) + outer,
            order: order(index),
            rows: pointer(layout.rows),
            width: layout.width
        )
    }

    /// - Precondition: There is one dimension, or nothing of it is used.
    @inline(__always)
    func order(_ index: Int) -> CutOrder {
        CutOrder(
            cuts: pointer(layout.cuts) + index &* layout.orderCapacity,
            lasts: pointer(layout.lastCuts) + index &* layout.lastsCapacity,
            nodes: pointer(layout.cutNodes) + index &* layout.orderCapacity,
            capacity: layout.orderCapacity,
            lastsCapacity: layout.lastsCapacity
        )
    }

    /// Room for a visit of each tree.
    @inline(__always)
    var orderedVisits: UnsafeMutablePointer<OrderedVisit> { pointer(layout.orderedVisits) }

    /// Room for the numbers of those that have not come to an end.
    @inline(__always)
    var orderedTurns: UnsafeMutablePointer<UInt16> { pointer(layout.orderedTurns) }

    @inline(__always)
    func sampler(_ index: Int) -> Sampler {
        Sampler(
            state: states + index,
            weights: pointer(layout.weights) + index &* layout.sampleSize,
            leaves: pointer(layout.sampleLeaves) + index &* layout.sampleSize,
            capacity: layout.sampleSize
        )
    }

    @inline(__always)
    func points(_ list: PointStore.List) -> PointStore {
        PointStore(
            rows: pointer(layout.rows),
            references: pointer(layout.references),
            width: layout.width,
            capacity: layout.pointCapacity,
            list: list
        )
    }

    @inline(__always)
    private func pointer<Element>(_ offset: Int) -> UnsafeMutablePointer<Element> {
        (base + offset).assumingMemoryBound(to: Element.self)
    }
}
