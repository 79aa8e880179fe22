public import RandomCutForest

/// Which columns a record's score comes from, as `RANDOM_CUT_FOREST_WITH_EXPLANATION` tells it.
public struct AnomalyExplanation: Sendable, Equatable {
    public enum Direction: String, Sendable {
        case high = "HIGH"
        case low = "LOW"
    }

    public struct Column: Sendable, Equatable {
        public let name: String
        /// What of the score comes from this column, 0 and more. All columns together are the score.
        public let attributionScore: Double
        /// Whether the value lies above or below what is usual; `.low` while the forest is learning.
        public let direction: Direction
        /// How sure the direction is: by how much one side of the attribution outweighs the other, 0...attributionScore.
        ///
        /// Amazon documents no formula, only that a greater strength is a surer
        /// direction and 0 while learning; its published example has greater numbers.
        public let strength: Double
    }

    /// In the order of the options' `columns`.
    public let columns: [Column]
    let withDirectionality: Bool

    /// - Parameters:
    ///   - attribution: Of a score, by feature, as asked of a forest before it learns the record.
    ///   - options: What the columns are called, and whether directions are told.
    /// - Precondition: `attribution` has one value per column.
    public init(_ attribution: Attribution, _ options: KinesisForestOptions) {
        precondition(attribution.rises.count == options.columns.count, "an attribution of other columns")
        withDirectionality = options.withDirectionality
        columns = options.columns.enumerated().map { index, name in
            let (rise, drop) = (attribution.rises[index], attribution.drops[index])
            return Column(
                name: name,
                attributionScore: rise + drop,
                direction: rise > drop ? .high : .low,
                strength: abs(rise - drop)
            )
        }
    }

    /// What the function returns as `ANOMALY_EXPLANATION`, in the columns' order, all numbers as strings of four decimals:
    ///
    ///     {"Systolic":{"DIRECTION":"LOW","STRENGTH":"0.0922","ATTRIBUTION_SCORE":"0.3792"},…}
    ///
    /// Without directionality there is the `ATTRIBUTION_SCORE` alone.
    ///
    /// Source: the blood pressure example in Amazon's Developer Guide.
    public var json: String {
        let parts = columns.map { column -> String in
            var text = JSONText.string(column.name) + ":{"
            if withDirectionality {
                text += "\"DIRECTION\":\"\(column.direction.rawValue)\",\"STRENGTH\":\"\(fixed(column.strength))\","
            }
            return text + "\"ATTRIBUTION_SCORE\":\"\(fixed(column.attributionScore))\"}"
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    /// Four decimals, the nearest. Scores are below 10.
    private func fixed(_ value: Double) -> String {
        let units = Int((value * 10_000).rounded())
        let decimals = String(units % 10_000)
        return "\(units / 10_000)." + String(repeating: "0", count: 4 - decimals.count) + decimals
    }
}

/// The little of JSON that results need.
enum JSONText {
    static func string(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
