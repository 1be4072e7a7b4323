import TestSupport
import Testing

@testable import deploy

@Suite("A scheduled job")
struct ScheduledJobTests {
  static let roots = ["/srv/data/shop", "/var/www/shop"]

  @Test(
    "is left alone where it goes through current, or to what outlives releases",
    arguments: [
      "* * * * * cd /var/www/shop/current && php artisan schedule:run >>/var/www/shop/shared/cron.log",
      "ExecStart=/usr/bin/php \"/srv/data/shop/current/artisan\" queue:work",
      "# * * * * * php /var/www/shop/releases/20261120-120000/artisan",
      "; command=/var/www/shop/releases/1/x",
      "* * * * * find /var/www/shop/releases/ -maxdepth 1",
      "* * * * * php /mnt/var/www/shop/releases/20261120-120000/artisan",
      "* * * * * php /var/www/shop2/releases/20261120-120000/artisan",
      "WorkingDirectory=/var/www/shop/",
    ])
  func fine(line: String) {
    #expect(ScheduledJob(.cron, line).fault(below: Self.roots) == nil)
  }

  @Test(
    "that names a release or a path beside current is named, with the line to write",
    arguments: [
      (
        "* * * * * cd /var/www/shop/releases/20261120-120000 && php artisan x", true,
        "* * * * * cd /var/www/shop/current && php artisan x"
      ),
      (
        "ExecStart=php '/srv/data/shop/releases/20261120-120000/a b' /var/www/shop/artisan;", true,
        "ExecStart=php '/srv/data/shop/current/a b' /var/www/shop/current/artisan;"
      ),
      (
        "command=php /var/www/shop/artisan queue:work", false,
        "command=php /var/www/shop/current/artisan queue:work"
      ),
      (
        "APP=/var/www/shop/releases/20261120-120000:/var/www/shop/current/x", true,
        "APP=/var/www/shop/current:/var/www/shop/current/x"
      ),
    ])
  func wrong(line: String, isFixed: Bool, correction: String) throws {
    let fault = try #require(ScheduledJob(.cron, line).fault(below: Self.roots))
    #expect(fault.isFixed == isFixed)
    #expect(fault.correction == correction)
  }

  @Test("is found in the crontab by `deploy check`, which then fails")
  func check() async throws {
    let scene = try Scene()
    #expect(await scene.deploy("push").status == 0)
    let release = try scene.server("basename $(readlink current)").dropLast()
    try scene.scratch.write(
      """
      #!/bin/sh
      [ "$1" = -l ] && exec cat '\(scene.scratch.path)/table'

      """, to: "tools/crontab")
    try scene.scratch.write(
      "30 2 * * * php \(scene.root)/releases/\(release)/cron.php\n", to: "table")
    try scene.scratch.run(["chmod", "755", "tools/crontab"])
    let check = try scene.deploy(pathPrefix: "\(scene.scratch.path)/tools", "check")
    #expect(check.status == 17, "\(check.results)")
    #expect(check.results.contains("line 1 of the crontab names one release"))
    #expect(
      check.results.contains(
        "fix: crontab -e, and write: 30 2 * * * php \(scene.root)/current/cron.php\n"))
  }
}
