import Testing

@testable import AWS

@Suite struct ProfileFileTests {
    @Test func `a credentials file as AWS documents it`() throws {
        let file = try ProfileFile(
            """
            [default]
            aws_access_key_id=AKIAIOSFODNN7EXAMPLE
            aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY

            # the second account
            [user1]
            aws_access_key_id = AKIAI44QH8DHBEXAMPLE
            aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY ; its secret
            """,
            kind: .credentials,
            path: "credentials"
        )
        #expect(
            file.profiles == [
                "default": [
                    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
                    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                ],
                "user1": [
                    "aws_access_key_id": "AKIAI44QH8DHBEXAMPLE",
                    "aws_secret_access_key": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
                ],
            ]
        )
    }

    @Test func `a config file keeps profiles, services and nested settings apart`() throws {
        let file = try ProfileFile(
            """
            [default]
            region = us-west-2
            s3 =
              max_concurrent_requests = 20
              addressing_style = path
            [profile user1]
            region = us-east-1
            services = local
            [sso-session corp]
            sso_region = eu-west-1
            [services local]
            s3 =
                endpoint_url = http://127.0.0.1:9000
            [user2]
            region = not-a-profile-in-this-file
            """,
            kind: .config,
            path: "config"
        )
        #expect(
            file.profiles["default"] == [
                "region": "us-west-2", "s3": "", "s3.max_concurrent_requests": "20", "s3.addressing_style": "path",
            ]
        )
        #expect(file.profiles["user1"] == ["region": "us-east-1", "services": "local"])
        #expect(file.profiles.count == 2)
        #expect(file.services["local"]?["s3.endpoint_url"] == "http://127.0.0.1:9000")
    }

    @Test(arguments: [
        ("[default\naws_access_key_id=AKIDEXAMPLE\n", 1),
        ("[default]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key\n", 3),
        ("aws_access_key_id=AKIDEXAMPLE\n", 1),
        ("[default]\r\n\r\n=AKIDEXAMPLE\r\n", 3),
        ("[default]\n  aws_secret_access_key = AKIDEXAMPLE", 2),
    ])
    func `a malformed file is refused by its line, without its content`(text: String, line: Int) {
        let failure = #expect(throws: AWSFailure.self) {
            try ProfileFile(text, kind: .credentials, path: "/home/x/.aws/credentials")
        }
        #expect(failure?.description.contains("/home/x/.aws/credentials, line \(line):") == true)
        #expect(failure?.description.contains("AKIDEXAMPLE") == false)
        #expect(failure?.description.contains("aws_secret") == false)
    }
}
