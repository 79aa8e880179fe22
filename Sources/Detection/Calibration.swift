/// Chooses the score above which a record is a finding, from past scores alone.
///
/// No fixed score serves: rare values that recur form a cluster of their own,
/// which the forest comes to know, and they then score 1.3–3 where they first
/// scored 7; yet the tail of skewed but healthy data reaches such scores every
/// day. What tells them apart is the shape of the past scores:
///
/// 1. **A valley.** Recurring anomalies leave a stretch of scores that hardly
///    any record has. Where there is a wide one with few records beyond, the
///    threshold is its middle, even if the scores beyond are low.
/// 2. **A tail.** Else the threshold lies as far beyond the upper part of the
///    scores as a smooth tail hardly ever reaches.
///
/// Both look at ranks, not sums, so that no single score moves them however
/// high. What becomes frequent stops being an anomaly: after a change that lasts,
/// findings end once a tenth of the remembered scores are new.
struct Calibration: Sendable, Equatable {
    /// Each constant, and where it comes from.
    enum Constants {
        /// Scores that are needed first: with them, and the 64 records before its
        /// first score, a forest of the default sample size has filled.
        static let least: UInt64 = 192
        /// Records by which a score is half forgotten and more (e-fold). Holds 40
        /// anomalies at 2 %, while a lasting change is taken for normal after
        /// about 200 records.
        static let horizon = 2000.0
        /// …but at first a third of the scores so far, because those of a forest
        /// that is still filling soon say nothing about it any more.
        static let earlyHorizon = 1.0 / 3
        static let leastHorizon = 64.0
        /// Records between two looks at the histogram: keeps their cost below 1 % of the forest's.
        static let interval: UInt64 = 16
        /// Anomalies are rare: never more of the past than this.
        static let rare = 0.10
        /// A valley is this many bins wide or more, 14–22 %. Anomalies at 5 %,
        /// the most that is meant to be found, score no more than 15–30 % above normal
        /// values; with one bin less, ordinary counts (Poisson's) show valleys too.
        static let valleyWidth = 7
        /// …and a bin in it holds at most this part of what lies above it: in an
        /// exponential tail of logarithmic scores that thins by e per octave it is 3 %.
        static let valleyFloor = 0.02
        /// …and its width in octaves times the records beyond it is at least
        /// this. In an exponential tail that product has the mean β of the tail,
        /// which is below 0.6 octaves even for Cauchy's distribution; five times
        /// the mean is exceeded once in 150 places.
        static let valleyEvidence = 3.0
        /// A point like all others scores about 1 by the score's own normalisation: a
        /// valley must have its middle above that.
        static let typicalScore = 1.0
        /// A tail never begins below this: uniform values, which have no
        /// anomalies, score up to 1.5 (99.8 % of them).
        static let tailLeast = 1.5
        /// The tail begins where the step from the median to the 0.9 quantile,
        /// as a ratio, is taken so many times. Gives 0.2–0.5 % for Gaussian,
        /// exponential, lognormal, Pareto, Student's and Cauchy's values alike.
        static let tailSteps = 5
        /// …but by half the greatest possible score at most, so that the utterly
        /// unlike is found in any past.
        static let tailMost = 0.5
        /// …unless ordinary scores come that close.
        static let tailMargin = 1.25
    }

    private let maximumScore: Double
    private(set) var histogram: ScoreHistogram
    private(set) var scores: UInt64
    private(set) var median: Double
    /// Infinite until `isWarm`.
    private(set) var threshold: Double

    init(maximumScore: Double) {
        self.maximumScore = maximumScore
        histogram = ScoreHistogram()
        scores = 0
        median = 0
        threshold = .infinity
    }

    /// Restores what a snapshot holds.
    ///
    /// Median and threshold follow from the histogram only at every
    /// `Constants.interval`-th score, and so are given, too.
    init(maximumScore: Double, histogram: ScoreHistogram, scores: UInt64, median: Double, threshold: Double?) {
        self.maximumScore = maximumScore
        self.histogram = histogram
        self.scores = scores
        self.median = median
        self.threshold = threshold ?? .infinity
    }

    var isWarm: Bool { threshold < .infinity }

    /// How far a score is from the median, in units of the distance of the threshold. 0 and more.
    func level(of score: Double) -> Double {
        guard isWarm else { return 0 }
        return max(0, (score - median) / (threshold - median))
    }

    /// Takes note of a score, after it was judged.
    mutating func learn(_ score: Double) {
        scores += 1
        let early = max(Constants.leastHorizon, Constants.earlyHorizon * Double(scores))
        histogram.add(score, horizon: min(Constants.horizon, early))
        guard scores >= Constants.least, scores % Constants.interval == 0 else { return }
        median = histogram.quantile(0.5)
        threshold = valley() ?? tail()
    }

    /// The middle of the lowest valley that has few records beyond it.
    private func valley() -> Double? {
        var total = 0.0
        for bin in 0..<ScoreHistogram.count { total += histogram.mass(bin) }
        var found: Double?
        var beyond = 0.0
        /// The bin above the stretch of nearly empty ones that ends at `bin`.
        var top: Int?
        for bin in stride(from: ScoreHistogram.count - 1, through: 0, by: -1) {
            if beyond > Constants.rare * total { break }
            let mass = histogram.mass(bin)
            if beyond > 0 && mass <= Constants.valleyFloor * beyond {
                top = top ?? bin + 1
            } else if let end = top {
                let width = end - (bin + 1)
                let evidence = beyond * Double(width) / Double(ScoreHistogram.binsPerOctave)
                let middle = (ScoreHistogram.lowerEdge(bin + 1) + ScoreHistogram.lowerEdge(end)) / 2
                if width >= Constants.valleyWidth && evidence >= Constants.valleyEvidence
                    && middle > Constants.typicalScore
                {
                    found = middle
                }
                top = nil
            }
            beyond += mass
        }
        return found
    }

    private func tail() -> Double {
        let upper = histogram.quantile(1 - Constants.rare)
        var start = median
        for _ in 0..<Constants.tailSteps { start *= upper / median }
        let most = max(Constants.tailMost * maximumScore, Constants.tailMargin * upper)
        return min(max(start, Constants.tailLeast, Constants.tailMargin * upper), most)
    }
}
