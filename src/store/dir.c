/* SPDX-License-Identifier: MIT */
/* owns LXCPATH/NAME while it is made or removed: the mark in it, its lock, what goes with it */
/* never takes a directory with something in it that is not its own */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/store.h"

#define MARK "partial"

/* How long somebody who makes or removes it is waited for. */
#define MARK_WAIT_MS 5000

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

static int busy(const struct store_dir *d)
{
	return err_set(EBUSY, "'%s' is being made or removed by somebody else", d->path);
}

/* Whether the descriptor is still what its name leads to. */
static bool is_there(const struct store_dir *d, int fd)
{
	struct stat a, b;

	return !fstat(fd, &a) && !fstatat(d->fd, MARK, &b, AT_SYMLINK_NOFOLLOW) &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* 1: made now, 0: it was there. -EAGAIN without err text: somebody has it locked; -ESTALE: the
 * directory is gone. */
static int try_mark(struct store_dir *d)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	AUTO_FD int fd = openat(d->fd, MARK, flags | O_CREAT | O_EXCL, 0600);
	bool is_new = fd >= 0;
	struct stat st;
	int ret;

	if (!is_new && errno == EEXIST)
		fd = openat(d->fd, MARK, flags);
	if (fd < 0 && errno == ENOENT)
		return !fstat(d->fd, &st) && !st.st_nlink ? -ESTALE : -EAGAIN;
	if (fd < 0)
		return err_sys("cannot make '%s/" MARK "'", d->path);
	ret = lock_mark(fd);
	if (ret == -EACCES)
		ret = -EAGAIN;
	if (ret)
		return ret == -EAGAIN ? ret : err_code(ret, "cannot lock '%s/" MARK "'", d->path);
	if (!is_there(d, fd))
		return -EAGAIN;
	d->mark = take_fd(&fd);
	return is_new;
}

/* The same, waited for: who removes it is done soon. -EBUSY with err. */
static int take_mark(struct store_dir *d)
{
	int64_t end = sys_now_ms() + MARK_WAIT_MS;
	int ret;

	while ((ret = try_mark(d)) == -EAGAIN && sys_now_ms() < end)
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	return ret == -EAGAIN ? busy(d) : ret;
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

/*
 * A mark that names a tree must never be seen without it: it is written under another name, which
 * says nothing to anybody.
 */
static int make_noted_mark(struct store_dir *d, const char *tree)
{
	const char *new = MARK ".new";
	AUTO_FD int fd = openat(d->fd, new, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
				0600);
	int ret = fd < 0 ? err_sys("cannot make '%s/%s'", d->path, new) : lock_mark(fd);

	if (ret)
		return ret == -EAGAIN || ret == -EACCES ? busy(d) : ret;
	d->mark = take_fd(&fd);
	ret = store_note(d, tree);
	if (!ret && (fsync(d->mark) || linkat(d->fd, new, d->fd, MARK, 0)))
		ret = errno == EEXIST ? busy(d) : err_sys("cannot make '%s/" MARK "'", d->path);
	unlinkat(d->fd, new, 0);
	if (ret)
		fd_close(&d->mark);
	return ret;
}

int store_mark(struct store_dir *d, const char *tree)
{
	int ret = tree ? make_noted_mark(d, tree) : take_mark(d);

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

	if (lseek(d->fd, 0, SEEK_SET) < 0)
		return err_sys("cannot read '%s'", d->path);
	ret = fd_each_name(d->fd, is_other, NULL);
	/* Looked for last: somebody else may have been about to finish it. */
	if (!fstatat(d->fd, "config", &st, AT_SYMLINK_NOFOLLOW))
		return err_set(EEXIST, "the container exists already ('%s/config')", d->path);
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

static int begin(struct store_dir *d, const char *lxcpath, const char *name)
{
	int ret = open_dir(d, lxcpath, name);
	bool made = false;

	if (ret == -ENOENT && d->base >= 0) {
		made = !mkdirat(d->base, name, 0770);
		if (!made && errno != EEXIST)
			return err_sys("cannot make directory '%s'", d->path);
		fd_close(&d->base);
		ret = open_dir(d, lxcpath, name);
	}
	if (ret == -ENOENT)
		return -ESTALE;
	/* Whatever the caller's mask takes; as LXC. */
	if (!ret && made && fchmod(d->fd, 0770))
		ret = err_sys("'%s'", d->path);
	if (!ret)
		ret = take_dir(d);
	if (ret && made)
		unlinkat(d->base, name, AT_REMOVEDIR);
	return ret;
}

int store_begin(struct store_dir *d, const char *lxcpath, const char *name)
{
	int ret = set_path(d, lxcpath, name), tries;

	if (!ret)
		ret = path_make_dirs(lxcpath, 0755);
	if (ret)
		return ret;
	for (tries = 0; tries < 8; tries++) {
		ret = begin(d, lxcpath, name);
		if (!ret)
			return 0;
		store_close(d);
		if (ret != -ESTALE)
			return ret;
	}
	return busy(d);
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
