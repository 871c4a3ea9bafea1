/* SPDX-License-Identifier: MIT */
/* owns RUNTIME/.watch and the fifos in it: making, finding, writing and removing them */
/* never waits for a reader, never lets a reader change what a monitor does */
#include "monitor/news.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

#define NEWS_DIR ".watch"
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define WRITE_FLAGS (O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)

/* Of one who was killed. Who makes a fifo holds the lock until it has opened it. */
static bool remove_stale(int dir, const char *name)
{
	bool is_removed;
	int fd;

	if (flock(dir, LOCK_EX | LOCK_NB))
		return false;
	fd = openat(dir, name, WRITE_FLAGS);
	is_removed = fd < 0 && errno == ENXIO && !unlinkat(dir, name, 0);
	fd_close(&fd);
	flock(dir, LOCK_UN);
	return is_removed;
}

static int write_to(int dir, const char *name, void *arg)
{
	const struct news *n = arg;
	const char *only = strchr(name, '.');
	AUTO_FD int fd = -1;

	if (only && !str_eq(only + 1, n->entry))
		return 0;
	fd = openat(dir, name, WRITE_FLAGS);
	if (fd < 0 && errno == ENXIO)
		remove_stale(dir, name);
	else if (fd >= 0 && write(fd, n, sizeof(*n)) < 0)
		log_debug("'%s' does not read its news", name);
	return 0;
}

void news_tell(const struct run_dir *d, enum news_kind kind, int value)
{
	struct news n = { .version = NEWS_VERSION, .kind = (uint16_t)kind, .value = value };
	const char *entry = str_base(d->path);
	char path[sizeof(d->path) + sizeof(NEWS_DIR)];
	AUTO_FD int dir = -1;

	str_format(path, sizeof(path), "%.*s" NEWS_DIR, (int)(entry - d->path), d->path);
	dir = open(path, DIR_FLAGS);
	if (dir < 0)
		return;
	str_format(n.entry, sizeof(n.entry), "%s", entry);
	if (fd_each_name(dir, write_to, &n))
		log_debug("cannot read '%s'", path);
	/* Goes with the last of those who were killed. */
	rmdir(path);
}

/* The directory may go away between any two of these; -ENOENT then. */
static int make_fifo(int dir, const char *name)
{
	int fd;

	if (flock(dir, LOCK_EX))
		return -errno;
	/* One of an earlier process of this number. */
	unlinkat(dir, name, 0);
	fd = mkfifoat(dir, name, 0600) ? -1 : openat(dir, name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	flock(dir, LOCK_UN);
	return fd;
}

int news_open(const char *entry, int *dir, char *buf, size_t n)
{
	AUTO_FD int base = run_dir_base(true);
	int tries, ret = -ENOENT;

	if (base < 0)
		return base;
	str_format(buf, n, entry ? "%d.%s" : "%d", getpid(), entry);
	for (tries = 0; ret == -ENOENT && tries < 100; tries++) {
		if (mkdirat(base, NEWS_DIR, 0700) && errno != EEXIST)
			return err_sys("cannot make '" NEWS_DIR "' in the runtime directory");
		*dir = openat(base, NEWS_DIR, DIR_FLAGS);
		ret = *dir < 0 ? -errno : make_fifo(*dir, buf);
		if (ret < 0)
			fd_close(dir);
	}
	return ret < 0 ? err_code(ret, "cannot make a fifo in the runtime directory") : ret;
}

void news_close(int dir, const char *name)
{
	AUTO_FD int base = run_dir_base(false);

	unlinkat(dir, name, 0);
	/* Fails as long as somebody else listens. */
	if (base >= 0)
		unlinkat(base, NEWS_DIR, AT_REMOVEDIR);
}

static int clear_one(int dir, const char *name, void *arg)
{
	*(int *)arg += remove_stale(dir, name);
	return 0;
}

int news_clear(void)
{
	AUTO_FD int base = run_dir_base(false);
	AUTO_FD int dir = base < 0 ? -1 : openat(base, NEWS_DIR, DIR_FLAGS);
	int n = 0, ret;

	if (dir < 0)
		return base < 0 && base != -ENOENT ? base : 0;
	ret = fd_each_name(dir, clear_one, &n);
	unlinkat(base, NEWS_DIR, AT_REMOVEDIR);
	return ret ? ret : n;
}
