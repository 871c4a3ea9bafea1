/* SPDX-License-Identifier: MIT */
/* owns a container's own cgroups below /sys/fs/cgroup (lxc.mount.auto = cgroup) */
/* never shows it a file that it could write beyond its own directory in each hierarchy */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

#define WHERE "sys/fs/cgroup"
#define FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* LXC's. */
#define TMPFS_DATA "size=10240k,mode=755"

/*
 * By the first a host has a program run when a cgroup is empty, with what is told it by the
 * container; by the others a container keeps away who wants to enter it.
 */
static const char *const guarded[] = { "notify_on_release", "freezer.state", "cgroup.freeze" };

struct cgroup_mode {
	bool full;	/* all of the hierarchy, where there is no namespace to hide it */
	bool v2;	/* of it alone, cgroup2 */
	bool own;	/* its own directory may be written to */
	bool above;	/* and the empty ones above it */
};

static bool is_word(const char *word)
{
	return str_after(word, "cgroup") != NULL;
}

const struct conf_item *rootfs_cgroup_word(const struct conf *c)
{
	const struct conf_item *it;

	for (it = c->mount_auto.first; it; it = it->next)
		if (is_word(it->v))
			return it;
	return NULL;
}

/* What :force asks for is done in any case: the container need not mount them itself. */
static struct cgroup_mode read_mode(const char *word, bool is_admin)
{
	const char *rest = word + strcspn(word, ":");
	bool ro = str_after(rest, ":ro"), rw = str_after(rest, ":rw");
	struct cgroup_mode m = {
		.full = str_after(word, "cgroup-full"),
		.v2 = str_after(word, "cgroup2"),
		.own = !ro,
		.above = rw || (is_admin && !ro && !str_after(rest, ":mixed")),
	};

	return m;
}

bool rootfs_cgroup_is_writable(const struct conf *c)
{
	const struct conf_item *it = rootfs_cgroup_word(c);

	return it && read_mode(it->v, false).own;
}

/* "cpu,cpuacct"; of named ones the name alone; v2 beside v1 as everywhere. In name, n bytes. */
static int make_name(const struct rootfs_cgroup *g, char *name, size_t n)
{
	const char *from = g->v2 ? "unified" : g->controllers, *rest;
	size_t len = 0;

	for (; *from && len + 1 < n; len++) {
		rest = str_after(from, "name=");
		from = rest && (!len || name[len - 1] == ',') ? rest : from;
		name[len] = *from++;
	}
	name[len] = '\0';
	return *from || strchr(name, '/') ? err_set(EINVAL, "'%s' is no name for a directory",
						    g->controllers) : 0;
}

/* A link for each controller of a hierarchy that has several. */
static int make_links(int top, const char *name)
{
	char copy[NAME_MAX + 1], *at = copy, *word;

	if (!strchr(name, ','))
		return 0;
	str_format(copy, sizeof(copy), "%s", name);
	while ((word = str_word(&at, ",")))
		if (symlinkat(name, top, word))
			return err_sys("cannot make the link '%s'", word);
	return 0;
}

static int guard_files(const struct rootfs *r, int dir, const char *inside)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(guarded); i++) {
		AUTO_FD int fd = openat(dir, guarded[i], O_PATH | O_NOFOLLOW | O_CLOEXEC), top = -1;
		AUTO_FREE char *path = str_make("%s/%s", inside, guarded[i]);

		if (!path)
			return -ENOMEM;
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return err_sys("cannot open '%s'", path);
		top = bind_fd(r, fd, fd, path, false, MS_RDONLY | FLAGS, 0);
		if (top < 0)
			return err_in(top, "cannot protect '%s'", path);
	}
	return 0;
}

/* inside: where in the container, which is there. */
static int mount_own(const struct rootfs *r, const struct cgroup_mode *m, int own,
		     const char *inside)
{
	AUTO_FD int on = path_open_in(r->fd, inside, PATH_EXISTING), top = -1;

	if (on < 0)
		return on;
	top = bind_fd(r, own, on, inside, false, FLAGS | (m->own ? 0 : MS_RDONLY), 0);
	if (top < 0)
		return err_in(top, "cannot mount on '%s'", inside);
	return m->own ? guard_files(r, top, inside) : 0;
}

/* Binds a directory there, or what fd is, on it, to be read only. */
static int mount_read_only(const struct rootfs *r, int fd, const char *inside)
{
	AUTO_FD int on = path_open_in(r->fd, inside, PATH_EXISTING), top = -1;

	if (on < 0)
		return on;
	top = bind_fd(r, fd < 0 ? on : fd, on, inside, false, FLAGS | MS_RDONLY, 0);
	return top < 0 ? err_in(top, "cannot mount on '%s'", inside) : 0;
}

/*
 * Without a cgroup namespace a container's own directory lies where /proc/PID/cgroup says, below
 * empty ones, or below all of the hierarchy, which is to be read only.
 */
