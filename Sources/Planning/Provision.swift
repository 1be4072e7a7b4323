import Operations

/// Something that `shared/` starts with on a new host. Parents come before what is in them.
public enum Provision: Sendable, Equatable {
  case directory(String, mode: Int? = nil)
  case file(String, mode: Int, content: [UInt8])

  var path: String {
    switch self {
    case .directory(let path, _), .file(let path, _, _): path
    }
  }

  /// Overwrites nothing.
  var operation: Operation {
    switch self {
    case .directory(let path, let mode): .provide(directory: path, mode: mode)
    case .file(let path, let mode, let content):
      .provide(file: path, mode: mode, content: content)
    }
  }
}
