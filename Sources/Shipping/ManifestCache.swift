import Digests
import Glibc
public import Planning

/// Manifests that hosts are known to have, on this machine, by their digest. Safe to delete: what is
/// not here is asked of the host.
public struct ManifestCache: Sendable {
  private let directory: String?
  /// More than the hosts of one project ever need.
  private static let most = 32

  /// As the XDG base directories say; nowhere without a home.
  public init(_ environment: [String: String]) {
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.cache" : nil }
    directory = (cache ?? home).map { "\($0)/deploy/manifests" }
  }

  /// Nil when it is not here, or not whole.
  public func manifest(_ digest: String, _ algorithm: DigestAlgorithm) -> Manifest? {
    guard let path = path(digest), let text = try? Self.read(path), hex(SHA256.hash(text)) == digest
    else { return nil }
    // The ones that are of no use are the oldest.
    utimes(path, nil)
    return try? Manifest(text: text, algorithm: algorithm)
  }

  /// Whatever goes wrong here costs time later and nothing else.
  public func keep(_ manifest: Manifest) {
    let text = manifest.text
    guard let directory, let path = path(hex(SHA256.hash(text))) else { return }
    guard access(path, F_OK) != 0 else {
      utimes(path, nil)
      return
    }
    Self.makePrivate(directory)
    let draft = "\(path).\(getpid())"
    let number = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { return }
    let file = Descriptor(owning: number)
    guard file.write(text), rename(draft, path) == 0 else {
      unlink(draft)
      return
    }
    removeOldest()
  }

  private func path(_ digest: String) -> String? {
    guard digest.utf8.count == 64, digest.allSatisfy({ $0.isHexDigit }) else { return nil }
    return directory.map { "\($0)/\(digest)" }
  }

  private static func read(_ path: String) throws(ShippingError) -> [UInt8] {
    let file = try Descriptor(path, O_RDONLY)
    var text = [UInt8](repeating: 0, count: Int(file.status?.st_size ?? 0))
    let count = text.withUnsafeMutableBytes { file.read(into: $0) }
    return Array(text.prefix(max(0, count)))
  }

  private static func makePrivate(_ path: String) {
    guard access(path, F_OK) != 0, let cut = path.lastIndex(of: "/"), cut != path.startIndex
    else { return }
    makePrivate(String(path[..<cut]))
    mkdir(path, 0o700)
  }

  private func removeOldest() {
    guard let path = directory, let open = try? Descriptor.directory(path),
      let names = open.names(), names.count > Self.most
    else { return }
    let aged = names.map { name in (name, open.status(of: name)?.st_mtim.tv_sec ?? 0) }
    for (name, _) in aged.sorted(by: { $0.1 < $1.1 }).prefix(names.count - Self.most) {
      unlinkat(open.number, cString(name), 0)
    }
  }
}
