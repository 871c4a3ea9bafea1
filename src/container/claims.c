/* SPDX-License-Identifier: MIT */
/* owns what one container has at a time (root, cgroup, port): RUNTIME/.HASH.N -> ENTRY:WHAT */
/* never lets two have it, never looks at what is not asked for */
/*
 * The name follows from WHAT alone, so a start claims it with one call, however many containers
 * there are. ENTRY is the container's own directory. N is 0, or 1 for the second of two with one
 * HASH. The line "claim" of the record is written before the link, and undoes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

#define NAMES 2
#define UP "../"
/* Who looks after what is in the way takes well below a millisecond. */
#define CLAIM_WAIT_MS 5000

/* As seen from a container's own directory, or behind UP, from the one above. */
struct link {
	char name[sizeof(UP ".0123456789abcdef.0")];
	char to[sizeof(UP) + PATH_MAX];
};

static void name_link(struct link *l, const char *what, unsigned int number)
{
	str_format(l->name, sizeof(l->name), UP ".%016llx.%u", (unsigned long long)str_hash(what),
		   number);
}

/* l->to: UP, and what the link leads to. 0: it is not there. */
static int read_link(struct link *l, int dir, const char *name)
{
	const size_t up = strlen(UP);
	ssize_t n = readlinkat(dir, name, l->to + up, PATH_MAX - 1);

	memcpy(l->to, UP, up);
	l->to[up + (n > 0 ? (size_t)n : 0)] = '\0';
	if (n < 0 && errno != ENOENT)
		return err_sys("cannot read the claim '%s'", name);
	return n > 0;
}

/* Whether it is there and of what is asked for; l->to is then cut down to the entry. */
static int read_link_of(struct link *l, int dir, const char *name, const char *what)
{
	int ret = read_link(l, dir, name);
	char *mark = strchr(l->to, ':');

	if (ret <= 0 || !mark || !str_eq(mark + 1, what))
		return ret < 0 ? ret : 0;
	*mark = '\0';
	return 1;
}

/* What our link leads to; false: too long for one. */
static bool own_text(char *buf, size_t n, const struct run_dir *d, const char *what)
{
	return str_format(buf, n, "%s:%s", str_base(d->path), what) < n;
}

/*
 * Takes the first name that is free. -EBUSY without err text: *l is of who has it. -ENOSPC: others
 * have the names.
 */
static int take_name(const struct run_dir *d, struct link *l, const char *what, const char *mine)
{
	unsigned int i, own;
	int ret;

	for (own = 0; own < NAMES; own++) {
		name_link(l, what, own);
		if (!symlinkat(mine, d->fd, l->name))
			break;
		if (errno != EEXIST)
			return err_sys("cannot claim '%s'", what);
		ret = read_link_of(l, d->fd, l->name, what);
		if (ret)
			return ret < 0 ? ret : -EBUSY;
	}
	/* The names before it may have become free meanwhile, and somebody else have taken them. */
	for (i = 0; i < NAMES; i++) {
		name_link(l, what, i);
		ret = i == own ? 0 : read_link_of(l, d->fd, l->name, what);
		if (ret)
			return ret < 0 ? ret : -EBUSY;
	}
	return own < NAMES ? 0 : err_set(ENOSPC, "cannot claim '%s': two have its hash", what);
}

/* One after the other, until the descriptor is closed; but who was stopped meanwhile stops nobody
 * else. */
static int lock_base(int base)
{
	int64_t deadline = sys_now_ms() + CLAIM_WAIT_MS;
	unsigned int pause_ms = 0;

	while (flock(base, LOCK_EX | LOCK_NB))
		if (errno != EWOULDBLOCK || sys_retry(deadline, &pause_ms))
			return -errno;
	return 0;
}

