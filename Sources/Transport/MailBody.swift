import Foundation

/// One text part of a message, encoded so that every server passes it on unchanged: lines of at most 76 ASCII
/// characters that end in CRLF (RFC 2045, 6.7 and 6.8).
struct MailBody {
    let transferEncoding: String
    /// Ends in CRLF unless empty.
    let bytes: [UInt8]

    /// Line ends of any kind become CRLF; other controls but tab, which no reader shows, become U+FFFD.
    init(_ text: String) {
        let bytes = Self.normalised(text)
        // What base64 costs, one byte in three, quoted-printable costs once one byte in six needs quoting.
        let quoted = bytes.count { $0 >= 0x80 || $0 == UInt8(ascii: "=") }
        if quoted * 6 > bytes.count {
            transferEncoding = "base64"
            let options: Data.Base64EncodingOptions = [
                .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
            ]
            self.bytes = Array(Data(bytes).base64EncodedData(options: options)) + [0x0d, 0x0a]
        } else {
            transferEncoding = "quoted-printable"
            self.bytes = Self.quotedPrintable(bytes)
        }
    }

    private static func normalised(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + text.utf8.count / 32)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case 0x0a where previous == 0x0d: break
            case 0x0a, 0x0d: result += [0x0d, 0x0a]
            case 0x09, 0x20...0x7e, 0x80...0xff: result.append(byte)
            default: result += [0xef, 0xbf, 0xbd]
            }
            previous = byte
        }
        if !result.isEmpty, result.last != 0x0a { result += [0x0d, 0x0a] }
        return result
    }

    private static func quotedPrintable(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 16)
        var column = 0
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0d || byte == 0x0a {
                result.append(byte)
                column = 0
                continue
            }
            let isLastOfLine = index + 1 < bytes.count && bytes[index + 1] == 0x0d
            // White space at the end of a line is lost on the way.
            let isPlain = byte == 0x20 || byte == 0x09 ? !isLastOfLine : (0x21...0x7e).contains(byte) && byte != 0x3d
            let width = isPlain ? 1 : 3
            // The last character of a line may fill the column that "=" would need.
            if column + width > (isLastOfLine ? 76 : 75) {
                result += [0x3d, 0x0d, 0x0a]
                column = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result += [0x3d, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            column += width
        }
        return result
    }
}
