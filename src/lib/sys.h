/* SPDX-License-Identifier: MIT */
/*
 * System calls newer than Linux 3.10, each with a fallback that is as safe, or -ENOSYS where there
 * is none. All return >= 0 or -errno and set no err text where nothing else is said. Numbers of
 * calls: the asm-generic table from 403 on is the same everywhere but for an offset on MIPS o32
 * (4000) and alpha; the libc's <sys/syscall.h> may be older than the kernel.
 */
#ifndef LIB_SYS_H
#define LIB_SYS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * openat2(2), Linux 5.6: resolve is RESOLVE_*. No fallback here: see lib/path.h, which walks
 * instead.
 */
int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve) MUST_CHECK;

/*
 * fork-like clone(2) with namespace flags (CLONE_NEW*, also CLONE_NEWTIME, which needs
 * clone3(2), 5.5; CLONE_PARENT) and SIGCHLD. Pid in the parent, 0 in the child. It goes past libc,
 * whose cached thread id is stale in the child: no raise(3), no abort(3) there.
 */
pid_t sys_clone(unsigned long flags) MUST_CHECK;

/*
 * The same with clone3(2), the child born in a cgroup of v2: CLONE_INTO_CGROUP, 5.7. No fallback
 * here: sys_clone, and the child is moved.
 */
pid_t sys_clone_into(unsigned long flags, int cgroup_fd) MUST_CHECK;

/*
 * pidfd_open(2), 5.3. -ENOSYS on older kernels: the caller keeps the pid and its start time
 * (sys_pid_start).
 */
int sys_pidfd_open(pid_t pid) MUST_CHECK;

/*
 * Sends sig to the process: through pidfd when it is >= 0 (pidfd_send_signal(2), 5.1), otherwise by
 * pid.
 */
int sys_kill(int pidfd, pid_t pid, int sig) MUST_CHECK;

/*
 * Field 22 of /proc/PID/stat: start time in clock ticks since boot; with the pid it names a process
 * for good. -ESRCH for a zombie, too.
 */
int sys_pid_start(pid_t pid, uint64_t *ticks) MUST_CHECK;

/* close_range(2), 5.9; flags CLOSE_RANGE_CLOEXEC (5.11). -ENOSYS: see fd_close_from. */
int sys_close_range(unsigned int first, unsigned int last, unsigned int flags) MUST_CHECK;

/*
 * open_tree(2), move_mount(2), 5.2; mount_setattr(2), 5.12, with MOUNT_ATTR_* to set and to clear.
 * -ENOSYS on older kernels.
 */
int sys_open_tree(int dirfd, const char *path, unsigned int flags) MUST_CHECK;
int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to,
		   unsigned int flags) MUST_CHECK;
int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, uint64_t set,
		      uint64_t clear) MUST_CHECK;

/*
 * A new file system of a kind, mounted nowhere, so that nothing can be mounted over what is in it:
 * fsopen(2), fsconfig(2), fsmount(2), 5.2; nosuid, nodev, noexec. -ENOSYS on older kernels.
 */
int sys_mount_alone(const char *fstype) MUST_CHECK;

/* MOUNT_ATTR_IDMAP with a user namespace, for a detached mount. */
int sys_mount_idmap(int fd, unsigned int flags, int userns_fd) MUST_CHECK;

/*
 * MS_* flags of the mount that fd (O_PATH will do) lies on, from statfs(2): ro, nosuid, nodev,
 * noexec, nosymfollow and the atime ones, so that a remount which adds one flag can keep the
 * others. MS_RDONLY is also there when the file system itself is.
 */
long sys_mount_flags(int fd) MUST_CHECK;

/* memfd_create(2), 3.17, close-on-exec, sealable, executable. -ENOSYS on older kernels. */
int sys_memfd(const char *name) MUST_CHECK;

/*
 * setgroups(2), setresgid(2) and setresuid(2) with all three ids, of this thread, which is the only
 * one: libc's make all threads follow (2 KB).
 */
int sys_set_groups(unsigned int n, const gid_t *groups) MUST_CHECK;
int sys_set_gid(gid_t gid) MUST_CHECK;
int sys_set_uid(uid_t uid) MUST_CHECK;

/*
 * copy_file_range(2), 4.5, n bytes at most between two offsets; -ENOSYS and other refusals on
 * older kernels and for some file systems: the caller reads and writes.
 */
ssize_t sys_copy_range(int in, int64_t in_at, int out, int64_t out_at, size_t n) MUST_CHECK;

/* pivot_root(2); libc has no wrapper. */
int sys_pivot_root(const char *new_root, const char *put_old) MUST_CHECK;

/*
 * execveat(2), 3.19, AT_EMPTY_PATH; falls back to execve of /proc/self/fd/N. Returns only on
 * failure.
 */
int sys_exec_fd(int fd, char *const argv[], char *const envp[]);

/*
 * Makes sure that this program's file cannot be written through /proc/PID/exe by a container it
 * enters (CVE-2019-5736): runs the program again, with the same argv and environment, from a
 * read-only, detached bind mount of itself, which costs one exec and no memory since the page cache
 * is shared; where mounts are refused, from a sealed memfd. Returns 0 when the program already runs
 * so, or from a file system that cannot be written at all (squashfs, cramfs, romfs, erofs); fails
 * closed, err set. Descriptors without close-on-exec stay open over it: call it first thing.
 */
int sys_protect_exe(char *const argv[]) MUST_CHECK;

/* getrandom(2), 3.17; falls back to /dev/urandom. */
int sys_random(void *buf, size_t n) MUST_CHECK;

/*
 * The effective user as the program was started (AT_EUID of getauxval(3), which costs no system
 * call); the child of a start, which may become another, asks geteuid(2).
 */
uid_t sys_euid(void);

/*
 * Gives the pages of the stack back that are dirty of calls which have returned: for a process that
 * is about to sleep for long. madvise(2), MADV_DONTNEED.
 */
void sys_drop_stack(void);

/*
 * Blocks every signal but those of faults and gives a descriptor by which they come, signalfd(2),
 * close-on-exec, non-blocking. -errno with err.
 */
int sys_signal_fd(void) MUST_CHECK;

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t sys_now_ms(void);

/*
 * Sleeps until the next try: 1 ms, 2 ms ... 16 ms, by *pause_ms, which begins with 0. -ETIMEDOUT
 * when deadline (sys_now_ms) has passed; no err text.
 */
int sys_retry(int64_t deadline, unsigned int *pause_ms) MUST_CHECK;

/*
 * The first 16 hexadecimal digits of /proc/sys/kernel/random/boot_id, "0" where that is missing;
 * buf of 17 bytes. Read once: no process outlives the boot. -errno, no err text, when it is there
 * and cannot be read.
 */
int sys_boot_id(char *buf) MUST_CHECK;

#endif
