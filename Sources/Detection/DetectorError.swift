public import RandomCutForest

/// Why a detector was not made, or refused a record.
///
/// After a refusal the detector is exactly as it was before the call.
public enum DetectorError: Error, Equatable, Sendable {
    /// The forest's options, or a value that no forest can take.
    case forest(ForestError)
    /// An option of the detector itself lies outside its range.
    case optionOutOfRange(parameter: String, value: String, range: String)
    /// A value is finite, but greater than a forest's 32-bit numbers can hold; `feature` counts from 0.
    case valueTooLarge(feature: Int)
    /// A value is missing that the one before was to stand for, and there is none yet; `feature` counts from 0.
    case nothingBefore(feature: Int)
}

extension DetectorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .forest(let error):
            error.description
        case .optionOutOfRange(let parameter, let value, let range):
            "A detector with \(parameter) = \(value) was not made: \(parameter) must be \(range). "
                + "Choose a value in that range."
        case .valueTooLarge(let feature):
            "The record was refused: the value of feature \(feature) is beyond ±3.4e38. "
                + "Scale the feature down, or leave such records out."
        case .nothingBefore(let feature):
            "The record was refused: feature \(feature) is missing, and no record before had a value to stand for it. "
                + "This ends with the first record that has one."
        }
    }
}
