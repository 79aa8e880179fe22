/// Reads S3's answers, one event after another, from bytes that are all there.
///
/// The subset that S3 writes: elements, text, the five named and the numeric character references, CDATA, comments and a
/// declaration. A document type is refused, so that nothing can be fetched or multiplied by entities. Attributes are
/// passed over, white space between elements comes as text. Memory: one event, and one name per open element.
///
/// Not FoundationXML: that brings libxml2 into a process that otherwise needs none.
struct XMLReader {
    enum Event: Equatable {
        case start(String)
        case text(String)
        case end(String)
    }

    struct Malformed: Error, Equatable {
        /// In bytes from the start.
        let offset: Int
    }

    static let maximumDepth = 32

    private let bytes: [UInt8]
    private var position = 0
    private var open: [String] = []
    private var isRootClosed = false
    /// Of `<name/>`, which is a start and an end.
    private var pendingEnd: String?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark is allowed by XML and written by some servers.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// - Returns: `nil` after the root has been closed and nothing but white space and comments follows.
    mutating func next() throws(Malformed) -> Event? {
        if let name = pendingEnd {
            pendingEnd = nil
            return try close(name)
        }
        while position < bytes.count {
            if bytes[position] != UInt8(ascii: "<") {
                let text = try characterData()
                if !open.isEmpty { return .text(text) }
                guard text.allSatisfy(\.isWhitespace) else { throw malformed() }
            } else if skip("<?") {
                _ = try upTo("?>")
            } else if skip("<!--") {
                _ = try upTo("-->")
            } else if skip("<![CDATA[") {
                guard !open.isEmpty else { throw malformed() }
                return .text(try utf8(upTo("]]>")))
            } else if skip("</") {
                let name = try name()
                skipSpace()
                guard skip(">") else { throw malformed() }
                return try close(name)
            } else {
                return try openTag()
            }
        }
        guard isRootClosed else { throw malformed() }
        return nil
    }

    private mutating func openTag() throws(Malformed) -> Event {
        guard skip("<"), !isRootClosed, open.count < Self.maximumDepth else { throw malformed() }
        let name = try name()
        while true {
            skipSpace()
            if skip("/>") {
                pendingEnd = name
                break
            }
            if skip(">") { break }
            _ = try self.name()
            skipSpace()
            guard skip("=") else { throw malformed() }
            skipSpace()
            if skip("\"") { _ = try upTo("\"") } else if skip("'") { _ = try upTo("'") } else { throw malformed() }
        }
        open.append(name)
        return .start(name)
    }

    private mutating func close(_ name: String) throws(Malformed) -> Event {
        guard open.popLast() == name else { throw malformed() }
        isRootClosed = open.isEmpty
        return .end(name)
    }

    /// Without a prefix: the namespaces of S3 carry no information.
    private mutating func name() throws(Malformed) -> String {
        let start = position
        while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
        guard position > start else { throw malformed() }
        let name = try utf8(bytes[start..<position])
        return name.split(separator: ":").last.map(String.init) ?? name
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    private mutating func characterData() throws(Malformed) -> String {
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
            if bytes[position] == UInt8(ascii: "&") {
                text.append(contentsOf: String(try reference()).utf8)
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return try utf8(text[...])
    }

    private mutating func reference() throws(Malformed) -> Character {
        position += 1
        // The longest reference is `#x10FFFF`; a search without end would make a stray & quadratic.
        let window = bytes[position..<min(position + 10, bytes.count)]
        guard let end = window.firstIndex(of: UInt8(ascii: ";")) else { throw malformed() }
        let name = try utf8(bytes[position..<end])
        position = end + 1
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = name.hasPrefix("#x")
            guard name.hasPrefix("#"),
                let number = UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
                let scalar = Unicode.Scalar(number)
            else { throw malformed() }
            return Character(scalar)
        }
    }

    private mutating func upTo(_ terminator: StaticString) throws(Malformed) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count {
            let end = position
            if skip(terminator) { return bytes[start..<end] }
            position += 1
        }
        throw malformed()
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        guard position + text.utf8CodeUnitCount <= bytes.count else { return false }
        let matches = text.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + $0.count]) }
        if matches { position += text.utf8CodeUnitCount }
        return matches
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private func utf8(_ slice: ArraySlice<UInt8>) throws(Malformed) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw malformed() }
        return text
    }

    private func malformed() -> Malformed { Malformed(offset: position) }
}
