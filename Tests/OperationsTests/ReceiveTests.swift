import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("Receiving and verifying", .serialized)
struct ReceiveTests {
  /// Everything that a name or a tree can do to a tool that was not made for it.
  static let nasty = #"""
    mkdir -p empty deep/a/b/c/d/e/f/g/h/i/j -- '-rf' ' lead' 'trail ' '*' 'dir
    line'
    printf one >'new
    line'; printf two >'-n'; : >'--help'; : >"it's \"q\""; : >'$(id)'; : >'`id`'; : >'[a]?'
    : >'back\slash'; : >'\0101'; : >'a  b'; : >'trail2 '; : >'tab	x'; : >'#x'; : >'~'; : >'%s%n'
    printf x >"$(printf 'inv\377\376alid')"; : >"$(printf 'nfc\303\251')"; : >"$(printf 'nfde\314\201')"
    : >"$(printf '\033[31mred')"; : >"$(printf 'cr\r')"; : >Case; : >case; : >é
    : >"$(head -c 255 /dev/zero | tr '\0' n)"; printf deep >deep/a/b/c/d/e/f/g/h/i/j/file
    printf in >'dir
    line/file'; : >'-rf/file'
    ln -s one link; ln -s '../a  b' deep/'link
    odd'; ln -s "$(printf 'no\377where')" bad; ln -s ' ' 'to space'; ln -s 'x
    ' 'to line'
    : >exec; chmod 755 exec; : >ro; chmod 444 ro; chmod 700 deep; : >none; chmod 000 none
    head -c 300000 /dev/urandom >big; chmod 555 empty
    """#

  @Test(
    "a tree arrives as it was, whatever its names and modes",
    arguments: Shell.all, DigestAlgorithm.allCases)
  func arrives(in shell: Shell, algorithm: DigestAlgorithm) async throws {
    guard algorithm == .sha256 || shell != .bareBusybox else { return }
    let rig = try Rig(shell)
    let parcel = try Parcel(rig, Self.nasty, algorithm: algorithm)
    let umask = Surroundings("umask 077", preamble: "umask 077")
    let ending = try await rig.carryOut(
      rig.staging(.first, algorithm), payload: parcel.payload, surroundings: umask)
    #expect(ending.isFinished, "\(ending)")
    let list = #"find . -printf '%y %m %p %l\0' | sort -z | sha256sum"#
    #expect(
      try rig.sh("cd app/releases/\(ReleaseID.first); \(list)") == rig.sh("cd src; \(list)"))
    try rig.sh("diff -r --no-dereference src app/releases/\(ReleaseID.first)")
    let record = "app/.deploy/manifests/\(ReleaseID.first)"
    #expect(try rig.sh("cat \(record)/algorithm") == algorithm.rawValue + "\n")
    #expect(try rig.sh("ls -A app/.deploy/staging").isEmpty)
    #expect(rig.story == ["prepared \(ReleaseID.first)"])
  }

  struct Spoilt: Sendable, CustomStringConvertible {
    let description: String
    let script: String
    let first: String
  }

  static let spoilt = [
    Spoilt(description: "a changed byte", script: "printf X >tree/b", first: "b"),
    Spoilt(description: "a file that is missing", script: "rm tree/b", first: "b"),
    Spoilt(description: "a file too many", script: "echo >tree/aa", first: "aa"),
    Spoilt(description: "an odd name too many", script: "echo >'tree/a b'", first: "a b"),
    Spoilt(description: "a wrong mode", script: "chmod 600 tree/b", first: "b"),
    Spoilt(description: "a mode with setuid", script: "chmod 4644 tree/b", first: "b"),
    Spoilt(description: "a directory's wrong mode", script: "chmod 777 tree/d", first: "d"),
    Spoilt(description: "a link that leads elsewhere", script: "ln -sfn c tree/l", first: "l"),
    Spoilt(
      description: "a link that became a file", script: "rm tree/l; echo >tree/l", first: "l"),
    Spoilt(
      description: "a file that became a link", script: "rm tree/b; ln -s c tree/b", first: "b"),
    Spoilt(description: "a pipe", script: "mkfifo tree/p", first: "p"),
    Spoilt(description: "an empty directory too many", script: "mkdir tree/e2", first: "e2"),
    Spoilt(description: "an empty directory that is missing", script: "rmdir tree/d", first: "d"),
    Spoilt(
      description: "two files in each other's place",
      script: "mv tree/b x; mv tree/c tree/b; mv x tree/c", first: "b"),
    Spoilt(
      description: "a name of two lines", script: "echo >\"$(printf 'tree/a\\nb')\"", first: "a\nb"),
  ]

  @Test("what differs from the manifest is refused and named", arguments: Shell.all, spoilt)
  func refuses(in shell: Shell, spoilt: Spoilt) async throws {
    let rig = try Rig(shell)
    let parcel = try Parcel(
      rig, "printf B >b; printf C >c; mkdir d; ln -s b l", spoiling: spoilt.script)
    let ending = try await rig.carryOut(rig.staging(.first), payload: parcel.payload)
    #expect(ending.refusal?.exitCode == 12)
    #expect(ending.refusal?.kind == "digest")
    #expect(ending.refusal?.fields.last == spoilt.first)
    #expect(ending.refusal?.fields.dropFirst().first == "4")
    #expect(!rig.exists("releases/\(ReleaseID.first)"))
    #expect(
      try rig.sh("ls -A app/.deploy/staging app/.deploy/trash app/releases").contains("tree")
        == false)
    #expect(rig.ledger.isEmpty)
  }

  @Test("a payload that ends early is refused", arguments: Shell.all, [0, 100, 1024, 20_000])
  func cut(in shell: Shell, count: Int) async throws {
    let rig = try Rig(shell)
    let parcel = try Parcel(rig, "printf B >b; head -c 100000 /dev/zero >zero")
    let ending = try await rig.carryOut(
      rig.staging(.first), payload: Array(parcel.payload.prefix(count)))
    #expect(!ending.isFinished)
    #expect(!rig.exists("releases/\(ReleaseID.first)"))
  }

  @Test("a release of the same name is never touched", arguments: Shell.all)
  func exists(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text])
    let parcel = try Parcel(rig)
    let ending = try await rig.carryOut(rig.staging(.first), payload: parcel.payload)
    #expect(ending.refusal?.exitCode == 20)
    #expect(ending.refusal?.kind == "exists")
    #expect(try rig.sh("cat app/releases/\(ReleaseID.first)/name") == ReleaseID.first.text)
  }

  @Test("a push works in hostile surroundings", arguments: Shell.all)
  func surroundings(in shell: Shell) async throws {
    for number in Surroundings.hostile(poison: "").indices {
      let rig = try Rig(shell)
      try rig.scratch.write("touch \(rig.scratch.path)/poisoned\n", to: "poison")
      let surroundings = Surroundings.hostile(poison: "\(rig.scratch.path)/poison")[number]
      let ending = try await rig.push(.first, Self.nasty, surroundings: surroundings)
      #expect(ending.isFinished, "\(surroundings): \(ending)")
      #expect(rig.current == "releases/\(ReleaseID.first)", "\(surroundings)")
      #expect(rig.ledger.map(\.seq) == [1, 2], "\(surroundings)")
      let modes = try rig.sh("stat -c %a app app/releases app/.deploy app/releases/*")
      #expect(modes.split(separator: "\n").allSatisfy { $0 == "755" }, "\(surroundings): \(modes)")
      #expect(try rig.sh("ls").contains("poisoned") == false)
    }
  }
}
