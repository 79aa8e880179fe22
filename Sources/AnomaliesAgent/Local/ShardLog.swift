import Synchronization

/// One shard of the embedded stream: frames in segments, each whole or absent.
///
/// A sequence number is the offset at which a record's frame ends, in twenty digits,
/// so that reading goes on exactly there and numbers sort as text.
final class ShardLog: Sendable {
    /// Where the last whole frame ends, as far as this process knows.
    private struct Tail {
        var segment = 0
        var end = 0
        var isKnown = false
    }

    private static let segmentBytes = 64 << 20
    private static let readBytes = 1 << 20

    let id: String
    private let directory: String
    private let files: any FileSystem
    private let clock: any PipelineClock
    private let tail = Mutex(Tail())

    init(id: String, directory: String, files: any FileSystem, clock: any PipelineClock) throws(FileError) {
        self.id = id
        self.directory = directory
        self.files = files
        self.clock = clock
        try files.makeDirectory(directory)
    }

    func append(_ entries: [StreamEntry]) throws {
        let arrival = clock.now
        var frames: [UInt8] = []
        frames.reserveCapacity(
            entries.reduce(0) { $0 + $1.data.count + $1.partitionKey.utf8.count + LogFrame.overhead }
        )
        for entry in entries { try LogFrame.append(entry, arrival: arrival, to: &frames) }

        // Between processes by the lock file, between tasks of this one by the mutex inside it.
        guard let lock = try files.lock("\(directory)/lock", wait: true) else { return }
        defer { withExtendedLifetime(lock) {} }
        try tail.withLock { tail in
            try find(&tail)
            if tail.end - tail.segment >= Self.segmentBytes {
                tail.segment = tail.end
                // By `replace`, which makes the name durable, before anything depends on it.
                try files.replace(path(tail.segment), with: [])
            }
            tail.isKnown = false
            try files.write(frames, to: path(tail.segment), at: tail.end - tail.segment)
            tail.end += frames.count
            tail.isKnown = true
        }
    }

    func read(after sequenceNumber: String?, limit: Int) throws -> StreamBatch {
        var batch = StreamBatch()
        let segments = try self.segments()
        guard let first = segments.first else { return batch }
        var position = max(sequenceNumber.flatMap { Int($0) } ?? 0, first)
        // The last segment that begins at or before the position; the one before it may end exactly there.
        guard let segment = segments.last(where: { $0 <= position }) else { return batch }
        let bytes = try files.read(path(segment), from: position - segment, upTo: Self.readBytes)
        var offset = 0
        while batch.entries.count < limit {
            switch try LogFrame.read(bytes, at: offset) {
            case .whole(let frame):
                position += frame.length
                offset += frame.length
                let start = batch.bytes.count
                batch.bytes += bytes[frame.data]
                batch.entries.append(
                    StreamBatch.Entry(
                        sequenceNumber: Self.digits(position),
                        partitionKey: frame.partitionKey,
                        arrival: frame.arrival,
                        range: start..<batch.bytes.count
                    )
                )
                continue
            case .partial(let needed) where offset == 0 && needed > bytes.count && bytes.count == Self.readBytes:
                // One record longer than a read: take exactly it.
                let frame = try files.read(path(segment), from: position - segment, upTo: needed)
                guard case .whole(let whole) = try LogFrame.read(frame, at: 0) else {
                    try checkTail(segment, at: position - segment)
                    return batch
                }
                batch.bytes = Array(frame[whole.data])
                batch.entries = [
                    StreamBatch.Entry(
                        sequenceNumber: Self.digits(position + whole.length),
                        partitionKey: whole.partitionKey,
                        arrival: whole.arrival,
                        range: 0..<batch.bytes.count
                    )
                ]
            // Only where nothing came before it: what was whole is given out first.
            case .partial, .damaged: if offset == 0 { try checkTail(segment, at: position - segment) }
            }
            break
        }
        if let last = batch.entries.last { batch.behind = max(0, clock.now - last.arrival) } else { batch.behind = 0 }
        return batch
    }

    /// Where the last segment ends, a torn frame included.
    func end() throws(FileError) -> Int {
        guard let last = try segments().last else { return 0 }
        return last + (try files.info(path(last))?.size ?? 0)
    }

    func trim(through sequenceNumber: String, before time: Milliseconds, keepBytes: Int) throws(FileError) {
        guard let end = Int(sequenceNumber) else { return }
        let segments = try self.segments()
        guard let last = segments.last else { return }
        // A segment ends where the next begins; the last one is never removed.
        for (segment, next) in zip(segments, segments.dropFirst()) where next <= end {
            guard let info = try files.info(path(segment)),
                info.modified / 1_000_000 < time || last - segment > keepBytes
            else { return }
            try files.remove(path(segment))
        }
    }

    /// Finds the end of the last whole frame and cuts off what a crash left behind it.
    private func find(_ tail: inout Tail) throws {
        let last = try segments().last ?? 0
        if !tail.isKnown || tail.segment != last { tail = Tail(segment: last, end: last, isKnown: false) }
        let size = try files.info(path(tail.segment))?.size ?? 0
        while tail.end - tail.segment < size {
            let offset = tail.end - tail.segment
            var bytes = try files.read(path(tail.segment), from: offset, upTo: Self.readBytes)
            if case .partial(let needed) = try LogFrame.read(bytes, at: 0), needed > bytes.count,
                bytes.count == Self.readBytes
            {
                bytes = try files.read(path(tail.segment), from: offset, upTo: needed)
            }
            var used = 0
            scan: while used < bytes.count {
                switch try LogFrame.read(bytes, at: used) {
                case .whole(let frame): used += frame.length
                case .partial, .damaged: break scan
                }
            }
            tail.end += used
            if used == 0 {
                try checkTail(tail.segment, at: offset)
                try files.truncate(path(tail.segment), to: offset)
                break
            }
        }
        tail.isKnown = true
    }

    /// Tells what a crash leaves at the end of a file (a frame cut short, zeros that were never written) from damage to
    /// something that was whole once: behind the latter whole frames follow, and to cut them off would lose them.
    ///
    /// - Throws: where whole frames follow a bad one, or the last segment ends before `offset`.
    private func checkTail(_ segment: Int, at offset: Int) throws(FileError) {
        let size = try files.info(path(segment))?.size ?? 0
        guard offset <= size else {
            throw FileError(
                "read",
                path(segment),
                reason: "it ends at byte \(size), before the position \(segment + offset) that was read up to. "
                    + "Restore it, or start on a new state directory"
            )
        }
        // As far as the longest frame goes, and another one behind it.
        let rest = try files.read(path(segment), from: offset, upTo: min(size - offset, 2 * (LogFrame.limit + 8)))
        // Another process may have finished it meanwhile.
        if case .whole = try LogFrame.read(rest, at: 0) { return }
        var start = 1
        while start + LogFrame.overhead <= rest.count {
            if LogFrame.mayBegin(rest, at: start), case .whole = try LogFrame.read(rest, at: start) {
                throw damage(segment, at: offset)
            }
            start += 1
        }
    }

    private func segments() throws(FileError) -> [Int] {
        try files.names(in: directory).compactMap { $0.hasSuffix(".log") ? Int($0.dropLast(4)) : nil }
    }

    private func path(_ segment: Int) -> String { "\(directory)/\(Self.digits(segment)).log" }

    private func damage(_ segment: Int, at offset: Int) -> FileError {
        FileError(
            "read",
            path(segment),
            reason: "it is damaged at byte \(offset). Move it away to go on with what came after it"
        )
    }

    private static func digits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits
    }
}
