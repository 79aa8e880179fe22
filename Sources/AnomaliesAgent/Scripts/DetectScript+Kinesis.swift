import Detection
import RandomCutForest
import Scripting

/// `forest = kinesis_analytics { … }`: the parameters of Amazon's SQL under their own names.
extension DetectScript {
    /// - Parameters:
    ///   - options: What the forest is where the declaration is wrong; its seed holds in any case.
    ///   - explained: Set where findings are to carry an `ANOMALY_EXPLANATION`.
    static func kinesis(
        _ declaration: Declaration,
        _ reader: inout TableReader,
        _ features: DetectRules.Features,
        _ options: ForestOptions,
        _ script: LoadedScript,
        explained: inout KinesisForestOptions?
    ) -> ForestOptions {
        var forest = TableReader(declaration.table, path: "forest.") {
            script.line(of: $0).map { "\(script.path):\($0)" } ?? declaration.place
        }
        let columns = columns(features)
        let defaults = KinesisForestOptions(columns: columns)
        var kinesis = KinesisForestOptions(
            columns: columns,
            numberOfTrees: forest.integer("numberOfTrees", default: defaults.numberOfTrees),
            subSampleSize: forest.integer("subSampleSize", default: defaults.subSampleSize),
            timeDecay: forest.integer("timeDecay", default: defaults.timeDecay),
            shingleSize: forest.integer("shingleSize", default: defaults.shingleSize),
            withDirectionality: forest.boolean("withDirectionality", default: false),
            seed: options.seed
        )
        let explains = forest.boolean("explanation", default: false)
        if kinesis.withDirectionality, !explains {
            forest.refuse("withDirectionality", "only an explanation tells directions; add explanation = true")
        }
        forest.refuseUnknown(
            synonyms: [
                "trees": "numberOfTrees", "sample_size": "subSampleSize", "time_decay": "timeDecay",
                "shingle_size": "shingleSize",
            ]
        )
        let isGood = validate(&kinesis, defaults, &forest)
        reader.add(forest.problems)
        if explains { explained = kinesis }
        return isGood ? kinesis.forest : options
    }

    /// Refuses every parameter that is out of its range in the library's words, which tell of the first alone: each is
    /// put right before the next is asked for.
    private static func validate(
        _ options: inout KinesisForestOptions,
        _ defaults: KinesisForestOptions,
        _ reader: inout TableReader
    ) -> Bool {
        let parameters: [String: WritableKeyPath<KinesisForestOptions, Int>] = [
            "numberOfTrees": \.numberOfTrees, "subSampleSize": \.subSampleSize, "timeDecay": \.timeDecay,
            "shingleSize": \.shingleSize,
        ]
        var refused: Set<String> = []
        while true {
            do {
                try options.validate()
                return refused.isEmpty
            } catch {
                // What the forest itself refuses, its memory, is told where every detector's options are checked.
                guard case .optionOutOfRange(let parameter, _, _) = error else { return refused.isEmpty }
                guard refused.insert(parameter).inserted else { return false }
                reader.refuse(parameter, "\(error)")
                guard let path = parameters[parameter] else { return false }
                options[keyPath: path] = defaults[keyPath: path]
            }
        }
    }

    /// The features' names; those of a function are numbered from 1, as Lua counts.
    private static func columns(_ features: DetectRules.Features) -> [String] {
        switch features {
        // Refused where they were read.
        case .declared(let paths) where paths.isEmpty: ["1"]
        case .declared(let paths): paths.map(\.description)
        case .function(let count): (1...count).map(String.init)
        }
    }
}
