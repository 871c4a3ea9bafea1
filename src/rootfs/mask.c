/* SPDX-License-Identifier: MIT */
/* owns lxcbox.mask and lxcbox.readonly: what of the finished tree cannot be seen, or written to */
/* never hides less than was asked for: what cannot be hidden fails the start */
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
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

/*
 * The words: of each directory all is hidden that is not named here, so that what a vendor's kernel
 * adds is hidden, too. What stays is what programs ask for to know about the machine's load, their
 * own processes and interfaces; no address, no identity, no hardware.
 */
static const struct word {
	char name[8], dir[24];
	const char *keep;
} words[] = {
	{ "proc", "proc",
	  "cgroups\0cpuinfo\0devices\0diskstats\0filesystems\0loadavg\0meminfo\0misc\0mounts\0net\0"
	  "pressure\0self\0stat\0swaps\0sys\0sysvipc\0thread-self\0tty\0uptime\0version\0vmstat\0" },
	{ "sys", "sys", "block\0class\0dev\0devices\0fs\0" },
	{ "sys", "sys/fs", "cgroup\0" },
	{ "sys", "sys/devices", "system\0virtual\0" },
	{ "sys", "sys/devices/virtual", "mem\0misc\0net\0tty\0" },
};

struct masking {
	const struct conf *c;
	const struct rootfs *r;
	const struct word *word;
	int empty_fd;	/* a directory that is hidden by a tmpfs: the next ones get the same */
};

/* 1 when path is one that "!path" keeps. What lies below a hidden one could not be kept: an error. */
static int is_kept(const struct masking *m, const char *path)
{
	const struct conf_item *it;
	const char *below;

	for (it = m->c->mask.first; it; it = it->next) {
		below = *it->v == '!' ? path_below(it->v + 2, path) : NULL;
		if (below && !*below)
			return 1;
		if (below)
			return err_set(EINVAL, "'%s' lies in '/%s', which is hidden", it->v, path);
	}
	return 0;
}

static int hide_by_null(const struct masking *m, int dst, const char *path)
{
	AUTO_FD int null = fd_open("/dev/null", O_PATH | O_NOFOLLOW), top = -1;

	if (null < 0)
		return err_sys("'/dev/null'");
	top = bind_fd(m->r, null, dst, path, false, MS_RDONLY | MS_NOSUID | MS_NOEXEC, 0);
	return top < 0 ? top : 0;
}

static int hide_by_tmpfs(struct masking *m, int dst, const char *path)
{
	unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	AUTO_FD int top = -1;
	char on[FD_PATH_MAX];
	struct statfs fs;

	if (m->empty_fd >= 0) {
		top = bind_fd(m->r, m->empty_fd, dst, path, false, flags, 0);
		return top < 0 ? top : 0;
	}
	if (mount("tmpfs", fd_path(dst, on), "tmpfs", flags, "size=4k,nr_inodes=2,mode=555") < 0)
		return err_sys("cannot mount a tmpfs");
	top = path_open_in(m->r->fd, path, PATH_EXISTING);
	if (top < 0)
		return top;
	if (statfs(fd_path(top, on), &fs) < 0 || fs.f_type != TMPFS_MAGIC || fs.f_files != 2)
		return err_set(EIO, "something else is mounted there");
	m->empty_fd = take_fd(&top);
	return 0;
}

static int hide(struct masking *m, int dst, const char *path)
{
	struct stat st;
	int ret = is_kept(m, path);

	if (ret)
		return ret < 0 ? ret : 0;
	if (fstat(dst, &st) < 0)
		return err_sys("'/%s'", path);
	if (S_ISDIR(st.st_mode))
		ret = hide_by_tmpfs(m, dst, path);
	else
		ret = hide_by_null(m, dst, path);
	return ret < 0 ? err_in(ret, "cannot hide '/%s'", path) : 0;
}

static int hide_name(int list, const char *name, void *arg)
{
	struct masking *m = arg;
	AUTO_FREE char *path = str_make("%s/%s", m->word->dir, name);
	AUTO_FD int dst = -1;
	struct stat st;

	if (!path)
		return -ENOMEM;
	/* Processes. */
	if ((name[0] >= '0' && name[0] <= '9') || name_is_in(m->word->keep, name))
		return 0;
	dst = openat(list, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (dst < 0 || fstat(dst, &st) < 0)
		return errno == ENOENT ? 0 : err_sys("'/%s'", path);
	/* A link leads to what is hidden itself, or may be seen. A device is /dev/null: hidden. */
	return S_ISLNK(st.st_mode) || S_ISCHR(st.st_mode) ? 0 : hide(m, dst, path);
}

/* Opens a path inside; -ENOENT without err when there is none. */
static int open_inside(const struct masking *m, const char *path)
{
	bool held = err_hold();
	int fd = path_open_in(m->r->fd, path, PATH_EXISTING);

	if (fd != -ENOENT)
		return fd;
	err_release(held);
	log_info("'/%s' is not there", path);
	return fd;
}

static int hide_but(struct masking *m, const struct word *w)
{
	AUTO_FD int fd = open_inside(m, w->dir), list = -1;
	char on[FD_PATH_MAX];
	struct statfs fs;
	int ret;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (statfs(fd_path(fd, on), &fs) < 0)
		return err_sys("'/%s'", w->dir);
	/* Where neither is mounted nothing of the kernel's is seen. */
	if (fs.f_type != PROC_SUPER_MAGIC && fs.f_type != SYSFS_MAGIC) {
		log_info("'/%s' is of neither proc nor sysfs", w->dir);
		return 0;
	}
	list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list < 0)
		return err_sys("cannot list '/%s'", w->dir);
	m->word = w;
	ret = fd_each_name(list, hide_name, m);
	return ret && !err_is_set() ? err_code(ret, "cannot list '/%s'", w->dir) : ret;
}

static int hide_item(struct masking *m, const char *item)
{
	AUTO_FD int dst = -1;
	unsigned int i;
	int ret = 0;

	if (*item == '!')
		return 0;
	if (*item == '/') {
		dst = open_inside(m, item + 1);
		return dst >= 0 ? hide(m, dst, item + 1) : dst == -ENOENT ? 0 : dst;
	}
	for (i = 0; i < ARRAY_SIZE(words) && !ret; i++)
		if (str_eq(words[i].name, item))
			ret = hide_but(m, &words[i]);
	return ret;
}

static int keep_readonly(const struct masking *m, const char *path)
{
	AUTO_FD int dst = open_inside(m, path), top = -1;

	if (dst < 0)
		return dst == -ENOENT ? 0 : dst;
	top = bind_fd(m->r, dst, dst, path, true, MS_RDONLY, 0);
	return top < 0 ? err_in(top, "'/%s'", path) : 0;
}

int rootfs_mask(const struct conf *c, const struct rootfs *r)
{
	struct masking m = { .c = c, .r = r, .empty_fd = -1 };
	const struct conf_item *it;
	char at[ORIGIN_MAX];
	int ret = 0;

	for (it = c->readonly.first; it; it = it->next) {
		ret = keep_readonly(&m, it->v + 1);
		if (ret)
			return err_in(ret, "%slxcbox.readonly", origin_text(it->at, at));
	}
	for (it = c->mask.first; it && !ret; it = it->next) {
		ret = hide_item(&m, it->v);
		if (ret)
			err_in(ret, "%slxcbox.mask", origin_text(it->at, at));
	}
	fd_close(&m.empty_fd);
	return ret;
}
