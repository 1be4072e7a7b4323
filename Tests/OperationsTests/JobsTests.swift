import Operations
import Remote
import TestSupport
import Testing

@Suite("A look at scheduled jobs", .serialized)
struct JobsTests {
  @Test(
    "finds every line that names the application, wherever jobs are kept",
    arguments: ServiceTests.shells)
  func found(in shell: Shell) async throws {
    let rig = try Rig(shell)
    try rig.lay([ReleaseID.first.text], current: ReleaseID.first.text)
    try rig.sh("ln -s app alias")
    let places = [
      "etc/crontab", "etc/cron.d/shop", "var/spool/cron/crontabs/www-data",
      "etc/systemd/system/shop.service", "etc/systemd/system/shop.service.d/more.conf",
      "etc/supervisor/conf.d/shop.conf", "etc/supervisord.conf",
    ]
    for place in places {
      try rig.scratch.write(
        "nothing of ours\n\tX=\(rig.root)/releases/é \\ $(id)\n\(rig.root)2/x\n",
        to: "host/\(place)")
    }
    try rig.scratch.write("X=\(rig.root)/y\n", to: "home/.config/systemd/user/shop.timer")
    try rig.sh(
      """
      mkdir host/etc/cron.d/directory; ln -s /nowhere host/etc/cron.d/dangling
      mkdir -p host/etc/systemd/system/multi-user.target.wants
      ln -s ../shop.service host/etc/systemd/system/multi-user.target.wants/shop.service
      """)
    try rig.fake("crontab", "[ \"$1\" = -l ] && echo '* * * * * \(rig.root)/x'")
    let before = try rig.sh("find . | sort | sha256sum; cat $(find host -type f) | sha256sum")
    let answer = try await rig.ask(
      .jobs(prefix: "\(rig.scratch.path)/host"),
      surroundings: rig.withFakes(home: "\(rig.scratch.path)/home"))
    #expect(answer.status == 0)
    let jobs = answer.events.compactMap { event -> [String]? in
      if case .fact("job", let words) = event { words } else { nil }
    }
    #expect(jobs.first == ["crontab", "1", "", "* * * * * \(rig.root)/x"])
    let line = "\tX=\(rig.root)/releases/é \\ $(id)"
    for place in places {
      #expect(
        jobs.contains { $0.dropFirst() == ["2", "\(rig.scratch.path)/host/\(place)", line] },
        "\(place) is not among \(jobs)")
    }
    #expect(jobs.contains { $0[0] == "systemd-user" && $0[3] == "X=\(rig.root)/y" })
    #expect(jobs.count == places.count + 2)
    #expect(try rig.sh("find . | sort | sha256sum; cat $(find host -type f) | sha256sum") == before)
  }
}
