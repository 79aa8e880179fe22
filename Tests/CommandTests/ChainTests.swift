import Foundation
import TestSupport
import Testing

/// The whole chain on real servers: moto, which checks every signature, for S3 and Kinesis, Postfix and Dovecot for mail.
@Suite(.timeLimit(.minutes(20))) struct ChainTests {
    private static let moto = Result { try AWSPeer.moto(checkingSignatures: true) }

    /// A place whose anomalies.cfg names a bucket and a stream on moto.
    private func place(
        bucket: String,
        stream: String? = nil,
        more: String = "",
        secret: String? = nil,
        scripts: [String: String] = [:]
    ) throws -> Workplace {
        let moto = try Self.moto.get()
        let place = try Workplace(
            scripts: scripts,
            environment: [
                "AWS_ACCESS_KEY_ID": moto.accessKeyID, "AWS_SECRET_ACCESS_KEY": secret ?? moto.secretAccessKey,
                "MAIL_PASSWORD": "correct horse battery",
            ]
        )
        try place.write(
            """
            [General]
            upload-interval: 0
            package-size: 50
            [AWS]
            bucket-name: \(bucket)      # a comment
            endpoint-url: \(moto.endpoint)
            region: \(moto.region)
            [Kinesis]
            stream-name: \(stream ?? "")
            \(more)
            """,
            "anomalies.cfg"
        )
        return place
    }

    @Test func `records go through bucket and stream, and an alert arrives as mail`() async throws {
        let mail = try MailPeer.shared()
        let place = try place(
            bucket: "chain-values",
            stream: "chain-records",
            more: """
                [Mail]
                host: localhost
                port: \(mail.starttlsPort)
                security: starttls
                from: agent@example.com
                to: ops@example.com, zoe@example.com
                username: \(mail.user)
                password-env: MAIL_PASSWORD
                ca-file: \(mail.caFile)
                """,
            scripts: [
                "inject.lua": """
                return { rule { name = "übermut", chance = 0.02, set = { name = "Łukasz Żółć 🚀", accuracy = 95 } } }
                """
            ]
        )
        let missing = try await place.run("run", "--packages", "1")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("NoSuchBucket") || missing.errors.contains("does not exist"), "\(missing)")

        let outcome = try await place.run("run", "--packages", "4", "--seed", "7", "--json", "--set", "AWS.create=yes")
        #expect(outcome.status == 0, "\(outcome)")
        let events = try outcome.objects()
        let alert = try #require(events.first { $0["event"].string == "alert" })
        let summary = try #require(events.last)
        #expect(summary["imbalances"].array?.isEmpty == true)
        #expect(summary["scored"].int == summary["generated"].int)

        // What boto3 sees: the packages as they were told, and each record raw in the stream, under its identity.
        let seen = try JSON(parsing: try Self.moto.get().python(Self.look, "chain-values", "chain-records"))
        let told = events.filter { $0["event"].string == "package" }.compactMap { $0["key"].string }
        #expect(Set((seen["keys"].array ?? []).compactMap(\.string)) == Set(told))
        #expect(seen["stored"].int == seen["streamed"].int && seen["stored"].int == summary["stored"].int)
        #expect(seen["same"].bool == true)
        #expect(seen["identities"].int == seen["streamed"].int)

        // What IMAP sees.
        let id = try #require(alert["id"].string)
        let arrived = try JSON(
            parsing: String(
                decoding: try run(["python3", "-c", Self.fetch, "\(mail.imapPort)", mail.user, mail.password, id]),
                as: UTF8.self
            )
        )
        #expect(arrived["count"].int == 1)
        #expect(arrived["message-id"].string == "<\(id)@example.com>")
        #expect(arrived["auto-submitted"].string == "auto-generated")
        #expect(arrived["type"].string == "multipart/alternative")
        #expect(arrived["subject"].string?.contains("Łukasz Żółć 🚀") == true)
        #expect(arrived["to"].string?.contains("ops@example.com") == true)
        for part in ["text/plain", "text/html"] {
            #expect(arrived[part].string?.contains("Łukasz Żółć 🚀") == true)
            #expect(arrived["charset " + part].string == "utf-8")
        }
        #expect(arrived["defects"].int == 0)
    }

    @Test func `a wrong secret ends at once and says so`() async throws {
        let place = try place(bucket: "chain-secret", secret: "not the secret")
        let outcome = try await place.run("run", "--packages", "1", "--set", "AWS.create=yes")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(#/SignatureDoesNotMatch|AccessDenied|credential|secret/#), "\(outcome)")
        #expect(!outcome.errors.contains("not the secret"))
    }

    @Test func `nothing is simulated into a bucket of others until somebody says so`() async throws {
        _ = try Self.moto.get().python(
            "import boto3, sys; s = boto3.client('s3'); s.create_bucket(Bucket=sys.argv[1]); s.put_object(Bucket=sys.argv[1], Key='theirs.txt', Body=b'x')",
            "chain-foreign"
        )
        let place = try place(bucket: "chain-foreign")
        let outcome = try await place.run("run", "--packages", "1")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("theirs.txt") && outcome.errors.contains("[Feed] source"), "\(outcome)")
        let keys = try Self.moto.get().python(
            "import boto3, sys; print(len(boto3.client('s3').list_objects_v2(Bucket=sys.argv[1])['Contents']))",
            "chain-foreign"
        )
        #expect(keys == "1\n")
        let explicit = try await place.run("run", "--packages", "1", "--set", "Feed.source=simulate")
        #expect(explicit.status == 0, "\(explicit)")
    }

    @Test func `a stream that is missing is a clear error`() async throws {
        let place = try place(bucket: "", stream: "chain-no-stream")
        let outcome = try await place.run("run", "--packages", "1")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("chain-no-stream"), "\(outcome)")
    }

    @Test func `records of other producers are scored too`() async throws {
        let place = try place(bucket: "chain-late")
        _ = try await place.mustRun("feed", "--packages", "2", "--seed", "5", "--set", "AWS.create=yes")
        let other = try self.place(bucket: "chain-late", scripts: ["detect.lua": everyFinding])
        // Another host relays and scores what the first has stored, from the beginning as it is told to.
        let stored = try Self.moto.get().python(
            "import boto3, sys; print(len(boto3.client('s3').list_objects_v2(Bucket=sys.argv[1])['Contents']))",
            "chain-late"
        )
        let count = try #require(Int(stored.trimmingCharacters(in: .whitespacesAndNewlines)))
        let relayed = try await other.run("relay", "--objects", "\(count)", "--set", "AWS.start=all")
        #expect(relayed.status == 0, "\(relayed)")
        #expect(try await other.run("detect", "--until-tip").status == 0)
        let status = try JSON(parsing: try await other.mustRun("status", "--json").output)
        #expect(status["ledger"]["scored"].int == count * 50)
        #expect(status["balanced"].bool == true)
    }

    /// Compares bucket and stream: the records of all packages, in any order, and the partition keys.
    private static let look = """
        import boto3, gzip, json, re, sys
        bucket, stream = sys.argv[1:]
        s3, kinesis = boto3.client("s3"), boto3.client("kinesis")
        keys, stored = [], []
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for item in page["Contents"]:
                keys.append(item["Key"])
                body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
                stored += gzip.decompress(body).splitlines()
        streamed, identities = [], set()
        for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
            where = kinesis.get_shard_iterator(
                StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            while True:
                answer = kinesis.get_records(ShardIterator=where, Limit=5000)
                if not answer["Records"]:
                    break
                streamed += [record["Data"] for record in answer["Records"]]
                identities |= {record["PartitionKey"] for record in answer["Records"]}
                where = answer["NextShardIterator"]
        print(json.dumps({"keys": keys, "stored": len(stored), "streamed": len(streamed),
                          "same": sorted(stored) == sorted(streamed), "identities": len(identities)}))
        """

    /// The mail with an id, as Python's mail parser reads it.
    private static let fetch = """
        import email, email.policy, imaplib, json, sys
        port, user, password, wanted = sys.argv[1:]
        box = imaplib.IMAP4("localhost", int(port))
        box.login(user, password)
        box.select("INBOX")
        found = []
        for _ in range(100):
            # Postfix has taken it; the mailbox has it a moment later.
            box.noop()
            found = box.search(None, "HEADER", "Message-ID", wanted)[1][0].split()
            if found:
                break
            import time; time.sleep(0.1)
        message = email.message_from_bytes(box.fetch(found[0], "(RFC822)")[1][0][1], policy=email.policy.default)
        result = {name: message[name] for name in ["message-id", "auto-submitted", "subject", "to", "date"]}
        result["type"] = message.get_content_type()
        result["defects"] = len(message.defects)
        for part in message.walk():
            if not part.is_multipart():
                result[part.get_content_type()] = part.get_content()
                result["charset " + part.get_content_type()] = part.get_content_charset()
        # Two recipients, one mailbox: a copy each, of one mail.
        result["count"] = len({box.fetch(n, "(BODY[HEADER.FIELDS (MESSAGE-ID)])")[1][0][1] for n in found})
        print(json.dumps(result))
        """
}
