import TestSupport
import Testing

@testable import Transport

@Suite struct AddressPolicyTests {
    /// What Python's `ipaddress` says is loopback, link-local, multicast, reserved or unspecified, and the addresses that
    /// clouds hand out credentials at.
    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("0.0.0.0", true), ("169.254.169.254", true), ("224.0.0.1", true),
        ("255.255.255.255", true), ("100.100.100.200", true), ("168.63.129.16", true), ("192.0.0.192", true),
        ("10.0.0.1", false), ("192.168.1.1", false), ("93.184.216.34", false), ("169.253.255.255", false),
        ("::1", true), ("::", true), ("fe80::1", true), ("febf::1", true), ("fec0::1", false), ("ff02::1", true),
        ("fd00:ec2::254", true), ("fd00:ec3::1", false), ("2606:4700::1111", false), ("::ffff:127.0.0.1", true),
        ("::ffff:93.184.216.34", false), ("::127.0.0.1", true), ("64:ff9b::a9fe:a9fe", true),
        ("64:ff9b::5db8:d822", false), ("2002:7f00:1::", true), ("2002:5db8:d822::", false),
    ])
    func `addresses of this machine, its link and metadata services are told apart from others`(
        address: String,
        isLocal: Bool
    ) throws {
        let script = "import ipaddress, sys; print(*ipaddress.ip_address(sys.argv[1]).packed)"
        let packed = String(decoding: try run(["python3", "-c", script, address]), as: UTF8.self)
        let bytes = packed.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0) }
        #expect(NetworkAddress.isLocal(bytes) == isLocal)
    }

    @Test(arguments: ["localhost", "127.0.0.1", "[::1]", "0x7f000001", "0"])
    func `a name that leads into this machine is refused after it was resolved, however it is written`(host: String)
        async throws
    {
        let http = HTTPClient()
        var request = HTTPRequest(.get, "http://\(host):9/")
        request.addresses = .remote
        let error = await #expect(throws: HTTPError.self) { _ = try await http.send(request) }
        #expect(
            error?.reason == .forbiddenAddress || host == "[::1]" && error?.reason == .cannotConnect,
            "\(String(describing: error))"
        )
        #expect(error?.isRetryable == false || host == "[::1]")
        // The same request without the policy gets as far as the closed port.
        request.addresses = .any
        let other = await #expect(throws: HTTPError.self) { _ = try await http.send(request) }
        #expect(other?.reason == .cannotConnect)
        await http.shutDown()
    }
}
