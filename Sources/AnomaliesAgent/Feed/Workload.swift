/// What the simulator makes: the shape of a normal record, and rules that turn some of them into anomalies.
///
/// Both come from scripts (record.lua, inject.lua). What is declared there is data here and runs natively;
/// what is a function is called through ``WorkloadFunctions``.
struct Workload: Sendable {
    struct Field: Sendable {
        var name: String
        var source: Source
    }

    enum Source: Sendable {
        case declared(FieldGenerator)
        /// Number of a script function in ``WorkloadFunctions``.
        case function(Int)
    }

    struct Rule: Sendable {
        enum Chance: Sendable {
            /// 0…1.
            case declared(Double)
            case function(Int)
        }

        enum Change: Sendable {
            case fields([Field])
            case function(Int)
        }

        var name: String
        var chance: Chance
        var change: Change
    }

    /// In the order in which they are written.
    var fields: [Field]
    /// The first rule that strikes changes the record; the others do not look at it.
    var rules: [Rule]
}

/// The workload's functions, wherever they run. Only the feed's own thread calls them.
protocol WorkloadFunctions {
    /// - Parameter record: what has been decided of the record so far.
    func value(of function: Int, record: JSONValue) throws -> JSONValue
}
