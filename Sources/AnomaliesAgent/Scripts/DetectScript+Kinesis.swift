import Detection
import RandomCutForest
import Scripting

/// `forest = kinesis_analytics { … }` and `hotspots = { … }`: the parameters of Amazon's SQL under their own names.
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

    /// `hotspots = { … }`: the parameters of `HOTSPOTS`, none of which has a default; the features are its columns.
    static func hotspots(_ reader: inout TableReader, _ features: DetectRules.Features) -> HotspotOptions? {
        guard let value = reader.value("hotspots") else { return nil }
        let names = ["windowSize", "scanRadius", "minimumNumberOfPointsInAHotspot"]
        guard case .table(let table) = value, Declaration(value) == nil else {
            reader.refuse("hotspots", "expected a table with \(names.joined(separator: ", ")), got \(value.shown)")
            return nil
        }
        // In the middle of each range, where one is missing or no number: the others are looked at all the same.
        var options = HotspotOptions(
            columns: max(features.count, 1),
            windowSize: 500,
            scanRadius: 1,
            minimumNumberOfPointsInAHotspot: 50
        )
        var inner = reader.inner("hotspots", table)
        options.windowSize = inner.integer(names[0], default: options.windowSize)
        options.scanRadius = inner.number(names[1]) ?? options.scanRadius
        options.minimumNumberOfPointsInAHotspot = inner.integer(
            names[2],
            default: options.minimumNumberOfPointsInAHotspot
        )
        let missing = names.filter { table[$0] == nil || table[$0] == .null }
        if !missing.isEmpty {
            let form = "{ windowSize = 1000, scanRadius = 0.05, minimumNumberOfPointsInAHotspot = 40 }"
            reader.refuse("hotspots", "\(missing.joined(separator: " and ")) missing; expected such as \(form)")
        }
        inner.refuseUnknown(
            synonyms: [
                "window_size": names[0], "scan_radius": names[1], "minimum_number_of_points_in_a_hotspot": names[2],
            ]
        )
        if missing.isEmpty, inner.problems.isEmpty {
            do {
                try options.validate()
            } catch {
                // Of the columns the features are in charge.
                if case .optionOutOfRange("columns", _, _) = error {
                    reader.refuse("hotspots", "takes 1 to 30 features, got \(features.count)")
                } else if case .optionOutOfRange(let parameter, _, _) = error {
                    inner.refuse(parameter, "\(error)")
                }
            }
        }
        reader.add(inner.problems)
        return options
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
