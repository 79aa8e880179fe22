import TestSupport
import Testing
import Transport

@testable import AWS

@Suite struct AWSActionTests {
    @Test(arguments: [
        ("sns.evil.example/", "Publish", "is no service such as sns"),
        ("sns", "Publish&Action=X", "is no action such as Publish"),
        ("sns", "", "is no action such as Publish"),
    ])
    func `nothing in a name leads to another host or action`(service: String, name: String, problem: String)
        async throws
    {
        let http = ScriptedExchange(.json("{}"))
        let action = AWSAction(service: service, name: name, form: .query(version: "2010-03-31", parameters: []))
        let failure = await failure { try await AWSClient.scripted(http).perform(action) }
        #expect(failure?.description.contains(problem) == true, "\(String(describing: failure))")
        #expect(http.requests.isEmpty)
    }

    @Test func `the region of the action is the one that is called and signed for`() async throws {
        let http = ScriptedExchange(.json("{}"))
        let form = AWSAction.Form.query(version: "2010-03-31", parameters: [(name: "Message", value: "a b&c=ü")])
        let action = AWSAction(service: "sns", name: "Publish", form: form, region: "eu-west-3")
        _ = try await AWSClient.scripted(http).perform(action)
        let request = try #require(http.requests.first)
        #expect(request.url == "https://sns.eu-west-3.amazonaws.com/")
        #expect(request.header("Authorization")?.contains("/eu-west-3/sns/aws4_request") == true)
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "Action=Publish&Version=2010-03-31&Message=a+b%26c%3D%C3%BC"
        )
    }

    /// moto checks the signature, and answers as SQS does.
    @Test func `a service that speaks JSON understands its action`() async throws {
        let moto = try Peers.moto.get()
        let body = Array(#"{"QueueName":"of-an-action"}"#.utf8)
        let form = AWSAction.Form.json(target: "AmazonSQS", body: body, version: "1.0")
        let answer = try await moto.client().perform(AWSAction(service: "sqs", name: "CreateQueue", form: form))
        #expect(String(decoding: answer, as: UTF8.self).contains("/of-an-action"))
    }
}
