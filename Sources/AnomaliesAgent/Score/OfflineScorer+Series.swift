import Detection
import RandomCutForest

extension OfflineScorer {
    /// Scores rows as the program is built in: with a model of the series, which has its own rule for alarms.
    ///
    /// - Parameter forest: whose features and seed the model takes.
    func scoreSeries(
        _ rows: inout some RowReader,
        of input: PieceReader,
        _ forest: ForestOptions,
        _ writer: inout ScoreWriter,
        _ result: inout ScoreResult,
        _ progress: (ScoreProgress) -> Void
    ) throws {
        var model = try SeriesModel(features: forest.features, seed: forest.seed)
        var point: [Double] = []
        while try rows.next() {
            var (score, level) = (0.0, 0.0)
            do {
                try rows.features(into: &point, absent: nil)
                let reading = try model.assess(point.span, time: rows.writtenTime)
                level = reading.level
                score = reading.isAlarm ? reading.grade : min(reading.grade, Self.mostWithoutAlert)
                if reading.isAlarm {
                    result.alerts += 1
                } else if reading.isFinding {
                    result.suppressed[Suppression.refractory.rawValue, default: 0] += 1
                }
            } catch let error as any RefusesRecord {
                result.refuse(error, at: "\(input.path):\(rows.line)")
            }
            try writer.append(score: score, level: level) { rows.writeTimestamp(to: &$0) }
            result.count(of: input, progress)
        }
        progress(ScoreProgress(rows: result.rows, bytes: input.consumed, size: input.size))
    }
}
