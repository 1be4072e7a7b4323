import Processes

/// A connection whose commands are processes of this machine: a shell here, or the system's ssh.
public struct ProcessConnection: Connection {
  public let host: String
  private let words: @Sendable (String) -> [String]
  /// An exit status of 255 is ssh's own word for a broken connection, not the command's.
  private let losesWith255: Bool
  public let isDistant: Bool

  /// This machine itself, without SSH.
  public static func local(host: String) -> ProcessConnection {
    ProcessConnection(host: host, losesWith255: false, isDistant: false) { ["sh", "-c", $0] }
  }

  /// The system's `ssh`, for what libssh2 1.10 cannot do: FIDO keys, certificates, servers that only
  /// speak gcm or etm. `options` come before the destination.
  public static func openSSH(host: String, destination: String, options: [String])
    -> ProcessConnection
  {
    ProcessConnection(host: host, losesWith255: true, isDistant: true) {
      ["ssh", "-T", "-x", "-a"] + options + ["--", destination, $0]
    }
  }

  public func open(_ command: String) async throws(RemoteError) -> any Channel {
    do {
      let child = try Child.start(
        Command(words(command)), input: .pipe, output: .pipe, errors: .pipe, ownSession: true)
      return ProcessChannel(child: child, host: host, losesWith255: losesWith255)
    } catch {
      throw .local("\(error)")
    }
  }

  public func close() async {}

  private init(
    host: String, losesWith255: Bool, isDistant: Bool,
    words: @escaping @Sendable (String) -> [String]
  ) {
    self.host = host
    self.losesWith255 = losesWith255
    self.isDistant = isDistant
    self.words = words
  }
}
