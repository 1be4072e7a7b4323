import Foundation
import Testing

@testable import Configuration

@Suite("Mistakes in deploy.json")
struct MistakeTests {
  @Test(
    "each is told with file, line, column and key",
    arguments: [
      (#"{ "kep": 5 }"#, "deploy.json:1:3: key 'kep': is not known; nearest valid key 'keep'"),
      (
        #"{ "shared": { "dirs": [] } }"#,
        "deploy.json:1:15: key 'shared.dirs': is not known; valid keys are directories, files"
      ),
      (
        #"{ "shared": { "direcotries": [] } }"#,
        "deploy.json:1:15: key 'shared.direcotries': is not known; "
          + "nearest valid key 'directories'"
      ),
      (
        "{\n  \"stages\": {\n    \"live\": { \"hots\": [] } } }",
        "deploy.json:3:15: key 'stages.live.hots': is not known; nearest valid key 'hosts'"
      ),
      (
        #"{ "hosts": ["a", { "host": "b", "prot": 22 }] }"#,
        "deploy.json:1:33: key 'hosts[1].prot': is not known; nearest valid key 'port'"
      ),
      (
        #"{ "port": 22 }"#,
        "deploy.json:1:3: key 'port': has no meaning at the top, only in a host"
      ),
      (
        #"{ "stages": { "a": { "app": "x" } } }"#,
        "deploy.json:1:22: key 'stages.a.app': has no meaning in a stage, only at the top"
      ),
      (
        #"{ "keep": 1 }"#,
        "deploy.json:1:11: key 'keep': found 1, expected a whole number from 2 to 1000"
      ),
      (
        #"{ "keep": 5.0 }"#,
        "deploy.json:1:11: key 'keep': found 5.0, expected a whole number from 2 to 1000"
      ),
      (
        #"{ "keep": "5" }"#,
        "deploy.json:1:11: key 'keep': found \"5\", expected a whole number from 2 to 1000"
      ),
      (
        #"{ "app": "a\u001b[2J" }"#,
        #"deploy.json:1:10: key 'app': found "a\u001b[2J", expected 1 to 64 of the "#
          + "characters A-Z a-z 0-9 . _ -, the first a letter, digit or _"
      ),
      (#"{ "build": "make" }"#, "deploy.json:1:12: key 'build': found \"make\", expected a list"),
      (
        #"{ "build": [null] }"#,
        "deploy.json:1:13: key 'build[0]': found null, expected a shell command"
      ),
      ("[]", "deploy.json:1:1: found a list, expected an object"),
      (
        #"{ "source": { "git": "main", "repository": "https://u:p@example.com/a.git" } }"#,
        "deploy.json:1:44: key 'source.repository': found \"https://u:p@example.com/a.git\", "
          + "expected the path of a clone here, not an address"
      ),
      (
        #"{ "hosts": [{ "host": "a", "roles": ["worker"] }], "#
          + #""hooks": { "after_flip": [{ "run": "x", "on": ["workers"] }] } }"#,
        "deploy.json:1:99: key 'hooks.after_flip[0].on': no host has the role 'workers'; "
          + "nearest role of a host 'worker'"
      ),
      (
        #"{ "hosts": ["a"], "health": { "url": "http://127.0.0.1/", "on": ["web"] } }"#,
        "deploy.json:1:66: key 'health.on': no host has the role 'web'; no host has any"
      ),
      (
        #"{ "transport": "ssh" }"#,
        "deploy.json:1:16: key 'transport': found \"ssh\", "
          + "expected one of \"libssh2\", \"openssh\", \"local\""
      ),
      (
        #"{ "hosts": ["-oProxyCommand=x"] }"#,
        "deploy.json:1:13: key 'hosts[0]': found \"-oProxyCommand=x\", "
          + "expected \"host\", \"user@host\" or \"user@host:port\""
      ),
      (
        #"{ "shared": { "files": ["../.env"] } }"#,
        "deploy.json:1:25: key 'shared.files[0]': found \"../.env\", expected a relative path "
          + "without . or .. or empty parts, not starting with - or .deploy"
      ),
      (
        #"{ "hooks": { "after_flip": [{ "timeout": 1 }] } }"#,
        "deploy.json:1:29: key 'hooks.after_flip[0]': needs exactly one of run, script"
      ),
      (
        #"{ "hooks": { "after_flip": [7] } }"#,
        "deploy.json:1:29: key 'hooks.after_flip[0]': found 7, expected a shell command, "
          + "or an object"
      ),
      (
        #"{ "source": { "git": "a", "directory": "b" } }"#,
        "deploy.json:1:13: key 'source': needs exactly one of git, directory, artifact"
      ),
      (
        #"{ "source": { "repository": "b" } }"#,
        "deploy.json:1:13: key 'source': needs exactly one of git, directory, artifact"
      ),
      (
        #"{ "stages": { "a b": {} } }"#,
        "deploy.json:1:15: key 'stages.a b': found \"a b\", expected a name: 1 to 64 of the "
          + "characters A-Z a-z 0-9 . _ -, the first a letter, digit or _"
      ),
      (
        #"{ "stages": { "a": {} }, "default_stage": "b" }"#,
        "deploy.json:1:43: key 'default_stage': found \"b\", expected a stage: a"
      ),
      ("{}", "deploy.json: key 'hosts': is missing; stage 'default' has no host to deploy to"),
      (
        #"{ "hosts": [] }"#,
        "deploy.json:1:12: key 'hosts': is missing; stage 'default' has no host to deploy to"
      ),
      (
        #"{ "hosts": ["a"] }"#,
        "deploy.json:1:13: key 'hosts[0].path': is missing; "
          + "set 'path' for the stage or for host 'a'"
      ),
      (
        #"{ "path": "/x", "hosts": [{ "user": "me" }] }"#,
        "deploy.json:1:27: key 'hosts[0].host': is missing; "
          + "only transport \"local\" needs no name"
      ),
      (
        #"{ "path": "/x", "hosts": ["a", "b", "me@a"] }"#,
        "deploy.json:1:37: key 'hosts[2]': names host 'a' with the same port and path again"
      ),
      (
        "{ \"keep\": 3,\n \"keep\": 4 }",
        "deploy.json:2:2: key 'keep': is written twice, first at deploy.json:1:3"
      ),
    ])
  func mistakes(text: String, message: String) {
    #expect(complaint { try settings(text) } == message)
  }

  @Test("a stage that is not there is answered with those that are")
  func unknownStage() {
    let text = file(#""stages": { "staging": {}, "production": {} }"#)
    #expect(
      complaint { try settings(text, stage: "prod") }
        == "deploy.json: there is no stage 'prod'; stages are staging, production")
    #expect(
      complaint { try settings(text) }
        == "deploy.json: name a stage (staging, production) or set key 'default_stage'")
    #expect(
      complaint { try settings(file(""), stage: "prod") }
        == "deploy.json: there is no stage 'prod'; the file declares no stages")
  }

