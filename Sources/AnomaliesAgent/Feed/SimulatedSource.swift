/// Makes records as the scripts describe them; the same seed, number and size make the same package.
struct SimulatedSource: PackageSource {
    let name = "simulate"
    let canRepeat = true
    private let scripts: any WorkloadProvider
    private let seed: UInt64
    /// Of the scripts that made the last package.
    private(set) var figures: [FunctionFigures] = []

    init(scripts: any WorkloadProvider, seed: UInt64) {
        self.scripts = scripts
        self.seed = seed
    }

    mutating func fill(_ package: inout PackageDraft, number: Int, limit: Int) throws -> Fill {
        // Asked for on every package: a saved script is used from the next one on.
        let (workload, functions) = try scripts.current()
        var generator = try RecordGenerator(workload, seed: seed, package: number, size: limit, functions: functions)
        while package.records < limit {
            let rule = try package.writer.append { try generator.write(to: &$0) }
            if let rule { package.labels.append((package.records, rule)) }
        }
        figures = functions.figures
        return .complete
    }
}

/// The workload as the newest valid scripts have it.
protocol WorkloadProvider {
    func current() throws -> (Workload, any WorkloadFunctions)
}
