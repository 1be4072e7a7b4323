internal import Glibc
internal import Processes
internal import Synchronization

/// A name's addresses, in the resolver's order.
struct Resolver {
  struct Address: Sendable {
    let family: Int32
    let bytes: [UInt8]
  }

  struct Failure: Error {
    let words: String
  }

  /// `getaddrinfo` has no time limit of its own (a dead name server holds it for half a minute), so
  /// it runs on a thread that is left behind when the time is up.
  static func addresses(of host: String, port: Int, before limit: Moment)
    -> Result<[Address], Failure>
  {
    let answer = Answer<Result<[Address], Failure>>()
    startThread { answer.give(look(up: host, port: port)) }
    return answer.wait(until: limit)
      ?? .failure(Failure(words: "no name server answered for '\(host)' in time"))
  }

  private static func look(up host: String, port: Int) -> Result<[Address], Failure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0, let found else {
      let reason = String(cString: gai_strerror(code))
      return .failure(Failure(words: "cannot resolve '\(host)': \(reason)"))
    }
    defer { freeaddrinfo(found) }
    var addresses: [Address] = []
    var next: UnsafeMutablePointer<addrinfo>? = found
    while let info = next?.pointee {
      let bytes = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
      addresses.append(Address(family: info.ai_family, bytes: Array(bytes)))
      next = info.ai_next
    }
    return .success(addresses)
  }
}
