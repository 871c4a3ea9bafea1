/* SPDX-License-Identifier: MIT */
/* owns bind mounts: one handle on another, and flags that are true of all that was bound */
/* never resolves a path inside the container but through lib/path.h */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

#define ATIME_KINDS (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

bool name_is_in(const char *names, const char *name)
{
	while (*names && !str_eq(names, name))
		names += strlen(names) + 1;
	return *names;
}

char *mountinfo_path(char *line)
{
	char *word = NULL;
	int i;

	/* ID, parent, major:minor, root, mount point */
	for (i = 0; i < 5; i++) {
		word = str_word(&line, " ");
		if (!word)
			return NULL;
	}
	str_unescape(word);
	return word;
}

int bind_remount(int fd, unsigned long set, unsigned long clear)
{
	char path[FD_PATH_MAX];
	long now = sys_mount_flags(fd);
	unsigned long flags;

	if (now < 0)
		return err_code((int)now, "cannot read the flags of a mount");
	flags = (unsigned long)now & ~clear;
	if (set & ATIME_KINDS)
		flags &= ~(unsigned long)ATIME_KINDS;
	flags |= set & MOUNT_FLAGS;
	if (mount(NULL, fd_path(fd, path), NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
		return errno == EINVAL ? err_set(EINVAL, "nothing is mounted there")
				       : err_sys("cannot set the flags of the mount");
	/*
	 * MS_RELATIME and MS_STRICTATIME tell how times are kept, not what may be done: a kernel
	 * may have its own idea.
	 */
	now = sys_mount_flags(fd);
	if (now < 0 ||
	    set & MOUNT_FLAGS & ~(unsigned long)(ATIME_KINDS | MS_NODIRATIME) & ~(unsigned long)now)
		return err_set(EPERM, "the mount flags did not take effect");
	return 0;
}

static uint64_t attr_of(unsigned long ms)
{
	return (ms & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0) | (ms & MS_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (ms & MS_NODEV ? MOUNT_ATTR_NODEV : 0) | (ms & MS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) |
	       (ms & MS_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0) |
	       (ms & MS_NOSYMFOLLOW ? MOUNT_ATTR_NOSYMFOLLOW : 0);
}

int bind_tree(int src_fd, const char *src, bool rec, unsigned long set, unsigned long clear)
{
	unsigned int below = rec ? AT_RECURSIVE : 0, empty = *src ? 0 : AT_EMPTY_PATH;
	AUTO_FD int fd = sys_open_tree(src_fd, src,
				       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | empty | below);
	uint64_t attr_set = attr_of(set), attr_clear = attr_of(clear);
	int ret;

	if (fd == -ENOSYS)
		return fd;
	if (fd < 0)
		return err_code(fd, "cannot bind");
	if ((set | clear) & ATIME_KINDS) {
		attr_clear |= MOUNT_ATTR__ATIME;
		if (set & MS_NOATIME)
			attr_set |= MOUNT_ATTR_NOATIME;
		else if (set & MS_STRICTATIME)
			attr_set |= MOUNT_ATTR_STRICTATIME;
	}
	if (attr_set | attr_clear) {
		ret = sys_mount_setattr(fd, "", AT_EMPTY_PATH | below, attr_set,
					attr_clear & ~(attr_set & ~MOUNT_ATTR__ATIME));
		if (ret == -ENOSYS)
			return ret;
		if (ret < 0)
			return err_code(ret, "cannot set the flags of the mount");
	}
	return take_fd(&fd);
}

int bind_put(int tree, int dst_fd)
{
	int ret = sys_move_mount(tree, "", dst_fd, "",
				 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

	return ret < 0 ? err_code(ret, "cannot bind") : 0;
}

/* As bind_tree, and put on the handle. */
static int bind_detached(int src_fd, const char *src, int dst_fd, bool rec, unsigned long set,
			 unsigned long clear)
{
	AUTO_FD int fd = bind_tree(src_fd, src, rec, set, clear);
	int ret = fd < 0 ? fd : bind_put(fd, dst_fd);

	return ret ? ret : take_fd(&fd);
}

/*
 * The kernel before 5.12 changes one mount at a time, so those below are looked up in the mount
 * table.
 */
struct below {
	int root_fd;
	const char *root, *inside;
	unsigned long set, clear;
};

/* The path in the container's root of a mount below the one that was bound; NULL: not below it. */
static const char *below_path(const struct below *b, const char *path)
{
	const char *in_root = path ? path_below(path, b->root) : NULL;
	const char *rest = in_root ? path_below(in_root, b->inside) : NULL;

	return rest && *rest ? in_root : NULL;
}

/*
 * Has each mount below the flags that were set on all at once? What lies behind another mount, such
 * as what was below the target before, cannot be seen, and so not be looked at.
 */
static int check_below(char *line, void *arg)
{
	const struct below *b = arg;
	const char *in_root = below_path(b, mountinfo_path(line));
	bool held = err_hold();
	AUTO_FD int fd = in_root ? path_open_in(b->root_fd, in_root, PATH_EXISTING) : -ENOENT;
	long now = fd < 0 ? fd : sys_mount_flags(fd);

	if (now == -ENOENT) {
		err_release(held);
		return 0;
	}
	if (now >= 0 && !(b->set & ~(unsigned long)now))
		return 0;
	return err_set(-BIND_HALF_DONE, "the mount flags did not take effect on '%s'", in_root);
}

static int remount_below(char *line, void *arg)
{
	const struct below *b = arg;
	const char *in_root = below_path(b, mountinfo_path(line));
	int fd, ret;

	if (!in_root)
		return 0;
	fd = path_open_in(b->root_fd, in_root, PATH_EXISTING);
	if (fd < 0)
		return err_in(fd, "mount below '%s'", b->inside);
	ret = bind_remount(fd, b->set, b->clear);
	fd_close(&fd);
	return ret < 0 ? err_in(ret, "'%s'", in_root) : 0;
}

static bool same_object(int a, int b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/*
 * Any kernel: mount(2) on the names that /proc gives to handles. The new mount can only be reached
 * by walking there again, and somebody who shares the tree could have moved things about meanwhile:
 * what is found must be what was bound.
 */
static int finish_by_path(const struct rootfs *r, int src_fd, const char *inside, bool rec,
			  unsigned long set, unsigned long clear)
{
	AUTO_FD int host = r->fd < 0 ? fd_open("/", O_PATH | O_DIRECTORY) : -1, top = -1;
	struct below b = { r->fd < 0 ? host : r->fd, r->path, inside, set, clear };
	int ret;

	top = path_open_in(b.root_fd, inside, PATH_EXISTING);
	if (top < 0)
		return err_in(top, "target moved while it was mounted on");
	if (!same_object(src_fd, top))
		return err_set(ELOOP, "target '%s' was exchanged while it was mounted on", inside);
	if (!((set | clear) & MOUNT_FLAGS))
		return take_fd(&top);
	ret = bind_remount(top, set, clear);
	if (!ret && rec)
		ret = fd_each_line(AT_FDCWD, "/proc/self/mountinfo", remount_below, &b);
	return ret < 0 ? ret : take_fd(&top);
}

static int bind_by_path(const struct rootfs *r, int src_fd, int dst_fd, const char *inside,
			bool rec, unsigned long set, unsigned long clear)
{
	char src[FD_PATH_MAX], dst[FD_PATH_MAX];
	int ret;

	if (mount(fd_path(src_fd, src), fd_path(dst_fd, dst), NULL, MS_BIND | (rec ? MS_REC : 0),
		  NULL) < 0)
		return err_sys("cannot bind");
	ret = finish_by_path(r, src_fd, inside, rec, set, clear);
	return ret < 0 ? BIND_HALF_DONE : ret;
}

static int check_all_below(const struct rootfs *r, const char *inside, unsigned long want)
{
	AUTO_FD int host = r->fd < 0 ? fd_open("/", O_PATH | O_DIRECTORY) : -1;
	struct below b = { r->fd < 0 ? host : r->fd, r->path, inside, want, 0 };

	return fd_each_line(AT_FDCWD, "/proc/self/mountinfo", check_below, &b);
}

static int bind(const struct rootfs *r, int src_fd, const char *src, int dst_fd, const char *inside,
		bool rec, unsigned long set, unsigned long clear)
{
	unsigned long want = set & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW);
	int fd = CFG_NEW_MOUNT_API ? bind_detached(src_fd, src, dst_fd, rec, set, clear) : -ENOSYS;
	long now;

	if (fd == -ENOSYS && !err_is_set()) {
		AUTO_FD int opened = *src ? fd_open(src, O_PATH) : -1;

		if (*src && opened < 0)
			return err_sys("cannot bind");
		return bind_by_path(r, *src ? opened : src_fd, dst_fd, inside, rec, set, clear);
	}
	if (fd < 0)
		return fd;
	now = sys_mount_flags(fd);
	if (now < 0 || want & ~(unsigned long)now) {
		fd_close(&fd);
		return err_set(-BIND_HALF_DONE, "the mount flags did not take effect");
	}
	if (rec && want && check_all_below(r, inside, want)) {
		fd_close(&fd);
		return BIND_HALF_DONE;
	}
	return fd;
}

int bind_fd(const struct rootfs *r, int src_fd, int dst_fd, const char *inside, bool rec,
	    unsigned long set, unsigned long clear)
{
	return bind(r, src_fd, "", dst_fd, inside, rec, set, clear);
}

int bind_path(const struct rootfs *r, const char *path, int dst_fd, const char *inside, bool rec,
	      unsigned long set, unsigned long clear)
{
	return bind(r, AT_FDCWD, path, dst_fd, inside, rec, set, clear);
}
