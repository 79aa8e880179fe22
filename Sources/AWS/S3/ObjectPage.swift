import FoundationEssentials

/// One page of a listing.
public struct ObjectPage: Sendable, Equatable {
    public let objects: [S3.Summary]
    /// For the next page; `nil` on the last one.
    public let continuationToken: String?

    struct Unreadable: Error {
        let what: String
    }

    /// A `ListBucketResult` that was asked for with `encoding-type=url`, so that keys which XML cannot hold survive.
    init(xml: [UInt8]) throws(Unreadable) {
        var page = Fields()
        var object = Fields()
        var objects: [(key: String, etag: String, size: Int, lastModified: Date)] = []
        var reader = XMLReader(xml)
        var path: [String] = []
        while let event = try Self.next(&reader) {
            switch event {
            case .start(let name):
                path.append(name)
                if path == ["ListBucketResult", "Contents"] { object = Fields() }
            case .text(let text):
                if path.count == 2 { page[path[1]] += text }
                if path.count == 3, path[1] == "Contents" { object[path[2]] += text }
            case .end:
                if path == ["ListBucketResult", "Contents"] { objects.append(try Self.summary(object)) }
                path.removeLast()
            }
            guard path.first ?? "ListBucketResult" == "ListBucketResult" else {
                throw Unreadable(what: "not a ListBucketResult")
            }
        }
        // A server that does not know the encoding does not claim it either.
        let isEncoded = page["EncodingType"] == "url"
        self.objects = try objects.map { object throws(Unreadable) in
            let key = isEncoded ? PercentEncoding.decoded(object.key, plusIsSpace: true) : object.key
            guard let key else { throw Unreadable(what: "a key that is not percent-encoded UTF-8") }
            return S3.Summary(key: key, etag: object.etag, size: object.size, lastModified: object.lastModified)
        }
        let token = page["NextContinuationToken"]
        guard page["IsTruncated"] != "true" || !token.isEmpty else {
            throw Unreadable(what: "more pages are announced, but there is no token for them")
        }
        continuationToken = page["IsTruncated"] == "true" ? token : nil
    }

    /// Text by element; what is not there is empty.
    private struct Fields {
        private var texts: [String: String] = [:]

        subscript(name: String) -> String {
            get { texts[name] ?? "" }
            set { texts[name] = newValue }
        }
    }

    private static func next(_ reader: inout XMLReader) throws(Unreadable) -> XMLReader.Event? {
        do {
            return try reader.next()
        } catch {
            throw Unreadable(what: "XML is malformed at byte \(error.offset)")
        }
    }

    private static func summary(
        _ fields: Fields
    ) throws(Unreadable) -> (key: String, etag: String, size: Int, lastModified: Date) {
        guard !fields["Key"].isEmpty, let size = Int(fields["Size"]),
            let lastModified = Date(iso8601: fields["LastModified"])
        else { throw Unreadable(what: "an object without key, size or date") }
        return (fields["Key"], fields["ETag"].withoutQuotes, size, lastModified)
    }
}
