import Glibc
import Operations
import Planning
import Remote
import TestSupport
import Testing

@Suite("A service", .serialized)
struct ServiceTests {
  static let shells = [Shell.dash, .bash, .busybox]

  /// The second release is about to go live.
  func rig(_ shell: Shell) throws -> Rig {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text, ReleaseID.second.text], current: ReleaseID.first.text)
    try rig.journal("live", ReleaseID.first.text)
    return rig
  }

  /// A program that notes its name, its arguments and its directory, and ends as `code` says.
  func fake(_ name: String, in rig: Rig, ending code: String = "0") throws {
    try rig.fake(
      name,
      #"{ printf '%s' "${0##*/}"; printf '|%s' "$@"; pwd; } >>"${0%/*}/said"; exit "#
        + "\(code)")
  }

  func flip(
    _ calls: [ServiceCall], in rig: Rig, then more: [Operations.Operation] = [], user: Int? = nil
  )
    async throws -> ProgramEnding
  {
    try await rig.carryOut(
      [.flip(to: .second, expected: rig.current)] + calls.map { .service($0) } + more
        + [.record(.second, from: ReleaseID.first.text, more: "")],
      surroundings: rig.withFakes, user: user)
  }

  @Test("gets its words one by one, in the release that is live", arguments: shells)
  func words(in shell: Shell) async throws {
    let rig = try rig(shell)
    try fake("systemctl", in: rig)
    let call = ServiceCall(
      "reload", by: .words(["systemctl", "restart", "a b'$(id)*.service"]), needsRoot: true)
    #expect(try await flip([call], in: rig).isFinished)
    #expect(
      try rig.sh("cat bin/said")
        == "systemctl|restart|a b'$(id)*.service\(rig.root)/releases/\(ReleaseID.second)\n")
  }

  @Test("that needs root is told through sudo, which never asks", arguments: shells)
  func root(in shell: Shell) async throws {
    let rig = try rig(shell)
    try fake("systemctl", in: rig)
    try rig.fake(
      "sudo", #"[ "$1 $2" = '-n --' ] || exit 7; shift 2; echo sudo >>"${0%/*}/said"; exec "$@""#)
    try rig.sh("chown -R 65534:65534 app bin; chmod 755 .")
    let call = ServiceCall("reload", by: .words(["systemctl", "reload", "x"]), needsRoot: true)
    let plain = ServiceCall("reload", by: .words(["systemctl", "--user", "reload", "y"]))
    #expect(try await flip([call, plain], in: rig, user: 65534).isFinished)
    let said = try rig.sh("sed 's|/tmp.*||' bin/said")
    #expect(said == "sudo\nsystemctl|reload|x\nsystemctl|--user|reload|y\n")
  }

  @Test("that fails takes the host back, and is told of the old release then", arguments: shells)
  func goesBack(in shell: Shell) async throws {
    let rig = try rig(shell)
    try fake("systemctl", in: rig, ending: #"$([ "$2" = good ]; echo $?)"#)
    let calls = ["good", "bad"].map { ServiceCall($0, by: .words(["systemctl", "reload", $0])) }
    let ending = try await flip(calls, in: rig)
    #expect(ending.refusal?.kind == "service")
    #expect(ending.refusal?.fields == ["bad", "1"])
    #expect(ending.events.contains(.returned(ReleaseID.first.text)))
    #expect(ending.notes == ["service-failed bad 1"])
    let places = try rig.sh("sed 's|.*reload.||; s|/.*/| |' bin/said")
    let (old, new) = (ReleaseID.first, ReleaseID.second)
    #expect(places == "good \(new)\nbad \(new)\ngood \(old)\nbad \(old)\n")
  }

  @Test("all are told again when something after them fails", arguments: shells)
  func toldAgain(in shell: Shell) async throws {
    let rig = try rig(shell)
    try fake("systemctl", in: rig)
    let call = ServiceCall("reload", by: .words(["systemctl", "reload", "x"]))
    let hook = Operation.hook("exit 9", limit: 20, in: .second)
    #expect(try await flip([call], in: rig, then: [hook]).refusal?.kind == "hook")
    #expect(try rig.sh("sed 's|.*/||' bin/said") == "\(ReleaseID.second)\n\(ReleaseID.first)\n")
  }

  @Test("that is not required is told of, also when it hangs", arguments: shells)
  func optional(in shell: Shell) async throws {
    let rig = try rig(shell)
    let hangs = ServiceCall("slow", by: .words(["sleep", "50"]), isRequired: false, limit: 1)
    let missing = ServiceCall("gone", by: .words(["no-such-program"]), isRequired: false)
    let ending = try await flip([hangs, missing], in: rig)
    #expect(ending.isFinished)
    #expect(ending.notes == ["service-failed slow late", "service-failed gone 127"])
  }

  @Test("gets a signal by the number in its file, and only by a number", arguments: shells)
  func signal(in shell: Shell) async throws {
    let rig = try rig(shell)
    try rig.sh(
      "sh -c 'trap \"echo got >$PWD/got; exit\" USR2; while :; do sleep 0.1; done' >/dev/null 2>&1 & printf %s $! >pid; sleep 0.2"
    )
    let file = "\(rig.scratch.path)/pid"
    let call = ServiceCall("puma", by: .signal("USR2", file: file), isRequired: false)
    #expect(try await flip([call], in: rig).notes == [])
    try await waitUntil { try rig.sh("cat got 2>/dev/null || :") == "got\n" }
    try rig.sh("echo '-1; id' >pid")
    let again = try await rig.carryOut([.service(call)], surroundings: rig.withFakes)
    #expect(again.notes == ["service-failed puma 1"])
    #expect(again.output == ["there is no process number in \(file)"])
  }

  @Test(
    "php-fpm shows the new code at once after its opcache was reset", arguments: ["perl", "php"])
  func opcache(client: String) async throws {
    let pool = try Pool(rig: rig(.dash))
    defer { pool.end() }
    let rig = pool.rig
    #expect(try pool.answer() == "one")
    #expect(try await flip([], in: rig).isFinished)
    #expect(try pool.answer() == "one")
    if client == "perl" {
      let call = ServiceCall("fpm", by: .resetOpcache("unix:\(rig.scratch.path)/fpm.sock"))
      let ending = try await rig.carryOut([.service(call)])
      #expect(ending.isFinished)
      #expect(ending.output == ["reset"])
    } else {
      let script =
        rig.shell.functions
        + #"verdict=$1/reset; lay_reset; php -n -r "$reset_by_php" -- "unix:$1/fpm.sock" "$verdict.php" t"#
      try rig.scratch.run(rig.shell.words(script, [rig.scratch.path]))
    }
    #expect(try pool.answer() == "two")
    #expect(try rig.sh("ls -A app/.deploy/ops").isEmpty)
  }

  @Test("nobody at the pool's address, or somebody who does not know the token, is a failure")
  func noPool() async throws {
    let rig = try rig(.dash)
    let call = ServiceCall("fpm", by: .resetOpcache("unix:/nonexistent/fpm.sock"))
    let ending = try await flip([call], in: rig)
    #expect(ending.refusal?.kind == "service")
    #expect(
      ending.output.first
        == "php-fpm does not answer at unix:/nonexistent/fpm.sock: No such file or directory")
    #expect(rig.current == "releases/\(ReleaseID.first)")
  }
}