static int mount_deep(const struct rootfs *r, const struct cgroup_mode *m,
		      const struct rootfs_cgroup *g, int own, const char *inside)
{
	AUTO_FREE char *deep = str_make("%s/%s/%s", inside, g->root, g->below);
	AUTO_FD int whole = -1, made = -1;
	int ret = 0;

	if (!deep)
		return -ENOMEM;
	path_clean(deep);
	if (m->full) {
		if (*g->root)
			return err_set(EOPNOTSUPP, "'%s' shows a part of its hierarchy, so all of it "
				       "cannot be mounted", g->mount);
		whole = fd_open(g->mount, O_PATH | O_DIRECTORY);
		if (whole < 0)
			return err_sys("cannot open '%s'", g->mount);
		ret = mount_read_only(r, whole, inside);
	} else {
		made = path_open_in(r->fd, deep, PATH_MAKE_DIR);
		ret = made < 0 ? made : m->above ? 0 : mount_read_only(r, -1, inside);
	}
	return ret ? ret : mount_own(r, m, own, deep);
}

static int mount_one(const struct rootfs *r, const struct cgroup_mode *m,
		     const struct rootfs_cgroup *g, int top, int own, bool has_namespace)
{
	AUTO_FREE char *inside = NULL;
	char name[NAME_MAX + 1];
	int ret = make_name(g, name, sizeof(name));

	if (ret)
		return ret;
	if (mkdirat(top, name, 0755))
		return err_sys("cannot make '" WHERE "/%s'", name);
	inside = str_make(WHERE "/%s", name);
	if (!inside)
		return -ENOMEM;
	ret = has_namespace ? mount_own(r, m, own, inside) : mount_deep(r, m, g, own, inside);
	return ret ? ret : make_links(top, name);
}

/* The tmpfs that the directories are in. */
static int mount_top(const struct rootfs *r)
{
	AUTO_FD int on = path_open_in(r->fd, WHERE, PATH_MAKE_DIR), top = -1;
	struct stat before, after;
	char path[FD_PATH_MAX];
	struct statfs fs;

	if (on < 0)
		return on;
	if (mount("cgroup_root", fd_path(on, path), "tmpfs", FLAGS, TMPFS_DATA))
		return err_sys("cannot mount a tmpfs on '" WHERE "'");
	/* The handle is of what lies below; in a tree that somebody shares it may have moved. */
	top = path_open_in(r->fd, WHERE, PATH_EXISTING);
	if (top < 0)
		return top;
	if (fstat(on, &before) || fstat(top, &after) || before.st_dev == after.st_dev ||
	    statfs(fd_path(top, path), &fs) || fs.f_type != TMPFS_MAGIC)
		return err_set(ELOOP, "'" WHERE "' was exchanged while it was mounted on");
	return take_fd(&top);
}

/* Before anything covers the host's. */
static int open_own(const struct rootfs_cgroup *list, unsigned int n, int *own)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		AUTO_FREE char *path = str_make("%s/%s", list[i].mount, list[i].below);

		own[i] = path ? fd_open(path, O_PATH | O_DIRECTORY) : -1;
		if (own[i] < 0)
			return err_sys("cannot open cgroup '%s'", path ? path : "");
	}
	return 0;
}

/* v2 alone is /sys/fs/cgroup itself, as programs know it by that. */
static int mount_v2(const struct rootfs *r, const struct cgroup_mode *m, int own)
{
	AUTO_FD int on = path_open_in(r->fd, WHERE, PATH_MAKE_DIR);

	return on < 0 ? on : mount_own(r, m, own, WHERE);
}

int rootfs_mount_cgroups(const struct conf *c, struct rootfs *r, const struct rootfs_cgroup *list,
			 unsigned int n, bool is_admin, bool has_namespace)
{
	const struct conf_item *it = rootfs_cgroup_word(c);
	struct cgroup_mode m = read_mode(it->v, is_admin);
	int own[ROOTFS_CGROUP_MAX];
	AUTO_FD int top = -1;
	unsigned int i;
	int ret;

	for (; m.v2 && n && !list->v2; n--)
		list++;
	if (m.v2 && !n)
		return err_set(ENOENT, "%s: cgroup v2 is not mounted", it->v);
	n = m.v2 ? 1 : n;
	if (!n)
		log_info("%s: there are no cgroups", it->v);
	if (!has_namespace && m.full && str_after(it->v + strlen("cgroup-full"), ":rw"))
		return err_set(EPERM, "%s: without a cgroup namespace the container could write to all "
			       "cgroups of the host (cgroup-full:mixed)", it->v);
	for (i = 0; i < ROOTFS_CGROUP_MAX; i++)
		own[i] = -1;
	ret = open_own(list, n, own);
	if (!ret && n == 1 && list->v2 && has_namespace) {
		ret = mount_v2(r, &m, own[0]);
	} else if (!ret && n) {
		top = mount_top(r);
		ret = top < 0 ? top : 0;
		for (i = 0; !ret && i < n; i++)
			ret = mount_one(r, &m, &list[i], top, own[i], has_namespace);
	}
	fd_close_all(own, ROOTFS_CGROUP_MAX);
	return ret;
}
