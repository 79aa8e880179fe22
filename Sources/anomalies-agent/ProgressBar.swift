import AnomaliesAgent

/// One line on the terminal that says how far a file has been read. Nothing where standard error is no terminal.
struct ProgressBar {
    private static let width = 30
    private static let interval = Duration.milliseconds(100)

    private let isShown: Bool
    private var title = ""
    private var start = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    init(isShown: Bool) { self.isShown = isShown }

    mutating func begin(_ name: String, number: Int, of count: Int) {
        title = count > 1 ? "\(number)/\(count) \(name)" : name
        start = .now
        drawn = nil
    }

    mutating func show(_ progress: ScoreProgress) {
        let now = ContinuousClock.now
        guard isShown, drawn.map({ now - $0 >= Self.interval }) ?? true else { return }
        drawn = now
        let part = progress.size > 0 ? min(1, Double(progress.bytes) / Double(progress.size)) : 1
        let filled = Int(part * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        let seconds = max((now - start) / .seconds(1), 0.001)
        let done = "\(Int(part * 100))% \(progress.bytes >> 20) of \(progress.size >> 20) MiB"
        let rate = "\(Int(Double(progress.rows) / seconds)) rows/s"
        Terminal.raw("\r[\(bar)] \(done), \(rate) \(title)\u{1B}[K")
    }

    mutating func clear() {
        if drawn != nil { Terminal.raw("\r\u{1B}[K") }
        drawn = nil
    }
}
