@testable import AnomaliesAgent

/// A workload that is declared in Swift, without scripts.
struct FixedWorkload: WorkloadProvider, WorkloadFunctions {
    var workload: Workload

    init(fields: [Workload.Field]? = nil, chance: Double = 0.02) {
        workload = Workload(
            fields: fields ?? Self.fields,
            rules: [
                Workload.Rule(
                    name: "high",
                    strike: .chance(chance),
                    change: .fields([Workload.Field(name: "accuracy", source: .declared(.integer(90...100)))])
                )
            ]
        )
    }

    static let fields = [
        Workload.Field(name: "name", source: .declared(.choice(["Ann", "Bob", "Cy"]))),
        Workload.Field(name: "accuracy", source: .declared(.integer(10...20))),
    ]

    func current() throws -> (Workload, any WorkloadFunctions) { (workload, self) }
    func value(of function: Int, _ arguments: [JSONValue]) throws -> JSONValue { .integer(Int64(function)) }
}

/// Lines of one package that the simulator makes.
func lines(of workload: Workload, seed: UInt64 = 1, package: Int = 1, count: Int = 200) throws -> [(
    json: JSONValue, rule: String?
)] {
    var generator = try RecordGenerator(
        workload,
        seed: seed,
        package: package,
        size: count,
        functions: FixedWorkload()
    )
    return try (0..<count).map { _ in
        var bytes: [UInt8] = []
        let rule = try generator.write(to: &bytes)
        return (try JSONValue(parsing: bytes), rule)
    }
}
