public import Operations

/// A conversation with the agent on one host: the runtime goes first, then operations go out
/// and events come back, all over one channel.
///
/// One channel suffices, also for the payload: it is cut into blocks, and a block counts as
/// a sign of life like a heartbeat does. A second channel would cost two round trips more and leave
/// files being written by a process that does not hold the lock.
public actor AgentSession {
  public let host: String
  private let channel: any Channel
  private let nonce: String
  private var number = 0
  private var buffer = LineBuffer()
  private var events: [AgentEvent] = []
  private var next = 0
  private var isOver = false
  /// The agent takes 15 seconds of silence for the client's death.
  private let heartbeat: Heartbeat
  /// Whether a sign of life asks for one in return. Not while questions are asked: their answers hold raw
  /// bytes, in the middle of which a sign would be taken for one of them.
  private let isAtWork = Flag()
  /// A question that went with the command, and is not sent when it is asked.
  private var asked: Operation?
  private var isWanted = false
  private var hasSpoken = false
  /// The last lines that were not events: what a host says that has no agent.
  public private(set) var noise: [String] = []

  private init(channel: any Channel, host: String, nonce: String) {
    self.channel = channel
    self.host = host
    let isAtWork = isAtWork
    heartbeat = Heartbeat(every: 5) {
      channel.post(Array((isAtWork.isSet ? "?\n" : ".\n").utf8))
    }
    self.nonce = nonce
  }

  deinit { heartbeat.end() }

  /// Starts the agent in `root`, with a first question, which must be asked first. Returns without waiting for
  /// an answer. A distant host is trusted to have kept the agent's text, and sent it when it has not; until it has
  /// answered the question it must not be told anything else.
  public static func begin(
    on connection: any Connection, root: String, runtime: [UInt8] = AgentRuntime.text,
    nonce: String, asking question: Operation? = nil
  ) async throws(RemoteError) -> AgentSession {
    let hello = "hello \(nonce) =\(Escape.encode(root.utf8))"
    guard let question, connection.isDistant, runtime == AgentRuntime.text,
      let command = KeptRuntime.command(saying: [hello, question.line(number: 1)])
    else {
      let channel = try await connection.open(AgentRuntime.command(for: runtime))
      let session = AgentSession(channel: channel, host: connection.host, nonce: nonce)
      try await session.post(runtime)
      try await session.send(hello + "\n")
      session.heartbeat.begin()
      return session
    }
    let session = AgentSession(
      channel: try await connection.open(command), host: connection.host, nonce: nonce)
    await session.hasSaid(question)
    session.heartbeat.begin()
    return session
  }

  private func hasSaid(_ question: Operation) {
    asked = question
    number = 1
  }

  /// Asks one question and returns what came until its end.
  public func ask(_ operation: Operation, within limit: Duration = .seconds(60))
    async throws(RemoteError) -> Answer
  {
    if asked == operation {
      asked = nil
    } else {
      number += 1
      try send(operation.line(number: number) + "\n")
    }
    var answer = Answer()
    while true {
      let event = try await event(within: limit)
      switch event {
      case .ended(number, let status):
        answer.status = status
        return answer
      case .gone: throw .lost("the agent on \(host) ended in the middle of a question")
      default: answer.events.append(event)
      }
    }
  }

  public struct Answer: Sendable {
    public var events: [AgentEvent] = []
    public var status: Int32 = 0

    public var refusal: AgentEvent.Refusal? {
      events.lazy.compactMap { if case .refused(let refusal) = $0 { refusal } else { nil } }.first
    }

    public var complaint: String? {
      events.lazy.compactMap { if case .complaint(let text) = $0 { text } else { nil } }.first
    }
  }

  /// Asks a question whose answer may take for ever, and hands its events on as they come.
  public func follow(_ operation: Operation, each: @Sendable (AgentEvent) -> Void)
    async throws(RemoteError) -> Int32
  {
    number += 1
    try send(operation.line(number: number) + "\n")
    while true {
      let event = try await event(within: .seconds(86_400))
      switch event {
      case .ended(number, let status): return status
      case .gone: throw .lost("the agent on \(host) ended")
      default: each(event)
      }
    }
  }

  /// Asks a question whose answer is large, and hands its events on as they come. What `each` throws
  /// ends the session.
  public func receive(
    _ operation: Operation, each: @Sendable (AgentEvent) async throws -> Void
  ) async throws -> Int32 {
    number += 1
    try send(operation.line(number: number) + "\n")
    while true {
      // The host may read for a long time before it says anything.
      let event = try await event(within: .seconds(3600))
      switch event {
      case .ended(number, let status): return status
      case .gone: throw RemoteError.lost("the agent on \(host) ended")
      default:
        do {
          try await each(event)
        } catch {
          await hangUp()
          throw error
        }
      }
    }
  }

  /// Sends a whole program; the agent begins when it has all of it. Returns the numbers
  /// that its operations have in events.
  public func start(_ operations: [Operation]) async throws(RemoteError) -> ClosedRange<Int> {
    let first = number + 1
    var text = "begin\n"
    for operation in operations {
      number += 1
      text += operation.line(number: number) + "\n"
    }
    try send(text + "end\n")
    isAtWork.set(to: true)
    return first...max(number, first)
  }

  /// A piece of the payload; an empty one ends it.
  public func sendPayload(_ bytes: [UInt8]) async throws(RemoteError) {
    try await channel.write(Self.framed(Array("\(bytes.count)\n".utf8) + bytes))
  }

  /// Tells an agent that waits at the barrier to go on.
  public func letGo() async throws(RemoteError) { try send("go\n") }

  /// Tells an agent that waits at the barrier that another host is not ready: it ends with a word.
  public func holdBack() async throws(RemoteError) { try send("back\n") }

  /// Takes the client's end of the line away. An agent that has not flipped ends; one that has goes on,
  /// and its events still arrive.
  public func hangUp() async {
    heartbeat.end()
    try? await channel.finishWriting()
  }

  /// The next event. Throws `timedOut` when none came in time, `lost` when the connection broke;
  /// after the channel's end it is `gone`.
  ///
  /// `silence` is how long an agent at work may be without a sign of life, which is less than an event may take.
  public func event(within limit: Duration, hearing silence: Duration? = nil)
    async throws(RemoteError) -> AgentEvent
  {
    let end = ContinuousClock.now + limit
    while next == events.count {
      guard !isOver else { return .gone(status: -1) }
      events.removeAll(keepingCapacity: true)
      next = 0
      let left = max(.zero, ContinuousClock.now.duration(to: end))
      switch try await channel.next(within: min(left, silence ?? left)) {
      case .output(let bytes):
        buffer.add(bytes)
        while let piece = buffer.next() { take(piece) }
        if isWanted {
          isWanted = false
          try post(KeptRuntime.answer)
        }
      case .errors(let bytes): note(bytes)
      case .end: isOver = true
      }
    }
    next += 1
    return events[next - 1]
  }

  /// What the agent answers with: a byte that no event holds, so that it may come in the middle of a line.
  private static let signOfLife: UInt8 = 0x05

  public func end() async {
    await hangUp()
    await channel.close()
  }

  private func take(_ piece: LineBuffer.Piece) {
    switch piece {
    case .block(let bytes): events.append(.block(bytes))
    case .line(let line):
      let line = line.contains(Self.signOfLife) ? line.filter { $0 != Self.signOfLife } : line
      if let count = AgentEvent.blockLength(line, nonce: nonce) {
        buffer.awaitBlock(of: count)
      } else if let event = AgentEvent(line: line, nonce: nonce) {
        hasSpoken = true
        if event.endsProgram { isAtWork.set(to: false) }
        events.append(event)
      } else if !hasSpoken, line == KeptRuntime.wanted {
        isWanted = true
      } else {
        note(line)
      }
    }
  }

  private func note(_ bytes: [UInt8]) {
    let text = String(decoding: bytes.prefix(400), as: UTF8.self)
    noise += text.split(separator: "\n").map(String.init)
    noise = noise.suffix(20)
  }

  /// What we say is left to be written in its turn, and never waited for: a host that talks before it
  /// listens would wait for us to hear it while we wait for it to listen.
  private func send(_ text: String) throws(RemoteError) { try post(Self.framed(Array(text.utf8))) }

  private func post(_ bytes: [UInt8]) throws(RemoteError) {
    guard channel.post(bytes) else { throw .lost("\(host) takes no more input") }
  }

  private static func framed(_ bytes: [UInt8]) -> [UInt8] {
    Array("send \(bytes.count)\n".utf8) + bytes
  }
}
