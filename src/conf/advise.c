/* SPDX-License-Identifier: MIT */
/* owns what is told of a good configuration as a whole: risky devices, rules and mounts in vain */
/* never refuses anything, never changes a configuration, never asks the machine */
#include <string.h>
#include <sys/mount.h>

#include "conf/parse.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

/* More rules or mounts than this are not compared with each other. */
#define COMPARED_MAX 256

/* Who reads or writes these has the machine or what is stored on it. Numbers of the kernel. */
static const struct {
	char type;
	short major, minor;
	const char *what;
} risky[] = {
	{ 'c', 1, 1, "/dev/mem, all memory of the machine" },
	{ 'c', 1, 2, "/dev/kmem, the kernel's memory" },
	{ 'c', 1, 4, "/dev/port, the ports of the machine" },
	{ 'c', 10, 130, "/dev/watchdog: who opens it can reset the machine" },
	{ 'c', 90, DEVICE_ANY, "/dev/mtd*, raw flash" },
	{ 'b', 31, DEVICE_ANY, "/dev/mtdblock*, flash" },
	{ 'b', 179, DEVICE_ANY, "/dev/mmcblk*, the disk of a set-top box" },
	{ 'b', 8, DEVICE_ANY, "/dev/sd*, disks" },
};

static bool covers(int rule, int number)
{
	return rule == DEVICE_ANY || number == DEVICE_ANY || rule == number;
}

/* One word for a rule: what it opens up worst. NULL: nothing in the table. */
static const char *risk_of(const struct device_rule *r)
{
	unsigned int i;

	if (!(r->access & (DEVICE_READ | DEVICE_WRITE)))
		return NULL;
	if (r->type == 'a' || (r->type && r->major == DEVICE_ANY))
		return "every device of the machine";
	for (i = 0; i < ARRAY_SIZE(risky); i++)
		if (r->type == risky[i].type && covers(r->major, risky[i].major) &&
		    covers(r->minor, risky[i].minor))
			return risky[i].what;
	return NULL;
}

static bool read_rule(const struct conf_item *it, struct device_rule *r, bool *allows)
{
	const char *verb = str_after(it->key, "devices.");

	if (!verb || device_rule_parse(it->v, r)) {
		err_clear();
		return false;
	}
	*allows = str_eq(verb, "allow");
	return *allows || str_eq(verb, "deny");
}

static void tell_rule(enum severity severity, const struct conf_item *it, const char *text,
		      unsigned int line)
{
	char key[40];

	str_format(key, sizeof(key), "lxc.cgroup.%s", it->key);
	if (line)
		problem_tell(severity, it->at, key, "'%s' %s line %u", shown(it->v), text, line);
	else
		problem_tell(severity, it->at, key, "'%s' %s", shown(it->v), text);
}

/* What is allowed before everything is denied, or before anything is. */
static void look_at_order(const struct conf *c)
{
	const struct conf_item *it, *deny_all = NULL;
	bool allows, told = false, is_closed = false;
	struct device_rule r;

	for (it = c->cgroup.first; it; it = it->next)
		if (read_rule(it, &r, &allows) && !allows && r.type == 'a')
			deny_all = it;
	for (it = c->cgroup.first; it; it = it->next) {
		if (!read_rule(it, &r, &allows))
			continue;
		if (it == deny_all)
			deny_all = NULL;
		else if (deny_all)
			tell_rule(PROBLEM_NOTE, it, "has no effect: everything is denied in",
				  deny_all->at.line);
		else if (allows && !is_closed && !told) {
			tell_rule(PROBLEM_NOTE, it, "allows what nothing denies: 'deny = a' is not "
						    "before it", 0);
			told = true;
		}
		is_closed |= !allows && r.type == 'a';
		if (allows && r.type == 'a')
			is_closed = false;
	}
}

static void look_at_devices(const struct conf *c, bool strict)
{
	const struct conf_item *it, *last = NULL;
	struct device_rule r;
	bool allows;

	/* What everything is denied after is not allowed at all. */
	for (it = c->cgroup.first; it; it = it->next)
		if (read_rule(it, &r, &allows) && !allows && r.type == 'a')
			last = it;
	for (it = last ? last : c->cgroup.first; it; it = it->next) {
		const char *risk = read_rule(it, &r, &allows) && allows ? risk_of(&r) : NULL;

		if (risk)
			problem_tell(PROBLEM_WARNING, it->at, "lxc.cgroup.devices.allow",
				     "'%s' is %s", shown(it->v), risk);
	}
	if (strict)
		look_at_order(c);
}

