import Testing

@testable import AnomaliesAgent

@Suite struct OptionSyntaxTests {
    @Test(
        arguments: [
            (
                "General.filename-pattern", ["{}", "a/{}/b.gz", "é-{}.json"],
                ["", "a", "{}{}", "/{}", "../{}", "a//{}", "{}/", "{}\t"]
            ),
            (
                "General.timestamp-format", ["%s", "%F", "%F-%T", "%Y%j", "%y%m%d", "%Y-%m-%d %%"],
                ["", "%Q", "%", "%Y-%m-%d%", "%H_%M", "%Y-%m", "%-d%Y%m", "%b-%Y-%m-%d", "/%F", "%F/..", "plain"]
            ),
            (
                "General.upload-interval", ["0", "0.25", "86400", "1e2"],
                ["-1", "86400.1", "nan", "inf", "0x1p3", "1s", "1,5", ""]
            ),
            ("General.anomalies-frequency", ["0", "0.001", "100"], ["-0.1", "100.5", "2%", "1e999"]),
            (
                "General.package-size", ["1", "1000000"],
                ["0", "1000001", "1.5", "1e3", "99999999999999999999", "１", "5OO"]
            ),
            ("General.package-format", ["lines", "ARRAY"], ["json", ""]),
            ("General.compression-level", ["1", "9"], ["0", "10"]),
            ("Feed.source", ["auto", "simulate", "stdin", "none"], ["kafka"]),
            ("Feed.warm-up", ["yes", "No", "true", "off", "1"], ["maybe", "", "2"]),
            (
                "AWS.bucket-name", ["", "abc", "my.bucket-1", "values", String(repeating: "a", count: 63)],
                [
                    "ab", "My-Bucket", "a_b", "-abc", "abc-", "a..b", "192.168.5.4", "xn--abc", "sthree-a",
                    "amzn-s3-demo-a",
                    "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "s3://abc", "arn:aws:s3:::abc",
                    String(repeating: "a", count: 64),
                ]
            ),
            ("AWS.prefix", ["", "feeds/", "a/b-"], ["/a", "a//b", "../", "./a", String(repeating: "a", count: 513)]),
            ("AWS.start", ["auto", "now", "all"], ["latest"]),
            ("AWS.look-back", ["0", "604800"], ["604801"]),
            ("AWS.poll-interval", ["0.05", "3600"], ["0.04", "0"]),
            ("AWS.region", ["", "eu-central-1"], ["eu central", "EU", "x.y"]),
            (
                "AWS.endpoint-url", ["", "http://localhost:5000", "https://[::1]:9/x", "https://u:p@h", "HTTP://h"],
                [
                    "localhost:5000", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x",
                    "http://h?q", "http://a b",
                ]
            ),
            (
                "Kinesis.stream-name", ["", "a", "A.b_c-1", String(repeating: "a", count: 128)],
                ["a b", "ä", String(repeating: "a", count: 129)]
            ),
            ("Kinesis.shards", ["1", "64"], ["0", "65"]),
            ("Kinesis.start", ["auto", "latest", "trim-horizon"], ["now"]),
            (
                "Mail.host", ["", "localhost", "smtp.example.com", "10.0.0.1", "::1", "[::1]", "mail_1"],
                ["a b", "smtp://x", "x:25", "-a", "a..b"]
            ),
            ("Mail.port", ["", "1", "65535"], ["0", "65536", "smtp"]),
            ("Mail.security", ["starttls", "tls", "none"], ["ssl"]),
            (
                "Mail.from", ["", "a@b", "o'neil+x@example.com"],
                ["a", "@b", "a@", "a@b@c", "A <a@b>", "a b@c", "a@b\r\nBcc: x@y", ".a@b", "ä@b"]
            ),
            (
                "Mail.to", ["", "a@b", "a@b, c@d,e@f"],
                ["a@b,", ",", "a@b c@d", "a@b;c@d", Array(repeating: "a@b", count: 51).joined(separator: ",")]
            ),
            ("Mail.password-env", ["", "SMTP_PASSWORD", "_x1"], ["$X", "1X", "a b", "a-b"]),
            (
                "Relay.max-package-bytes", ["64M", "1g", "1024", "1 K", "4G"],
                ["1023", "5G", "1.5M", "1MB", "K", "-1K", "9999999999T"]
            ),
            ("Relay.max-line-bytes", ["10M"], ["11M"]),
            ("Relay.max-ratio", ["1", "2000"], ["0", "2001"]),
            ("Detection.batch-size", ["1", "10000"], ["0", "10001"]),
            ("Detection.snapshot-records", ["100", "10000000"], ["99", "10000001"]),
            ("Detection.seed", ["0", "9223372036854775807"], ["-1", "9223372036854775808"]),
            ("State.directory", ["state", "/var/lib/x y"], [""]),
            ("State.keep-days", ["0.01", "3650"], ["0", "3651"]),
            ("State.keep-bytes", ["1M", "1T"], ["1K", "2T"]),
            ("Scripts.reload-interval", ["0.05", "60"], ["0.01", "61"]),
            ("Scripts.instructions", ["1000", "1000000000"], ["999", "1000000001"]),
            ("Scripts.memory-bytes", ["1M", "1G"], ["1023K", "2G"]),
            ("Log.level", ["trace", "WARNING"], ["fatal"]),
            ("Log.format", ["text", "json"], ["xml"]),
        ] as [(String, [String], [String])]
    )
    func `an option takes what it should and refuses the rest`(name: String, good: [String], bad: [String]) throws {
        let option = try #require(ConfigurationOption.table.first { $0.name == name })
        for value in good {
            var configuration = Configuration()
            #expect(throws: Never.self, "\(name) refused \(value)") { try option.set(value, &configuration) }
            var again = Configuration()
            try option.set(option.text(configuration), &again)
            #expect(again == configuration, "\(name) \(value) does not survive being written")
        }
        for value in bad {
            var configuration = Configuration()
            #expect(throws: OptionRefusal.self, "\(name) took \(value)") { try option.set(value, &configuration) }
            #expect(configuration == Configuration(), "\(name) changed although it refused \(value)")
        }
    }

    @Test func `sizes count in powers of 1024`() throws {
        let configuration = try load("[State]\nkeep-bytes: 3G\n[Relay]\nmax-line-bytes: 1536\nmax-object-bytes: 2k")
        #expect(configuration.state.keepBytes == 3_221_225_472)
        #expect(configuration.relay.maxLineBytes == 1536)
        #expect(configuration.relay.maxObjectBytes == 2048)
    }

    @Test(arguments: [
        ("regoin", "region"), ("package_size", "package-size"), ("PACKAGE-SIZE", "package-size"),
        ("packagesize", "package-size"), ("bucket", nil), ("zebra", nil), ("", nil),
        (String(repeating: "region", count: 1000), nil),
    ])
    func `a slip finds its name and another word does not`(typed: String, meant: String?) {
        #expect(NearestName.of(typed, among: ["bucket-name", "region", "package-size"]) == meant)
    }

    /// Source of the distances: Wikipedia, “Damerau–Levenshtein distance” and “Levenshtein distance”.
    @Test(arguments: [
        ("kitten", "sitting", 3), ("ca", "abc", 3), ("saturday", "sunday", 3), ("ab", "ba", 1), ("", "abc", 3),
    ])
    func `distances are those of optimal string alignment`(a: String, b: String, distance: Int) {
        #expect(NearestName.distance(Array(a), Array(b)) == distance)
    }
}
