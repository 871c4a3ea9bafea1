/* SPDX-License-Identifier: MIT */
/* owns the list of mounts of a configuration, in the order in which LXC makes them */
/* never mounts anything: it is the plan */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

/* Empty files have no size, and would fill the host's memory. MAKEDEV makes half as many nodes. */
#define DEV_INODES "4096"
#define FS_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/*
 * Whether the container gets a network namespace: with the host's, what is written below net acts
 * on the host.
 */
static bool has_own_net(const struct conf *c)
{
	const struct conf_item *it;
	const struct conf_net *n;

	if (c->ns_keep.set && c->ns_keep.v & CLONE_NEWNET)
		return false;
	for (it = c->ns_share.first; it; it = it->next)
		if (str_eq(it->key, "net"))
			return false;
	if (c->ns_clone.set && !(c->ns_clone.v & CLONE_NEWNET))
		return false;
	for (n = c->net; n; n = n->next)
		if (n->kind.v != NET_NONE)
			return true;
	return !c->net && CFG_NET_DEFAULT_EMPTY;
}

struct listing {
	int (*each)(const struct mount_spec *m, void *arg);
	void *arg;
	struct tree {
		char *path;	/* clean */
		size_t len;
	} *tree;	/* directories of the host that the container can write to */
	unsigned int n_trees;
};

/*
 * Where the container makes the links, none is followed to what is to be bound: in its own tree,
 * and below what another entry lets it write to. A second mount of the same directory is no such.
 */
static unsigned int trusted_part(const struct listing *l, const char *source)
{
	bool is_clean = !strstr(source, "//") && !strstr(source, "/.");
	size_t len = strlen(source), n = 0;
	unsigned int i;

	for (i = 0; i < l->n_trees; i++) {
		const struct tree *t = &l->tree[i];
		const char *below;

		/* Of thousands of mounts most lie beside each other. */
		if (i && is_clean && (len <= t->len || source[t->len] != '/'))
			continue;
		below = path_below(source, t->path);
		if (below && (*below || !i) && (!n || (size_t)(below - source) < n))
			n = (size_t)(below - source);
	}
	return (unsigned int)n;
}

static int give(const struct listing *l, struct mount_spec *m)
{
	if (m->flags & MS_BIND && !m->relative && !m->trusted)
		m->trusted = trusted_part(l, m->source);
	return l->each(m, l->arg);
}

static int add_tree(struct listing *l, const char *path)
{
	struct tree *more = realloc(l->tree, (l->n_trees + 1) * sizeof(*more));

	if (!more)
		return err_set(ENOMEM, "out of memory");
	l->tree = more;
	more += l->n_trees;
	more->path = str_dup(path);
	if (!more->path)
		return -ENOMEM;
	path_clean(more->path);
	more->len = strlen(more->path);
	l->n_trees++;
	return 0;
}

/* Whoever may write to all of the host needs no links. */
static int note_tree(const struct mount_spec *m, void *arg)
{
	bool can_write = m->flags & MS_BIND && !(m->flags & MS_RDONLY) && !m->relative &&
			 *m->source == '/' && *path_below(m->source, "/");

	return can_write ? add_tree(arg, m->source) : 0;
}

static int hand_out(const struct listing *l, const char *source, const char *target,
		    const char *type, unsigned long flags, struct origin at)
{
	struct mount_spec m = {
		.source = (char *)source,
		.target = (char *)target,
		.fstype = (char *)type,
		.flags = flags,
		.at = at,
		.create_dir = !str_eq(type, GUARD_TYPE),
	};

	return l->each(&m, l->arg);
}

/* "proc:mixed", "sys:ro" ... */
static int hand_out_auto(const struct listing *l, const struct conf *c, const struct conf_item *it)
{
	const char *how = strchr(it->v, ':');
	bool is_proc = !!str_after(it->v, "proc"), mixed = !how || str_eq(how, ":mixed");
	const char *type = is_proc ? "proc" : "sysfs", *target = is_proc ? "proc" : "sys";
	int ret;

	if (!is_proc && !str_after(it->v, "sys"))
		return 0;
	ret = hand_out(l, type, target, type, FS_FLAGS, it->at);
	if (!ret && mixed)
		ret = hand_out(l, has_own_net(c) ? GUARD_NET_OWN : "all", target, GUARD_TYPE, 0,
			       it->at);
	/*
	 * A second step: mounted read-only at once, a first sysfs of a network namespace would stay
	 * so for all.
	 */
	if (!ret && how && str_eq(how, ":ro"))
		ret = hand_out(l, "all", target, "read-only", MS_REMOUNT | MS_BIND | MS_RDONLY,
			       it->at);
	return ret;
}

struct fstab {
	const struct listing *l;
	struct origin at;
};

static int hand_out_line(char *line, void *arg)
{
	struct fstab *f = arg;
	struct mount_spec m;
	int ret;

	f->at.line++;
	line = str_trim(line);
	if (!*line || *line == '#')
		return 0;
	ret = mount_spec_parse(line, f->at, &m);
	if (ret < 0)
		return err_in(ret, "%s:%u", f->at.file, f->at.line);
	ret = give(f->l, &m);
	mount_spec_free(&m);
	return ret;
}

