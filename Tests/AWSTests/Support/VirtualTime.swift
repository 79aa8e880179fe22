import AWS
import FoundationEssentials
import Synchronization

/// Clocks that stand still but for what is slept, and chance that always draws the same.
final class VirtualTime: Sendable {
    private let start: Date
    private let chance: Double
    private let slept = Mutex<[Duration]>([])

    init(start: Date = Date(timeIntervalSince1970: 1_440_938_160), chance: Double = 0.5) {
        self.start = start
        self.chance = chance
    }

    /// In order.
    var sleeps: [Duration] { slept.withLock { $0 } }

    private var elapsed: Duration { sleeps.reduce(.zero, +) }

    var outside: TimeAndChance {
        TimeAndChance(
            now: { self.start.addingTimeInterval(Double(self.elapsed.components.seconds)) },
            uptime: { self.elapsed },
            sleep: { duration in self.slept.withLock { $0.append(duration) } },
            chance: { self.chance }
        )
    }
}