static int lock_all(const struct run_dir *d)
{
	AUTO_FD int base = openat(d->fd, UP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = lock_base(base);

	return ret ? ret : take_fd(&base);
}

/* Without its directory a container is gone, and so may its link go; one of our own is of an
 * earlier life. Needs the lock: between the look and its end the name must not become another's. */
static int drop_stale(const struct run_dir *d, struct link *l, const char *what)
{
	unsigned int i;
	struct stat st;
	int ret = 0;

	for (i = 0; i < NAMES && ret >= 0; i++) {
		name_link(l, what, i);
		ret = read_link(l, d->fd, l->name);
		if (ret <= 0)
			continue;
		l->to[strcspn(l->to, ":")] = '\0';
		if (str_eq(str_base(l->to), str_base(d->path)) ||
		    (fstatat(d->fd, l->to, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT))
			unlinkat(d->fd, l->name, 0);
	}
	return ret;
}

/* As claim_take; *l is of who has it. */
static int take(const struct run_dir *d, struct link *l, const char *what)
{
	AUTO_FD int lock = -1;
	char mine[PATH_MAX];
	int ret;

	if (!own_text(mine, sizeof(mine), d, what))
		return err_set(ENAMETOOLONG, "cannot claim '%s': too long", what);
	ret = take_name(d, l, what, mine);
	if (ret != -EBUSY && ret != -ENOSPC)
		return ret;
	err_clear();
	lock = lock_all(d);
	if (lock < 0)
		return err_code(lock, "cannot claim '%s'", what);
	ret = drop_stale(d, l, what);
	return ret < 0 ? ret : take_name(d, l, what, mine);
}

int claim_take(const struct run_dir *d, const char *what)
{
	struct link l;

	return take(d, &l, what);
}

int claim_root(const struct run_dir *d, const char *root)
{
	struct link l;
	int ret = str_eq(root, "/") ? 0 : take(d, &l, root);

	if (ret == -EBUSY)
		return err_set(EBUSY,
			       "rootfs '%s' is in use by container '%.*s' (lxc-stop ends it)", root,
			       (int)strcspn(str_base(l.to), "@"), str_base(l.to));
	return ret ? err_in(ret, "rootfs") : 0;
}

/* 1 when one of the names is ours; l->name is it then. 0, or -errno with err. */
static int find_own(const struct run_dir *d, struct link *l, const char *what)
{
	char mine[PATH_MAX];
	unsigned int i;
	int ret;

	if (!own_text(mine, sizeof(mine), d, what))
		return 0;
	for (i = 0; i < NAMES; i++) {
		name_link(l, what, i);
		ret = read_link(l, d->fd, l->name);
		if (ret < 0 || (ret && str_eq(l->to + strlen(UP), mine)))
			return ret;
	}
	return 0;
}

int claim_is_own(const struct run_dir *d, const char *what)
{
	struct link l;

	return find_own(d, &l, what);
}

int claim_drop(const struct run_dir *d, const char *what)
{
	struct link l;
	int ret = find_own(d, &l, what);

	if (ret > 0 && unlinkat(d->fd, l.name, 0) && errno != ENOENT)
		return err_sys("cannot give up the claim of '%s'", what);
	return ret < 0 ? ret : 0;
}

int undo_claim(struct undo *u, char **fields)
{
	/* What is left of it must not become another's. */
	return u->failed || !fields[0] ? 0 : claim_drop(u->dir, fields[0]);
}

int claim_above(const char *file)
{
	AUTO_FD int base = run_dir_base(false);
	char path[PATH_MAX], *slash;
	unsigned int i;
	struct link l;
	int ret = 0;

	if (base < 0)
		return base == -ENOENT ? 0 : base;
	if (str_format(path, sizeof(path), "%s", file) >= sizeof(path))
		return err_set(ENAMETOOLONG, "'%s' is too long", file);
	while (!ret && (slash = strrchr(path, '/')) && slash > path) {
		*slash = '\0';
		for (i = 0; i < NAMES && !ret; i++) {
			name_link(&l, path, i);
			ret = read_link_of(&l, base, l.name + strlen(UP), path);
		}
	}
	return ret;
}

bool claim_is_taken(const char *what)
{
	AUTO_FD int base = run_dir_base(false);
	unsigned int i;
	struct link l;
	int ret = 0;

	for (i = 0; i < NAMES && !ret && base >= 0; i++) {
		name_link(&l, what, i);
		ret = read_link_of(&l, base, l.name + strlen(UP), what);
	}
	/* What cannot be read may be one. */
	return ret != 0;
}

struct other {
	const struct run_dir *own;
	const char *front;
	bool (*excludes)(const char *rest, const void *arg);
	const void *arg;
	char *who;
};

static int look_at_other(int base, const char *name, void *arg)
{
	const struct other *o = arg;
	const char *rest;
	struct stat st;
	struct link l;
	char *mark;

	if (*name != '.' || fstatat(base, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISLNK(st.st_mode) ||
	    read_link(&l, base, name) <= 0)
		return 0;
	mark = strchr(l.to, ':');
	rest = mark ? str_after(mark + 1, o->front) : NULL;
	if (!rest || !o->excludes(rest, o->arg))
		return 0;
	*mark = '\0';
	if (str_eq(str_base(l.to), str_base(o->own->path)) ||
	    fstatat(base, l.to + strlen(UP), &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	str_format(o->who, CONTAINER_NAME_MAX + 1, "%.*s", (int)strcspn(str_base(l.to), "@"),
		   str_base(l.to));
	return 1;
}

int claim_other(const struct run_dir *d, const char *front,
		bool (*excludes)(const char *rest, const void *arg), const void *arg, char *who)
{
	struct other o = { .own = d, .front = front, .excludes = excludes, .arg = arg, .who = who };
	AUTO_FD int base = run_dir_base(false);
	int ret = base < 0 ? base : fd_each_name(base, look_at_other, &o);

	return ret < 0 ? err_code(ret, "cannot look at the claims") : ret;
}

static int clear_one(int base, const char *name, void *arg)
{
	struct stat st;
	struct link l;

	if (*name != '.' || fstatat(base, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISLNK(st.st_mode) ||
	    read_link(&l, base, name) <= 0)
		return 0;
	l.to[strcspn(l.to, ":")] = '\0';
	if (fstatat(base, l.to + strlen(UP), &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT &&
	    !unlinkat(base, name, 0))
		++*(int *)arg;
	return 0;
}

int claims_clear(void)
{
	AUTO_FD int base = run_dir_base(false);
	int n = 0, ret;

	if (base < 0)
		return base == -ENOENT ? 0 : base;
	ret = lock_base(base);
	if (!ret)
		ret = fd_each_name(base, clear_one, &n);
	return ret ? err_code(ret, "cannot look at the claims") : n;
}
