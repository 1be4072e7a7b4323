#if DEBUG
extension AgentRuntime {
  /// The runtime with a `step` that strikes: `list` names every point at which it could;
  /// `agent 7.before`, `worker 7.2`, `client 7.after` kill there. `hold flip.1` stops there on every host
  /// that has a file `fault` beside the root, for as long as that is there: what happens to it is
  /// another's business.
  public static func text(withFault fault: String) -> [UInt8] {
    let words = fault.split(separator: " ").map(String.init)
    let mode = words.first ?? "list"
    let point = words.count > 1 ? words[1] : ""
    let safe = (mode + point).utf8.allSatisfy {
      $0 == UInt8(ascii: ".") || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "z"))
    }
    precondition(safe, "a fault is a mode and a point")
    return assemble(extra: [
      Array(
        """
        fault_mode=\(mode)
        fault_point=\(point)
        inner=0
        step() {
        case ${1-} in
        before) at=$1 inner=0 framed=0 ;;
        # Counted in a shell of its own.
        frame) framed=$((framed + 1)) at=frame$framed ;;
        # What is cleared up after a failure has points of its own.
        after) at=$1 inner=500 ;;
        *) inner=$((inner + 1)) at=$inner ;;
        esac
        [ "$fault_mode" != list ] || say "point $now.$at $verb"
        [ "$now.$at" = "$fault_point" ] || [ "$verb.$at" = "$fault_point" ] || return 0
        case $fault_mode in
        hold)
        [ -e "${root%/*}/fault" ] || return 0
        echo "$self" >"${root%/*}/fault.reached"
        while [ -e "${root%/*}/fault" ]; do sleep 0.05; done ;;
        agent) kill -KILL 0 ;;
        worker) kill -KILL "$self" ;;
        client) say holding; sleep 1 ;;
        esac
        }
        # What is done when the client is gone has its points in a file.
        hang_up() { exec </dev/null >/dev/null 2>&1 3>>"$root.points" 9>&-; }

        """.utf8)
    ])
  }
}
#endif
