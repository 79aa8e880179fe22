/// Counts the failures in a row of one function of a script. With the tenth it is switched off, and something simpler
/// stands in for it, until the scripts change.
///
/// Belongs to one loaded script, so that each generation begins anew.
struct FailureCount {
    static let limit = 10

    private var inARow = 0

    var isOff: Bool { inARow >= Self.limit }

    mutating func succeeded() { inARow = 0 }

    /// - Parameter replacement: what stands in from now on.
    /// - Returns: the failure, with what follows from it where it is the last one.
    mutating func failed(_ failure: ScriptFailure, replacement: String) -> ScriptFailure {
        inARow += 1
        guard isOff else { return failure }
        return ScriptFailure(
            description:
                "\(failure) That was the \(Self.limit)th time in a row: until the scripts change, \(replacement)."
        )
    }
}
