/* SPDX-License-Identifier: MIT */
/* owns the rows of the step table that the child runs, in its namespaces */
/* never writes to the caller's terminal */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "container/child.h"
#include "container/container.h"
#include "container/label.h"
#include "container/steps.h"
#include "container/userns.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "net/net.h"

static const struct origin nowhere;

/* ---- enter: its cgroups, and the namespace whose root they are ---- */

int plan_enter(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return plan_add(p, k, nowhere, PLAN_TEXT("the first process enters its cgroups")) ? 0
	                                                                                 : -ENOMEM;
}

/* The child moves itself, since the kernel makes nobody wait for that: see cgroup_enter_all. */
int act_enter(struct start *s, const struct step *step)
{
	const struct cgroup_hier *first = rules_apart(s);
	char here[PATH_MAX];
	int ret;

	if (first)
		cgroup_here(first, here, sizeof(here));
	ret = cgroup_enter_all(&s->layout, s->cgroup_dir, 0);
	if (!ret && start_namespaces(s->conf) & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP))
		ret = err_sys("cannot make a cgroup namespace");
	if (!ret && first)
		ret = rules_step_out(s, here);
	if (!ret && CFG_NAMESPACE_SHARE)
		ret = share_join(s, ~(unsigned long)CLONE_NEWPID);
	/* While /proc is the host's. */
	if (!ret) {
		secure_look();
		ret = caps_init();
	}
	if (CFG_LSM && !ret)
		ret = label_enter(s);
	if (!ret)
		ret = caps_wanted(s->conf, &s->caps);
	return !ret && CFG_IDMAP && s->userns.fd >= 0 ? userns_enter(s) : ret;
}

/* ---- loopback: a new network has it down; it comes up with the first interface, as in LXC ---- */

int plan_loopback(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = s->conf->net; n; n = n->next)
		if (n->kind.v != NET_NONE && n->up.v)
			return plan_add(p, k, n->up.at, PLAN_TEXT("lo comes up")) ? 0 : -ENOMEM;
	return 0;
}

int act_loopback(struct start *s, const struct step *step)
{
	char at[ORIGIN_MAX];
	int ret = net_loopback_up();

	return ret ? err_in(ret, "%slxc.net", origin_text(step->at, at)) : 0;
}

/* ---- hostname ---- */

int plan_hostname(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *name = &s->conf->uts_name;

	return !name->v || plan_add(p, k, name->at, PLAN_TEXT("%s", name->v)) ? 0 : -ENOMEM;
}

int act_hostname(struct start *s, const struct step *step)
{
	char at[ORIGIN_MAX];

	if (sethostname(s->conf->uts_name.v, strlen(s->conf->uts_name.v)))
		return err_sys("%scannot set the host name '%s'", origin_text(step->at, at),
			s->conf->uts_name.v);
	return 0;
}

/* ---- rootfs, mounts, /dev, pivot ---- */

int plan_rootfs(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const char *path = s->conf->rootfs_path.v;

	path = path && str_after(path, "dir:") ? str_after(path, "dir:") : path;
	return plan_add(p, k, s->conf->rootfs_path.at,
		       PLAN_TEXT("%s", path ? path : "the host's tree is shared"))
	               ? 0
	               : -ENOMEM;
}

int act_rootfs(struct start *s, const struct step *step)
{
	/* Into a user namespace it comes before its root is one of the container's. */
	return CFG_IDMAP && s->root.fd >= 0 ? 0 : rootfs_mount_root(s->conf, &s->root);
}

struct mount_adding {
	struct plan *p;
	const struct step_kind *k;
	const struct conf *c;
};

static char *copy_or_null(const char *s, int *ret)
{
	char *copy = s ? str_dup(s) : NULL;

	if (s && !copy)
		*ret = -ENOMEM;
	return copy;
}

/* "tmpfs on /tmp type tmpfs (nosuid,mode=1777)"; the type is left out where it says nothing. */
static char *mount_text(const struct conf *c, const struct mount_spec *m)
{
	bool typed = !str_eq(m->fstype, "none");
	char options[256];

	mount_spec_options(m, options, sizeof(options));
	return str_make("%s on /%s%s%s (%s)", m->source, mount_target_in(c, m),
		typed ? " type " : "", typed ? m->fstype : "", *options ? options : "defaults");
}

