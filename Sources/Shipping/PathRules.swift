import Planning

/// What a path inside a release may look like, whoever wrote it: a manifest, an archive or a link.
extension TreePath {
  var components: [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  }

  /// Relative, without an empty component, `.`, `..` or NUL.
  var isSafe: Bool {
    !bytes.contains(0)
      && components.allSatisfy { !$0.isEmpty && !$0.elementsEqual(dot) && !$0.elementsEqual(dots) }
  }

  /// Every directory above it, the topmost first.
  var ancestors: [TreePath] {
    bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { TreePath(Array(bytes[..<$0])) }
  }

  func appending(_ name: [UInt8]) -> TreePath {
    bytes.isEmpty ? TreePath(name) : TreePath(bytes + [UInt8(ascii: "/")] + name)
  }

  /// Whether a link at this path that points there would lead out of the release.
  ///
  /// Judged by the text alone: what the target is on this machine says nothing about the server.
  func leavesTheRelease(linkingTo target: [UInt8]) -> Bool {
    guard target.first != UInt8(ascii: "/") else { return true }
    var depth = components.count - 1
    for component in target.split(separator: UInt8(ascii: "/")) {
      if component.elementsEqual(dots) {
        depth -= 1
      } else if !component.elementsEqual(dot) {
        depth += 1
      }
      if depth < 0 { return true }
    }
    return false
  }
}

private let dot = Array(".".utf8)
private let dots = Array("..".utf8)
