/* SPDX-License-Identifier: MIT */
/* owns the removal of trees that somebody hostile has made, and may still be changing */
/* never follows a link, never leaves the mount it began on, never climbs by ".." */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/mapped.h"
#include "store/store.h"

/*
 * So many directories are open at a time. What lies deeper is moved up to the first of them and
 * removed there: no tree is too deep, and no path too long.
 */
#define DEPTH_MAX 20

/* A directory that is never empty after so many turns has somebody writing in it. */
#define TURNS_MAX 64
#define MOVED_MAX 1000000

struct removal {
	int top_fd;		/* where deep ones are moved to */
	unsigned int depth, moved;
	char path[PATH_MAX];	/* of what is at work, for messages; what is too long is cut */
	size_t len;
};

struct level {
	struct removal *r;
	const char *but;	/* stays, NULL: nothing does */
	unsigned int left;	/* names that were there */
};

static int remove_content(struct removal *r, int dir_fd, const char *but);

static int cannot(const struct removal *r, int err)
{
	if (err == EBUSY || err == EXDEV)
		return err_set(EBUSY, "cannot remove '%s': something is mounted on it", r->path);
	if (err == EPERM)
		return err_set(EPERM, "cannot remove '%s': %s (immutable or append-only? lsattr -d)",
			       r->path, strerror(err));
	return err_code(err, "cannot remove '%s'", r->path);
}

/* By what /proc tells of descriptors since 3.15; the device alone before. */
static int same_mount(int dir_fd, int fd)
{
	int of[2] = { dir_fd, fd }, i;
	struct stat st[2];
	uint64_t id[2] = { 0, 0 };

	for (i = 0; i < 2; i++) {
		char path[40], buf[512], *at;

		if (fstat(of[i], &st[i]))
			return -errno;
		str_format(path, sizeof(path), "/proc/self/fdinfo/%d", of[i]);
		if (fd_read_file(AT_FDCWD, path, buf, sizeof(buf)) < 0)
			continue;
		at = strstr(buf, "mnt_id:");
		if (at)
			at += strcspn(at, "0123456789");
		if (at && str_to_u64(str_word(&at, "\n"), UINT64_MAX, &id[i]))
			id[i] = 0;
	}
	return st[0].st_dev == st[1].st_dev && id[0] == id[1] ? 0 : -EXDEV;
}