/// A pool of php-fpm whose opcache never looks at a file again.
private struct Pool {
  let rig: Rig

  init(rig: Rig) throws {
    self.rig = rig
    let place = rig.scratch.path
    for (release, word) in [(ReleaseID.first, "one"), (.second, "two")] {
      try rig.scratch.write("<?php echo '\(word)';", to: "app/releases/\(release)/index.php")
    }
    try rig.scratch.write(
      """
      [global]
      pid = \(place)/fpm.pid
      error_log = \(place)/fpm.log
      [www]
      user = www-data
      group = www-data
      listen = \(place)/fpm.sock
      pm = static
      pm.max_children = 1
      php_admin_value[opcache.validate_timestamps] = 0
      """, to: "fpm.conf")
    try rig.sh(
      "chmod 755 .; for fpm in /usr/sbin/php-fpm*; do :; done; "
        + "\"$fpm\" -d opcache.enable=1 -d opcache.validate_timestamps=0 -y fpm.conf -D >/dev/null 2>&1"
    )
  }

  /// What a web server would get that knows `current` only.
  func answer() throws -> String {
    let asking = """
      use IO::Socket::UNIX; my ($at, $file) = @ARGV;
      my $s = IO::Socket::UNIX->new(Peer => $at) or die;
      sub r { pack("CCnnCC", 1, $_[0], 1, length $_[1], 0, 0) . $_[1] }
      my %p = (SCRIPT_FILENAME => $file, REQUEST_METHOD => "GET");
      my $p = join "", map { pack("CC", length, length $p{$_}) . $_ . $p{$_} } keys %p;
      print $s r(1, pack("nCx5", 1, 0)), r(4, $p), r(4, ""), r(5, ""); $s->flush;
      local $/; my $all = <$s>; print $1 if $all =~ /\\r\\n\\r\\n(one|two)/;
      """
    return try rig.scratch.run(
      ["perl", "-e", asking, "\(rig.scratch.path)/fpm.sock", "\(rig.root)/current/index.php"])
  }

  func end() { _ = try? rig.sh("kill $(cat fpm.pid)") }
}
