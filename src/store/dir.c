/* SPDX-License-Identifier: MIT */
/* owns LXCPATH/NAME while it is made or removed: the mark in it, its lock, what goes with it */
/* never takes a directory with something in it that is not its own */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "store/store.h"

#define MARK "partial"

static const struct flock whole_file = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

/* As LXC: seen by its F_OFD_GETLK; the older kind, which goes with any of our descriptors of the
 * file, before 3.15. */
static int lock_mark(int fd)
{
	struct flock lock = whole_file;

	if (!fcntl(fd, F_OFD_SETLK, &lock))
		return 0;
	lock = whole_file;
	if (errno != EINVAL || !fcntl(fd, F_SETLK, &lock))
		return errno == EINVAL ? 0 : -errno;
	return -errno;
}

/* Whether the descriptor is still what its name leads to. */
static bool is_there(const struct store_dir *d, int fd)
{
	struct stat a, b;

	return !fstat(fd, &a) && !fstatat(d->fd, MARK, &b, AT_SYMLINK_NOFOLLOW) &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* 1: made now, 0: it was there. */
static int take_mark(struct store_dir *d)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int tries, ret;

	for (tries = 0; tries < 8; tries++) {
		AUTO_FD int fd = openat(d->fd, MARK, flags | O_CREAT | O_EXCL, 0600);
		bool is_new = fd >= 0;

		if (!is_new && errno == EEXIST)
			fd = openat(d->fd, MARK, flags);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return err_sys("cannot make '%s/" MARK "'", d->path);
		ret = lock_mark(fd);
		if (ret == -EAGAIN || ret == -EACCES)
			return err_set(EBUSY, "'%s' is being made or removed by somebody else",
				       d->path);
		if (ret)
			return err_code(ret, "cannot lock '%s/" MARK "'", d->path);
		if (!is_there(d, fd))
			continue;
		d->mark = take_fd(&fd);
		return is_new;
	}
	return err_set(EBUSY, "'%s' is being made or removed by somebody else", d->path);
}

static int set_path(struct store_dir *d, const char *lxcpath, const char *name)
{
	*d = (struct store_dir){ .base = -1, .fd = -1, .mark = -1, .name = name };
	if (str_format(d->path, sizeof(d->path), "%s/%s", lxcpath, name) < sizeof(d->path))
		return 0;
	return err_set(ENAMETOOLONG, "'%s/%s' is too long", lxcpath, name);
}

static int open_dir(struct store_dir *d, const char *lxcpath, const char *name)
{
	struct stat st;

	d->base = fd_open(lxcpath, O_RDONLY | O_DIRECTORY);
	if (d->base < 0)
		return errno == ENOENT ? -ENOENT : err_sys("'%s'", lxcpath);
	d->fd = openat(d->base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd >= 0)
		return 0;
	if (errno == ENOENT)
		return -ENOENT;
	if (!fstatat(d->base, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode))
		return err_set(ELOOP, "'%s' is a symbolic link", d->path);
	return err_sys("'%s'", d->path);
}

int store_open(struct store_dir *d, const char *lxcpath, const char *name)
{
	int ret = set_path(d, lxcpath, name);

	if (!ret)
		ret = open_dir(d, lxcpath, name);
	if (ret)
		store_close(d);
	return ret;
}

void store_close(struct store_dir *d)
{
	fd_close(&d->mark);
	fd_close(&d->fd);
	fd_close(&d->base);
}

int store_mark(struct store_dir *d)
{
	int ret = d->mark < 0 ? take_mark(d) : 0;

	return ret < 0 ? ret : 0;
}

static int is_other(int dir_fd, const char *name, void *arg)
{
	return !str_eq(name, MARK);
}

/* What was noted goes first: the note is what tells of it. */
static int remove_noted(struct store_dir *d)
{
	char text[2 * PATH_MAX], *at, *line;
	/* Another descriptor of it that is closed could take the older kind of lock away. */
	ssize_t n = lseek(d->mark, 0, SEEK_SET) ? -errno
	                                        : fd_read_all(d->mark, text, sizeof(text) - 1);
	int ret = 0;

	if (n < 0)
		return err_code((int)n, "cannot read '%s/" MARK "'", d->path);
	text[n] = '\0';
	for (at = text; !ret && *at;) {
		line = at;
		at += strcspn(at, "\n");
		/* A line without its end was not written to the end, and nothing was made. */
		if (!*at)
			break;
		*at++ = '\0';
		ret = *line ? store_remove_path(line) : 0;
	}
	return ret;
}