/* A directory to be emptied: below dir_fd, on its mount, not by a link. */
static int open_here(int dir_fd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = sys_openat2(dir_fd, name, flags, 0, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS), ret;

	if (fd != -ENOSYS && fd != -EPERM)
		return fd;
	fd = openat(dir_fd, name, flags);
	if (fd < 0)
		return -errno;
	ret = same_mount(dir_fd, fd);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

/* Up to the first, under a name that is not there: what it is of the rest does not matter. */
static int move_up(struct removal *r, int dir_fd, const char *name)
{
	char to[32];
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		struct stat st;

		str_format(to, sizeof(to), ".removed-%u", r->moved++);
		if (!fstatat(r->top_fd, to, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (!renameat(dir_fd, name, r->top_fd, to))
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
			return -errno;
	}
	return -EEXIST;
}

static int remove_dir(struct removal *r, int dir_fd, const char *name)
{
	AUTO_FD int fd = -1;
	int ret;

	if (!unlinkat(dir_fd, name, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	/* Not a directory any more: the next turn takes it. */
	if (errno == ENOTDIR)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return cannot(r, errno);
	if (r->depth == DEPTH_MAX) {
		ret = move_up(r, dir_fd, name);
		return !ret || ret == -ENOENT ? 0 : cannot(r, -ret);
	}
	fd = open_here(dir_fd, name);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return cannot(r, -fd);
	r->depth++;
	ret = remove_content(r, fd, NULL);
	r->depth--;
	if (ret)
		return ret;
	if (unlinkat(dir_fd, name, AT_REMOVEDIR) && errno != ENOENT && errno != ENOTEMPTY &&
	    errno != EEXIST && errno != ENOTDIR)
		return cannot(r, errno);
	return 0;
}

static int remove_name(int dir_fd, const char *name, void *arg)
{
	struct level *l = arg;
	struct removal *r = l->r;
	size_t len = r->len;
	int ret = 0;

	if (l->but && str_eq(name, l->but))
		return 0;
	l->left++;
	if (len < sizeof(r->path))
		r->len += str_format(r->path + len, sizeof(r->path) - len, "/%s", name);
	if (unlinkat(dir_fd, name, 0) && errno != ENOENT) {
		/* Linux says EISDIR, others and some file systems what POSIX has. */
		struct stat st;
		int err = errno;

		if (err == EISDIR || (!fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) &&
				      S_ISDIR(st.st_mode)))
			ret = remove_dir(r, dir_fd, name);
		else
			ret = cannot(r, err);
	}
	r->len = len;
	if (len < sizeof(r->path))
		r->path[len] = '\0';
	return ret;
}

/* Over and over until a turn finds nothing: names may be skipped while others go, and come. */
static int remove_content(struct removal *r, int dir_fd, const char *but)
{
	unsigned int moved = r->moved;
	int turns, ret;

	for (turns = 0; turns < TURNS_MAX; turns++) {
		struct level l = { r, but, 0 };

		if (lseek(dir_fd, 0, SEEK_SET) < 0)
			return cannot(r, errno);
		ret = fd_each_name(dir_fd, remove_name, &l);
		if (ret)
			return err_is_set() ? ret : cannot(r, -ret);
		if (!l.left)
			return 0;
		/* What was too deep is nearer now. */
		if (r->moved != moved && r->moved < MOVED_MAX)
			turns = 0;
		moved = r->moved;
	}
	return err_set(EBUSY, "cannot remove '%s': something goes on writing in it", r->path);
}

/* Of store_remove: fd, name and shown; of the other one name is what stays. */
struct removed {
	int fd;
	const char *name, *shown;
};

static int remove_in(void *arg)
{
	const struct removed *x = arg;
	struct removal r = { .top_fd = x->fd };

	r.len = str_format(r.path, sizeof(r.path), "%s", x->shown);
	return remove_content(&r, x->fd, x->name);
}

int store_remove_content(int dir_fd, const char *but, const char *shown)
{
	struct removed x = { dir_fd, but, shown };

	return CFG_UNPRIVILEGED ? mapped_run(remove_in, &x) : remove_in(&x);
}

static int remove_one(void *arg)
{
	const struct removed *x = arg;
	const char *name = x->name, *shown = x->shown;
	int at_fd = x->fd;
	struct removal r = { .top_fd = -1 };
	AUTO_FD int fd = -1;
	int ret;

	r.len = str_format(r.path, sizeof(r.path), "%s/%s", str_eq(shown, "/") ? "" : shown, name);
	if (!unlinkat(at_fd, name, 0) || errno == ENOENT)
		return 0;
	if (!unlinkat(at_fd, name, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return cannot(&r, errno);
	fd = open_here(at_fd, name);
	if (fd < 0)
		return cannot(&r, -fd);
	r.top_fd = fd;
	ret = remove_content(&r, fd, NULL);
	if (ret)
		return ret;
	return unlinkat(at_fd, name, AT_REMOVEDIR) && errno != ENOENT ? cannot(&r, errno) : 0;
}

int store_remove(int at_fd, const char *name, const char *shown)
{
	struct removed x = { at_fd, name, shown };

	return CFG_UNPRIVILEGED ? mapped_run(remove_one, &x) : remove_one(&x);
}

int store_remove_path(const char *path)
{
	AUTO_FREE char *copy = str_dup(path);
	AUTO_FD int dir = -1;
	char *base;

	if (!copy)
		return -ENOMEM;
	path_clean(copy);
	base = strrchr(copy, '/');
	if (*copy != '/' || !base[1] || str_eq(base, "/..") || str_eq(base, "/."))
		return err_set(EINVAL, "'%s' is not removed: it names no tree of a container", path);
	*base++ = '\0';
	dir = fd_open(*copy ? copy : "/", O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return errno == ENOENT ? 0 : err_sys("'%s'", copy);
	return store_remove(dir, base, *copy ? copy : "/");
}
