import Glibc
import Operations
import Processes

extension Export {
  /// Runs a program that prints a tar archive, and lays the archive out as this export's tree.
  func unpack(
    outputOf words: [String], from input: Child.Stream = .null, name: String, purpose: String
  ) throws(ShippingError) {
    // A file, because a pipe that nobody reads would stop a talkative program.
    let complaints = "\(path)/errors"
    let number = open(complaints, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw .system(action: "make", path: complaints, code: errno) }
    let errors = Descriptor(owning: number)
    let child: Child
    do {
      child = try Child.start(
        Command(words), input: input, output: .pipe, errors: .descriptor(errors.number))
    } catch {
      throw .missingProgram(name, purpose: purpose)
    }
    let refusal = extract(Descriptor(owning: child.output))
    // Our end of the pipe is closed by now: a program that still writes ends by SIGPIPE.
    let status = child.wait()
    guard status != 127 else { throw .missingProgram(name, purpose: purpose) }
    guard status == 0 || status == 128 + SIGPIPE else {
      throw .programFailed(name, status: status, words: firstLine(of: errors))
    }
    if let refusal { throw refusal }
  }

  /// Artifacts come as they are or compressed; their first bytes say which, names often lie.
  func unpack(artifact path: String) throws(ShippingError) {
    let file = try Descriptor(path, O_RDONLY)
    switch try ArchiveForm(of: file, at: path) {
    case .plain: try TarExtraction().extract(from: file.number, into: tree)
    case .compressed(let compression):
      try unpack(
        outputOf: compression.decompressor ?? [], from: .descriptor(file.number),
        name: compression.rawValue, purpose: "unpack '\(path)'")
    }
  }

  private func extract(_ output: consuming Descriptor) -> ShippingError? {
    do {
      try TarExtraction().extract(from: output.number, into: tree)
      return nil
    } catch {
      return error
    }
  }

  private func firstLine(of errors: borrowing Descriptor) -> String {
    lseek(errors.number, 0, SEEK_SET)
    var start = [UInt8](repeating: 0, count: 1000)
    let count = max(0, start.withUnsafeMutableBytes { errors.read(into: $0) })
    return shown(Array(start[..<count].prefix { $0 != UInt8(ascii: "\n") }))
  }
}

enum ArchiveForm {
  case plain
  case compressed(Compression)

  var compression: Compression {
    switch self {
    case .plain: .none
    case .compressed(let compression): compression
    }
  }

  init(of file: borrowing Descriptor, at path: String) throws(ShippingError) {
    var start = [UInt8](repeating: 0, count: TarHeader.blockSize)
    let count = start.withUnsafeMutableBytes { pread(file.number, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw .system(action: "read", path: path, code: errno) }
    if start.starts(with: [0x1f, 0x8b]) {
      self = .compressed(.gzip)
    } else if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
      self = .compressed(.zstd)
    } else if count == start.count, TarHeader(block: start) != nil {
      self = .plain
    } else {
      throw .unknownArchive(path: path, form: Self.foreignForm(start))
    }
  }

  private static func foreignForm(_ start: [UInt8]) -> String {
    let forms: [([UInt8], String)] = [
      (Array("PK".utf8), "a zip archive"), (Array("BZh".utf8), "compressed by bzip2"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed by xz"),
    ]
    return forms.first { start.starts(with: $0.0) }?.1 ?? "no archive we know"
  }
}
