internal import CLibSSH2

/// libssh2 itself: its one-time start and what it calls itself.
public enum Library {
  /// `libssh2_init`, once for the process; it is not safe to call from two threads at a time, and
  /// a static initializer runs once whoever comes first.
  static let started: Bool = libssh2_init(0) == 0

  /// The version found at run time, such as `1.10.0`, for reports. `libssh2_version`.
  public static var version: String {
    libssh2_version(0).map { String(cString: $0) } ?? "unknown"
  }
}

/// What a libssh2 function said when it failed. `libssh2_session_last_error`.
struct LibraryError: Error, Equatable {
  let code: Int32
  let words: String

  /// The two sides have no algorithm in common.
  var isNegotiation: Bool {
    code == LIBSSH2_ERROR_KEX_FAILURE || code == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED
      || code == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE
  }

  /// The server does not take the key. Everything else that stops a login by a key file is the file's
  /// fault: libssh2 has several codes for a wrong passphrase.
  var isRefusal: Bool {
    code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED
  }

  /// Concerns one channel; the others may go on.
  var isOfChannel: Bool {
    code == LIBSSH2_ERROR_CHANNEL_FAILURE || code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED
      || code == LIBSSH2_ERROR_CHANNEL_CLOSED || code == LIBSSH2_ERROR_CHANNEL_EOF_SENT
      || code == LIBSSH2_ERROR_INVAL
  }
}
