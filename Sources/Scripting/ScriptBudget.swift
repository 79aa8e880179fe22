internal import CLua

/// What one call into a script may spend before it is stopped.
///
/// `instructions`, `work` and `heapBytes` alone decide outcomes, so that a
/// replay decides the same. `wallTime` is a watchdog for what they cannot see:
/// comparing or converting a string of megabytes is one instruction.
public struct ScriptBudget: Sendable, Equatable {
    /// Lua VM instructions, counted in steps of a thousand.
    public var instructions: Int
    /// Units of work inside library functions: one step of a pattern match, one
    /// element moved, about 16 bytes copied or allocated. A unit takes 1–5 ns.
    public var work: Int
    /// Ceiling on the interpreter's whole heap, in bytes. Small on purpose: what
    /// the collector spends on weak tables grows with it and is not counted.
    public var heapBytes: Int
    /// Table entries in one value that leaves the script.
    public var resultEntries: Int
    /// Bytes in one value that leaves the script.
    public var resultBytes: Int
    /// `nil`: unwatched. Kept to within about 0.1 s; in steps of 1 ns, at least one.
    public var wallTime: Duration? {
        get { wallNanoseconds == 0 ? nil : .nanoseconds(wallNanoseconds) }
        set { wallNanoseconds = Self.nanoseconds(newValue) }
    }

    /// As C takes it: dividing a `Duration` for each call costs 20 ns. 0: unwatched.
    private var wallNanoseconds: Int64

    public init(
        instructions: Int = 10_000_000,
        work: Int = 20_000_000,
        heapBytes: Int = 8 << 20,
        resultEntries: Int = 100_000,
        resultBytes: Int = 8 << 20,
        wallTime: Duration? = .seconds(1)
    ) {
        self.instructions = instructions
        self.work = work
        self.heapBytes = heapBytes
        self.resultEntries = resultEntries
        self.resultBytes = resultBytes
        wallNanoseconds = Self.nanoseconds(wallTime)
    }

    /// Ten million instructions (about 0.1 s) on a heap of 8 MiB.
    public static let standard = ScriptBudget()

    /// How deep tables may nest in a value that crosses, either way.
    static let depth = 32

    var spending: clua_budget {
        clua_budget(
            instructions: Int64(instructions),
            work: Int64(work),
            wall_nanoseconds: wallNanoseconds,
            heap: max(0, heapBytes),
            result_entries: UInt32(clamping: resultEntries),
            result_depth: UInt32(Self.depth),
            result_bytes: max(0, resultBytes)
        )
    }

    private static func nanoseconds(_ time: Duration?) -> Int64 {
        guard let (seconds, attoseconds) = time?.components else { return 0 }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max / 4 : min(.max / 4, max(1, product + attoseconds / 1_000_000_000))
    }

    /// What a spent limit is called in a message.
    func explanation(of limit: ScriptLimit) -> String {
        switch limit {
        case .instructions: "script ran too long (more than \(instructions) instructions)"
        case .work: "script did too much work in library functions (more than \(work) units)"
        case .memory: "script used too much memory (more than \(heapBytes) bytes)"
        case .time: "script ran too long (the watchdog ended it)"
        case .result: "script returned too much"
        }
    }
}
