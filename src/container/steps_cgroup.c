/* SPDX-License-Identifier: MIT */
/* owns the steps for cgroups that a container may write to, and for its monitor's place */
/* never leaves the monitor in a cgroup of the container */
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"

/* The name of the directory of the processes where the configuration gives none. */
#define INNER "inner"

/* How long what is in the monitor's cgroup gets to die, in milliseconds. */
#define MONITOR_REMOVE_MS 2000

static const struct origin nowhere;

/* ---- inner: what a container may write to is not what limits it ---- */

static int is_cgroup_mount(const struct mount_spec *m, void *arg)
{
	(void)arg;
	return !(m->flags & MS_RDONLY) &&
	       (str_eq(m->fstype, "cgroup") || str_eq(m->fstype, "cgroup2"));
}

/* Device rules are the kernel's to keep: they take sys_admin of the host to be written. */
static bool has_limits(const struct conf_list *lines)
{
	const struct conf_item *it = lines->first;

	while (it && str_after(it->key, "devices."))
		it = it->next;
	return it;
}

/*
 * By a mount of the configuration, or one that it makes itself: in a namespace of its own a
 * container with sys_admin mounts its cgroups with itself as root. With the host's namespace it
 * would see all of them, and no directory would help. Without any capability it does so in a user
 * namespace, and the files are those of its user 0, unless that is another one outside; who has no
 * limits has nothing to gain there.
 */
static bool may_write(const struct conf *c)
{
	if ((has_limits(&c->cgroup) || has_limits(&c->cgroup2)) && !start_has_userns(c) &&
	    start_may_nest())
		return true;
	if (CFG_CGROUP_MOUNT && rootfs_cgroup_is_writable(c))
		return true;
	if (caps_keep(c, CAP_SYS_ADMIN) && start_namespaces(c) & CLONE_NEWCGROUP)
		return true;
	return rootfs_each_mount(c, is_cgroup_mount, NULL) > 0;
}

const char *start_inner(const struct conf *c)
{
	if (CFG_CGROUP_DIRS && c->cgroup_dir_container_inner.v)
		return c->cgroup_dir_container_inner.v;
	return may_write(c) ? INNER : NULL;
}

int plan_inner(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *key = &s->conf->cgroup_dir_container_inner;
	const char *name = start_inner(s->conf);

	if (!name)
		return 0;
	return plan_add(p, k, CFG_CGROUP_DIRS ? key->at : nowhere,
		       PLAN_TEXT("a directory '%s' in it for the processes, which %s", name,
			       CFG_CGROUP_DIRS && key->v ? "leaves the limits outside" :
				"may write to it, but not to their limits")) ?
		       0 :
		       -ENOMEM;
}

/* Device rules of v1 reach only directories that are made after them. */
int act_inner(struct start *s, const struct step *step)
{
	struct cgroup_layout *l = &s->layout;
	char where[ORIGIN_MAX];
	int ret = 0;

	if (str_format(l->inner, sizeof(l->inner), "%s", start_inner(s->conf)) >= sizeof(l->inner))
		return err_set(ENAMETOOLONG, "%slxc.cgroup.dir.container.inner: too long",
			       origin_text(step->at, where));
	if (cgroup_devices_first(l, s->conf))
		ret = cgroup_devices_apply(l, s->cgroup_dir, s->conf, &s->devices);
	return ret ? ret : cgroup_create_inner(l, s->cgroup_dir, s->conf);
}

/* ---- rules: the first process comes under the device rules ---- */

/* In a user namespace nobody makes nodes. */
const struct cgroup_hier *rules_apart(const struct start *s)
{
	return CFG_IDMAP && s->userns.fd >= 0 ? NULL : cgroup_devices_first(&s->layout, s->conf);
}

/*
 * It makes its nodes, and may have to mount devices, before its device rules hold. Where these
 * stand from the beginning, see act_inner, it goes back to where the monitor is, as soon as its
 * cgroup namespace has the right root.
 */
int rules_step_out(struct start *s, const char *here)
{
	const struct cgroup_hier *h = rules_apart(s);
	int ret = h ? cgroup_go(h->mount, here) : 0;

	return ret ? err_code(ret, "cannot leave the cgroup '%s' of '%s'", s->cgroup_dir, h->mount) :
		     0;
}

int plan_rules(struct plan *p, const struct step_kind *k, const struct start *s)
{
	if (!cgroup_devices_wanted(s->conf) || !start_inner(s->conf))
		return 0;
	return plan_add(p, k, nowhere, PLAN_TEXT("the first process comes under its device rules")) ?
		       0 :
		       -ENOMEM;
}

int act_rules(struct start *s, const struct step *step)
{
	const struct cgroup_hier *h = rules_apart(s);
	char inner[PATH_MAX], below[PATH_MAX];
	int ret = h ? cgroup_inner(&s->layout, s->cgroup_dir, inner, sizeof(inner)) : 0;

	if (!ret && h)
		ret = cgroup_below_mount(h, inner, below, sizeof(below));
	if (ret || !h)
		return ret;
	/* Its own list of its places has other names now: the monitor looks, see act_devices. */
	ret = cgroup_go(h->mount, below);
	return ret ? err_code(ret, "cannot enter the cgroup '%s' of '%s'", inner, h->mount) : 0;
}

