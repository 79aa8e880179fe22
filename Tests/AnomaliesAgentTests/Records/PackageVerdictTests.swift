import Testing

@testable import AnomaliesAgent

@Suite struct PackageVerdictTests {
    @Test func `a verdict has a row for the package and one for each bad record`() throws {
        let verdict = PackageVerdict(of: Array("{\"a\":1}\n{\"secret\":NaN}\n{\"a\":2}\n7\n".utf8))
        #expect(
            try verdict.rows(file: "a.json").map { row in try row.text() } == [
                #"{"file":"a.json","records":2,"bad":2,"verdict":"ok","reason":null}"#,
                #"{"file":"a.json","line":2,"reason":"the record is not one JSON value and nothing else"}"#,
                #"{"file":"a.json","line":4,"reason":"the record is JSON but not an object"}"#,
            ]
        )
    }

    @Test func `every bad record is counted and the first are listed`() {
        let verdict = PackageVerdict(of: Array(String(repeating: "x\n{}\n", count: 1_500).utf8))
        #expect(verdict.records == 1_500)
        #expect(verdict.bad == 1_500)
        #expect(verdict.outcome == .ok)
        #expect(verdict.badRecords.count == 1_000)
        #expect(verdict.badRecords.last?.line == 1_999)
        #expect(verdict.reason == "only the first 1000 of 1500 bad records are listed")
    }

    @Test func `a package of which nothing can be read is rejected with the reason`() throws {
        let verdict = PackageVerdict(of: [0xFF, 0xFE, 0x7B, 0x00])
        #expect(verdict.outcome == .reject)
        #expect(verdict.records == 0)
        #expect(verdict.rows(file: "a")[0]["verdict"] == "reject")
        #expect(try #require(verdict.reason).contains("UTF-16"))
    }

    @Test func `a package that is too large is told from a broken one`() {
        let verdict = PackageVerdict(of: [UInt8](repeating: 0x20, count: 11), limits: RecordLimits(package: 10))
        #expect(verdict.outcome == .limit)
    }
}
