/* SPDX-License-Identifier: MIT */
/* owns the end of a rename and of a restore, which somebody who was killed may have left open */
/* never takes away what is whole before what is to replace it is */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "store/clone_internal.h"

const char *settle_name(char *buf, const char *path)
{
	str_format(buf, SETTLE_NAME_MAX, "config.%016llx", (unsigned long long)str_hash(path));
	return buf;
}

struct swap {
	const char *path;
	int dir, old;
};

static bool is_last(const char *name)
{
	return str_eq(name, "config");
}

/* The old one aside, the new one in its place; each can be the first that is left to do. */
static int swap_one(const struct swap *s, int new_fd, const char *name)
{
	/* A file is replaced at once. */
	if (!is_last(name) && renameat(s->dir, name, s->old, name) && errno != ENOENT)
		return err_sys("cannot move '%s/%s' away", s->path, name);
	if (renameat(new_fd, name, s->dir, name))
		return err_sys("cannot put the new '%s/%s' in its place", s->path, name);
	return 0;
}

static int swap_tree(int new_fd, const char *name, void *arg)
{
	/* The configuration, which says where all that is, follows it. */
	return is_last(name) ? 0 : swap_one(arg, new_fd, name);
}

/* Until a turn finds nothing: names may be skipped while others go. */
static int swap_all(const struct swap *s, int new_fd)
{
	struct stat st;
	int ret;

	ret = fd_each_name(new_fd, swap_tree, (void *)s);
	if (ret)
		return err_is_set() ? ret : err_code(ret, "cannot read '%s/" SETTLE_NEW "'", s->path);
	if (lseek(new_fd, 0, SEEK_SET) < 0)
		return err_sys("cannot read '%s/" SETTLE_NEW "'", s->path);
	ret = fd_each_name(new_fd, swap_tree, (void *)s);
	if (!ret && !fstatat(new_fd, "config", &st, AT_SYMLINK_NOFOLLOW))
		ret = swap_one(s, new_fd, "config");
	return ret;
}

static int finish_restore(const struct store_dir *d)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	AUTO_FD int new_fd = openat(d->fd, SETTLE_NEW, flags), old = -1;
	struct swap s = { d->path, d->fd, -1 };
	int ret;

	if (new_fd < 0)
		return errno == ENOENT ? 0 : err_sys("'%s/" SETTLE_NEW "'", d->path);
	if (mkdirat(d->fd, SETTLE_OLD, 0700) && errno != EEXIST)
		return err_sys("cannot make '%s/" SETTLE_OLD "'", d->path);
	s.old = old = openat(d->fd, SETTLE_OLD, flags);
	if (old < 0)
		return err_sys("'%s/" SETTLE_OLD "'", d->path);
	ret = swap_all(&s, new_fd);
	if (!ret && syncfs(d->fd))
		ret = err_sys("cannot write '%s'", d->path);
	if (!ret && unlinkat(d->fd, SETTLE_NEW, AT_REMOVEDIR))
		ret = err_sys("cannot remove '%s/" SETTLE_NEW "'", d->path);
	return ret;
}

int store_settle(const char *lxcpath, const char *name)
{
	char next[SETTLE_NAME_MAX];
	struct store_dir d;
	int ret = store_open(&d, lxcpath, name);

	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;
	if (renameat(d.fd, settle_name(next, d.path), d.fd, "config") && errno != ENOENT)
		ret = err_sys("cannot rename '%s/%s'", d.path, next);
	if (!ret)
		ret = finish_restore(&d);
	/* What was replaced, also when it was the removal that somebody was killed in. */
	if (!ret)
		ret = store_remove(d.fd, SETTLE_OLD, d.path);
	store_close(&d);
	return ret;
}

/* Whether nothing seems to be left to do: seen without the lock, it costs a start two calls. */
static bool looks_settled(const char *lxcpath, const char *name)
{
	char dir[PATH_MAX], path[PATH_MAX], next[SETTLE_NAME_MAX];

	str_format(dir, sizeof(dir), "%s/%s", lxcpath, name);
	str_format(path, sizeof(path), "%s/%s", dir, settle_name(next, dir));
	if (!access(path, F_OK))
		return false;
	str_format(path, sizeof(path), "%s/" SETTLE_NEW, dir);
	return access(path, F_OK);
}

int store_settle_stopped(const char *path, const char *name)
{
	struct run_dir lock = { .fd = -1, .record = -1 };
	char lxcpath[PATH_MAX];
	int ret = store_absolute(path, lxcpath);

	if (ret)
		return ret;
	if (looks_settled(lxcpath, name))
		return 0;
	ret = run_dir_lock(&lock, name, lxcpath, true, 1000);
	if (!ret)
		ret = store_settle(lxcpath, name);
	else if (ret == -EBUSY && !err_is_set())
		ret = err_set(EBUSY, "another command is at '%s/%s'", lxcpath, name);
	clone_unlock(&lock);
	return ret ? ret : 1;
}