/* ---- cgroup_mount: lxc.mount.auto = cgroup ---- */

int plan_cgroup_mount(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it = rootfs_cgroup_word(s->conf);

	return !it || plan_add(p, k, it->at, PLAN_TEXT("%s on /sys/fs/cgroup", it->v)) ? 0 : -ENOMEM;
}

int act_cgroup_mount(struct start *s, const struct step *step)
{
	const struct cgroup_layout *l = &s->layout;
	struct rootfs_cgroup list[CGROUP_HIER_MAX];
	AUTO_FREE char *paths = calloc(CGROUP_HIER_MAX, PATH_MAX);
	char inner[PATH_MAX], where[ORIGIN_MAX];
	unsigned int i, n = 0;
	int ret = cgroup_inner(l, s->cgroup_dir, inner, sizeof(inner));

	if (!paths)
		return err_set(ENOMEM, "out of memory");
	for (i = 0; !ret && i < l->n; i++) {
		char *below = paths + n * PATH_MAX;

		if (!l->h[i].usable)
			continue;
		ret = cgroup_below_mount(&l->h[i], inner, below, PATH_MAX);
		list[n++] = (struct rootfs_cgroup){ .mount = l->h[i].mount, .root = l->h[i].root,
			.below = below, .controllers = l->h[i].controllers,
			.v2 = cgroup_is_v2(&l->h[i]) };
	}
	if (!ret)
		ret = rootfs_mount_cgroups(s->conf, &s->root, list, n,
					   caps_keep(s->conf, CAP_SYS_ADMIN),
					   start_namespaces(s->conf) & CLONE_NEWCGROUP);
	return ret ? err_in(ret, "%slxc.mount.auto", origin_text(step->at, where)) : 0;
}

/* ---- monitor_cgroup: the monitor in a directory of its own ---- */

int plan_monitor_cgroup(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *dir = &s->conf->cgroup_dir_monitor;

	return !dir->v || plan_add(p, k, dir->at, PLAN_TEXT("the monitor goes to '%s'", dir->v)) ?
		       0 :
		       -ENOMEM;
}

static int move_monitor(struct start *s, const struct cgroup_hier *h, const char *dir)
{
	char below[PATH_MAX], back[PATH_MAX], path[PATH_MAX];
	struct record_lines lines;
	int ret = cgroup_below_mount(h, dir, below, sizeof(below));

	if (!ret)
		ret = cgroup_path(h, dir, path, sizeof(path));
	if (ret)
		return ret;
	if (!access(path, F_OK))
		return err_set(EEXIST, "there is a cgroup '%s' already", path);
	cgroup_here(h, back, sizeof(back));
	ret = record_add(s->dir, "monitor_cgroup", (const char *[]){ h->mount, below, back, NULL });
	if (!ret)
		ret = cgroup_create(h, dir);
	if (ret == -EEXIST) {
		/* Somebody was faster, and it is his. */
		lines.n = 0;
		if (record_put_void(s->dir, &lines, 1) || record_write(s->dir, &lines))
			log_warn("the record names a cgroup of somebody else");
	}
	return ret ? ret : cgroup_enter(h, dir, 0);
}

int act_monitor_cgroup(struct start *s, const struct step *step)
{
	const char *dir = s->conf->cgroup_dir_monitor.v;
	char where[ORIGIN_MAX];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < s->layout.n; i++)
		if (s->layout.h[i].usable)
			ret = move_monitor(s, &s->layout.h[i], dir);
	return ret ? err_in(ret, "%slxc.cgroup.dir.monitor", origin_text(step->at, where)) : 0;
}

/* By the monitor itself, which goes back to where it was, or by who finds its record. */
int undo_monitor_cgroup(struct undo *u, char **fields)
{
	int ret;

	(void)u;
	if (!fields[0] || !fields[1])
		return 0;
	ret = cgroup_leave(fields[0], fields[1], fields[2] ? fields[2] : "");
	return ret ? ret : cgroup_remove(fields[0], fields[1], MONITOR_REMOVE_MS);
}

void start_pivot(const struct start *s)
{
	const char *dir = s->conf->cgroup_dir_monitor_pivot.v;
	bool held = err_hold();
	unsigned int i;
	int ret;

	for (i = 0; dir && i < s->layout.n; i++) {
		const struct cgroup_hier *h = &s->layout.h[i];
		char below[PATH_MAX];

		if (!h->usable)
			continue;
		ret = cgroup_create(h, dir);
		if (!ret || ret == -EEXIST)
			ret = cgroup_below_mount(h, dir, below, sizeof(below));
		if (!ret)
			ret = cgroup_go(h->mount, below);
		if (ret)
			log_warn("lxc.cgroup.dir.monitor.pivot: the monitor cannot go to '%s' of '%s'",
				 dir, h->mount);
	}
	err_release(held);
}
