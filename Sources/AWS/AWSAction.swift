import Transport

/// One action of any service that speaks the Query or the JSON protocol: what is not worth a type of its own.
///
/// Which action it is stands in the request by construction, so that a permission given for an action cannot be used
/// for another.
///
/// Source: AWS, Smithy specifications of `awsQuery`, `awsJson1_0` and `awsJson1_1`.
public struct AWSAction: Sendable {
    public enum Form: Sendable {
        /// Form parameters besides `Action` and `Version`, and the service's version: `2010-03-31`.
        case query(version: String, parameters: [(name: String, value: String)])
        /// The prefix of `X-Amz-Target`, for example `AmazonSQS`, a JSON object, and `1.0` or `1.1`.
        case json(target: String, body: [UInt8], version: String)
    }

    /// The name it is signed for and the first part of its host: `sns`.
    public var service: String
    /// For example `Publish`.
    public var name: String
    public var form: Form
    /// Another than the client's.
    public var region: String?
    public var timeout = Duration.seconds(10)

    public init(service: String, name: String, form: Form, region: String? = nil) {
        self.service = service
        self.name = name
        self.form = form
        self.region = region
    }

    /// Why it cannot be sent; `nil` when it can.
    public var problem: String? {
        func isWord(_ text: String, _ others: String) -> Bool {
            !text.isEmpty && text.utf8.count <= 64
                && text.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || others.utf8.contains($0)
                }
        }
        if !isWord(service, "-") { return "\"\(service.prefix(64))\" is no service such as sns" }
        if !isWord(name, "") { return "\"\(name.prefix(64))\" is no action such as Publish" }
        if let region, !isWord(region, "-") { return "\"\(region.prefix(64))\" is no region such as eu-west-1" }
        switch form {
        case .query(let version, let parameters):
            if !isWord(version, "-") { return "\"\(version.prefix(64))\" is no version such as 2010-03-31" }
            return parameters.first { ["action", "version"].contains($0.name.lowercased()) }
                .map { "\($0.name) is not among the parameters: say action and version beside them" }
        case .json(let target, _, let version):
            if !isWord(target, "_") { return "\"\(target.prefix(64))\" is no target such as AmazonSQS" }
            return ["1.0", "1.1"].contains(version) ? nil : "\(version) is neither version 1.0 nor 1.1 of JSON"
        }
    }
}

extension AWSClient {
    /// Signs and sends, again where that can help; the body of the answer is the service's, XML or JSON.
    public func perform(_ action: AWSAction) async throws(AWSFailure) -> [UInt8] {
        let operation = "\(action.service):\(action.name)"
        if let problem = action.problem { throw AWSFailure(.invalidRequest(problem), operation: operation) }
        let region = action.region ?? self.region
        let host = awsHost(of: action.service, in: region)
        var request = HTTPRequest(
            .post,
            "\(endpoint ?? "https://\(host)")/",
            timeout: action.timeout,
            maximumResponseBytes: 1 << 20
        )
        switch action.form {
        case .query(let version, let parameters):
            let all = [(name: "Action", value: action.name), (name: "Version", value: version)] + parameters
            request.headers = [(name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")]
            // A space as a plus, as forms have it and every SDK writes it.
            let encoded = { (text: String) in PercentEncoding.encoded(text).replacing("%20", with: "+") }
            request.body = Array(all.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&").utf8)
        case .json(let target, let body, let version):
            request.headers = [
                (name: "Content-Type", value: "application/x-amz-json-\(version)"),
                (name: "X-Amz-Target", value: "\(target).\(action.name)"),
            ]
            request.body = body
        }
        let signer = RequestSigner(
            service: action.service,
            region: region,
            paths: .normalizedAndEncodedAgain,
            sendsPayloadHash: false
        )
        return try await call(operation, request, signer: signer) { (answer) throws(AWSFailure) in answer.body }
    }
}
