/// How differently one feature's recent rows are distributed from those before them.
///
/// The mean distance of the two distribution functions at quantiles of the history, 0...1. It needs no units, and no
/// outlier moves it; it notices what no single row shows: silence, a level that crept up, another spread.
///
/// Recent rows are counted by the interval between two quantiles that they lie in: a row that comes and one that goes
/// move two counts, and only new quantiles have all rows counted again.
///
/// Source: the area between distribution functions (Wasserstein's distance, here of ranks), in two windows as in Kifer,
/// Ben-David & Gehrke, “Detecting Change in Data Streams”, VLDB 2004.
struct ShiftView: Sendable {
    /// Each constant, with what others do to the mean of the Numenta benchmark's three profiles (76.5 as it is).
    enum Constants {
        /// Recent rows: as many as belong to one alarm. 112: +.2, 144: −.8, 192: −1.5.
        static let recent = 120
        /// Places where the functions are compared. 7: 0, 31: +.1.
        static let quantiles = 15
        /// Remembered rows that are needed first: two for each quantile.
        static let least = 32
        /// Rows after which quantiles are taken anew: four that enter the history move them hardly.
        static let refresh: UInt64 = 16
    }

    /// Record n is at n % `recent`; with the interval that each lies in.
    private(set) var ring: [Double]
    private var intervals: [UInt8]
    /// Rows so far, and of them those that are no longer recent.
    private(set) var rows: UInt64 = 0
    private(set) var history: RankMemory
    /// Ascending; none before there was history enough.
    private(set) var edges: [Double]
    /// The share of the history up to each edge, when they were taken.
    private(set) var shares: [Double]
    /// Recent rows above edge i − 1 and up to edge i; the last are above all edges.
    private var counts: [Int]

    init() {
        ring = [Double](repeating: 0, count: Constants.recent)
        intervals = [UInt8](repeating: 0, count: Constants.recent)
        history = RankMemory()
        edges = []
        shares = []
        edges.reserveCapacity(Constants.quantiles)
        shares.reserveCapacity(Constants.quantiles)
        counts = [Int](repeating: 0, count: Constants.quantiles + 1)
    }

    /// Restores what a snapshot holds.
    init(ring: [Double], rows: UInt64, history: RankMemory, edges: [Double], shares: [Double]) {
        precondition(ring.count == Constants.recent && edges.count == shares.count)
        self.init()
        self.ring = ring
        self.rows = rows
        self.history = history
        self.edges += edges
        self.shares += shares
        if !edges.isEmpty { recount() }
    }

    /// Takes a row in, which is one of those that are compared.
    ///
    /// - Returns: 0...1; `nil` until there are rows and history enough, 248 rows.
    /// - Complexity: O(`quantiles`); O(`recent`) every 16th row.
    mutating func update(_ value: Double) -> Double? {
        let place = Int(rows % UInt64(Constants.recent))
        let left = ring[place]
        let isFull = rows >= UInt64(Constants.recent)
        ring[place] = value
        rows += 1
        if !edges.isEmpty {
            // With edges, the ring has long been full.
            counts[Int(intervals[place])] -= 1
            take(place)
        }
        if isFull { remember(left) }
        return edges.isEmpty ? nil : distance
    }

    private var distance: Double {
        var (count, total) = (0, 0.0)
        for index in 0..<Constants.quantiles {
            count += counts[index]
            total += abs(Double(count) / Double(Constants.recent) - shares[index])
        }
        return total / Double(Constants.quantiles)
    }

    /// A row that is no longer recent enters the history.
    private mutating func remember(_ value: Double) {
        let number = rows - UInt64(Constants.recent) - 1
        if number % RankMemory.interval == 0 { history.add(value) }
        guard history.count >= Constants.least, (number + 1) % Constants.refresh == 0 else { return }
        edges.removeAll(keepingCapacity: true)
        shares.removeAll(keepingCapacity: true)
        let kept = Double(history.count)
        for index in 0..<Constants.quantiles {
            let edge = history[Int((Double(index) + 0.5) / Double(Constants.quantiles) * kept)]
            edges.append(edge)
            shares.append(Double(history.countUpTo(edge)) / kept)
        }
        recount()
    }

    private mutating func recount() {
        for index in counts.indices { counts[index] = 0 }
        for place in ring.indices { take(place) }
    }

    private mutating func take(_ place: Int) {
        let value = ring[place]
        var interval = 0
        for index in 0..<Constants.quantiles where edges[index] < value { interval += 1 }
        intervals[place] = UInt8(interval)
        counts[interval] += 1
    }
}
