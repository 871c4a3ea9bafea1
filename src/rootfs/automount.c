/* SPDX-License-Identifier: MIT */
/* owns the list of mounts, and the words of lxc.mount.auto: what they mount and what they protect */
/* never leaves a writable file of proc or sysfs that it did not decide about */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

/*
 * proc:mixed and sys:mixed. LXC protects /proc/sys and /proc/sysrq-trigger only, with /proc/sys/net and
 * /sys/devices/virtual/net writable. Here, beyond that:
 * - every directory of /proc that is not a process, and every file in it that has a write bit, is read-only: irq, bus, mtrr and
 *   whatever a vendor's kernel adds, found by looking, since each fixed list of the field had its gaps;
 * - files that tell about the host's memory, keys and log read as empty;
 * - the two net directories are writable only when the network is the container's own.
 * A container that needs one of them takes proc:rw, or a mount entry for that path, which comes later.
 */
static const char *const masked[] = {
	"kcore", "keys", "kmsg", "kallsyms", "kpagecount", "kpageflags", "kpagecgroup", "latency_stats", "sched_debug",
	"slabinfo", "timer_list", "timer_stats", "vmallocinfo",
};

/* What the guard's source says about the network. */
static const char net_own[] = "all-but-net", net_shared[] = "all";

#define FS_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static bool is_masked(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(masked); i++)
		if (str_eq(masked[i], name))
			return true;
	return false;
}

/* Puts a read-only mount, of itself or of /dev/null, on one entry of the directory. */
static int protect_entry(const struct rootfs *r, int dir_fd, const char *dir, const char *name, bool mask)
{
	AUTO_FD int dst = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), null = -1, top = -1;
	AUTO_FREE char *inside = str_make("%s/%s", dir, name);

	if (!inside)
		return -ENOMEM;
	if (dst < 0)
		return errno == ENOENT ? 0 : err_sys("'%s'", inside);
	if (mask) {
		null = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (null < 0)
			return err_sys("cannot hide '%s' behind '/dev/null'", inside);
	}
	top = bind_fd(r, mask ? null : dst, dst, inside, false, MS_RDONLY | MS_NOSUID | MS_NOEXEC, 0);
	return top < 0 ? err_in(top, "'%s'", inside) : 0;
}

/* Binds a directory that is writable through from_fd over its read-only self. Missing is fine. */
static int reopen_dir(const struct rootfs *r, int from_fd, const char *name, const char *inside)
{
	AUTO_FD int src = openat(from_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), dst = -1, top = -1;

	if (src < 0)
		return errno == ENOENT ? 0 : err_sys("'%s'", inside);
	dst = path_open_in(r->fd, inside, PATH_EXISTING);
	if (dst < 0)
		return dst;
	top = bind_fd(r, src, dst, inside, false, 0, 0);
	return top < 0 ? err_in(top, "'%s'", inside) : 0;
}

