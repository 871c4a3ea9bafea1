/* SPDX-License-Identifier: MIT */
/* owns system calls that are newer than Linux 3.10, and what is done where they are not */
/* never sets the error text: callers know what they were about */
#include "lib/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"

/*
 * Calls are made through syscall(3) with longs all along: what libc's wrappers have for a type does
 * not matter then.
 */
static int result(long ret)
{
	return ret < 0 ? -errno : (int)ret;
}

int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	/* struct open_how of linux/openat2.h */
	uint64_t how[3] = { (unsigned int)flags, mode, resolve };

	return result(syscall(SYS_openat2, dirfd, path, how, sizeof(how)));
}

/* A sibling has its parent's, and clone3(2) wants none to be named. */
static uint64_t exit_signal(unsigned long flags)
{
	return flags & CLONE_PARENT ? 0 : SIGCHLD;
}

pid_t sys_clone(unsigned long flags)
{
	/*
	 * The first 64 bytes of struct clone_args: flags, pidfd, child_tid, parent_tid,
	 * exit_signal, stack, stack_size, tls.
	 */
	uint64_t args[8] = { flags, 0, 0, 0, exit_signal(flags) };

	/* CLONE_NEWTIME is one of the bits in which clone(2) takes the exit signal. */
	if (flags & CLONE_NEWTIME)
		return result(syscall(SYS_clone3, args, sizeof(args)));
	return result(syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L));
}

pid_t sys_clone_into(unsigned long flags, int cgroup_fd)
{
	/* The same, with set_tid and set_tid_size, and the cgroup. */
	uint64_t args[11] = { flags | CLONE_INTO_CGROUP, [4] = exit_signal(flags),
			      [10] = (uint64_t)cgroup_fd };

	return result(syscall(SYS_clone3, args, sizeof(args)));
}

int sys_pidfd_open(pid_t pid)
{
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int sys_kill(int pidfd, pid_t pid, int sig)
{
	if (pidfd >= 0) {
		int ret = result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));

		if (ret != -ENOSYS)
			return ret;
	}
	return result(kill(pid, sig));
}

int sys_pid_start(pid_t pid, uint64_t *ticks)
{
	char path[32], buf[1024], *at, *word = NULL;
	ssize_t n;
	int i;

	str_format(path, sizeof(path), "/proc/%d/stat", (int)pid);
	n = fd_read_file(AT_FDCWD, path, buf, sizeof(buf));
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	/*
	 * Field 2 is the command's name in parentheses, which may hold anything; field 3 begins
	 * behind the last one.
	 */
	at = strrchr(buf, ')');
	if (!at)
		return -EIO;
	at++;
	for (i = 3; i <= 22; i++) {
		word = str_word(&at, " \n");
		if (!word)
			return -EIO;
		/* Dead, and only not waited for. */
		if (i == 3 && (*word == 'Z' || *word == 'X'))
			return -ESRCH;
	}
	return str_to_u64(word, UINT64_MAX, ticks);
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return result(syscall(SYS_close_range, first, last, flags));
}

int sys_open_tree(int dirfd, const char *path, unsigned int flags)
{
	return result(syscall(SYS_open_tree, dirfd, path, flags));
}

int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	return result(syscall(SYS_move_mount, from_fd, from, to_fd, to, flags));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, uint64_t set, uint64_t clear)
{
	/* struct mount_attr of linux/mount.h: attr_set, attr_clr, propagation, userns_fd */
	uint64_t attr[4] = { set, clear, 0, 0 };

	return result(syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(attr)));
}

