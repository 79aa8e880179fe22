import Testing
import Transport

@testable import AWS

@Suite struct SigningKeyTests {
    struct Vector: CustomTestStringConvertible {
        let secret: String, day: String, region: String, service: String, key: String
        let source: String
        var testDescription: String { "\(service) in \(region) (\(source))" }
    }

    @Test(arguments: [
        Vector(
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            day: "20120215",
            region: "us-east-1",
            service: "iam",
            key: "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d",
            source: "AWS General Reference, signing key example"
        ),
        Vector(
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            day: "20150830",
            region: "us-east-1",
            service: "iam",
            key: "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9",
            source: "AWS General Reference, task 3"
        ),
    ])
    func `matches the published key`(vector: Vector) {
        let key = SigningKey(
            secretAccessKey: vector.secret,
            day: vector.day,
            region: vector.region,
            service: vector.service
        )
        #expect(key.hexadecimalForTests == vector.key)
    }

    @Test func `a new day or a new secret gets a new key`() {
        let cache = SigningKeyCache(region: "us-east-1", service: "iam")
        let secret = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        let first = cache.key(for: secret, day: "20150830").hexadecimalForTests
        #expect(cache.key(for: secret, day: "20150830").hexadecimalForTests == first)
        #expect(
            cache.key(for: secret, day: "20120215").hexadecimalForTests
                == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
        )
        #expect(cache.key(for: Secret("another"), day: "20150830").hexadecimalForTests != first)
        #expect(cache.key(for: secret, day: "20150830").hexadecimalForTests == first)
    }
}
