/// What the simulator makes: the shape of a normal record, and rules that turn some of them into anomalies.
///
/// Both come from scripts (record.lua, inject.lua). What is declared there is data here and runs natively;
/// what is a function is called through ``WorkloadFunctions``.
///
/// Records are numbered through: record `line` of package `number` has the index (`number` − 1) · size + `line` − 1,
/// where size is the number of records of that package. So with another package size, series of values and ranges of
/// injections go on from another place than where they were; nothing else of them changes.
struct Workload: Sendable {
    struct Field: Sendable {
        var name: String
        var source: Source
    }

    enum Source: Sendable {
        /// Drawn from a stream of the package, one value after the other.
        case declared(FieldGenerator)
        /// A number that follows from the index of the record.
        case signal(SignalProgram)
        /// Another value that follows from the index of the record.
        case text(IndexedText)
        /// Number of a script function in ``WorkloadFunctions``.
        case function(Int)
    }

    struct Rule: Sendable {
        enum Strike: Sendable {
            /// 0…1, drawn for each record from a stream of the package. The record is made anew, and what the shape
            /// draws from streams of the package is not drawn for it.
            case chance(Double)
            case function(Int)
            /// The record is made as if there were no rule, and then changed.
            case ranges(RangeSchedule)
        }

        enum Change: Sendable {
            case fields([Field])
            case function(Int)
            case injection(Injection, fields: [String])
        }

        var name: String
        var strike: Strike
        var change: Change
    }

    /// In the order in which they are written.
    var fields: [Field]
    /// The first rule that strikes changes the record; the others do not look at it.
    var rules: [Rule]

    /// What the streams of a field of the shape are named after, and of those that a rule sets.
    static func purpose(of field: String, rule: String? = nil) -> String {
        rule.map { "rule \($0).\(field)" } ?? "record.\(field)"
    }
}

/// The workload's functions, wherever they run. Only the feed's own thread calls them.
protocol WorkloadFunctions {
    func value(of function: Int, _ arguments: [JSONValue]) throws -> JSONValue
    var figures: [FunctionFigures] { get }
}

extension WorkloadFunctions {
    /// - Parameter record: what has been decided of the record so far.
    func value(of function: Int, record: JSONValue) throws -> JSONValue { try value(of: function, [record]) }
    var figures: [FunctionFigures] { [] }
}
