internal import Glibc
internal import Remote

/// A TCP connection within a time limit.
struct Dial {
  let host: String
  let port: Int
  let limit: Moment

  /// Tries every address that the name has, in the resolver's order, until one answers.
  func connect() throws(RemoteError) -> Int32 {
    let addresses: [Resolver.Address]
    switch Resolver.addresses(of: host, port: port, before: limit) {
    case .success(let found): addresses = found
    case .failure(let failure): throw unreachable(failure.words)
    }
    var reason = "'\(host)' has no address"
    for (number, address) in addresses.enumerated() {
      // One dead address of several must not use up all the time.
      let isLast = number == addresses.count - 1
      switch attempt(address, until: isLast ? limit : min(limit, Moment(in: .seconds(3)))) {
      case .success(let socket): return socket
      case .failure(let refusal): reason = refusal.words
      }
    }
    throw unreachable(reason)
  }

  private func unreachable(_ why: String) -> RemoteError {
    .unreachable(host: host, why: why)
  }

  private struct Refusal: Error {
    let words: String
  }

  private func attempt(_ address: Resolver.Address, until limit: Moment) -> Result<Int32, Refusal> {
    let descriptor = socket(
      address.family,
      Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return .failure(refusal(errno)) }
    var code: Int32 = 0
    address.bytes.withUnsafeBytes { bytes in
      let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      if Glibc.connect(descriptor, pointer, socklen_t(bytes.count)) != 0 { code = errno }
    }
    if code == EINPROGRESS { code = outcome(of: descriptor, until: limit) }
    guard code == 0 else {
      Glibc.close(descriptor)
      return .failure(refusal(code))
    }
    tune(descriptor)
    return .success(descriptor)
  }

  private func outcome(of descriptor: Int32, until limit: Moment) -> Int32 {
    while true {
      var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let count = poll(&wait, 1, limit.milliseconds)
      if count < 0, errno == EINTR { continue }
      if count == 0 { return ETIMEDOUT }
      var code: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
      return code
    }
  }

  private func refusal(_ code: Int32) -> Refusal {
    Refusal(words: "port \(port): \(String(cString: strerror(code)))")
  }

  private func tune(_ descriptor: Int32) {
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    // A cut network shows after this long without an acknowledgement, not after a quarter of an hour.
    set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 45_000)
  }

  private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}
