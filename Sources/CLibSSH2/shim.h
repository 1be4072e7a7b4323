#include <libssh2.h>
// Not in Swift's Glibc module: what wakes a connection's thread.
#include <sys/eventfd.h>