static int add_mount(const struct mount_spec *m, void *arg)
{
	struct mount_adding *a = arg;
	struct mount_spec *copy = calloc(1, sizeof(*copy));
	struct step *step;
	int ret = 0;

	if (!copy)
		return err_set(ENOMEM, "out of memory");
	*copy = *m;
	copy->source = copy_or_null(m->source, &ret);
	copy->target = copy_or_null(m->target, &ret);
	copy->fstype = copy_or_null(m->fstype, &ret);
	copy->data = copy_or_null(m->data, &ret);
	copy->idmap = copy_or_null(m->idmap, &ret);
	step = ret ? NULL : plan_add(a->p, a->k, m->at, CFG_PLAN ? mount_text(a->c, m) : NULL);
	if (!step) {
		mount_spec_free(copy);
		free(copy);
		return -ENOMEM;
	}
	step->mount = copy;
	return 0;
}

int plan_mount(struct plan *p, const struct step_kind *k, const struct start *s)
{
	struct mount_adding a = { .p = p, .k = k, .c = s->conf };

	return rootfs_each_mount(s->conf, add_mount, &a);
}

int act_mount(struct start *s, const struct step *step)
{
	return rootfs_mount(s->conf, &s->root, step->mount);
}

int plan_dev(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf *c = s->conf;

	return plan_add(p, k, c->autodev.at,
		       PLAN_TEXT("%s%s%s", c->autodev.v ? "device nodes, " : "",
			       !c->pty_max.set || c->pty_max.v ? "a devpts of its own, " : "",
			       start_has_console(c) ? "console" : "no console"))
	               ? 0
	               : -ENOMEM;
}

struct own_ptys {
	struct start *s;
	const char **tty;
	char (*path)[FD_PATH_MAX];
};

static int open_ptys(struct rootfs_ttys *t, void *arg)
{
	struct own_ptys *o = arg;
	unsigned int i;
	int ret = 0;

	if (start_has_console(o->s->conf) || o->s->terminals)
		ret = child_open_pty(o->s, 0, o->path[0]);
	if (start_has_console(o->s->conf))
		t->console = o->path[0];
	for (i = 1; !ret && i <= t->n_tty; i++) {
		ret = child_open_pty(o->s, i, o->path[i]);
		o->tty[i - 1] = o->path[i];
	}
	return ret;
}

int act_dev(struct start *s, const struct step *step)
{
	AUTO_FREE const char **tty = calloc(s->n_ttys + 1, sizeof(*tty));
	AUTO_FREE char (*path)[FD_PATH_MAX] = calloc(s->n_ttys + 1, sizeof(*path));
	struct own_ptys own = { s, tty, path };
	struct rootfs_ttys t = { .tty = tty, .n_tty = s->n_ttys,
		.userns = CFG_IDMAP && s->root.in_userns, .arg = &own };
	unsigned int i;

	if (!tty || !path)
		return err_set(ENOMEM, "out of memory");
	if (CFG_UNPRIVILEGED && userns_has_ptys(s)) {
		t.open = open_ptys;
		return rootfs_dev(s->conf, &s->root, &t);
	}
	for (i = 0; i < s->n_ttys; i++)
		tty[i] = s->ttys[i].peer;
	if (start_has_console(s->conf))
		t.console = s->console.peer;
	return rootfs_dev(s->conf, &s->root, &t);
}

/* "/proc/x" of every item, behind the key. */
static char *list_text(char *text, const char *key, const struct conf_list *l)
{
	const struct conf_item *it;
	char *more;

	for (it = l->first; CFG_PLAN && text && it; it = it->next) {
		more = str_make("%s%s%s%s", text, *text && it == l->first ? "; " : "",
			it == l->first ? key : " ", it->v);
		free(text);
		text = more;
	}
	return text;
}

int plan_mask(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_list *ro = &s->conf->readonly, *hidden = &s->conf->mask;
	const struct conf_item *first = hidden->first ? hidden->first : ro->first;
	char *text = first ? PLAN_TEXT("%s", "") : NULL;

	text = list_text(list_text(text, "hide ", hidden), "read-only ", ro);
	return !first || plan_add(p, k, first->at, text) ? 0 : -ENOMEM;
}

int act_mask(struct start *s, const struct step *step)
{
	return rootfs_mask(s->conf, &s->root);
}

int plan_pivot(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return !conf_rootfs(s->conf) || plan_add(p, k, nowhere, PLAN_TEXT("the rootfs becomes /"))
	               ? 0
	               : -ENOMEM;
}

