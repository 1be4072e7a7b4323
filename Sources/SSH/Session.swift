internal import CLibSSH2
internal import Glibc

/// One `LIBSSH2_SESSION`, freed once.
///
/// Every function that would wait returns nil instead; the caller moves the wire and calls again.
/// Channels of a session must be gone before it is: ``Pump`` sees to the order.
struct Session: ~Copyable {
  let wire: Wire
  private let pointer: OpaquePointer

  /// `libssh2_session_init_ex`, `libssh2_session_callback_set`.
  init(over wire: Wire) throws(LibraryError) {
    let context = Unmanaged.passUnretained(wire).toOpaque()
    guard Library.started, let pointer = libssh2_session_init_ex(nil, nil, nil, context) else {
      throw LibraryError(code: LIBSSH2_ERROR_ALLOC, words: "libssh2 did not start")
    }
    let receive: ReceiveCallback = { _, buffer, length, _, context in
      guard let wire = wireBehind(context), let buffer else { return 0 }
      return wire.take(into: UnsafeMutableRawBufferPointer(start: buffer, count: length))
    }
    let send: SendCallback = { _, buffer, length, _, context in
      guard let wire = wireBehind(context) else { return Int(-EPIPE) }
      return wire.put(UnsafeRawBufferPointer(start: buffer, count: length))
    }
    libssh2_session_callback_set(
      pointer, LIBSSH2_CALLBACK_RECV, unsafeBitCast(receive, to: UnsafeMutableRawPointer.self))
    libssh2_session_callback_set(
      pointer, LIBSSH2_CALLBACK_SEND, unsafeBitCast(send, to: UnsafeMutableRawPointer.self))
    let farewell: DisconnectCallback = { _, _, message, length, _, _, context in
      guard let wire = wireBehind(context), let message, (1...1_000).contains(length) else {
        return
      }
      let bytes = UnsafeRawBufferPointer(start: message, count: Int(length))
      wire.farewell = "the server hung up: " + String(decoding: bytes, as: UTF8.self)
    }
    libssh2_session_callback_set(
      pointer, LIBSSH2_CALLBACK_DISCONNECT,
      unsafeBitCast(farewell, to: UnsafeMutableRawPointer.self))
    libssh2_session_set_blocking(pointer, 0)
    self.wire = wire
    self.pointer = pointer
  }

  /// `libssh2_session_free`. The wire is cut first: otherwise it would wait for the server to close
  /// each channel.
  deinit {
    wire.cut()
    libssh2_session_free(pointer)
  }

  /// `libssh2_session_method_pref`. Names that this libssh2 does not know are left out by it.
  func prefer(_ method: Algorithms.Method, _ names: [String]) throws(LibraryError) {
    guard libssh2_session_method_pref(pointer, method.number, names.joined(separator: ",")) == 0
    else { throw lastError }
  }

  /// `libssh2_session_methods`: what was agreed on.
  func agreed(_ method: Algorithms.Method) -> String? {
    libssh2_session_methods(pointer, method.number).map { String(cString: $0) }
  }

  /// `libssh2_session_handshake`.
  func handshake() throws(LibraryError) -> Void? {
    try settled(libssh2_session_handshake(pointer, wire.socket))
  }

