import Operations
import Planning
import Testing

@testable import Configuration

@Suite("Health and boot in deploy.json")
struct HealthReadingTests {
  @Test("one check and a list of them are read alike")
  func forms() throws {
    let one = #"{ "url": "http://127.0.0.1:8080/up?x=1", "expect": [200, "3xx"], "on": ["web"] }"#
    func health(_ value: String) throws -> [Settings.Health] {
      let hosts = #""hosts": [{ "host": "web1", "roles": ["web"] }], "path": "/srv/shop""#
      return try settings(#"{ \#(hosts), "health": \#(value) }"#).health
    }
    let single = try health(one)
    #expect(single == (try health("[\(one)]")))
    #expect(single.first?.roles == ["web"])
    #expect(single.first?.check.expect == ["200", "3xx"])
    #expect(single.first?.check.url?.port == "8080")
    #expect(single.first?.check.url?.path == "/up?x=1")
    #expect(single.first?.check.passes == 2)
  }

  @Test("a stage changes what differs there")
  func layers() throws {
    let text = file(
      #""health": { "url": "http://a/up", "passes": 3 }, "stages": { "x": { "health": { "within": 9 } } }"#
    )
    let check = try settings(text).health.first?.check
    #expect(check?.url?.address == "a" && check?.passes == 3 && check?.within == 9)
  }

  @Test(
    "a check that would hold of every release is refused",
    arguments: [
      (#"{ "passes": 2 }"#, "a health check asks for a url, or runs a `command`"),
      (#"{ "command": "true", "sees_release": true }"#, "which server to ask"),
      (#"{ "url": "http://a/", "sees_release": true }"#, "what the web server shows"),
      (#"{ "url": "http://u:p@a/" }"#, "expected an address"),
      (#"{ "url": "http://a/", "expect": 42 }"#, "expected a status such as 200"),
      (#"{ "url": "http://a/", "expect": "ok" }"#, "expected a status such as 200"),
    ])
  func refused(check: String, words: String) throws {
    let told = complaint { try settings(file(#""health": \#(check)"#)) }
    #expect(told?.contains(words) == true, "\(told ?? "nothing")")
  }

  @Test("an address is taken apart")
  func address() throws {
    let secure = try #require(WebAddress("https://[::1]"))
    #expect(
      [secure.scheme, secure.address, secure.port, secure.path] == ["https", "[::1]", "443", "/"])
    for text in ["http://", "http://[::1", "http://a:/", "http://a:0/", "http://a/ b", "//a/"] {
      #expect(WebAddress(text) == nil, "\(text)")
    }
  }

  @Test(
    "keys of systemd beside another kind of service are refused, not ignored",
    arguments: [
      #"{ "supervisor": "x", "user": true }"#, #"{ "nginx": "reload", "action": "restart" }"#,
    ])
  func services(service: String) throws {
    #expect {
      try settings(file(#""services": [\#(service)]"#))
    } throws: {
      "\($0)".contains("it with `systemd` alone")
    }
    #expect(
      try settings(file(#""services": [{ "systemd": "x", "user": true, "action": "restart" }]"#))
        .services.first?.isUsers == true)
  }
}
