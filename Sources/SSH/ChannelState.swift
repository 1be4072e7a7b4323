internal import Remote

/// What a connection's thread knows of one channel: what waits to go out, what has come in, and who
/// waits for either.
final class ChannelState {
  typealias Done = @Sendable (Result<Void, RemoteError>) -> Void
  typealias Taken = @Sendable (Result<ChannelOutput, RemoteError>) -> Void

  /// More unread output than this and we stop reading, so that the window closes and the server
  /// stops sending.
  static let unreadLimit = 4 << 20
  static let writeStall = Duration.seconds(60)

  let command: String?
  private var handle: RemoteChannel?
  private var isStarted = false
  private var isFinishing = false
  private var sentEnd = false
  /// Nobody asks for it any more.
  private(set) var isAbandoned = false
  private var isClosing = false
  private var failure: RemoteError?

  private var outbox = ByteQueue()
  private var accepted = 0
  private var taken = 0
  private var writers: [(mark: Int, done: Done)] = []
  private var stall = Moment(in: writeStall)

  private var inbox: [ChannelOutput] = []
  private var unread = 0
  private var ended: ChannelOutput?
  private var readers: [(limit: Moment, taken: Taken)] = []
  private var room = [UInt8](repeating: 0, count: 64 * 1024)

  /// With a command it is run; without, the channel is a bare stream.
  init(command: String?) {
    self.command = command
  }

  /// The channel is open on the server.
  func attach(_ handle: consuming RemoteChannel) {
    self.handle = consume handle
    if command == nil { isStarted = true }
  }

  /// Nobody asks for it, and the server has let go of it too.
  var isGone: Bool { handle == nil && isAbandoned }
  var unsent: Int { outbox.count }

  // MARK: Orders

  func write(_ bytes: [UInt8], done: @escaping Done) {
    if let failure { return done(.failure(failure)) }
    if isFinishing || isAbandoned { return done(.failure(.closed)) }
    if ended != nil { return done(.failure(.lost(Self.deaf))) }
    if writers.isEmpty { stall = Moment(in: Self.writeStall) }
    outbox.append(bytes)
    accepted += bytes.count
    writers.append((accepted, done))
  }

  func finishWriting(done: @escaping Done) {
    if let failure { return done(.failure(failure)) }
    isFinishing = true
    done(.success(()))
  }

  func next(before limit: Moment, taken: @escaping Taken) {
    readers.append((limit, taken))
    serveReaders()
  }

  func abandon() {
    isAbandoned = true
    isClosing = true
    outbox.removeAll()
    inbox = []
    unread = 0
    answerAll(.closed)
  }

  func fail(_ error: RemoteError) {
    if failure == nil, ended == nil { failure = error }
    answerWriters(error)
    serveReaders()
  }

  /// The session is about to go, and a channel may not outlive it.
  func release() { handle = nil }

  // MARK: Movement

  /// Moves what can be moved. True when something was.
  func advance(over wire: Wire) throws(LibraryError) -> Bool {
    guard handle != nil else { return false }
    if isClosing { return try close() }
    do throws(LibraryError) {
      if !isStarted, let command, try handle?.start(command) != nil { isStarted = true }
      let wrote = try moveOut(wire)
      let read = try moveIn()
      return wrote || read
    } catch  where error.isOfChannel {
      fail(.lost("the server refused to run the command (\(error.words))"))
      isClosing = true
      return true
    }
  }

  private func moveOut(_ wire: Wire) throws(LibraryError) -> Bool {
    var moved = false
    while !outbox.isEmpty, wire.hasRoom {
      guard let count = try offer(), count > 0 else { break }
      outbox.drop(count)
      taken += count
      moved = true
    }
    if moved {
      stall = Moment(in: Self.writeStall)
      while let first = writers.first, first.mark <= taken {
        writers.removeFirst()
        first.done(.success(()))
      }
    }
    if isFinishing, !sentEnd, outbox.isEmpty, try handle?.finishWriting() != nil {
      sentEnd = true
      moved = true
    }
    return moved
  }

  private func offer() throws(LibraryError) -> Int? {
    try outbox.peek(RemoteChannel.slice) { bytes throws(LibraryError) in
      try handle?.write(bytes)
    }
  }

  private func moveIn() throws(LibraryError) -> Bool {
    var moved = false
    for stream in [RemoteChannel.Stream.output, .errors] {
      while unread < Self.unreadLimit {
        guard let count = try handle?.read(stream, into: &room), count > 0 else { break }
        take(Array(room[..<count]), from: stream)
        moved = true
      }
    }
    if handle?.isAtEnd == true, try handle?.closedByServer() != nil {
      end(handle?.status)
      moved = true
    }
    serveReaders()
    return moved
  }

  private func take(_ bytes: [UInt8], from stream: RemoteChannel.Stream) {
    unread += bytes.count
    // Small pieces are joined, so that a flood of them costs no more than their bytes.
    switch (stream, inbox.last) {
    case (.output, .output(let last)?) where last.count + bytes.count <= room.count:
      inbox[inbox.count - 1] = .output(last + bytes)
    case (.errors, .errors(let last)?) where last.count + bytes.count <= room.count:
      inbox[inbox.count - 1] = .errors(last + bytes)
    case (.output, _): inbox.append(.output(bytes))
    case (.errors, _): inbox.append(.errors(bytes))
    }
  }

  private func end(_ status: Int32?) {
    ended = .end(status: status)
    handle = nil
    outbox.removeAll()
    answerWriters(.lost(Self.deaf))
  }

  private func close() throws(LibraryError) -> Bool {
    do throws(LibraryError) {
      guard try handle?.close() != nil else { return false }
    } catch  where !error.isOfChannel {
      throw error
    } catch {
      // Refused as already closed: that is what we wanted.
    }
    handle = nil
    return true
  }

  // MARK: Answers

  private static let deaf = "the command ended before it had read its input"

  private func serveReaders() {
    while let first = readers.first {
      if let output = nextOutput() {
        readers.removeFirst()
        first.taken(.success(output))
      } else if let error = failure ?? (isAbandoned ? .closed : nil) {
        readers.removeFirst()
        first.taken(.failure(error))
      } else {
        return
      }
    }
  }

  /// What has come in, in order; the end again and again.
  func nextOutput() -> ChannelOutput? {
    guard !inbox.isEmpty else { return ended }
    let first = inbox.removeFirst()
    switch first {
    case .output(let bytes), .errors(let bytes): unread -= bytes.count
    case .end: break
    }
    return first
  }

  private func answerWriters(_ error: RemoteError) {
    let waiting = writers
    writers = []
    for writer in waiting { writer.done(.failure(error)) }
  }

  private func answerAll(_ error: RemoteError) {
    answerWriters(error)
    let waiting = readers
    readers = []
    for reader in waiting { reader.taken(.failure(error)) }
  }

  // MARK: Waits

  var nextMoment: Moment? {
    let moments = readers.map(\.limit) + (writers.isEmpty ? [] : [stall])
    return moments.min()
  }

  /// Ends the waits that have reached their limit. A reader may ask again; a writer may not, since
  /// part of what it gave has gone.
  func expire() {
    for reader in readers where reader.limit.hasPassed {
      reader.taken(.failure(.timedOut("nothing came from the command in time")))
    }
    readers.removeAll { $0.limit.hasPassed }
    if !writers.isEmpty, stall.hasPassed {
      fail(.timedOut("the command took no input for \(Self.writeStall.components.seconds) s"))
    }
  }
}
