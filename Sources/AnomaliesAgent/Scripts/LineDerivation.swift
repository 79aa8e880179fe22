internal import Glibc

/// JSON lines in pieces, each record with its derived fields: what `derive` does between its input and its output.
///
/// A line is a record, blank ones are left out, a byte order mark before the first is skipped. Memory is one piece and
/// one line, which may have `RecordLimits.record` bytes; of a longer one nothing is kept.
struct LineDerivation {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let largeOutput = 1 << 20

    /// Records that were written, and lines that were not.
    private(set) var records = 0
    private(set) var refused = 0

    private let script: DetectScript
    private let parser: RecordParser
    private let limit: Int
    private let report: (_ line: Int, _ reason: String) -> Void
    private var line = 0
    /// The beginning of a line whose end has not come yet.
    private var rest: [UInt8] = []
    private var isOverlong = false

    /// - Parameter report: takes the number of a line that is left out, from 1, and a sentence that says why.
    init(
        _ script: DetectScript,
        limits: RecordLimits,
        report: @escaping (_ line: Int, _ reason: String) -> Void
    ) throws(RecordError) {
        self.script = script
        parser = try RecordParser(limits: limits)
        limit = limits.record
        self.report = report
    }

    /// Takes the next piece and appends the lines that it completes.
    ///
    /// - Parameter drain: takes the output whenever it has grown large, and empties it.
    mutating func append(_ piece: [UInt8], to output: ByteBuffer, drain: (ByteBuffer) -> Void) {
        piece.withUnsafeBytes { piece in
            script.withDerivation { derivation in
                var start = 0
                if !rest.isEmpty || isOverlong {
                    guard let end = Self.end(of: piece, from: 0) else { return keep(piece[...]) }
                    keep(piece[..<end])
                    endRest(&derivation, output)
                    start = end + 1
                }
                while let end = Self.end(of: piece, from: start) {
                    derive(UnsafeRawBufferPointer(rebasing: piece[start..<end]), &derivation, output)
                    if output.count > Self.largeOutput { drain(output) }
                    start = end + 1
                }
                keep(piece[start...])
            }
        }
    }

    /// Says that the last piece has come: a last line without an end is one.
    mutating func finish(to output: ByteBuffer) {
        script.withDerivation { if !rest.isEmpty || isOverlong { endRest(&$0, output) } }
    }

    private static func end(of piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = piece.baseAddress, start < piece.count else { return nil }
        return memchr(base + start, CInt(UInt8(ascii: "\n")), piece.count - start).map { UnsafeRawPointer($0) - base }
    }

    private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
        isOverlong = isOverlong || rest.count + bytes.count > limit
        if isOverlong { rest = [] } else { rest.append(contentsOf: bytes) }
    }

    private mutating func endRest(_ derivation: inout Derivation, _ output: ByteBuffer) {
        if isOverlong {
            line += 1
            refuse(RecordError.tooLong(limit: limit))
        } else {
            // Out of self; its memory serves the next.
            var whole: [UInt8] = []
            swap(&whole, &rest)
            whole.withUnsafeBytes { derive($0, &derivation, output) }
            whole.removeAll(keepingCapacity: true)
            swap(&whole, &rest)
        }
        isOverlong = false
    }

    private mutating func derive(
        _ bytes: UnsafeRawBufferPointer,
        _ derivation: inout Derivation,
        _ output: ByteBuffer
    ) {
        line += 1
        guard let nodes = parser.object(bytes) else { return deriveOther(bytes, &derivation, output) }
        do {
            try derivation.append(bytes, nodes, to: output)
            output.append(UInt8(ascii: "\n"))
            records += 1
        } catch {
            refuse(error)
        }
    }

    /// A line that is blank, has a byte order mark before it, or is wrong.
    private mutating func deriveOther(
        _ bytes: UnsafeRawBufferPointer,
        _ derivation: inout Derivation,
        _ output: ByteBuffer
    ) {
        if line == 1, bytes.starts(with: Self.mark) {
            line -= 1
            return derive(UnsafeRawBufferPointer(rebasing: bytes[Self.mark.count...]), &derivation, output)
        }
        let text = Array(bytes)
        guard !text.span.trimmed(0..<text.count).isEmpty else { return }
        do {
            try parser.parse(text.span)
        } catch {
            refuse(error)
        }
    }

    private mutating func refuse(_ error: any Error) {
        refused += 1
        report(line, (error as? any RefusesRecord)?.refusal ?? "\(error)")
    }
}
