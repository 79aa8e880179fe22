import CCurl
import Glibc

extension HTTPTransfer {
    /// After name resolution and for each address anew: a name that is harmless when looked up beforehand may resolve
    /// to another address a moment later. Where a proxy is used, its address is the one that is looked at.
    func refuseLocalAddresses() {
        easy.set(CURLOPT_OPENSOCKETDATA, pointer: Unmanaged.passUnretained(self).toOpaque())
        easy.setOpenSocket { context, _, address in
            guard let context, let address else { return CURL_SOCKET_BAD }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            guard let bytes = NetworkAddress.bytes(of: address), !NetworkAddress.isLocal(bytes) else {
                transfer.noteRefusedAddress()
                return CURL_SOCKET_BAD
            }
            let kind = address.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue)
            return socket(address.pointee.family, kind, address.pointee.protocol)
        }
    }
}

/// Which addresses are nobody else's.
enum NetworkAddress {
    /// 4 bytes of IPv4 or 16 of IPv6; `nil` for anything else, such as a socket in the file system.
    static func bytes(of address: UnsafeMutablePointer<curl_sockaddr>) -> [UInt8]? {
        // libcurl keeps the whole address behind the field, which is only as long as the shortest kind.
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        let start = UnsafeRawPointer(address) + offset
        switch address.pointee.family {
        case AF_INET where Int(address.pointee.addrlen) >= MemoryLayout<sockaddr_in>.size:
            guard let field = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) else { return nil }
            return [UInt8](UnsafeRawBufferPointer(start: start + field, count: 4))
        case AF_INET6 where Int(address.pointee.addrlen) >= MemoryLayout<sockaddr_in6>.size:
            guard let field = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) else { return nil }
            return [UInt8](UnsafeRawBufferPointer(start: start + field, count: 16))
        default: return nil
        }
    }

    /// This machine, its link, groups of machines, and the addresses where clouds hand out credentials.
    ///
    /// Source: RFC 6890 and the IANA special-purpose registries; the providers' documentation for the last.
    static func isLocal(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return isLocalIPv4(bytes[...]) }
        // ::/96 (with :: and ::1), ::ffff:0:0/96, 64:ff9b::/96 and 2002::/16 carry an IPv4 address.
        if bytes[..<12].allSatisfy({ $0 == 0 }) { return true }
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isLocalIPv4(bytes[12...])
        }
        if bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) {
            return isLocalIPv4(bytes[12...])
        }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isLocalIPv4(bytes[2..<6]) }
        // fe80::/10, ff00::/8, and fd00:ec2::/32 of Amazon's metadata services.
        return bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 || bytes[0] == 0xFF
            || bytes[..<4].elementsEqual([0xFD, 0x00, 0x0E, 0xC2])
    }

    private static func isLocalIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch address >> 24 {
        case 0, 127, 224...255: return true
        case 169: return address >> 16 & 0xFF == 254
        default:
            // 100.100.100.200 of Alibaba, 168.63.129.16 of Azure, 192.0.0.192 of Oracle.
            return [0x6464_64C8, 0xA83F_8110, 0xC000_00C0].contains(address)
        }
    }
}
