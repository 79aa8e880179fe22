/// Which of a call's budgets was spent.
public enum ScriptLimit: Sendable, Equatable {
    case instructions, work, memory, time, result
}

/// What went wrong in a script, said to the person who wrote it.
public enum ScriptError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The script does not parse. Nothing ran.
    case syntax(message: String)
    /// The script raised an error: `detect.lua:12: attempt to …`.
    case runtime(message: String, traceback: String)
    /// A budget was spent. The script was stopped; the state can be used again.
    case limit(ScriptLimit, message: String)
    /// A host function was called with the wrong argument.
    case argument(position: Int, expected: String, got: String)
    /// A value cannot leave the script. `path` leads to the part that cannot, empty for the whole.
    case conversion(path: String, reason: String)
    /// A host function cannot do what it was asked to.
    case refused(String)

    /// One line that names file and line where there is one, without a traceback.
    public var message: String {
        let text =
            switch self {
            case .syntax(let message), .runtime(let message, _), .limit(_, let message), .refused(let message): message
            case .argument(let position, let expected, let got):
                "argument \(position): expected \(expected), got \(got)"
            case .conversion(let path, let reason): path.isEmpty ? "the value: \(reason)" : "\(path): \(reason)"
            }
        return text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? text
    }

    public var traceback: String? {
        if case .runtime(_, let traceback) = self, !traceback.isEmpty { traceback } else { nil }
    }

    public var description: String { message }
}
