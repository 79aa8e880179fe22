import Foundation
import GRDB
import TestSupport
import Testing

@testable import AnomaliesAgent

/// The shipped notifiers against servers that somebody else wrote, over the real network.
@Suite(.serialized, .timeLimit(.minutes(10))) struct PluginPeerTests {
    private var bench: PluginBench

    init() throws {
        bench = try PluginBench()
        bench.usesShipped = true
        bench.isLive = true
    }

    private func deliver(_ configuration: String, steps: Int = 1) async throws -> [String] {
        // Signatures carry the time, and receivers compare it with theirs.
        bench.bench.clock.advance(.milliseconds(SystemClock().now - bench.bench.clock.now))
        let notifier = try bench.notifier(try bench.library(configuration))
        try bench.alert(["name": "Zoë <b>", "accuracy": 95])
        for _ in 0..<steps {
            _ = try await notifier.step()
            bench.bench.clock.advance(.seconds(5))
        }
        return try bench.bench.state.read {
            try Row.fetchAll($0, sql: "SELECT state, answer FROM deliveries").map {
                "\($0["state"] as String) \($0["answer"] as String? ?? "")"
            }
        }
    }

    private static func hook(_ body: (Int, PeerProcess) async throws -> Void) async throws {
        let command = ["python3", PeerFiles.path("hook_peer.py"), "s3cret"]
        let (peer, answer) = try PeerProcess.start(command, untilLine: "ready")
        defer { peer.stop() }
        try await body(try #require(Int(answer)), peer)
    }

    @Test func `the signature of a webhook is the one that Python computes, and a server that was away gets it later`()
        async throws
    {
        var test = self
        test.bench.environment["WEBHOOK_SECRET"] = "s3cret"
        try await Self.hook { port, peer in
            let delivered = try await test.deliver(
                """
                [plugin webhook]
                url: http://127.0.0.1:\(port)/away
                allow: http:127.0.0.1:\(port)
                secret-env: WEBHOOK_SECRET
                """,
                steps: 2
            )
            #expect(delivered == ["sent HTTP 200"])
            let got = try JSONValue(parsing: try peer.waitForLine("got"))
            #expect(got["status"]?.integer == 503)
            let alert = try JSONValue(parsing: try #require(got["body"]?.string))
            #expect(alert["record"]?["name"]?.string == "Zoë <b>")
        }
    }

    @Test func `a wrong secret is refused by the receiver and tried again`() async throws {
        var test = self
        test.bench.environment["WEBHOOK_SECRET"] = "wrong"
        try await Self.hook { port, _ in
            let delivered = try await test.deliver(
                """
                [plugin webhook]
                url: http://127.0.0.1:\(port)/webhook
                allow: http:127.0.0.1:\(port)
                secret-env: WEBHOOK_SECRET
                """
            )
            #expect(delivered == ["pending the receiver answered 401"])
        }
    }

    @Test func `a message to Slack has the form of an incoming webhook's`() async throws {
        var test = self
        try await Self.hook { port, peer in
            test.bench.environment["SLACK_URL"] = "http://127.0.0.1:\(port)/slack"
            let delivered = try await test.deliver(
                "[plugin slack]\nallow: http:127.0.0.1:\(port)\nwebhook-url-env: SLACK_URL"
            )
            #expect(delivered == ["sent ok"])
            let got = try JSONValue(parsing: try peer.waitForLine("got"))
            #expect(got["body"]?.string?.contains("Zoë &lt;b&gt;") == true)
        }
    }

    @Test func `an alert is posted as the Alertmanager's API takes it`() async throws {
        try await Self.hook { port, _ in
            let delivered = try await deliver(
                """
                [plugin alertmanager]
                url: http://127.0.0.1:\(port)
                allow: http:127.0.0.1:\(port)
                record-labels: name, accuracy
                """
            )
            #expect(delivered == ["sent HTTP 200"])
        }
    }

    @Test func `SNS publishes what the Lambda published: the record as JSON under its subject`() async throws {
        let moto = try AWSPeer.moto(checkingSignatures: true)
        defer { moto.stop() }
        let made = try moto.python(
            """
            import boto3
            sns, sqs = boto3.client("sns"), boto3.client("sqs")
            topic = sns.create_topic(Name="anomalies")["TopicArn"]
            queue = sqs.create_queue(QueueName="mails")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
            print(topic, queue)
            """
        ).split(whereSeparator: \.isWhitespace).map(String.init)
        var test = self
        test.bench.environment = [
            "AWS_ACCESS_KEY_ID": moto.accessKeyID, "AWS_SECRET_ACCESS_KEY": moto.secretAccessKey,
        ]
        let delivered = try await test.deliver(
            """
            [AWS]
            endpoint-url: \(moto.endpoint)
            region: \(moto.region)
            [plugin sns]
            topic-arn: \(made[0])
            allow: aws:sns:Publish
            """
        )
        #expect(delivered.count == 1 && delivered[0].hasPrefix("sent message "), "\(delivered)")
        let received = try moto.python(
            """
            import boto3, json, sys
            message = boto3.client("sqs").receive_message(QueueUrl=sys.argv[1])["Messages"][0]
            body = json.loads(message["Body"])
            print(json.dumps([body["Subject"], body["Message"], json.loads(body["Message"])["accuracy"]]))
            """,
            made[1]
        )
        let fields = try #require(try JSONValue(parsing: received).array)
        #expect(fields[0].string == "Anomaly detected")
        #expect(fields[1].string == #"{"name":"Zoë <b>","accuracy":95}"#)
        #expect(fields[2].integer == 95)
    }

    @Test func `wrong credentials are the service's to refuse, and no reason to give the alert up`() async throws {
        let moto = try AWSPeer.moto(checkingSignatures: true)
        defer { moto.stop() }
        var test = self
        test.bench.environment = ["AWS_ACCESS_KEY_ID": moto.accessKeyID, "AWS_SECRET_ACCESS_KEY": "wrong"]
        let delivered = try await test.deliver(
            """
            [AWS]
            endpoint-url: \(moto.endpoint)
            region: \(moto.region)
            [plugin sns]
            topic-arn: arn:aws:sns:\(moto.region):123456789012:anomalies
            allow: aws:sns:Publish
            """
        )
        #expect(
            delivered.count == 1 && delivered[0].hasPrefix("pending sns:Publish failed: SignatureDoesNotMatch"),
            "\(delivered)"
        )
    }
}
