import AnomaliesAgent
import Logging

/// JSON line in, a field derived from two others, JSON line out; on one thread, each line checked to its end.
struct ScriptsBenchmark {
    private static let cases = [
        ("declared", "{ high = above(\"accuracy\", 50) }"),
        (
            "function",
            "function(record) record.high = record.accuracy > 50 and record.name ~= \"\" end"
        ),
        ("function of a field", "{ high = function(record) return record.accuracy > 50 and record.name ~= \"\" end }"),
        // What its text does not show: it goes through the record.
        (
            "whole record",
            "function(record) for name in pairs(record) do record.high = record.accuracy > 50 end end"
        ),
    ]
    private static let records = 10_000

    let scripts: String

    func run(_ show: (Figure) -> Void) throws {
        let configuration = try ConfigurationLoader.load(file: nil, environment: [:], overrides: [])
        let log = Logger(label: "agent-bench") { _ in SwiftLogNoOpLogHandler() }
        let sample = try WorkloadSample(scripts: scripts, configuration: configuration, seed: 1, log: log)
        let lines = try sample.lines(number: 1, records: Self.records)
        show(
            Figure(
                benchmark: "scripts",
                name: "line",
                value: (Double(lines.count) / Double(Self.records) * 10).rounded() / 10,
                unit: "bytes",
                count: 1
            )
        )
        for (name, derive) in Self.cases {
            let sample = try DerivationSample(derive, configuration: configuration, log: log)
            show(
                try Figure.rate("scripts", name, unit: "records") {
                    try sample.derive(lines)
                }
            )
        }
    }
}