/* All of the file, which a link may lead to; what is no file is not opened. */
static int load_fstab(const char *path, char **text)
{
	AUTO_FD int fd = fd_open(path, O_PATH);
	char name[FD_PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("'%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(EINVAL, "'%s' is not a regular file", path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		log_warn("%s: others than its owner may write this file", path);
	n = fd_load_list(AT_FDCWD, fd_path(fd, name), 16 << 20, text);
	if (n < 0)
		return (int)n;
	/* What a power cut leaves: the rest would be missing without a word. */
	return strlen(*text) == (size_t)n ? 0 : err_set(EINVAL, "'%s' has a NUL byte", path);
}

static int hand_out_fstab(const struct listing *l, const struct conf_str *fstab)
{
	struct fstab f = { .l = l, .at = { .file = fstab->v } };
	AUTO_FREE char *text = NULL;
	char at[ORIGIN_MAX];
	int ret = load_fstab(fstab->v, &text);
	char *line, *next;

	if (ret < 0)
		return err_in(ret, "%slxc.mount.fstab", origin_text(fstab->at, at));
	for (line = text; *line && !ret; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		ret = hand_out_line(line, &f);
	}
	return ret;
}

static int hand_out_entry(const struct listing *l, const struct conf_item *it)
{
	struct mount_spec m;
	char at[ORIGIN_MAX];
	int ret = mount_spec_parse(it->v, it->at, &m);

	if (ret < 0)
		return err_in(ret, "%slxc.mount.entry", origin_text(it->at, at));
	ret = give(l, &m);
	mount_spec_free(&m);
	return ret;
}

static int hand_out_dev(const struct listing *l, const struct conf *c)
{
	/* LXC's size; 0 asks for it too. */
	unsigned long long size =
		c->autodev_size.v > 0 ? (unsigned long long)c->autodev_size.v : 500000;
	struct mount_spec m = {
		.source = (char *)"none",
		.target = (char *)"dev",
		.fstype = (char *)"tmpfs",
		/* Nodes are not executed; who must map /dev/zero so remounts it: see the manual. */
		.flags = MS_NOSUID | MS_NOEXEC,
		.create_dir = true,
		.at = c->autodev.at,
	};
	char data[64];

	str_format(data, sizeof(data), "size=%llu,nr_inodes=" DEV_INODES ",mode=755", size);
	m.data = data;
	return l->each(&m, l->arg);
}

static int hand_out_all(const struct listing *l, const struct conf *c)
{
	const struct conf_item *it;
	int ret = 0;

	if (c->mount_fstab.v && *c->mount_fstab.v)
		ret = hand_out_fstab(l, &c->mount_fstab);
	for (it = c->mount_entry.first; it && !ret; it = it->next)
		ret = hand_out_entry(l, it);
	return ret;
}

/* Looks at all entries for what trusted_part wants to know. */
static int find_trees(struct listing *l, const struct conf *c)
{
	const struct listing noting = { .each = note_tree, .arg = l };
	const char *own = conf_rootfs(c);

	if (!own)
		return 0;
	return add_tree(l, own) ? -ENOMEM : hand_out_all(&noting, c);
}

/* The container's end of the tunnel "HOST[:CONTAINER]", behind all entries as in LXC. */
static int hand_out_tunnel(const struct listing *l, const char *v, struct origin at)
{
	AUTO_FREE char *copy = str_dup(v);
	char *to = copy, *from = copy ? str_word(&to, ":") : NULL;
	struct mount_spec m = {
		.source = from,
		.target = to && *to ? to : (char *)"/dev/.lxc-mounts",
		.fstype = (char *)"none",
		.flags = MS_BIND,
		.create_dir = true,
		.at = at,
	};

	return from ? give(l, &m) : -ENOMEM;
}

int rootfs_each_mount(const struct conf *c, int (*each)(const struct mount_spec *m, void *arg),
		      void *arg)
{
	struct listing l = { .each = each, .arg = arg };
	const struct conf_item *it;
	int ret = find_trees(&l, c);

	/* On the host's tree a new /dev takes an express wish. */
	if (!ret && c->autodev.v && (c->rootfs_path.v || c->autodev.set))
		ret = hand_out_dev(&l, c);
	for (it = c->mount_auto.first; CFG_MOUNT_AUTO && it && !ret; it = it->next)
		ret = hand_out_auto(&l, c, it);
	if (!ret)
		ret = hand_out_all(&l, c);
	for (it = c->mount_auto.first; CFG_MOUNT_TUNNEL && it && !ret; it = it->next)
		if (str_after(it->v, "shmounts:"))
			ret = hand_out_tunnel(&l, str_after(it->v, "shmounts:"), it->at);
	while (l.n_trees)
		free(l.tree[--l.n_trees].path);
	free(l.tree);
	return ret;
}

int automount_check(const struct conf *c)
{
	const struct conf_item *it;
	char at[ORIGIN_MAX];

	for (it = c->mount_auto.first; !CFG_CGROUP_MOUNT && it; it = it->next)
		if (str_after(it->v, "cgroup"))
			return err_set(EINVAL, "%slxc.mount.auto: '%s' is not in this build "
				       "(CONFIG_CGROUP_MOUNT is off)",
				       origin_text(it->at, at), it->v);
	return 0;
}
