internal import CLibSSH2

/// One `LIBSSH2_CHANNEL`, freed once. As with ``Session``, nil means "not yet".
struct RemoteChannel: ~Copyable {
  enum Stream: Int32 {
    case output = 0
    case errors = 1
  }

  /// libssh2 cuts larger writes; a multiple of this keeps packets full (112 against 67 MB/s).
  static let slice = 32_700

  private let pointer: OpaquePointer
  private let session: OpaquePointer

  init(_ pointer: OpaquePointer, of session: OpaquePointer) {
    self.pointer = pointer
    self.session = session
  }

  /// `libssh2_channel_free`. It only waits when the channel was not closed before and the wire is
  /// not cut, and then the session frees it.
  deinit { libssh2_channel_free(pointer) }

  /// `libssh2_channel_process_startup`. The first call sends the request; input may be written
  /// before a later call collects the reply, which saves a round trip.
  func start(_ command: String) throws(LibraryError) -> Void? {
    try settled(
      libssh2_channel_process_startup(
        pointer, "exec", 4, command, UInt32(command.utf8.count)))
  }

  /// `libssh2_channel_write_ex`. After nil the same bytes must be offered again.
  func write(_ bytes: UnsafeRawBufferPointer) throws(LibraryError) -> Int? {
    let count = libssh2_channel_write_ex(
      pointer, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    return try counted(count)
  }

  /// `libssh2_channel_read_ex`. Zero at the end of the stream.
  func read(_ stream: Stream, into room: inout [UInt8]) throws(LibraryError) -> Int? {
    let count = room.withUnsafeMutableBytes {
      libssh2_channel_read_ex(
        pointer, stream.rawValue, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return try counted(count)
  }

  /// `libssh2_channel_send_eof`.
  func finishWriting() throws(LibraryError) -> Void? {
    try settled(libssh2_channel_send_eof(pointer))
  }

  /// `libssh2_channel_eof`: the server has sent all output, and all of it has been read.
  var isAtEnd: Bool { libssh2_channel_eof(pointer) == 1 }

  /// `libssh2_channel_wait_closed`: the status, if there is one, has come by then.
  func closedByServer() throws(LibraryError) -> Void? {
    try settled(libssh2_channel_wait_closed(pointer))
  }

  /// `libssh2_channel_close`.
  func close() throws(LibraryError) -> Void? {
    try settled(libssh2_channel_close(pointer))
  }

  /// `libssh2_channel_get_exit_status`, `libssh2_channel_get_exit_signal`.
  ///
  /// libssh2 says 0 both for "exited 0" and for "nobody said" (the process or the server was
  /// killed), so 0 is nil here. 128 plus the number for a signal that the server named.
  var status: Int32? {
    var name: UnsafeMutablePointer<CChar>?
    libssh2_channel_get_exit_signal(pointer, &name, nil, nil, nil, nil, nil)
    if let name {
      defer { libssh2_free(session, name) }
      return SignalName.number(String(cString: name)).map { 128 + $0 }
    }
    let status = libssh2_channel_get_exit_status(pointer)
    return status == 0 ? nil : status
  }

  private func settled(_ code: Int32) throws(LibraryError) -> Void? {
    if code == LIBSSH2_ERROR_EAGAIN { return nil }
    guard code == 0 else { throw LibraryError.last(of: session) }
    return ()
  }

  private func counted(_ count: Int) throws(LibraryError) -> Int? {
    if count == Int(LIBSSH2_ERROR_EAGAIN) { return nil }
    guard count >= 0 else { throw LibraryError.last(of: session) }
    return count
  }
}

/// The names that RFC 4254 gives to signals.
private enum SignalName {
  static func number(_ name: String) -> Int32? {
    switch name {
    case "HUP": 1
    case "INT": 2
    case "QUIT": 3
    case "ILL": 4
    case "ABRT": 6
    case "FPE": 8
    case "KILL": 9
    case "USR1": 10
    case "SEGV": 11
    case "USR2": 12
    case "PIPE": 13
    case "ALRM": 14
    case "TERM": 15
    default: nil
    }
  }
}