  @Test("a flag's mistake names the flag")
  func flags() {
    let keep = [Override(flag: "--keep", key: "keep", value: "many")]
    #expect(
      complaint { try settings(file(""), overrides: keep) }
        == "--keep: key 'keep': found many, expected a whole number from 2 to 1000")
  }

  @Test("a recipe's mistake names the recipe's file")
  func recipe() {
    #expect(
      complaint { try settings(file(""), recipe: #"{ "path": "/x" }"#) }
        == "recipes/test.json:1:3: key 'path': has no meaning in a recipe, "
        + "only at the top or in a stage or in a host")
  }

  @Test("a folder whose name cannot name the application asks for a name")
  func appName() {
    #expect(
      complaint { try settings(file(#""source": { "directory": "My Shop" }"#)) }
        == "deploy.json: key 'app': is missing; the folder's name \"My Shop\" cannot stand in for "
        + "it, expected 1 to 64 of the characters A-Z a-z 0-9 . _ -, the first a letter, digit or _"
    )
  }

  @Test("a file that is not there, or is none, is told plainly")
  func unreadable() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.path + "/deploy.json"
    #expect(
      complaint { try Configuration(file: missing, environment: [:]) }
        == "\(missing): No such file or directory")
    #expect(
      complaint { try Configuration(file: directory.path, environment: [:]) }
        == "\(directory.path): is not a file")
  }

  @Test(
    "a file that others can change is warned of",
    arguments: [(0o600, false), (0o644, false), (0o664, true), (0o646, true)])
  func warnings(mode: Int, isWarned: Bool) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/deploy.json"
    try directory.write("{}", to: "deploy.json")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    let expected = ConfigurationWarning.writableByOthers(file: path, mode: UInt32(mode))
    #expect(
      try Configuration(file: path, environment: [:]).warnings == (isWarned ? [expected] : []))
  }

  @Test(
    "the nearest word is the one with the fewest slips",
    arguments: [
      ("kep", "keep"), ("hots", "hosts"), ("paht", "path"), ("zzz", nil), ("", nil),
      ("default-stage", "default_stage"),
    ])
  func spelling(word: String, nearest: String?) {
    let keys = Schema.keys(in: .top).map(\.name)
    #expect(Spelling.nearest(to: word, among: keys) == nearest)
  }
}
