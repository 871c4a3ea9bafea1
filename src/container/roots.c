/* SPDX-License-Identifier: MIT */
/* owns which directories are roots of containers: RUNTIME/.HASH.ENTRY, a link to the root */
/* never lets a root have two containers */
/*
 * A name for each, so that a start finds out in one pass over the runtime directory, however many
 * records there are. HASH is that of the root's real path, ENTRY the container's own directory. The
 * line "rootfs" of the record is written before the link and undoes it.
 */
#include <ctype.h>
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

#define HASH_DIGITS 16
/* Each start takes well below a millisecond for its claim. */
#define CLAIM_WAIT_MS 5000
/* Of directories above a configuration. */
#define DEPTH_MAX 128

static void link_name(char *buf, size_t n, const char *root, const struct run_dir *d)
{
	str_format(buf, n, ".%016llx.%s", (unsigned long long)str_hash(root), str_base(d->path));
}

/* The number in ".HASH.ENTRY"; 0 for another name. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = 0;
	unsigned int i;

	if (*name != '.' || !strchr(name, '@'))
		return 0;
	for (i = 1; i <= HASH_DIGITS; i++) {
		unsigned int digit = (unsigned char)name[i];

		if (!isxdigit(digit))
			return 0;
		hash = hash << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	return name[i] == '.' ? hash : 0;
}

static bool leads_to(int base, const char *name, const char *root)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(base, name, to, sizeof(to) - 1);

	to[n > 0 ? n : 0] = '\0';
	return str_eq(to, root);
}

/* Calls each() for what is in the runtime directory; stops when it returns non-zero. */
static int each_link(int base, int (*each)(int base, const char *name, void *arg), void *arg)
{
	int ret = fd_each_name(base, each, arg);

	return ret < 0 && !err_is_set() ? err_code(ret, "cannot read the runtime directory") : ret;
}

struct claim {
	const char *root, *own;
	uint64_t hash;
};

static int look_at_rival(int base, const char *name, void *arg)
{
	const struct claim *c = arg;
	const char *entry = name + 1 + HASH_DIGITS + 1;
	struct stat st;

	if (hash_of(name) != c->hash || str_eq(name, c->own) || !leads_to(base, name, c->root))
		return 0;
	/* Without its directory the container is gone, and so may its link go. */
	if (fstatat(base, entry, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT) {
		unlinkat(base, name, 0);
		return 0;
	}
	return err_set(EBUSY, "rootfs '%s' is in use by container '%.*s' (lxc-stop ends it)",
		       c->root, (int)strcspn(entry, "@"), entry);
}

int root_claim(const struct run_dir *d, const char *root)
{
	AUTO_FD int base = -1;
	char own[NAME_MAX + 1];
	int ret, waited = 0;

	if (str_eq(root, "/"))
		return 0;
	/* Looked at when the directory in it was opened. */
	base = openat(d->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return err_sys("cannot read the runtime directory");
	/* One start after the other, until this descriptor is closed; but who was stopped meanwhile
	 * stops nobody else. */
	while ((ret = flock(base, LOCK_EX | LOCK_NB)) && errno == EWOULDBLOCK &&
		waited++ < CLAIM_WAIT_MS)
		poll(NULL, 0, 1);
	link_name(own, sizeof(own), root, d);
	if (ret || (symlinkat(root, base, own) && errno != EEXIST))
		return err_sys("cannot claim rootfs '%s'", root);
	return each_link(base, look_at_rival, &(struct claim){ root, own, str_hash(root) });
}

int root_release(const struct run_dir *d, const char *root)
{
	char own[sizeof("../") + NAME_MAX] = "../";

	link_name(own + strlen(own), sizeof(own) - strlen(own), root, d);
	if (unlinkat(d->fd, own, 0) && errno != ENOENT)
		return err_sys("cannot release rootfs '%s'", root);
	return 0;
}

/* The directories above a file, nearest first. */
struct above {
	const char *file;
	unsigned int n;
	uint64_t hash[DEPTH_MAX];
	size_t len[DEPTH_MAX];
};

static int look_above(int base, const char *name, void *arg)
{
	const struct above *a = arg;
	uint64_t hash = hash_of(name);
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < a->n; i++) {
		if (hash != a->hash[i])
			continue;
		str_format(path, sizeof(path), "%.*s", (int)a->len[i], a->file);
		if (leads_to(base, name, path))
			return 1;
	}
	return 0;
}

int root_of_any(const char *file)
{
	AUTO_FD int base = run_dir_base();
	struct above a = { .file = file };
	char path[PATH_MAX], *slash;

	if (base < 0)
		return base == -ENOENT ? 0 : base;
	if (str_format(path, sizeof(path), "%s", file) >= sizeof(path))
		return err_set(ENAMETOOLONG, "'%s' is too long", file);
	while ((slash = strrchr(path, '/')) && slash > path) {
		if (a.n == DEPTH_MAX)
			return err_set(ENAMETOOLONG, "'%s' is too deep", file);
		*slash = '\0';
		a.len[a.n] = (size_t)(slash - path);
		a.hash[a.n++] = str_hash(path);
	}
	return each_link(base, look_above, &a);
}
