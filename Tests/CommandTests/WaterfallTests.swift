import Execution
import Operations
import Planning
import Remote
import Shipping
import TestSupport
import Testing

@testable import deploy

@Suite("Figures of a push")
struct WaterfallTests {
  private let began = ContinuousClock.now

  private func step(_ host: String?, _ name: String, _ from: Double, _ to: Double) -> Waterfall.Step
  {
    Waterfall.Step(
      host: host,
      phase: Phase(
        name, from: began.advanced(by: .seconds(from)), to: began.advanced(by: .seconds(to))))
  }

  private var waterfall: Waterfall {
    Waterfall(
      steps: [
        step("web1", "survey", 0.5, 1), step("web1", "connect", 0, 0.5),
        step(nil, "hash", 0.1, 0.3),
        step("web2", "connect", 0, 0.001), step("web2", "receive", 1, 2),
      ], began: began)
  }

  @Test("bars stand where they were in time, this machine first, each host by itself")
  func bars() {
    #expect(
      waterfall.lines(width: 48).map(\.plain) == [
        "this machine", "  hash        200 ms   ██",
        "web1", "  connect     500 ms  █████", "  survey      500 ms       █████",
        "web2", "  connect       1 ms  █", "  receive    1000 ms            ██████████",
      ])
  }

  @Test("no line is wider than the terminal", arguments: [40, 60, 80, 1000])
  func width(columns: Int) {
    #expect(waterfall.lines(width: columns).allSatisfy { $0.plain.count < columns })
  }

  @Test("as JSON they say when each began")
  func events() {
    #expect(
      waterfall.events.map(\.text).first
        == #"{"event":"timing","host":null,"operation":"hash","start":0.1,"seconds":0.2}"#)
  }

  @Test("a push and a rollback show the way, the source and the operations")
  func commands() async throws {
    let scene = try Scene()
    let push = await scene.deploy("push", "--timings")
    for part in ["this machine", "source", "hash", "web1", "survey", "receive", "flip", "close"] {
      #expect(push.results.contains(part), "\(part)")
    }
    try scene.scratch.write("v2\n", to: "project/index.php")
    #expect(await scene.deploy("push").status == 0)
    let rollback = await scene.deploy("rollback", "--timings", "--json")
    #expect(
      rollback.results.contains(#""event":"timing","host":"web1","operation":"flip","start":"#))
  }

  @Test("the live line says files, bytes, speed and what is left, as much as fits")
  func progress() {
    var progress = UploadProgress()
    var shipped = Shipped()
    (shipped.allFiles, shipped.allBytes) = (8951, 80_400_000)
    progress.note(shipped, of: "web1", at: began)
    #expect(progress.words(width: 200) == "web1: 0 of 8951 files, 0 B of 80.4 MB")
    (shipped.files, shipped.bytes) = (1234, 20_000_000)
    progress.note(shipped, of: "web1", at: began.advanced(by: .seconds(2)))
    #expect(
      progress.words(width: 80)
        == "web1: 1234 of 8951 files, 20.0 MB of 80.4 MB, 10.0 MB/s, 7 s left")
    #expect(progress.words(width: 60) == "web1: 20.0 MB of 80.4 MB, 10.0 MB/s, 7 s left")
    #expect(progress.words(width: 40) == "web1: 24 %, 7 s left")
    progress.note(Shipped(), of: "web2", at: began)
    shipped.bytes = 40_000_000
    progress.note(shipped, of: "web2", at: began.advanced(by: .seconds(2)))
    #expect(progress.words(width: 80) == "web1 24 %, web2 49 %, 7 s left")
    #expect(progress.words(width: 28) == "24 %, 7 s left")
  }

  @Test("progress tells every file and byte of what is sent")
  func counted() throws {
    let scene = try Scene()
    for number in 0..<300 {
      try scene.scratch.write(String(repeating: "x", count: 10_000), to: "project/f\(number)")
    }
    let tree = Tree(
      root: scene.project, entries: try TreeWalk(root: scene.project).entries(),
      origin: Origin(source: "directory"))
    var payload = try Payload(
      tree: tree, manifest: try tree.manifest(using: .sha256), compression: .none)
    #expect(payload.shipped.allFiles == 302 && payload.shipped.files == 0)
    var last = 0
    while try payload.next() != nil {
      #expect(payload.shipped.bytes >= last)
      last = payload.shipped.bytes
    }
    #expect(payload.shipped.files == 302 && payload.shipped.bytes == payload.shipped.allBytes)
    #expect(payload.shipped.bytes > 3_000_000)
  }
}