int sys_mount_alone(const char *fstype)
{
	AUTO_FD int fd = result(syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC));
	int ret = fd;

	if (ret >= 0)
		ret = result(syscall(SYS_fsconfig, fd, COMPAT_FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	if (ret >= 0)
		ret = result(syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC,
				     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
	return ret;
}

int sys_mount_idmap(int fd, unsigned int flags, int userns_fd)
{
	uint64_t attr[4] = { MOUNT_ATTR_IDMAP, 0, 0, (uint64_t)userns_fd };

	return result(syscall(SYS_mount_setattr, fd, "", flags, attr, sizeof(attr)));
}

long sys_mount_flags(int fd)
{
	char path[FD_PATH_MAX];
	struct statfs fs;
	unsigned long ms;

	/* fstatfs(2) takes an O_PATH descriptor only from 3.12 on. */
	if (fstatfs(fd, &fs) < 0 && (errno != EBADF || statfs(fd_path(fd, path), &fs) < 0))
		return -errno;
	ms = (unsigned long)fs.f_flags &
	     (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
	/* A remount that names none of the three gets relatime before 3.17. */
	if (fs.f_flags & COMPAT_ST_RELATIME)
		ms |= MS_RELATIME;
	else if (!(ms & MS_NOATIME))
		ms |= MS_STRICTATIME;
	if (fs.f_flags & COMPAT_ST_NOSYMFOLLOW)
		ms |= MS_NOSYMFOLLOW;
	return (long)ms;
}

int sys_memfd(const char *name)
{
	int fd =
		result(syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));

	/* MFD_EXEC is of 6.3; before, every memfd could be executed. */
	if (fd == -EINVAL)
		fd = result(syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
	return fd;
}

int sys_set_groups(unsigned int n, const gid_t *groups)
{
	return syscall(COMPAT_SETGROUPS, n, groups) ? -errno : 0;
}

int sys_set_gid(gid_t gid)
{
	return syscall(COMPAT_SETRESGID, gid, gid, gid) ? -errno : 0;
}

int sys_set_uid(uid_t uid)
{
	return syscall(COMPAT_SETRESUID, uid, uid, uid) ? -errno : 0;
}

ssize_t sys_copy_range(int in, int64_t in_at, int out, int64_t out_at, size_t n)
{
	long ret = syscall(SYS_copy_file_range, in, &in_at, out, &out_at, n, 0);

	return ret < 0 ? -errno : ret;
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return result(syscall(SYS_pivot_root, new_root, put_old));
}

int sys_exec_fd(int fd, char *const argv[], char *const envp[])
{
	char path[FD_PATH_MAX];

	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	if (errno == ENOSYS)
		execve(fd_path(fd, path), argv, envp);
	return -errno;
}

int sys_random(void *buf, size_t n)
{
	char *p = buf;
	ssize_t got;
	int fd;

	while (n) {
		got = syscall(SYS_getrandom, p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		p += got;
		n -= (size_t)got;
	}
	if (!n)
		return 0;
	fd = fd_open("/dev/urandom", O_RDONLY);
	if (fd < 0)
		return -errno;
	got = fd_read_all(fd, p, n);
	close(fd);
	if (got < 0)
		return (int)got;
	return (size_t)got == n ? 0 : -EIO;
}

uid_t sys_euid(void)
{
	return (uid_t)getauxval(AT_EUID);
}

int64_t sys_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int sys_retry(int64_t deadline, unsigned int *pause_ms)
{
	int64_t left = deadline - sys_now_ms();

	if (left <= 0)
		return -ETIMEDOUT;
	*pause_ms = *pause_ms ? *pause_ms * 2 : 1;
	if (*pause_ms > 16)
		*pause_ms = 16;
	poll(NULL, 0, (int)(left < *pause_ms ? left : *pause_ms));
	return 0;
}

int sys_boot_id(char *buf)
{
	static char known[17];
	char text[64];
	const char *at = text;
	int n = 0;
	ssize_t got;

	if (*known) {
		memcpy(buf, known, sizeof(known));
		return 0;
	}
	got = fd_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));
	/* Taken for another boot, a record would be thrown away with nothing undone. */
	if (got < 0 && got != -ENOENT)
		return (int)got;
	if (got <= 0)
		str_format(text, sizeof(text), "0");
	for (; *at && *at != '\n' && n < 16; at++)
		if (*at != '-')
			known[n++] = *at;
	memcpy(buf, known, sizeof(known));
	return 0;
}

void sys_drop_stack(void)
{
	/* As far as any frame of ours is known to reach, and not what this call itself uses. */
	const uintptr_t depth = 96 << 10, page = (uintptr_t)getauxval(AT_PAGESZ);
	char here;
	uintptr_t end = ((uintptr_t)&here - 1024) & ~(page - 1);

	/* ENOMEM where the stack is shorter: the pages that are there go all the same. */
	if (madvise((void *)(end - depth), depth, MADV_DONTNEED) && errno != ENOMEM)
		return;
}

int sys_signal_fd(void)
{
	sigset_t all;
	int fd;

	sigfillset(&all);
	/* Faults of our own must end us. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGABRT);
	sigprocmask(SIG_SETMASK, &all, NULL);
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_sys("cannot make a signal descriptor") : fd;
}
