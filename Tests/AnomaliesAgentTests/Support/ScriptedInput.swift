import Synchronization

@testable import AnomaliesAgent

/// Standard input that gives these pieces one after another, an empty one where nothing came, and then ends.
final class ScriptedInput: ByteInput {
    private let pieces: Mutex<[String]>
    /// Called before each piece.
    private let onRead: @Sendable () -> Void

    init(_ pieces: [String], onRead: @escaping @Sendable () -> Void = {}) {
        self.pieces = Mutex(pieces)
        self.onRead = onRead
    }

    func read(upTo count: Int) throws -> [UInt8]? {
        onRead()
        return pieces.withLock { $0.isEmpty ? nil : Array($0.removeFirst().utf8) }
    }
}
