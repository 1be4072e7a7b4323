import Glibc
public import Planning

/// One file, directory or link of a tree on this machine, as it was when the tree was walked.
public struct TreeEntry: Sendable, Equatable {
  public var path: TreePath
  public var kind: Kind
  /// Permission bits only: a release never carries setuid, setgid or sticky bits.
  public var mode: UInt32
  public var size: UInt64
  public var modified: Moment
  public var inode: UInt64
  /// Of the file system that the file is on.
  var device: UInt64
  /// When its content or anything else of it was last written: unlike `modified`, nobody can set it.
  var changed: Moment

  public enum Kind: Sendable, Equatable {
    case file
    case directory
    case link(target: [UInt8])
  }

  /// A point in time as the file system keeps it.
  public struct Moment: Sendable, Equatable {
    public var seconds: Int
    public var nanoseconds: Int
  }

  /// Whether the file is still the one that was walked. Content may differ all the same, which
  /// only its digest shows.
  func isUnchanged(_ status: stat) -> Bool {
    status.st_mode & S_IFMT == S_IFREG && UInt64(status.st_ino) == inode
      && UInt64(status.st_size) == size && Moment(status.st_mtim) == modified
  }
}

extension TreeEntry.Moment {
  init(_ time: timespec) {
    self.init(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
  }
}
