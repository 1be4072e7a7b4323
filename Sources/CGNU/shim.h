// What glibc and musl have but hide from Swift's Glibc module behind _GNU_SOURCE. No header is
// included, so that the types stay those of the Glibc module.
extern int pipe2(int *ends, int flags);
extern int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
