/* SPDX-License-Identifier: MIT */
/* owns the directory of a fetched image: its lock, files that appear when they are whole */
/* never believes a directory that others may write to */
#include "store/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "store/image.h"

/* Where files without a name are not to be had: this one's, which goes before the next is made. */
#define PART ".part"

static int set_path(struct cache *c, const struct image_name *i)
{
	const char *set = getenv("LXC_CACHE_PATH"), *home = getenv("HOME"), *base = set, *more = "";
	size_t n;

	if (!base || *base != '/') {
		base = geteuid() && home && *home == '/' ? home : CFG_CACHE_DIR;
		more = base == home ? "/.cache/lxc" : "";
	}
	n = str_format(c->path, sizeof(c->path), "%s%s/download/%s/%s/%s/%s", base, more, i->dist,
		       i->release, i->arch, i->variant);
	return n < sizeof(c->path) ? 0 : err_set(ENAMETOOLONG, "'%s': the path is too long", base);
}

int cache_open(struct cache *c, const struct image_name *i)
{
	struct stat st;
	int ret;

	*c = (struct cache){ .fd = -1 };
	ret = set_path(c, i);
	if (!ret)
		ret = path_make_dirs(c->path, 0755);
	if (ret)
		return ret;
	c->fd = fd_open(c->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (c->fd < 0 || fstat(c->fd, &st))
		return err_sys("cannot open '%s'", c->path);
	/* Who can write here can put another image there, and another digest beside it. */
	if (st.st_uid != geteuid() || st.st_mode & 022)
		return err_set(EPERM, "'%s' can be written by others, and is no place for images",
			       c->path);
	if (flock(c->fd, LOCK_EX | LOCK_NB)) {
		image_say("Waiting for another who fetches this image");
		while (flock(c->fd, LOCK_EX))
			if (errno != EINTR)
				return err_sys("cannot lock '%s'", c->path);
	}
	return 0;
}

void cache_close(struct cache *c)
{
	fd_close(&c->fd);
}

int cache_get(const struct cache *c, const char *name)
{
	struct stat st;
	int fd = openat(c->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : err_sys("'%s/%s'", c->path, name);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(EINVAL, "'%s/%s' is not a regular file", c->path, name);
	}
	return fd;
}

char *cache_get_text(const struct cache *c, const char *name, size_t max)
{
	bool held = err_hold();
	AUTO_FREE char *text = NULL;
	ssize_t n = fd_load_list(c->fd, name, max, &text);

	err_release(held);
	return n < 0 || memchr(text, 0, (size_t)n) ? NULL : take_ptr(text);
}

int cache_new(const struct cache *c)
{
	int fd = openat(c->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);

	if (fd >= 0)
		return fd;
	cache_drop(c, PART);
	fd = openat(c->fd, PART, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? err_sys("cannot make a file in '%s'", c->path) : fd;
}

int cache_put(const struct cache *c, int fd, const char *name)
{
	char path[FD_PATH_MAX];
	struct stat st;
	int ret;

	if (fsync(fd) || fstat(fd, &st))
		return err_sys("cannot write '%s/%s'", c->path, name);
	cache_drop(c, name);
	ret = st.st_nlink ? linkat(c->fd, PART, c->fd, name, 0)
	                  : linkat(AT_FDCWD, fd_path(fd, path), c->fd, name, AT_SYMLINK_FOLLOW);
	if (ret)
		return err_sys("cannot make '%s/%s'", c->path, name);
	cache_drop(c, PART);
	return 0;
}

int cache_put_text(const struct cache *c, const char *text, size_t n, const char *name)
{
	AUTO_FD int fd = cache_new(c);
	int ret;

	if (fd < 0)
		return fd;
	ret = fd_write_all(fd, text, n);
	return ret ? err_code(ret, "cannot write '%s/%s'", c->path, name) : cache_put(c, fd, name);
}

void cache_drop(const struct cache *c, const char *name)
{
	/* What stays is refused later: a new one cannot take its name. */
	if (unlinkat(c->fd, name, 0))
		errno = 0;
}