  /// `libssh2_session_hostkey`: the key that the server proved to hold.
  var hostKey: HostKey? {
    var length = 0
    var type: Int32 = 0
    guard let bytes = libssh2_session_hostkey(pointer, &length, &type), length > 0 else {
      return nil
    }
    return HostKey(
      blob: Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(bytes), count: length)))
  }

  /// `libssh2_userauth_publickey_frommemory`. A key read from a file also comes this way, so that
  /// there is one place that reads key files and checks them.
  func authenticate(user: String, privateKey: [UInt8], passphrase: String?)
    throws(LibraryError) -> Void?
  {
    let code = (privateKey + [0]).withUnsafeBufferPointer { key in
      key.withMemoryRebound(to: CChar.self) { key in
        libssh2_userauth_publickey_frommemory(
          pointer, user, user.utf8.count, nil, 0, key.baseAddress, privateKey.count, passphrase)
      }
    }
    return try settled(code)
  }

  /// `libssh2_userauth_publickey`: somebody else signs. The signer must live until this returns
  /// something other than nil.
  func authenticate(user: String, publicKey: [UInt8], signer: Signer)
    throws(LibraryError) -> Void?
  {
    var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(signer).toOpaque()
    return try settled(
      libssh2_userauth_publickey(
        pointer, user, publicKey, publicKey.count,
        { _, signature, length, bytes, count, context in
          guard let context = context?.pointee, let signature, let length else { return -1 }
          let signer = Unmanaged<Signer>.fromOpaque(context).takeUnretainedValue()
          let message = Array(UnsafeBufferPointer(start: bytes, count: count))
          guard let signed = signer.sign(message), let copy = malloc(signed.count) else {
            return -1
          }
          UnsafeMutableRawBufferPointer(start: copy, count: signed.count).copyBytes(from: signed)
          signature.pointee = copy.assumingMemoryBound(to: UInt8.self)
          length.pointee = signed.count
          return 0
        }, &context))
  }

  /// `libssh2_channel_open_ex` for a command. Only one may be under way at a time.
  func openChannel() throws(LibraryError) -> RemoteChannel? {
    try opened(libssh2_channel_open_ex(pointer, "session", 7, 2 << 20, 32_768, nil, 0))
  }

  /// `libssh2_channel_direct_tcpip_ex`: a stream from the server to a further host.
  func openForward(to host: String, port: Int) throws(LibraryError) -> RemoteChannel? {
    try opened(libssh2_channel_direct_tcpip_ex(pointer, host, Int32(port), "127.0.0.1", 22))
  }

  /// `libssh2_keepalive_config`, `libssh2_keepalive_send`. No reply is asked for: replies that
  /// nobody reads pile up inside libssh2. A dead peer shows by the missing TCP acknowledgement.
  func keepAlive() {
    libssh2_keepalive_config(pointer, 0, 1)
    var next: Int32 = 0
    libssh2_keepalive_send(pointer, &next)
  }

  /// `libssh2_session_disconnect_ex`, with "by application" (11) as the reason.
  func disconnect() {
    libssh2_session_disconnect_ex(pointer, 11, "done", "")
  }

  /// `libssh2_session_last_error`.
  var lastError: LibraryError { LibraryError.last(of: pointer) }

  private func settled(_ code: Int32) throws(LibraryError) -> Void? {
    if code == LIBSSH2_ERROR_EAGAIN { return nil }
    guard code == 0 else { throw lastError }
    return ()
  }

  private func opened(_ channel: OpaquePointer?) throws(LibraryError) -> RemoteChannel? {
    if let channel { return RemoteChannel(channel, of: pointer) }
    if libssh2_session_last_errno(pointer) == LIBSSH2_ERROR_EAGAIN { return nil }
    throw lastError
  }
}

extension LibraryError {
  /// `libssh2_session_last_error`.
  static func last(of session: OpaquePointer) -> LibraryError {
    var words: UnsafeMutablePointer<CChar>?
    let code = libssh2_session_last_error(session, &words, nil, 0)
    return LibraryError(code: code, words: words.map { String(cString: $0) } ?? "error \(code)")
  }
}

private typealias Context = UnsafeMutablePointer<UnsafeMutableRawPointer?>?
private typealias ReceiveCallback =
  @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int32, Context) -> Int
private typealias SendCallback =
  @convention(c) (Int32, UnsafeRawPointer?, Int, Int32, Context) -> Int

private typealias DisconnectCallback =
  @convention(c) (
    OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Context
  ) -> Void

private func wireBehind(_ context: Context) -> Wire? {
  context?.pointee.map { Unmanaged<Wire>.fromOpaque($0).takeUnretainedValue() }
}
