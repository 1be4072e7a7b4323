import TestSupport
import Testing

@testable import deploy

@Suite("deploy health")
struct HealthCommandTests {
  @Test("asks every host, changes nothing, and exits 14 when one does not work")
  func asks() async throws {
    let scene = try Scene()
    let hosts = ["web1", "web2"].map {
      #"{ "host": "\#($0)", "transport": "local", "path": "\#(scene.scratch.path)/srv/\#($0)" }"#
    }
    try scene.configure(["hosts": "[\(hosts.joined(separator: ", "))]"])
    let none = await scene.deploy("health")
    #expect(none.status == 2 && none.reports.contains("there is no `health` in deploy.json"))
    try scene.configure([
      "hosts": "[\(hosts.joined(separator: ", "))]",
      "health":
        #"{ "command": "test ! -e $DEPLOY_ROOT/ill || { echo feverish; false; }", "within": 2, "passes": 1 }"#,
    ])
    #expect(await scene.deploy("health").status == 17)
    #expect(await scene.deploy("push").status == 0)
    func inventory() throws -> String {
      try scene.scratch.run(
        ["sh", "-euc", "find srv -printf '%p %y %m %U %s %l %T@\\n' | grep -v /ops | sort"])
    }
    let before = try inventory()
    let good = await scene.deploy("health")
    #expect(good.status == 0, "\(good.reports)")
    #expect(good.results.contains("good web1: ") && good.results.contains("good web2: "))
    #expect(try inventory() == before)

    try scene.scratch.write("", to: "srv/web2/ill")
    let ill = await scene.deploy("health")
    #expect(ill.status == 14)
    #expect(ill.results.contains("good web1: ") && !ill.results.contains("good web2: "))
    #expect(
      ill.reports.contains("error[14] host web2, health: ") && ill.reports.contains("feverish"))
    #expect(
      try scene.scratch.run([
        "sh", "-c", "ls -A srv/web*/.deploy/ops; wc -l <srv/web2/.deploy/ledger.jsonl",
      ]).hasSuffix("2\n"))
    let events = await scene.deploy("health", "--json").results
    #expect(events.contains(#""event":"health","host":"web1""#))
    #expect(events.contains(#""healthy":false,"reason":""#))
    #expect(await scene.deploy("health", "--host", "web1").status == 0)
  }
}
