import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("What a ledger says of a release")
struct ReleaseStateTests {
  @Test(
    "its state follows from its lines",
    arguments: [
      ([.prepared], .interrupted), ([.prepared, .live], .standing), ([.recovered], .standing),
      ([.adopted], .standing), ([.prepared, .failed], .failed),
      ([.prepared, .live, .failed], .failed), ([.prepared, .live, .failed, .live], .standing),
      ([.prepared, .live, .retired], .interrupted), ([.prepared, .swept], .interrupted),
      ([.prepared, .live, .retired, .live], .standing), ([.adopted, .unadopted], .interrupted),
    ] as [([LedgerRecord.Event], Release.State)])
  func state(events: [LedgerRecord.Event], expected: Release.State) throws {
    var history = History(events.map { ($0, 1) })
    // Whatever became of it, its directory is there, and another one is live.
    history.state.directories = [HostState.Directory(name: History.release(1).text)]
    history.push(2)
    #expect(history.state.releases.first { $0.id == History.release(1) }?.state == expected)
    #expect(history.state.live?.id == History.release(2))
  }

  @Test("current decides what is live, not the ledger")
  func current() {
    var history = History.pushed(1...3)
    history.state.current = .link(target: "/var/www/shop/releases/20261120-120001", isWhole: true)
    #expect(history.state.live?.id == History.release(1))
    history.state.current = .link(target: "releases/20261120-120001", isWhole: false)
    #expect(history.state.live == nil)
    #expect(history.state.liveText.hasPrefix("nothing"))
  }

  @Test("order is that of the ledger, whatever the names say")
  func order() {
    let history = History([(.live, 9), (.live, 3), (.live, 7)])
    #expect(history.state.releases.map(\.id) == [9, 3, 7].map(History.release))
  }

  @Test("a name without a line or a manifest is foreign")
  func foreign() {
    var history = History.pushed(1...1)
    history.state.directories.append(HostState.Directory(name: "20200101000000"))
    #expect(history.state.foreignNames == ["20200101000000"])
    history.state.directories.append(
      HostState.Directory(name: "20200101-000000", tree: String(repeating: "0", count: 64)))
    #expect(history.state.foreignNames == ["20200101000000"])
    #expect(history.state.releases.first?.state == .interrupted)
  }
}

@Suite("Members of a ledger line")
struct LedgerMembersTests {
  @Test(
    "any text is one JSON string that reads back",
    arguments: [
      "plain", "", "it's \"quoted\" \\ back", "two\nlines\r\ttab", "\u{0}\u{1}\u{1f}\u{7f}\u{9b}",
      "\u{2028}\u{2029}", "ümlaut 日本 🎉", "},{\"seq\":1", "\u{202e}gpj", "e\u{301}",
    ])
  func readsBack(text: String) throws {
    let members = LedgerMembers.text(["verb": "push", "actor": text, "client": "x", "why": nil])
    let line =
      #"{"seq":1,"event":"live","release":"1","at":"x",\#(members),"prev":"0"}"#
    #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 })
    let record = try #require(SurveyReader.record(Array(line.utf8)))
    #expect(Array(record.actor.utf8) == Array(text.utf8))
    #expect(record.why == nil)
  }

  @Test("a text without end is cut, between characters")
  func cut() throws {
    let members = LedgerMembers.text(["actor": String(repeating: "é", count: 5000)])
    #expect(members == "\"actor\":\"\(String(repeating: "é", count: 1000))\"")
  }
}
