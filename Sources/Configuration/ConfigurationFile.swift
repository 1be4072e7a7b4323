import FoundationEssentials
import Glibc

/// Something about a configuration file that the user should know, though it can be used.
public enum ConfigurationWarning: Sendable, Equatable, CustomStringConvertible {
  case writableByOthers(file: String, mode: UInt32)
  case ownedByAnother(file: String, user: UInt32)

  public var description: String {
    switch self {
    case .writableByOthers(let file, let mode):
      "\(file) can be changed by others (mode \(String(mode, radix: 8))), and what it says is run; "
        + "type `chmod go-w \(file)`"
    case .ownedByAnother(let file, let user):
      "\(file) belongs to user \(user), and what it says is run as you"
    }
  }
}

/// A configuration file as it lies on the disk.
enum ConfigurationFile {
  static func read(_ file: String) throws(ConfigurationError) -> [UInt8] {
    var status = stat()
    guard stat(file, &status) == 0 else {
      throw .unreadable(file: file, reason: String(cString: strerror(errno)))
    }
    // A directory or a device would be read as an empty or an endless file.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: file, reason: "is not a file")
    }
    guard status.st_size <= Reader.Rules.configuration.bytes else {
      throw .unreadable(
        file: file, reason: "is larger than \(Reader.Rules.configuration.bytes >> 10) KB")
    }
    guard let content = FileManager.default.contents(atPath: file) else {
      throw .unreadable(file: file, reason: String(cString: strerror(errno)))
    }
    return [UInt8](content)
  }

  /// Hooks and build commands run with the user's rights, whoever wrote them. Root's file is as
  /// good as one's own: whoever is root need not write here.
  static func warnings(_ file: String) -> [ConfigurationWarning] {
    var status = stat()
    guard stat(file, &status) == 0 else { return [] }
    var warnings: [ConfigurationWarning] = []
    if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
      warnings.append(.writableByOthers(file: file, mode: status.st_mode & 0o7777))
    }
    if status.st_uid != geteuid(), status.st_uid != 0 {
      warnings.append(.ownedByAnother(file: file, user: status.st_uid))
    }
    return warnings
  }
}
