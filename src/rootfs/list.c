/* SPDX-License-Identifier: MIT */
/* owns the list of mounts of a configuration, in the order in which LXC makes them */
/* never mounts anything: it is the plan */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

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
};

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
	ret = f->l->each(&m, f->l->arg);
	mount_spec_free(&m);
	return ret;
}

static int hand_out_fstab(const struct listing *l, const struct conf_str *fstab)
{
	struct fstab f = { .l = l, .at = { .file = fstab->v } };
	char at[ORIGIN_MAX];
	int ret = path_open_named(fstab->v, O_RDONLY, 0);

	if (ret >= 0) {
		close(ret);
		ret = fd_each_line(AT_FDCWD, fstab->v, hand_out_line, &f);
	}
	/* A line at fault has been named by then. */
	return ret < 0 && !f.at.line ? err_in(ret, "%slxc.mount.fstab", origin_text(fstab->at, at))
				     : ret;
}

static int hand_out_entry(const struct listing *l, const struct conf_item *it)
{
	struct mount_spec m;
	char at[ORIGIN_MAX];
	int ret = mount_spec_parse(it->v, it->at, &m);

	if (ret < 0)
		return err_in(ret, "%slxc.mount.entry", origin_text(it->at, at));
	ret = l->each(&m, l->arg);
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
		.flags = MS_NOSUID,
		.create_dir = true,
		.at = c->autodev.at,
	};
	char data[64];

	str_format(data, sizeof(data), "size=%llu,mode=755", size);
	m.data = data;
	return l->each(&m, l->arg);
}

int rootfs_each_mount(const struct conf *c, int (*each)(const struct mount_spec *m, void *arg),
		      void *arg)
{
	const struct listing l = { each, arg };
	const struct conf_item *it;
	int ret = 0;

	/* On the host's tree a new /dev takes an express wish. */
	if (c->autodev.v && (c->rootfs_path.v || c->autodev.set))
		ret = hand_out_dev(&l, c);
	for (it = c->mount_auto.first; CFG_MOUNT_AUTO && it && !ret; it = it->next)
		ret = hand_out_auto(&l, c, it);
	if (!ret && c->mount_fstab.v && *c->mount_fstab.v)
		ret = hand_out_fstab(&l, &c->mount_fstab);
	for (it = c->mount_entry.first; it && !ret; it = it->next)
		ret = hand_out_entry(&l, it);
	return ret;
}

int automount_check(const struct conf *c)
{
	const struct conf_item *it;
	char at[ORIGIN_MAX];

	for (it = c->mount_auto.first; it; it = it->next)
		if (!str_after(it->v, "proc") && !str_after(it->v, "sys"))
			return err_set(
				EINVAL,
				"%slxc.mount.auto: '%s' is not supported by this version (proc, "
				       "sys)",
				origin_text(it->at, at), it->v);
	return 0;
}
