import Operations
import Testing

@testable import Planning

@Suite("A setup's plan")
struct SetupPlannerTests {
  @Test("makes what is declared and what the recipe brings, and names what is missing")
  func plan() throws {
    var host = AdoptPlannerTests.host
    host.user = "deployer"
    host.port = 2222
    let planner = SetupPlanner(
      settings: AdoptPlannerTests.settings, host: host, state: AdoptPlannerTests.state,
      requester: Requester(actor: "ann", client: "laptop"),
      skeleton: [
        .directory("storage"), .directory("storage/logs"),
        .file("storage/logs/.keep", mode: 0o644, content: Array("x\n".utf8)),
      ])
    #expect(planner.missingFiles == [".env"])
    #expect(
      try planner.plan().text == """
        set up web1:/var/www/shop
          begin
             1  take the lock, mend what a dead session left
          prepare
             2  make shared/storage if it is missing
             3  make shared/storage/logs if it is missing
             4  make shared/storage/logs/.keep (2 bytes) if it is missing
          note: releases/, shared/ and .deploy/ are made on entering, if they are missing
          note: shared/.env is required and missing; put it at /var/www/shop/shared/.env, such \
        as by `scp -P 2222 .env deployer@web1:/var/www/shop/shared/.env`

        """)
  }
}