static int guard_proc(const struct rootfs *r, int fd, const char *inside, bool own_net)
{
	AUTO_FD int sys = openat(fd, "sys", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_DIR DIR *d = NULL;
	AUTO_FREE char *net = str_make("%s/sys/net", inside);
	struct dirent *e;
	struct stat st;
	int ret, list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d = list < 0 ? NULL : fdopendir(list);
	if (!d || !net)
		return err_sys("cannot list '%s'", inside);
	while ((e = readdir(d))) {
		bool mask;

		if ((e->d_name[0] >= '0' && e->d_name[0] <= '9') || e->d_name[0] == '.')
			continue;
		if (fstatat(list, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys("'%s/%s'", inside, e->d_name);
		mask = is_masked(e->d_name);
		if (!mask && !S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) || !(st.st_mode & 0222)))
			continue;
		ret = protect_entry(r, fd, inside, e->d_name, mask);
		if (ret < 0)
			return ret;
	}
	/* By the handle from before, whose mount is still writable. */
	return own_net && sys >= 0 ? reopen_dir(r, sys, "net", net) : 0;
}

static int guard_sys(const struct rootfs *r, int fd, const char *inside, bool own_net)
{
	AUTO_FREE char *path = str_make("%s/devices/virtual/net", inside);
	AUTO_FD int net = -1;
	int ret;

	if (!path)
		return -ENOMEM;
	/* First the one that stays writable, as a mount of its own; then all the rest. */
	if (own_net) {
		bool held = err_hold();

		net = path_open_in(fd, "devices/virtual/net", PATH_EXISTING);
		if (net < 0 && net != -ENOENT)
			return net;
		err_release(held);
		ret = net < 0 ? 0 : reopen_dir(r, net, ".", path);
		if (ret < 0)
			return ret;
	}
	return bind_remount(fd, MS_RDONLY, 0);
}

int guard_mount(const struct rootfs *r, const struct mount_spec *m, const char *inside)
{
	AUTO_FD int fd = path_open_in(r->fd, inside, PATH_EXISTING);
	char on[FD_PATH_MAX];
	struct statfs fs;

	if (fd < 0)
		return fd;
	if (statfs(fd_path(fd, on), &fs) < 0)
		return err_sys("cannot examine '%s'", inside);
	if (fs.f_type == PROC_SUPER_MAGIC)
		return guard_proc(r, fd, inside, str_eq(m->source, net_own));
	if (fs.f_type == SYSFS_MAGIC)
		return guard_sys(r, fd, inside, str_eq(m->source, net_own));
	return err_set(EINVAL, "'%s' is neither proc nor sysfs", inside);
}

/* Whether the container gets a network namespace: with the host's, what is written below net acts on the host. */
static bool has_own_net(const struct conf *c)
{
	const struct conf_net *n;

	if (c->ns_keep.set && c->ns_keep.v & CLONE_NEWNET)
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

static int hand_out(const struct listing *l, const char *source, const char *target, const char *type, unsigned long flags,
		    struct origin at)
{
	struct mount_spec m = {
		.source = (char *)source, .target = (char *)target, .fstype = (char *)type, .flags = flags, .at = at,
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
		ret = hand_out(l, has_own_net(c) ? net_own : net_shared, target, GUARD_TYPE, 0, it->at);
	/* A second step: mounted read-only at once, a first sysfs of a network namespace would stay so for all. */
	if (!ret && how && str_eq(how, ":ro"))
		ret = hand_out(l, "all", target, "read-only", MS_REMOUNT | MS_BIND | MS_RDONLY, it->at);
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
	return ret < 0 && !f.at.line ? err_in(ret, "%slxc.mount.fstab", origin_text(fstab->at, at)) : ret;
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
	unsigned long long size = c->autodev_size.v > 0 ? (unsigned long long)c->autodev_size.v : 500000;
	struct mount_spec m = {
		.source = (char *)"none", .target = (char *)"dev", .fstype = (char *)"tmpfs", .flags = MS_NOSUID,
		.create_dir = true, .at = c->autodev.at,
	};
	char data[64];

	str_format(data, sizeof(data), "size=%llu,mode=755", size);
	m.data = data;
	return l->each(&m, l->arg);
}

int rootfs_each_mount(const struct conf *c, int (*each)(const struct mount_spec *m, void *arg), void *arg)
{
	const struct listing l = { each, arg };
	const struct conf_item *it;
	int ret = 0;

	/* On the host's tree a new /dev takes an express wish. */
	if (c->autodev.v && (c->rootfs_path.v || c->autodev.set))
		ret = hand_out_dev(&l, c);
	for (it = c->mount_auto.first; it && !ret; it = it->next)
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
			return err_set(EINVAL, "%slxc.mount.auto: '%s' is not supported by this version (proc[:mixed|:rw] "
				       "sys[:mixed|:ro|:rw])", origin_text(it->at, at), it->v);
	return 0;
}
