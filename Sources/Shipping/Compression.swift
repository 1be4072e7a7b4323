import Glibc
public import Operations
import Processes

/// Programs squeeze a payload, in a process of their own.
extension Compression {
  /// What this machine can do: plain always, others when their program is in PATH.
  public static func available() -> [Compression] {
    allCases.filter { $0.compressor.map { isInPath($0[0]) } ?? true }
  }

  /// Level 1: on a deployment's path time counts more than the last tenth of size.
  var compressor: [String]? {
    switch self {
    case .none: nil
    case .gzip: ["gzip", "-1", "-c"]
    case .zstd: ["zstd", "-1", "-T0", "-q", "-c"]
    }
  }

  /// Nil for what is not packed like that. For what fits into memory.
  public func expand(_ bytes: [UInt8]) -> [UInt8]? {
    guard let decompressor else { return bytes }
    guard let result = try? Command(decompressor, input: bytes).run(), result.status == 0
    else { return nil }
    return result.output
  }

  var decompressor: [String]? {
    switch self {
    case .none: nil
    case .gzip: ["gzip", "-dc"]
    case .zstd: ["zstd", "-dcq"]
    }
  }
}

private func isInPath(_ program: String) -> Bool {
  guard let path = getenv("PATH") else { return false }
  return String(cString: path).split(separator: ":").contains { directory in
    access("\(directory)/\(program)", X_OK) == 0
  }
}
