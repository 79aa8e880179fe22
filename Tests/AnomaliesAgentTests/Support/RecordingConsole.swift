import Synchronization

@testable import AnomaliesAgent

/// Keeps what a person would have seen.
final class RecordingConsole: Console {
    private let state = Mutex((packages: [PlannedPackage](), alerts: [Alert](), mailed: [String]()))

    var packages: [PlannedPackage] { state.withLock { $0.packages } }
    var alerts: [Alert] { state.withLock { $0.alerts } }
    /// Ids of alerts that somebody has accepted.
    var mailed: [String] { state.withLock { $0.mailed } }

    func package(_ package: PlannedPackage, bytes: Int) { state.withLock { $0.packages.append(package) } }
    func alert(_ alert: Alert) { state.withLock { $0.alerts.append(alert) } }
    func mailed(_ alert: Alert, answer: String) { state.withLock { $0.mailed.append(alert.id) } }
}
