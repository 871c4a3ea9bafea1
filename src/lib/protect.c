/* SPDX-License-Identifier: MIT */
/* owns that this program's file cannot be written through /proc/PID/exe from inside a container */
/* never goes on unprotected: no way to do it is an error */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

static const char self[] = "/proc/self/exe";

/* File systems that have no way to write to them at all, whatever their mount says later. */
static bool is_image(unsigned long type)
{
	return type == 0x73717368 /* squashfs */ || type == 0x28cd3d45 /* cramfs */ ||
	       type == 0x7275 /* romfs */ || type == 0xe0f5e1e2 /* erofs */;
}

static bool is_sealed(void)
{
	AUTO_FD int fd = fd_open(self, O_RDONLY);
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);

	return seals >= 0 && seals & F_SEAL_WRITE;
}

/*
 * The kernel names a program that was executed by descriptor so in AT_EXECFN. A read-only mount
 * that was not made here does not do: it can be remounted for an update while a container still
 * holds a handle of the file.
 */
static bool is_second_run(void)
{
	unsigned long name = getauxval(AT_EXECFN);

	return name && (str_after((const char *)name, "/dev/fd/") ||
			str_after((const char *)name, "/proc/self/fd/"));
}

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* A detached, read-only mount of the file, 5.12. */
static int by_open_tree(void)
{
	AUTO_FD int fd = sys_open_tree(AT_FDCWD, self, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int ret;

	if (fd < 0)
		return fd;
	ret = sys_mount_setattr(fd, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0);
	return ret < 0 ? ret : take_fd(&fd);
}

/*
 * In the child of by_namespace, which shares our descriptors: puts the read-only mount's file in
 * place of exe.
 */
static int remount_self(int exe)
{
	char path[4096], on[FD_PATH_MAX];
	ssize_t n = readlink(self, path, sizeof(path) - 1);
	int fd, top;
	long flags;

	if (n <= 0)
		return -1;
	path[n] = '\0';
	/* Not shared with the host from here on, or the bind mount would appear there. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	fd = fd_open(path, O_PATH | O_NOFOLLOW);
	if (fd < 0 || !same_file(fd, exe))
		return -1;
	fd_path(fd, on);
	if (mount(on, on, NULL, MS_BIND, NULL) < 0)
		return -1;
	top = fd_open(path, O_PATH | O_NOFOLLOW);
	if (top < 0 || !same_file(top, exe))
		return -1;
	flags = sys_mount_flags(top);
	if (flags < 0 || mount(NULL, fd_path(top, on), NULL,
			       MS_REMOUNT | MS_BIND | MS_RDONLY | (unsigned long)flags, NULL) < 0)
		return -1;
	return dup3(top, exe, O_CLOEXEC) < 0 ? -1 : 0;
}

/*
 * The same on older kernels: a child makes the mount in a namespace of its own, which dies with it.
 * The mount lives on, detached, by the descriptor that we share.
 */
static int by_namespace(void)
{
	int fd = fd_open(self, O_PATH), status;
	pid_t pid;

	/* Where a caller ignores it no end of a child is ever told. */
	signal(SIGCHLD, SIG_DFL);

	if (fd < 0)
		return -errno;
	pid = sys_clone(CLONE_FILES);
	if (!pid)
		_exit(remount_self(fd) ? 1 : 0);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status))
		return fd;
	close(fd);
	return -EPERM;
}

/* Where nothing can be mounted: a copy in memory that nobody can write to. */
static int by_memfd(void)
{
	AUTO_FD int in = fd_open(self, O_RDONLY), out = sys_memfd("lxcbox");
	ssize_t n;

	if (in < 0)
		return -errno;
	if (out < 0)
		return out;
	do
		n = sendfile(out, in, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 ||
	    fcntl(out, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return take_fd(&out);
}

int sys_protect_exe(char *const argv[])
{
	AUTO_FD int fd = -1;
	struct statfs fs;
	int ret;

	if (statfs(self, &fs) < 0)
		return err_sys("cannot examine '%s' (is /proc mounted?)", self);
	if (is_image((unsigned long)fs.f_type))
		return 0;
	if (is_second_run()) {
		if (!(fs.f_flags & MS_RDONLY) && !is_sealed())
			return err_set(
				EPERM,
				"cannot protect this program's file: it was run by descriptor");
		/* The kernel took "5" of /dev/fd/5. */
		prctl(PR_SET_NAME, (unsigned long)str_base(argv[0]), 0, 0, 0);
		return 0;
	}
	fd = CFG_NEW_MOUNT_API ? by_open_tree() : -ENOSYS;
	if (fd < 0)
		fd = by_namespace();
	if (fd < 0)
		fd = by_memfd();
	if (fd < 0)
		return err_code(fd,
				"cannot protect this program's file: no mount and no memfd of it");
	ret = sys_exec_fd(fd, argv, environ);
	return err_code(ret, "cannot run this program again from a read-only mount");
}
