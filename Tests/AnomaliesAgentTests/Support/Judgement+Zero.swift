import Detection
import RandomCutForest

extension Judgement {
    /// What a detector says of its first record.
    static var zero: Judgement {
        get throws {
            var detector = try Detector(DetectorOptions(forest: ForestOptions(features: 1, trees: 1, sampleSize: 10)))
            return try detector.judge([0].span)
        }
    }
}
