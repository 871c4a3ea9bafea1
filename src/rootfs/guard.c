/* SPDX-License-Identifier: MIT */
/* owns what of proc and sysfs a container may write to and read */
/* never leaves a writable file of proc or sysfs that it did not decide about */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

/*
 * proc:mixed and sys:mixed. LXC protects /proc/sys and /proc/sysrq-trigger only, with /proc/sys/net
 * and /sys/devices/virtual/net writable. Here, beyond that:
 * - every directory of /proc that is not a process, and every file in it that has a write bit, is
 * read-only: irq, bus, mtrr and whatever a vendor's kernel adds, found by looking, since each fixed
 * list of the field had its gaps;
 * - files that tell about the host's memory, keys and log read as empty;
 * - the two net directories are writable only when the network is the container's own.
 * A container that needs one of them takes proc:rw, or a mount entry for that path, which comes
 * later.
 */
static const char masked[] =
	"kcore\0keys\0kmsg\0kallsyms\0kpagecount\0kpageflags\0kpagecgroup\0latency_stats\0"
	"sched_debug\0slabinfo\0timer_list\0timer_stats\0vmallocinfo\0";

/* Puts a read-only mount, of itself or of /dev/null, on one entry of the directory. */
static int protect_entry(const struct rootfs *r, int dir_fd, const char *dir, const char *name,
			 bool mask)
{
	AUTO_FD int dst = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), null = -1,
		    top = -1;
	AUTO_FREE char *inside = str_make("%s/%s", dir, name);

	if (!inside)
		return -ENOMEM;
	if (dst < 0)
		return errno == ENOENT ? 0 : err_sys("'%s'", inside);
	if (mask) {
		null = fd_open("/dev/null", O_PATH | O_NOFOLLOW);
		if (null < 0)
			return err_sys("cannot mask '%s' with '/dev/null'", inside);
	}
	top = bind_fd(r, mask ? null : dst, dst, inside, false, MS_RDONLY | MS_NOSUID | MS_NOEXEC,
		      0);
	return top < 0 ? err_in(top, "'%s'", inside) : 0;
}

/* Binds a directory that is writable through from_fd over its read-only self. Missing is fine. */
static int reopen_dir(const struct rootfs *r, int from_fd, const char *name, const char *inside)
{
	AUTO_FD int src = openat(from_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), dst = -1,
		    top = -1;

	if (src < 0)
		return errno == ENOENT ? 0 : err_sys("'%s'", inside);
	dst = path_open_in(r->fd, inside, PATH_EXISTING);
	if (dst < 0)
		return dst;
	top = bind_fd(r, src, dst, inside, false, 0, 0);
	return top < 0 ? err_in(top, "'%s'", inside) : 0;
}

struct guarded {
	const struct rootfs *r;
	int fd;
	const char *inside;
};

static int guard_name(int list, const char *name, void *arg)
{
	const struct guarded *g = arg;
	struct stat st;
	bool mask;
	int ret;

	if ((name[0] >= '0' && name[0] <= '9') || name[0] == '.')
		return 0;
	if (fstatat(list, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys("'%s/%s'", g->inside, name);
	mask = name_is_in(masked, name);
	if (!mask && !S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) || !(st.st_mode & 0222)))
		return 0;
	ret = protect_entry(g->r, g->fd, g->inside, name, mask);
	return ret < 0 ? ret : 0;
}

static int guard_proc(const struct rootfs *r, int fd, const char *inside, bool own_net)
{
	AUTO_FD int sys = openat(fd, "sys", O_PATH | O_NOFOLLOW | O_CLOEXEC), list = -1;
	AUTO_FREE char *net = str_make("%s/sys/net", inside);
	struct guarded g = { r, fd, inside };
	int ret;

	if (!net)
		return -ENOMEM;
	if (sys < 0 && errno != ENOENT)
		return err_sys("'%s/sys'", inside);
	list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list < 0)
		return err_sys("cannot list '%s'", inside);
	/* An end of the list that is none would leave what follows writable. */
	ret = fd_each_name(list, guard_name, &g);
	if (ret)
		return err_is_set() ? ret : err_code(ret, "cannot list '%s'", inside);
	/* By the handle from before, whose mount is still writable. */
	return own_net && sys >= 0 ? reopen_dir(r, sys, "net", net) : 0;
}

static int guard_sys(const struct rootfs *r, int fd, const char *inside, bool own_net)
{
	AUTO_FREE char *path = str_make("%s/devices/virtual/net", inside);
	AUTO_FD int net = -1;
	int ret;

	if (!path)
		return -ENOMEM;
	/* First the one that stays writable, as a mount of its own; then all the rest. */
	if (own_net) {
		bool held = err_hold();

		net = path_open_in(fd, "devices/virtual/net", PATH_EXISTING);
		if (net < 0 && net != -ENOENT)
			return net;
		err_release(held);
		ret = net < 0 ? 0 : reopen_dir(r, net, ".", path);
		if (ret < 0)
			return ret;
	}
	return bind_remount(fd, MS_RDONLY, 0);
}

int guard_mount(const struct rootfs *r, const struct mount_spec *m, const char *inside)
{
	AUTO_FD int fd = path_open_in(r->fd, inside, PATH_EXISTING);
	char on[FD_PATH_MAX];
	struct statfs fs;

	if (fd < 0)
		return fd;
	if (statfs(fd_path(fd, on), &fs) < 0)
		return err_sys("cannot examine '%s'", inside);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return guard_proc(r, fd, inside, str_eq(m->source, GUARD_NET_OWN));
	if (fs.f_type == SYSFS_MAGIC)
		return guard_sys(r, fd, inside, str_eq(m->source, GUARD_NET_OWN));
	return err_set(EINVAL, "'%s' is neither proc nor sysfs", inside);
}
