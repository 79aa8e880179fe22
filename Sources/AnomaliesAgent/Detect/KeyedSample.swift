package import Detection
package import Logging

/// The detectors of many keys without a pipeline around them, for benchmarks: in batches, as a shard takes them.
package final class KeyedSample {
    package struct Counts: Sendable {
        package var known: Int
        package var inMemory: Int
        package var bytesPerKey: Int
        package var evictions: Int
        package var loads: Int
    }

    private let detectors: KeyedDetectors
    private let batchSize: Int
    private var batch = 0
    private var inBatch = 0

    /// - Parameters:
    ///   - directory: where the store is made.
    ///   - memory: bytes that detectors in memory may take.
    package init(_ options: DetectorOptions, directory: String, memory: Int, keys: Int, log: Logger) throws {
        let home = KeyHome(
            shard: "benchmark",
            limits: KeyHome.Limits(memory: memory, keys: keys),
            directory: directory,
            files: DiskFileSystem(),
            log: log
        )
        detectors = try KeyedDetectors(options, id: "benchmark", in: home)
        batchSize = min(Configuration().detection.batchSize, detectors.batchLimit)
    }

    package func judge(_ point: borrowing Span<Double>, of key: RecordKey) throws {
        if inBatch == 0 {
            batch += 1
            try detectors.begin(batch: batch)
        }
        inBatch = (inBatch + 1) % batchSize
        _ = try detectors.judge(point, of: key, at: 0, by: FindingBorder())
    }

    /// Everything in memory goes to the store, durably.
    package func checkpoint() throws {
        try detectors.checkpoint(batch: batch)
        inBatch = 0
    }

    package var counts: Counts {
        let figures = detectors.figures
        return Counts(
            known: figures.known,
            inMemory: figures.inMemory,
            bytesPerKey: figures.bytesPerKey,
            evictions: figures.evictions,
            loads: figures.loads
        )
    }
}