static int remove_all(struct store_dir *d)
{
	int ret = remove_noted(d);

	return ret ? ret : store_remove_content(d->fd, MARK, d->path);
}

/* A new mark in a directory that was there: nobody's, when it is empty. */
static int check_taken(struct store_dir *d)
{
	struct stat st;
	int ret;

	if (!fstatat(d->fd, "config", &st, AT_SYMLINK_NOFOLLOW))
		return err_set(EEXIST, "the container exists already ('%s/config')", d->path);
	if (lseek(d->fd, 0, SEEK_SET) < 0)
		return err_sys("cannot read '%s'", d->path);
	ret = fd_each_name(d->fd, is_other, NULL);
	if (ret > 0)
		return err_set(EEXIST, "'%s' is there and holds something that is no container",
			       d->path);
	return ret ? err_code(ret, "cannot read '%s'", d->path) : 0;
}

/* What is there without a mark is looked at before one is made in it. */
static int take_dir(struct store_dir *d)
{
	struct stat st;
	int ret = fstatat(d->fd, MARK, &st, AT_SYMLINK_NOFOLLOW) ? check_taken(d) : 0;

	if (!ret)
		ret = take_mark(d);
	if (ret == 1) {
		ret = check_taken(d);
		if (ret)
			unlinkat(d->fd, MARK, 0);
		return ret;
	}
	if (!ret)
		ret = remove_all(d);
	/* What it noted is gone: another has another's. */
	return ret ? ret : ftruncate(d->mark, 0) ? err_sys("'%s/" MARK "'", d->path) : 0;
}

int store_begin(struct store_dir *d, const char *lxcpath, const char *name)
{
	int ret = set_path(d, lxcpath, name);
	bool made = false;

	if (!ret)
		ret = path_make_dirs(lxcpath, 0755);
	if (ret)
		return ret;
	ret = open_dir(d, lxcpath, name);
	if (ret == -ENOENT && d->base >= 0) {
		made = !mkdirat(d->base, name, 0770);
		if (!made && errno != EEXIST)
			ret = err_sys("cannot make directory '%s'", d->path);
		else
			fd_close(&d->base), ret = open_dir(d, lxcpath, name);
	}
	if (ret == -ENOENT)
		err_set(ENOENT, "'%s' is gone again", d->path);
	if (!ret)
		ret = take_dir(d);
	if (ret) {
		if (made)
			unlinkat(d->base, name, AT_REMOVEDIR);
		store_close(d);
	}
	return ret;
}

int store_note(struct store_dir *d, const char *tree)
{
	AUTO_FREE char *line = str_make("%s\n", tree);
	int ret = !line ? -ENOMEM : strchr(tree, '\n') ? -EINVAL : 0;

	if (!ret && lseek(d->mark, 0, SEEK_END) < 0)
		ret = -errno;
	if (!ret)
		ret = fd_write_all(d->mark, line, strlen(line));
	return ret ? err_code(ret, "cannot write '%s/" MARK "'", d->path) : 0;
}

int store_commit(struct store_dir *d)
{
	int ret = unlinkat(d->fd, MARK, 0) ? err_sys("cannot remove '%s/" MARK "'", d->path) : 0;

	if (!ret)
		store_close(d);
	return ret;
}

int store_abort(struct store_dir *d)
{
	int ret = remove_all(d);

	if (!ret && unlinkat(d->fd, MARK, 0) && errno != ENOENT)
		ret = err_sys("cannot remove '%s/" MARK "'", d->path);
	if (!ret && unlinkat(d->base, d->name, AT_REMOVEDIR) && errno != ENOENT &&
	    errno != ENOTEMPTY && errno != EEXIST)
		ret = err_sys("cannot remove '%s'", d->path);
	store_close(d);
	return ret;
}
