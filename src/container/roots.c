/* SPDX-License-Identifier: MIT */
/* owns which directories are roots of containers: RUNTIME/.HASH.N, a link to ENTRY:ROOT */
/* never lets a root have two containers, never looks at what is of no root asked for */
/*
 * The name follows from the root's real path alone, so a start claims it with one call, however
 * many containers there are. ENTRY is the container's own directory. N is 0, or 1 for the second of
 * two roots with one HASH. The line "rootfs" of the record is written before it, and undoes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
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

static void name_link(struct link *l, const char *root, unsigned int number)
{
	str_format(l->name, sizeof(l->name), UP ".%016llx.%u", (unsigned long long)str_hash(root),
		   number);
}

/* l->to: UP, and what the link leads to. false: it is not there. */
static bool read_link(struct link *l, int dir, const char *name)
{
	const size_t up = strlen(UP);
	ssize_t n = readlinkat(dir, name, l->to + up, PATH_MAX - 1);

	memcpy(l->to, UP, up);
	l->to[up + (n > 0 ? (size_t)n : 0)] = '\0';
	return n > 0;
}

/* Whether it is of that root; l->to is then cut down to the entry. */
static bool is_of(struct link *l, const char *root)
{
	char *mark = strchr(l->to, ':');

	if (!mark || !str_eq(mark + 1, root))
		return false;
	*mark = '\0';
	return true;
}

/* Takes the first name that is free. -EBUSY without err text: *l is of who has the root. */
static int claim(const struct run_dir *d, struct link *l, const char *root, const char *mine)
{
	unsigned int i, own;

	for (own = 0; own < NAMES; own++) {
		name_link(l, root, own);
		if (!symlinkat(mine, d->fd, l->name))
			break;
		if (errno != EEXIST)
			return err_sys("cannot claim rootfs '%s'", root);
		if (read_link(l, d->fd, l->name) && is_of(l, root))
			return -EBUSY;
	}
	/* The names before it may have become free meanwhile, and somebody else have taken them. */
	for (i = 0; i < NAMES; i++) {
		name_link(l, root, i);
		if (i != own && read_link(l, d->fd, l->name) && is_of(l, root))
			return -EBUSY;
	}
	return own < NAMES ? 0 : err_set(EBUSY, "rootfs '%s': two others have its hash", root);
}

/* One after the other, until the descriptor is closed; but who was stopped meanwhile stops nobody
 * else. */
static int lock_all(const struct run_dir *d)
{
	AUTO_FD int base = openat(d->fd, UP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret, waited = 0;

	while ((ret = flock(base, LOCK_EX | LOCK_NB)) && errno == EWOULDBLOCK &&
	       waited++ < CLAIM_WAIT_MS)
		poll(NULL, 0, 1);
	return ret ? -errno : take_fd(&base);
}

/* Without its directory a container is gone, and so may its link go; one of our own is of an
 * earlier life. Needs the lock: between the look and its end the name must not become another's. */
static void drop_stale(const struct run_dir *d, struct link *l, const char *root)
{
	unsigned int i;
	struct stat st;

	for (i = 0; i < NAMES; i++) {
		name_link(l, root, i);
		if (!read_link(l, d->fd, l->name))
			continue;
		l->to[strcspn(l->to, ":")] = '\0';
		if (str_eq(str_base(l->to), str_base(d->path)) ||
		    (fstatat(d->fd, l->to, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT))
			unlinkat(d->fd, l->name, 0);
	}
}

/* What our link leads to; false: too long for one. */
static bool own_text(char *buf, size_t n, const struct run_dir *d, const char *root)
{
	return str_format(buf, n, "%s:%s", str_base(d->path), root) < n;
}

int root_claim(const struct run_dir *d, const char *root)
{
	AUTO_FD int lock = -1;
	char mine[PATH_MAX];
	struct link l;
	int ret;

	if (str_eq(root, "/"))
		return 0;
	if (!own_text(mine, sizeof(mine), d, root))
		return err_set(ENAMETOOLONG, "rootfs '%s' is too long", root);
	ret = claim(d, &l, root, mine);
	if (ret != -EBUSY)
		return ret;
	err_clear();
	lock = lock_all(d);
	if (lock < 0)
		return err_code(lock, "cannot claim rootfs '%s'", root);
	drop_stale(d, &l, root);
	ret = claim(d, &l, root, mine);
	return ret != -EBUSY || err_is_set()
		       ? ret
		       : err_set(EBUSY,
				 "rootfs '%s' is in use by container '%.*s' (lxc-stop ends it)",
				 root, (int)strcspn(str_base(l.to), "@"), str_base(l.to));
}

int root_release(const struct run_dir *d, const char *root)
{
	char mine[PATH_MAX];
	unsigned int i;
	struct link l;
	int ret = 0;

	if (!own_text(mine, sizeof(mine), d, root))
		return 0;
	for (i = 0; !ret && i < NAMES; i++) {
		name_link(&l, root, i);
		if (read_link(&l, d->fd, l.name) && str_eq(l.to + strlen(UP), mine) &&
		    unlinkat(d->fd, l.name, 0) && errno != ENOENT)
			ret = err_sys("cannot release rootfs '%s'", root);
	}
	return ret;
}

int root_of_any(const char *file)
{
	AUTO_FD int base = run_dir_base(false);
	char path[PATH_MAX], *slash;
	unsigned int i;
	struct link l;

	if (base < 0)
		return base == -ENOENT ? 0 : base;
	if (str_format(path, sizeof(path), "%s", file) >= sizeof(path))
		return err_set(ENAMETOOLONG, "'%s' is too long", file);
	while ((slash = strrchr(path, '/')) && slash > path) {
		*slash = '\0';
		for (i = 0; i < NAMES; i++) {
			name_link(&l, path, i);
			if (read_link(&l, base, l.name + strlen(UP)) && is_of(&l, path))
				return 1;
		}
	}
	return 0;
}
