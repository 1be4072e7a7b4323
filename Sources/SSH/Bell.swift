internal import CLibSSH2
internal import Glibc

/// Something to `poll` beside sockets: an eventfd.
final class Bell: Sendable {
  let descriptor: Int32 = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))

  deinit { Glibc.close(descriptor) }

  func ring() { eventfd_write(descriptor, 1) }

  /// Silent until it rings again.
  func silence() {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }

  func wait(until limit: Moment?) {
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&wait, 1, limit?.milliseconds ?? -1)
  }
}
