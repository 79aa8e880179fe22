/// The names of one feed's packages: each once, and each after the one before, whatever the clock does.
///
/// - Where packages come no faster than names can tell apart (`upload-interval` of a second or more with the default
///   format), a name is its time alone. A second package in the same second gets the next second, because a number
///   would sort it before the first (`-` sorts before `.`): names run ahead by the jitter and fall back into step.
/// - Where they come faster, every name has a number, from `-0001`, and runs over into the next time after `-9999`.
/// - A clock that is set back does not take names back: they go on from the last one until the clock has caught up.
///
/// The order holds for one feed. Two that write into one bucket can only meet in a name; the second, who finds the key
/// taken, calls ``next(at:)`` again.
public struct PackageNames: Sendable {
    public let naming: PackageNaming
    private let isNumbered: Bool
    /// Microseconds for which the written time stays the same.
    private let tick: Int64
    private var last: (time: Int64, sequence: Int)?

    /// - Parameters:
    ///   - uploadInterval: Zero is as fast as possible.
    ///   - lastKey: The last key made before a restart, so that names go on after it. Ignored when `naming` did not
    ///     make it, as after a change of `filename-pattern`.
    public init(naming: PackageNaming, uploadInterval: Duration, after lastKey: String? = nil) {
        self.naming = naming
        self.isNumbered = uploadInterval < naming.format.resolution
        self.tick = Int64(naming.format.resolution / .microseconds(1))
        self.last = lastKey.flatMap(naming.match).map { ($0.epochMicroseconds, $0.sequence) }
    }

    /// A name that was not given before.
    ///
    /// - Parameter epochMicroseconds: Now, or the instant of a back-dated package, since 1970-01-01T00:00:00Z.
    public mutating func next(at epochMicroseconds: Int64) -> PackageName {
        let time = epochMicroseconds - epochMicroseconds.remainderRoundedDown(dividingBy: tick)
        let next = follow(time)
        last = next
        return naming.name(epochMicroseconds: next.time, sequence: next.sequence)
    }

    private func follow(_ time: Int64) -> (time: Int64, sequence: Int) {
        let first = isNumbered ? 1 : 0
        guard let last, last.time >= time else { return (time, first) }
        // A name without a number sorts after all numbers of its time, so nothing can follow it there.
        let isUsedUp = last.sequence == 0 || String(last.sequence + 1).count > naming.sequenceDigits
        return isNumbered && !isUsedUp ? (last.time, last.sequence + 1) : (last.time + tick, first)
    }
}

extension Int64 {
    /// 0 ..< `divisor`, also before 1970.
    fileprivate func remainderRoundedDown(dividingBy divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