int act_pivot(struct start *s, const struct step *step)
{
	int ret = rootfs_pivot(&s->root);

	if (ret > 0 && s->caps & (cap_set)1 << CAP_SYS_ADMIN)
		child_warn(s,
			"/ is an initramfs and sys_admin is kept: the host's tree lies below the "
			"container's root");
	return ret < 0 ? ret : 0;
}

/* ---- process, ids, capabilities ---- */

int plan_process(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return plan_add(p, k, s->conf->arch.at,
		       PLAN_TEXT("own session%s; signals, umask, scheduling reset%s%s%s",
				       s->conf->keyring_session.v ? " and keyring" : "",
				       s->conf->sched_core.v ? "; cores of its own" : "",
				       s->conf->arch.v ? "; architecture " : "",
			       s->conf->arch.v ? s->conf->arch.v : ""))
	               ? 0
	               : -ENOMEM;
}

int act_process(struct start *s, const struct step *step)
{
	char at[ORIGIN_MAX];
	int ret = secure_reset_process();

	if (!ret)
		ret = secure_set_arch(s->conf);
	if (!ret && s->conf->keyring_session.v)
		ret = secure_keyring();
	if (CFG_SCHED_CORE && !ret && s->conf->sched_core.v) {
		ret = secure_sched_core();
		if (ret)
			err_in(ret, "%slxc.sched.core", origin_text(s->conf->sched_core.at, at));
	}
	return ret ? ret : child_set_stdio(s);
}

int plan_ids(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf *c = s->conf;

	return plan_add(p, k, c->init_uid.at,
		       PLAN_TEXT("uid %d, gid %d", (int)c->init_uid.v, (int)c->init_gid.v))
	               ? 0
	               : -ENOMEM;
}

int act_ids(struct start *s, const struct step *step)
{
	return secure_set_ids(s->conf);
}

int plan_caps(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf *c = s->conf;
	const struct conf_item *first = c->cap_keep.first ? c->cap_keep.first : c->cap_drop.first,
			       *it;
	char *text = PLAN_TEXT("%s", !first ? "all kept" : c->cap_keep.first ? "keep" : "drop");

	for (it = first; text && it; it = it->next) {
		char *more = str_make("%s %s", text, it->v);

		free(text);
		text = more;
	}
	return plan_add(p, k, first ? first->at : nowhere, text) ? 0 : -ENOMEM;
}

int act_caps(struct start *s, const struct step *step)
{
	return caps_apply(s->caps);
}

int plan_privs(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_int *v = &s->conf->no_new_privs;

	return !v->v || plan_add(p, k, v->at, PLAN_TEXT("no_new_privs")) ? 0 : -ENOMEM;
}

int act_privs(struct start *s, const struct step *step)
{
	return secure_no_new_privs();
}

/* ---- exec ---- */

/* Where the command comes from: the command line, lxc.execute.cmd, lxc.init.cmd, /sbin/init. */
static const struct conf_str *command_key(const struct start *s)
{
	const struct conf *c = s->conf;

	if (s->argv)
		return NULL;
	if (s->execute && c->execute_cmd.v)
		return &c->execute_cmd;
	return c->init_cmd.v ? &c->init_cmd : NULL;
}

int plan_exec(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *key = command_key(s);

	return plan_add(p, k, key ? key->at : nowhere,
		       PLAN_TEXT("%s", key       ? key->v
				       : s->argv ? s->argv[0]
						 : DEFAULT_INIT))
	               ? 0
	               : -ENOMEM;
}

int act_exec(struct start *s, const struct step *step)
{
	static char *fallback[] = { (char *)DEFAULT_INIT, NULL };
	const struct conf_str *key = command_key(s);
	char **argv = s->argv ? s->argv : fallback, **env;
	int ret;

	if (key) {
		argv = command_split(key->v);
		if (!argv)
			return -EINVAL;
	}
	env = child_environment(s);
	if (!env)
		return -ENOMEM;
	ret = child_set_cwd(s);
	if (!ret)
		ret = child_last_words(s);
	if (CFG_READINESS && !ret && s->ready >= 0 && s->ready_number >= 0)
		ret = child_give_ready(s);
	if (ret)
		return ret;
	if (CFG_LSM && s->execute)
		ret = label_last(s);
	if (ret)
		return ret;
	if (CFG_LXC_EXECUTE && s->execute)
		init_run(s->conf->name, argv, env);
	ret = command_exec(argv, env);
	return step->at.file ? err_in(ret, "%s:%u", step->at.file, step->at.line) : ret;
}