/* LXC wants the path of the rootfs before an absolute target, or skips the entry. */
static void look_at_target(const struct conf *c, const struct mount_spec *m)
{
	if (conf_rootfs(c) && *m->target == '/' &&
	    mount_target_in(c, m) == m->target + strspn(m->target, "/"))
		problem_tell(PROBLEM_NOTE, m->at, "lxc.mount.entry",
			     "'%s' is a path in the container; LXC skips the entry with a warning, "
			     "as it is not below the rootfs",
			     shown(m->target));
}

/* Who is shown these has a way to the host, read-only or not: a socket does not mind. */
static const struct {
	const char *path, *what;
} exposed[] = {
	{ "/", "all of the host" },
	{ "/dev", "every device of the host" },
	{ "/etc", "the host's configuration and passwords" },
	{ "/proc", "the host's processes and kernel settings" },
	{ "/run", "the sockets of the host's services" },
	{ "/run/containerd/containerd.sock", "a service that acts as root" },
	{ "/run/dbus", "the services of the host's bus" },
	{ "/run/dbus/system_bus_socket", "the services of the host's bus" },
	{ "/run/docker.sock", "a service that acts as root" },
	{ "/run/systemd/private", "the host's init" },
	{ "/run/udev", "the host's devices" },
	{ "/sys", "the host's devices and kernel" },
	{ CFG_RUNTIME_DIR, "what lxcbox keeps of all containers" },
};

static void look_at_source(const struct conf *c, const struct mount_spec *m)
{
	const char *what = NULL, *below = path_below(m->source, "/var/run"), *mine;
	AUTO_FREE char *path = below ? str_make("/run/%s", below) : str_dup(m->source);
	unsigned int i;

	if (!(m->flags & MS_BIND) || m->relative || !path)
		return;
	for (i = 0; i < ARRAY_SIZE(exposed); i++) {
		mine = path_below(path, exposed[i].path);
		if (mine && !*mine)
			what = exposed[i].what;
	}
	mine = c->lxcpath ? path_below(path, c->lxcpath) : NULL;
	if (mine && !*mine)
		what = "configurations and trees of all containers";
	if (what)
		problem_tell(PROBLEM_WARNING, m->at, "lxc.mount.entry",
			     "'%s' shows the container %s", shown(m->source), what);
	if (m->flags & (MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME))
		problem_tell(PROBLEM_WARNING, m->at, "lxc.mount.entry",
			     "sync, dirsync, mand and lazytime are a file system's, and have no "
			     "effect on a bind mount");
}

static void look_at_mounts(const struct conf *c, bool strict)
{
	struct {
		uint64_t hash;
		struct origin at;
	} targets[COMPARED_MAX];
	const struct conf_item *it;
	unsigned int n = 0, i;
	struct mount_spec m;

	for (it = c->mount_entry.first; it; it = it->next) {
		if (mount_spec_read(it->v, it->at, &m)) {
			err_clear();
			continue;
		}
		look_at_source(c, &m);
		if (strict)
			look_at_target(c, &m);
		if (strict && n < COMPARED_MAX && !(m.flags & MS_REMOUNT)) {
			targets[n].hash = str_hash(mount_target_in(c, &m));
			targets[n].at = m.at;
			for (i = 0; i < n && targets[i].hash != targets[n].hash; i++)
				;
			if (i < n)
				problem_tell(PROBLEM_NOTE, m.at, "lxc.mount.entry",
					     "mounts on '%s' again, over line %u", shown(m.target),
					     targets[i].at.line);
			n++;
		}
		mount_spec_free(&m);
	}
}

void conf_advise(const struct conf *c, bool strict)
{
	struct origin at = { .file = c->file };

	problem_begin();
	look_at_devices(c, strict);
	look_at_mounts(c, strict);
	if (!strict)
		return;
	/* It may be in a line that was refused. */
	if (problems_any())
		return;
	if (!c->pty_max.set)
		problem_tell(PROBLEM_NOTE, at, "lxc.pty.max",
			     "not set: a private /dev/pts with %d ptys; LXC 1.1.5 leaves the host's "
			     "there",
			     (int)c->pty_max.v);
	if (!c->net && CFG_NET_DEFAULT_HOST)
		problem_tell(PROBLEM_NOTE, at, "lxc.net",
			     "not set: the host's network in this build; LXC makes an empty one");
	if (!conf_rootfs(c))
		problem_tell(PROBLEM_NOTE, at, "lxc.rootfs.path",
			     "not set: the host's tree is shared, for single commands only; LXC "
			     "starts an init there as well");
}
