import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct ShardLogTests {
    private let directory: TemporaryDirectory
    private let clock = ManualClock()
    private static let segment = "00000000000000000000.log"

    init() throws { directory = try TemporaryDirectory() }

    private func log(_ name: String = "log") throws -> ShardLog {
        try ShardLog(id: name, directory: "\(directory.path)/\(name)", files: DiskFileSystem(), clock: clock)
    }

    private func entries(_ texts: String...) -> [StreamEntry] {
        texts.map { StreamEntry(data: Array($0.utf8), partitionKey: "key \($0.prefix(9))", hashKey: 0) }
    }

    private func texts(_ batch: StreamBatch) -> [String] {
        batch.entries.map { String(decoding: batch.bytes[$0.range], as: UTF8.self) }
    }

    /// A copy of the log whose only segment has these bytes.
    private func log(holding bytes: [UInt8], _ name: String) throws -> ShardLog {
        try directory.write(bytes, to: "\(name)/\(Self.segment)")
        return try log(name)
    }

    @Test func `records come back in their order, after any sequence number, with key and arrival`() throws {
        let log = try log()
        try log.append(entries("a", "b"))
        clock.advance(.seconds(5))
        try log.append(entries("c"))
        let all = try log.read(after: nil, limit: 10)
        #expect(texts(all) == ["a", "b", "c"])
        #expect(all.entries.map(\.partitionKey) == ["key a", "key b", "key c"])
        #expect(all.entries.map { clock.now - $0.arrival } == [5_000, 5_000, 0])
        #expect(all.entries.map(\.sequenceNumber) == all.entries.map(\.sequenceNumber).sorted())
        #expect(try texts(log.read(after: nil, limit: 2)) == ["a", "b"])
        #expect(try texts(log.read(after: all.entries[0].sequenceNumber, limit: 10)) == ["b", "c"])
        let end = try log.read(after: all.entries[2].sequenceNumber, limit: 10)
        #expect(end.entries.isEmpty && end.behind == 0)
    }

    @Test func `whatever a crash leaves of the last frame is cut off, and nothing else`() throws {
        let log = try log()
        try log.append(entries("first", "second"))
        let whole = try directory.read("log/\(Self.segment)").count
        try log.append(entries("third"))
        let bytes = try directory.read("log/\(Self.segment)")
        for end in whole..<bytes.count {
            for padding in [0, 1, 5_000] {
                let name = "cut \(end) \(padding)"
                let torn = Array(bytes[..<end]) + [UInt8](repeating: 0, count: padding)
                let reader = try self.log(holding: torn, name)
                #expect(try texts(reader.read(after: nil, limit: 10)) == ["first", "second"], "\(name)")
                let writer = try self.log(name)
                try writer.append(entries("fourth"))
                #expect(try texts(writer.read(after: nil, limit: 10)) == ["first", "second", "fourth"], "\(name)")
                #expect(try texts(reader.read(after: nil, limit: 10)) == ["first", "second", "fourth"], "\(name)")
            }
        }
    }

    @Test func `damage that whole records follow is an error that names file and place, at every byte`() throws {
        let log = try log()
        try log.append(entries("before"))
        let start = try directory.read("log/\(Self.segment)").count
        try log.append(entries("damaged"))
        let end = try directory.read("log/\(Self.segment)").count
        try log.append(entries("after", "and after"))
        let bytes = try directory.read("log/\(Self.segment)")
        let first = try log.read(after: nil, limit: 1).entries[0].sequenceNumber
        for place in start..<end {
            for flip in [UInt8(1), 0x80] {
                var damaged = bytes
                damaged[place] ^= flip
                let name = "damage \(place) \(flip)"
                let log = try self.log(holding: damaged, name)
                // What stands before it is still given out.
                #expect(try texts(log.read(after: nil, limit: 10)) == ["before"], "\(name)")
                let error = #expect(throws: FileError.self, "\(name)") { try log.read(after: first, limit: 10) }
                #expect(error?.path.hasSuffix("\(name)/\(Self.segment)") == true)
                #expect(error?.reason.contains("byte \(start)") == true)
                #expect(throws: FileError.self, "\(name)") { try self.log(name).append(entries("more")) }
                #expect(try directory.read("\(name)/\(Self.segment)") == damaged, "\(name)")
            }
        }
    }

    @Test func `two writers with the same log interleave whole records`() async throws {
        let logs = [try log(), try log()]
        await withThrowingTaskGroup(of: Void.self) { group in
            for (index, log) in logs.enumerated() {
                group.addTask {
                    for number in 0..<40 {
                        let text = "writer \(index) \(number)"
                        try log.append([StreamEntry(data: Array(text.utf8), partitionKey: "k", hashKey: 0)])
                    }
                }
            }
        }
        let all = try texts(log().read(after: nil, limit: 1_000))
        #expect(all.count == 80)
        for index in 0..<2 {
            #expect(all.filter { $0.hasPrefix("writer \(index)") } == (0..<40).map { "writer \(index) \($0)" })
        }
    }

    @Test func `a record longer than one read is given out whole, between short ones`() throws {
        let log = try log()
        let long = String(repeating: "x", count: 3 << 20)
        try log.append(entries("short", long, "last"))
        var found: [String] = []
        var position: String?
        for _ in 0..<5 {
            let batch = try log.read(after: position, limit: 10)
            found += texts(batch)
            position = batch.entries.last?.sequenceNumber ?? position
        }
        #expect(found == ["short", long, "last"])
        #expect(try self.log().read(after: nil, limit: 1).entries.count == 1)
        try self.log().append(entries("and more"))
        #expect(try texts(log.read(after: position, limit: 10)) == ["and more"])
    }

    @Test func `segments roll over, are read across, and go only when all of them was read`() throws {
        let log = try log()
        let long = String(repeating: "y", count: 15 << 20)
        for number in 0..<5 { try log.append(entries("\(number)" + long)) }
        try log.append(entries("next"))
        #expect(try directory.names("log").filter { $0.hasSuffix(".log") }.count == 2)
        var found: [String] = []
        var positions: [String] = []
        while let entry = try log.read(after: positions.last, limit: 1).entries.first {
            let batch = try log.read(after: positions.last, limit: 1)
            found.append(String(texts(batch)[0].prefix(4)))
            positions.append(entry.sequenceNumber)
        }
        #expect(found == ["0yyy", "1yyy", "2yyy", "3yyy", "4yyy", "next"])
        // All but the last record of the first segment: nothing of it may go, however old or large.
        try log.trim(through: positions[3], before: .max, keepBytes: 0)
        #expect(try log.read(after: nil, limit: 1).entries.first?.sequenceNumber == positions[0])
        try log.trim(through: positions[4], before: 0, keepBytes: 1 << 40)
        #expect(try log.read(after: nil, limit: 1).entries.first?.sequenceNumber == positions[0])
        try log.trim(through: positions[4], before: .max, keepBytes: 1 << 40)
        #expect(try texts(log.read(after: nil, limit: 10)) == ["next"])
        #expect(try texts(log.read(after: positions[4], limit: 10)) == ["next"])
        try log.append(entries("later"))
        #expect(try texts(log.read(after: positions[5], limit: 10)) == ["later"])
    }

    @Test func `a position behind the end of the log is an error, not a wait for ever`() throws {
        let log = try log()
        try log.append(entries("a"))
        let error = #expect(throws: FileError.self) { try log.read(after: "00000000000000009999", limit: 1) }
        #expect(error?.reason.contains("9999") == true)
    }

    @Test func `a record that is too long is refused, and nothing of it is written`() throws {
        let log = try log()
        let entry = StreamEntry(data: [UInt8](repeating: 0x20, count: LogFrame.limit), partitionKey: "k", hashKey: 0)
        #expect(throws: FileError.self) { try log.append([entry]) }
        #expect(try log.read(after: nil, limit: 1).entries.isEmpty)
    }
}
