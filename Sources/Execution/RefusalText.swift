import Planning
public import Remote

/// The words for what an agent refused: it sends kinds and facts, the sentences are here.
public struct RefusalText {
  public let what: String
  public let next: String

  public init(_ refusal: AgentEvent.Refusal, root: String, command: String) {
    func field(_ index: Int) -> String {
      index < refusal.fields.count ? refusal.fields[index] : "?"
    }
    (what, next) =
      switch refusal.kind {
      case "locked": Self.locked(holderLine: field(0), now: field(1))
      case "changed":
        (
          "the host changed since the plan was made",
          "run it again; another deploy may have been faster"
        )
      case "moved":
        (
          "current leads to '\(field(0))' now, not to '\(field(1))' as when the plan was made; "
            + "it was left as it is",
          "find out who changes it besides deploy, then run `\(command)` again"
        )
      case "page-taken":
        (
          "shared/maintenance.html is there already (a \(field(0))), and not of ours",
          "give it another name; the web server is to show the one that `\(command)` writes"
        )
      case "adopted-before":
        (
          "somebody else began to adopt this directory meanwhile (.deploy/adoption is there)",
          "`deploy adopt` goes on with it, `deploy adopt --undo` takes it back"
        )
      case "no-directory":
        (
          "current is a \(field(0)) now; when the plan was made it was a directory",
          "`deploy adopt` looks at it anew"
        )
      case "not-adopted":
        (
          "the adoption was taken back meanwhile (.deploy/adoption is gone)",
          "`deploy status` shows what is live"
        )
      case "layout":
        (
          PlanningError.currentIsDirectory(root: root).description,
          PlanningError.currentIsDirectory(root: root).next
        )
      case "rename":
        (
          "`mv -T` does not replace a link on this host, so a flip would not be one step",
          "install coreutils or busybox there"
        )
      case "digest":
        (
          "\(field(0)) of \(field(1)) entries differ from what was sent (first: \(field(2)))",
          "run `\(command)` again"
        )
      case "mismatch":
        (
          "the release's \(field(0)) is a \(field(1)), config says \(field(2))",
          "correct `shared` in deploy.json, or what the release ships there"
        )
      case "shared-missing":
        (
          "shared/\(field(0)) is required and missing",
          "put it at \(root)/shared/\(field(0)) on the host, then run it again"
        )
      case "shared-outside":
        (
          "shared/\(field(0)) leads outside the app (\(field(1))); not followed",
          "move the data under \(root)/shared, or take the link away"
        )
      case "own-link":
        (
          "the release ships its own link at \(field(0)) (to \(field(1))); not replaced",
          "leave it out of the release (`exclude`) or out of `shared`"
        )
      case "exists":
        ("releases/\(field(0)) exists already", "run `\(command)` again: it takes a new name")
      case "both":
        (
          "both shared/\(field(0)) and releases/\(field(1))/\(field(0)) hold data",
          "decide which counts, move the other away on the host, then run it again"
        )
      case "release-missing", "manifest-missing":
        ("releases/\(field(0)) is not as expected (\(refusal.kind))", "`deploy status` shows more")
      case "lost":
        (
          "\(field(1)) of the files of releases/\(field(0)) are missing (first: \(field(2)))",
          "`deploy rollback --to ANOTHER`, or go live all the same with `--accept-drift`, or push again"
        )
      case "hook":
        (
          "hook \"\(field(0))\" exited \(field(1))",
          "correct the hook or what it needs, then run `\(command)` again"
        )
      case "hook-timeout":
        (
          "hook \"\(field(0))\" exceeded \(field(1)) s; its group was killed",
          "raise its `timeout` or find out what it waits for"
        )
      case "health":
        (
          "health check \(field(0)) failed: \(field(1))",
          "find out why (`deploy logs`), then run `\(command)` again"
        )
      case "boot":
        (
          "the release did not stand the test \"\(field(0))\": it \(field(1))",
          "correct the release or `boot` in deploy.json, then run `\(command)` again"
        )
      case "docroot":
        (
          "`public.root` (\(field(0))) is no directory of the release itself, so nothing there can "
            + "prove that it is served",
          "correct `public.root`, or take `sees_release` out of `health`"
        )
      case "service":
        (
          "service: \(field(0)): exited \(field(1))",
          "`deploy check` tries what needs root; correct `services`, then run `\(command)` again"
        )
      case "service-timeout":
        (
          "service: \(field(0)): exceeded \(field(1)) s; its group was killed",
          "raise its `timeout` or find out what it waits for"
        )
      case "hook-directory":
        (
          "hook \"\(field(0))\" is to run in '\(field(1))', which is no directory of the release",
          "correct its `cwd`, then run `\(command)` again"
        )
      case "env-changed":
        (
          "shared/\(field(0)) changed since it was read; nothing was written",
          "run it again: it starts from what is there now"
        )
      case "env-kind":
        (
          "\(field(0)) is a \(field(1)) where a \(field(2)) belongs; not followed, not replaced",
          "look at \(root)/shared/\(field(0)) on the host, and make it a plain \(field(2))"
        )
      case "env-owner":
        (
          "shared/\(field(0)) belongs to \(field(1)), and \(field(2)) may not keep it so",
          "on the host, as root: chown \(field(2)): \(root)/shared/\(field(0))"
        )
      case "env-unreadable":
        (
          "shared/\(field(0)) cannot be read (owner and mode \(field(1)))",
          "let the deploy user read it"
        )
      case "env-digest":
        ("what arrived for shared/\(field(0)) is not what was sent", "run it again")
      case "env-version":
        ("there is no version \(field(0)) of the environment", "`deploy env history` lists them")
      case "held-back": ("another host was not ready", "see the other hosts")
      case "no-logs": ("no log file matches \(field(0))", "name them under `logs` in deploy.json")
      case "no-live": ("no release of ours is live", "`deploy push` makes one live")
      case "keep-nothing":
        ("releases/\(field(1)) has no \(field(0))", "`deploy run -- ls -la` shows what is there")
      case "keep-link":
        (
          "\(field(0)) is a link already (to \(field(1)))",
          "nothing; `deploy shared list` shows what is shared"
        )
      case "keep-shipped":
        (
          "the release ships \(field(0)) (\(field(1)) files, such as \(field(2))): code, not data",
          "`exclude` it from what is shipped, or insist by `--yes`"
        )
      case "keep-inside":
        (
          "\(field(0)) holds what is shared by itself (\(field(1)))",
          "`deploy shared release \(field(1))` first, or adopt only what is missing"
        )
      case "keep-taken":
        ("shared/\(field(0)) is a file already, and kept", "move it away on the host")
      case "unkeep-nothing":
        (
          "\(field(0)) of releases/\(field(1)) is not a link to shared/\(field(0))",
          "`deploy shared list` shows what is shared"
        )
      case "shared-link":
        (
          "shared/\(field(0)) is a link; nothing is read or written through it",
          "work on what it leads to, or take the link away on the host"
        )
      case "shared-nothing":
        ("there is no shared/\(field(0))", "`deploy shared list` shows what is there")
      case "restless":
        (
          "files come and go in shared/ faster than they can be listed",
          "`--exclude` what changes all the time, such as sessions and caches"
        )
      case "fill-exists":
        (
          "\(field(0)) files are there and differ (first: shared/\(field(1))); nothing was placed",
          "`--force` replaces them and keeps the old ones under .deploy/kept"
        )
      case "fill-kind":
        ("shared/\(field(0)) is a \(field(1)), not a file", "move it away on the host")
      default: ("\(refusal.kind) \(refusal.fields.joined(separator: " "))", "run it again")
      }
  }

  private static func locked(holderLine: String, now: String) -> (String, String) {
    guard let holder = SurveyReader.holder(holderLine) else {
      return ("locked by another session", "wait for it, or run it again with `--wait 10m`")
    }
    let age = max((Int(now) ?? holder.since) - holder.since, 0)
    return (
      "locked by \(holder.description), phase \(holder.phase), \(age) s (pid \(holder.pid))",
      "wait for it, or run it again with `--wait 10m`"
    )
  }
}

/// What a tool on a host complained of, as an exit code: the text is the C library's, in English,
/// because the runtime sets LC_ALL=C.
func exitCode(forComplaint text: String) -> Int32? {
  let causes = [
    "No space left on device", "Disk quota exceeded", "Read-only file system", "Permission denied",
    "Operation not permitted",
  ]
  return causes.contains { text.contains($0) } ? 19 : nil
}
