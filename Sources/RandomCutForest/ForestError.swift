/// Why a forest was not made, or refused an observation.
///
/// After any of these the forest is exactly as it was before the call.
public enum ForestError: Error, Equatable, Sendable {
    /// An option lies outside the range that `ForestOptions` documents for it.
    case optionOutOfRange(parameter: String, value: Int, range: ClosedRange<Int>)
    /// The options are each in range but together ask for more memory than a forest may have.
    case tooMuchMemory(bytes: Int, limit: Int)
    /// The observation has not one value per feature.
    case wrongFeatureCount(expected: Int, got: Int)
    /// A value is NaN or infinite; `feature` counts from 0.
    case notFinite(feature: Int)
    /// A feature was named that the forest does not have; counted from 0.
    case noSuchFeature(Int, features: Int)
    /// A feature was named twice where each can be meant only once; counted from 0.
    case featureNamedTwice(Int)
    /// An argument of a call lies outside its range; both in words, for some are fractions.
    case argumentOutOfRange(String, value: String, range: String)
}

extension ForestError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .optionOutOfRange(let parameter, let value, let range):
            "A forest with \(parameter) = \(value) was not made: \(parameter) must be "
                + "\(range.lowerBound)...\(range.upperBound). Choose a value in that range."
        case .tooMuchMemory(let bytes, let limit):
            "The forest was not made: it could grow to \(bytes / 1_048_576) MiB, more than the limit of "
                + "\(limit / 1_048_576) MiB. Lower trees, sampleSize, features or shingleSize."
        case .wrongFeatureCount(let expected, let got):
            "The observation was refused: it has \(got) values where the forest has \(expected) features. "
                + "Pass one value per feature."
        case .notFinite(let feature):
            "The observation was refused: the value of feature \(feature) is NaN or infinite. "
                + "Leave such records out, or fill the value in first."
        case .noSuchFeature(let feature, let features):
            "The call was refused: there is no feature \(feature). Name features 0...\(features - 1)."
        case .featureNamedTwice(let feature):
            "The call was refused: feature \(feature) is named twice. Name each feature at most once."
        case .argumentOutOfRange(let argument, let value, let range):
            "The call was refused: \(argument) = \(value), but must be \(range). Choose a value in that range."
        }
    }
}

extension ForestError {
    static func check<Value: Comparable & Sendable>(
        _ argument: String,
        _ value: Value,
        _ range: ClosedRange<Value>
    ) throws(ForestError) {
        guard range.contains(value) else {
            throw .argumentOutOfRange(argument, value: "\(value)", range: "\(range)")
        }
    }
}
