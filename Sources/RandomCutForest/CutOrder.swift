/// The cuts of a tree of one dimension, in order: where a point belongs is then
/// found by counting, without going down the tree.
///
/// A node's cut lies between its left and its right leaves, so the nodes below
/// any one follow each other here, and depths can be kept up to date.
struct CutOrder {
    /// Ascending, and infinite beyond the last.
    let cuts: UnsafeMutablePointer<Float>
    /// The last cut of each block of 16, and infinite beyond: two short looks find a place, whatever there is.
    let lasts: UnsafeMutablePointer<Float>
    /// The node of each cut.
    let nodes: UnsafeMutablePointer<NodeID>
    /// Room for cuts: a multiple of 16, and more than a tree can have.
    let capacity: Int
    /// Room for the last cuts of blocks: a multiple of 4.
    let lastsCapacity: Int

    private static let block = 16

    static func capacity(sampleSize: Int) -> Int { (sampleSize + block - 1) / block * block }
    static func lastsCapacity(sampleSize: Int) -> Int { (capacity(sampleSize: sampleSize) / block + 3) / 4 * 4 }

    func reset() {
        cuts.update(repeating: .infinity, count: capacity)
        lasts.update(repeating: .infinity, count: lastsCapacity)
    }

    /// Brings the last cuts of blocks up to date, from the block of `place` on.
    func changed(from place: Int) {
        for block in place / Self.block..<capacity / Self.block { lasts[block] = cuts[block &* Self.block &+ 15] }
    }

    /// How many cuts are below `value` (neither is ever −0), which is how many leaves are to the left of its own.
    ///
    /// - Complexity: O(`capacity` / 64), without a branch that depends on values; two or three cache lines for 256 cuts.
    @inline(__always)
    func count(below value: Float) -> Int {
        // A place beyond the last cut is never in a block of its own, for there is always an infinite one.
        let blocks = min(Self.count(lasts, lastsCapacity, below: value), capacity / Self.block &- 1)
        return blocks &* Self.block &+ Self.count(cuts + blocks &* Self.block, Self.block, below: value)
    }

    /// How many of `count` values, a multiple of 4, are below another.
    @inline(__always)
    private static func count(_ values: UnsafeMutablePointer<Float>, _ count: Int, below value: Float) -> Int {
        let other = SIMD4<Float>(repeating: value)
        var below = SIMD4<Int32>.zero
        for start in stride(from: 0, to: count, by: 4) {
            let four = UnsafeRawPointer(values + start).load(as: SIMD4<Float>.self)
            below.replace(with: below &+ 1, where: four .< other)
        }
        return Int(below.wrappedSum())
    }

    /// Enters a node that is new in its tree.
    ///
    /// - Parameters:
    ///   - place: How many cuts are below the new leaf. That is the place of the new cut on either side of it: all
    ///     other cuts are on the same side of both.
    ///   - tree: The tree's nodes.
    ///   - besideRight: Whether the node's old child, which sinks with all below it, is the right one.
    func insert(_ node: NodeID, at place: Int, of tree: UnsafeMutablePointer<Node>, besideRight: Bool) {
        let cut = tree[node.index].cut
        let depth = tree[node.index].depth
        (cuts + place + 1).update(from: cuts + place, count: capacity - place - 1)
        (nodes + place + 1).update(from: nodes + place, count: capacity - place - 1)
        cuts[place] = cut
        nodes[place] = node
        changed(from: place)
        let step = besideRight ? 1 : -1
        var next = place + step
        while next >= 0, cuts[next] < .infinity, tree[nodes[next].index].depth >= depth {
            tree[nodes[next].index].depth += 1
            next += step
        }
    }

    /// Takes out a node, one of whose children takes its place.
    ///
    /// - Parameters:
    ///   - place: How many cuts are below the node's.
    ///   - tree: The tree's nodes.
    ///   - besideRight: Whether that child is the right one.
    func remove(_ node: NodeID, at place: Int, of tree: UnsafeMutablePointer<Node>, besideRight: Bool) {
        let depth = tree[node.index].depth
        let step = besideRight ? 1 : -1
        var next = place + step
        while next >= 0, cuts[next] < .infinity, tree[nodes[next].index].depth > depth {
            tree[nodes[next].index].depth -= 1
            next += step
        }
        (cuts + place).update(from: cuts + place + 1, count: capacity - place - 1)
        (nodes + place).update(from: nodes + place + 1, count: capacity - place - 1)
        cuts[capacity - 1] = .infinity
        changed(from: place)
    }
}
