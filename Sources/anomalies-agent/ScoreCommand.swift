import AnomaliesAgent
import ArgumentParser

struct Score: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Scores files offline, each row only from itself and the rows before it.",
        discussion: """
            Takes CSV with a header line and a column "timestamp", JSON lines, or one JSON array; plain or gzipped. A \
            directory stands for all such files in it. Scores are plain CSV at the same relative path below --output, \
            without .gz: timestamp, anomaly_score (0 to 1; 0.5 or more is an alert) and raw_score (the continuous \
            level, never suppressed; above 1 is a finding), and where the script has hotspots, HOTSPOTS_RESULT. A row \
            whose features are missing or no numbers gets zeros, is counted as skipped, and is not learned.

            After an alert no other is raised for 120 rows, unless it is twice as bad; with --scripts for the \
            script's refractory time, where rows state a time with its zone. The script's decide and min_severity \
            count as they do live; its key and expect are left aside.

            EXAMPLE
              anomalies-agent score measurements/ --features value --output scores
              anomalies-agent score day.jsonl.gz --scripts scripts --output scores --json
            """
    )

    @Argument(help: ArgumentHelp("Files, or directories of them.", valueName: "FILE|DIR"))
    var inputs: [String]
    @Option(
        help: ArgumentHelp(
            "Columns or fields to score, numbers each (default: the script's).",
            valueName: "value[,value2...]"
        )
    )
    var features: String?
    @Option(help: ArgumentHelp("Where the scores go.", valueName: "DIR"))
    var output: String
    @Option(help: ArgumentHelp("Score with the detect.lua in this directory.", valueName: "DIR"))
    var scripts: String?
    @OptionGroup var options: CommonOptions

    func validate() throws {
        if names?.contains("") == true {
            throw ValidationError("--features takes names separated by single commas, got \"\(features ?? "")\".")
        }
    }

    private var names: [String]? {
        features?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    func run() async throws {
        // Not in `validate`, which would speak before an option is told that does not exist.
        if features == nil, scripts == nil {
            throw ValidationError("Nothing says what to score. Give --features value, or --scripts DIR.")
        }
        let configuration = try options.configuration()
        let scorer = try OfflineScorer(
            ScoreOptions(inputs: inputs, output: output, features: names, scripts: scripts),
            configuration: configuration,
            outside: options.outside(),
            log: options.log(configuration)
        )
        var bar = ProgressBar(isShown: Terminal.isInteractive && !options.json)
        var failures = 0
        for (number, file) in scorer.scored.enumerated() {
            bar.begin(file.input, number: number + 1, of: scorer.scored.count)
            do {
                let result = try scorer.score(file) { bar.show($0) }
                bar.clear()
                for problem in result.problems + result.failures { Terminal.error("anomalies-agent: \(problem)") }
                let unlisted = result.skipped - result.problems.count
                if unlisted > 0 { Terminal.error("anomalies-agent: \(file.input): \(unlisted) more rows were skipped") }
                let untold = result.failed - result.failures.count
                if untold > 0 {
                    Terminal.error("anomalies-agent: \(file.input): decide failed on \(untold) more findings")
                }
                Terminal.line(result.text(asJSON: options.json))
            } catch {
                // One bad file of a thousand: the others are scored all the same.
                bar.clear()
                failures += 1
                let text = "\(error)"
                Terminal.error("anomalies-agent: \(text.contains(file.input) ? text : "\(file.input): \(text)")")
            }
        }
        guard failures == 0 else {
            Terminal.error("anomalies-agent: \(failures) of \(scorer.scored.count) files were not scored.")
            throw ExitCode(1)
        }
    }
}
