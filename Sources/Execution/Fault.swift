import Glibc
import Operations

/// Deaths on purpose, for tests: debug builds only, told by `DEPLOY_TEST_FAULT`.
enum Fault {
  static func strike() {
    #if DEBUG
    kill(getpid(), SIGKILL)
    #endif
  }
}
