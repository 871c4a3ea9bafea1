/* SPDX-License-Identifier: MIT */
/* owns the rows of the step table that the monitor runs */
/* never makes an object before its line is in the record */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "container/userns.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

/* How long the processes of a container get to die from SIGKILL before its cgroups stay in the
 * record, in milliseconds. */
#define CGROUP_REMOVE_MS 7000

static const struct origin nowhere;

/* ---- cgroup: a directory in every hierarchy ---- */

int plan_cgroup(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf *c = s->conf;
	bool is_named = CFG_CGROUP_DIRS && c->cgroup_dir_container.v;
	struct origin at = is_named ? c->cgroup_dir_container.at : c->cgroup_dir.at;
	bool is_some = CFG_SYSTEM_CONF && conf_sys_value(SYS_CGROUP_USE);

	if (CFG_SYSTEM_CONF && !at.file)
		at = conf_sys_at(is_some ? SYS_CGROUP_USE : SYS_CGROUP_PATTERN);
	return plan_add(p, k, at, PLAN_TEXT("a cgroup for '%s' in %s", s->conf->name,
			is_some ? "the hierarchies of lxc.cgroup.use" : "every hierarchy")) ?
		       0 :
		       -ENOMEM;
}

/* The hierarchies of this machine, but for those that lxc.conf leaves out. */
static int read_layout(const struct start *s, struct cgroup_layout *l)
{
	bool is_root = CFG_CGROUP_DIRS && s->conf->cgroup_relative.set &&
		       !s->conf->cgroup_relative.v && !sys_euid();
	int ret = is_root ? cgroup_layout_read_root(l) : cgroup_layout_read(l);
	char where[ORIGIN_MAX];

	if (ret || !CFG_SYSTEM_CONF)
		return ret;
	ret = cgroup_layout_use(l, conf_sys_value(SYS_CGROUP_USE));
	return ret ? err_in(ret, "%slxc.cgroup.use",
			    origin_text(conf_sys_at(SYS_CGROUP_USE), where)) :
		     0;
}

/*
 * The hierarchies that are used, in the order in which their directories are made; NULL behind the
 * last. The freezer's, which the layout has first, comes last, so that undo begins with it: as long
 * as processes are frozen they do not die, and no cgroup that they are in can be removed.
 */
static const struct cgroup_hier *nth(const struct cgroup_layout *l, unsigned int i)
{
	unsigned int at;

	for (at = 1; at <= l->n; at++)
		if (l->h[at % l->n].usable && !i--)
			return &l->h[at % l->n];
	return NULL;
}

/* A line for each of the first n. */
static int record_cgroups(const struct start *s, struct record_lines *l, unsigned int n)
{
	const char *inner = start_inner(s->conf);
	char base[PATH_MAX];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++) {
		ret = cgroup_path(nth(&s->layout, i), "", base, sizeof(base));
		if (!ret)
			ret = record_put(s->dir, l, "cgroup",
					 (const char *[]){ base, s->cgroup_dir, inner, NULL });
	}
	return !ret && l->n ? record_write(s->dir, l) : ret;
}

/*
 * Somebody else has the name in one of n hierarchies: what has been made in others goes again. At
 * every moment the record names what is ours and nothing else.
 */
static int unmake_cgroups(const struct start *s, unsigned int made, unsigned int n)
{
	struct record_lines l;
	char base[PATH_MAX];
	unsigned int i;
	int ret;

	l.n = 0;
	ret = record_put_void(s->dir, &l, n);
	if (!ret)
		ret = record_cgroups(s, &l, made);
	for (i = made; !ret && i--;) {
		ret = cgroup_path(nth(&s->layout, i), "", base, sizeof(base));
		if (!ret)
			ret = cgroup_remove(base, s->cgroup_dir, CGROUP_REMOVE_MS);
	}
	if (!ret && made)
		ret = record_put_void(s->dir, &l, made);
	return !ret && made ? record_write(s->dir, &l) : ret;
}

/*
 * In every hierarchy, each with its line in the record before the first is made, and behind a claim
 * of the name; -EEXIST where somebody else was faster.
 */
static int make_cgroups(struct start *s)
{
	unsigned int n = 0, i;
	struct record_lines l;
	int ret;

	l.n = 0;
	while (nth(&s->layout, n))
		n++;
	ret = record_put(s->dir, &l, "claim", (const char *[]){ s->cgroup_dir, NULL });
	if (!ret)
		ret = record_cgroups(s, &l, n);
	if (!ret)
		ret = claim_take(s->dir, s->cgroup_dir);
	if (ret == -EBUSY)
		return -EEXIST;
	for (i = 0; !ret && i < n; i++)
		ret = cgroup_create(nth(&s->layout, i), s->cgroup_dir);
	if (ret != -EEXIST)
		return ret;
	err_clear();
	ret = unmake_cgroups(s, i - 1, n);
	if (!ret)
		ret = claim_drop(s->dir, s->cgroup_dir);
	return ret ? ret : -EEXIST;
}

int act_cgroup(struct start *s, const struct step *step)
{
	int ret = read_layout(s, &s->layout);
	unsigned int number = 0;

	if (!ret)
		ret = cgroup_check(&s->layout, s->conf);
	while (!ret) {
		bool held = err_hold();

		ret = cgroup_choose(&s->layout, s->conf, &number, s->cgroup_dir,
				    sizeof(s->cgroup_dir));
		if (!ret)
			ret = make_cgroups(s);
		if (ret != -EEXIST)
			break;
		err_release(held);
		ret = 0;
	}
	return ret;
}

/*
 * Who does not die in one hierarchy has been waited for in all of them. Without the claim nothing
 * was made, or all of it is gone; what bears the name now is another container's.
 */
int undo_cgroup(struct undo *u, char **fields)
{
	int ret;

	if (!fields[0] || !fields[1])
		return 0;
	if (!u->own || !str_eq(u->own, fields[1])) {
		ret = claim_is_own(u->dir, fields[1]);
		if (ret <= 0)
			return ret;
		u->own = fields[1];
	}
	ret = cgroup_remove(fields[0], fields[1], u->waited ? 0 : CGROUP_REMOVE_MS);
	u->waited = ret == -ETIMEDOUT;
	return ret;
}

/* ---- limit: control files other than devices.* ---- */

int plan_limit(struct plan *p, const struct step_kind *k, const struct start *s)
{
	AUTO_FREE const struct conf_item **items = NULL;
	const struct conf_item *it;
	unsigned int max = 0;
	int i, n;

	for (it = s->conf->cgroup.first; it; it = it->next)
		max++;
	for (it = s->conf->cgroup2.first; it; it = it->next)
		max++;
	if (!max)
		return 0;
	items = calloc(max, sizeof(*items));
	if (!items)
		return err_set(ENOMEM, "out of memory");
	n = cgroup_order(s->conf, items, max);
	for (i = 0; i < n; i++) {
		struct step *step = plan_add(p, k, items[i]->at,
			PLAN_TEXT("%s = %s", items[i]->key, items[i]->v));

		if (!step)
			return -ENOMEM;
		step->item = items[i];
	}
	return n < 0 ? n : 0;
}

int act_limit(struct start *s, const struct step *step)
{
	return cgroup_set(&s->layout, s->cgroup_dir, s->conf, step->item);
}

/* ---- console, ttys: the ptys whose other side the monitor keeps ---- */

bool start_has_console(const struct conf *c)
{
	return !c->console_path.v || !str_eq(c->console_path.v, "none");
}

int plan_console(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf *c = s->conf;
	char *text;

	if (start_has_console(c))
		text = PLAN_TEXT("a pty for /dev/console");
	else if (s->terminals)
		text = PLAN_TEXT("a pty in place of the caller's terminal");
	else
		return 0;
	return plan_add(p, k, c->console_path.at, text) ? 0 : -ENOMEM;
}

/* Opened before the container runs, since without what was asked for it must not. */
int act_console(struct start *s, const struct step *step)
{
	const struct conf_str *path = &s->conf->console_path, *log = &s->conf->console_logfile;
	char at[ORIGIN_MAX];
	int ret = CFG_UNPRIVILEGED && userns_has_ptys(s) ? 0 : pty_open(&s->console);

	if (!ret && CFG_IDMAP && s->console.held >= 0)
		ret = userns_own(s, &s->console);
	if (ret)
		return ret;
	if (path->v && start_has_console(s->conf)) {
		s->console_file =
			fd_open(path->v, O_RDWR | O_NOCTTY | O_NONBLOCK | O_APPEND);
		if (s->console_file < 0)
			return err_sys("%slxc.console.path: cannot open '%s'",
				origin_text(path->at, at), path->v);
	}
	if (log->v)
		ret = console_log_open(&s->console_log, log->v);
	if (ret)
		return err_in(ret, "%slxc.console.logfile", origin_text(log->at, at));
	if (CFG_CONSOLE_CAP) {
		s->console_log.cap = s->conf->console_size.v;
		s->console_log.rotate = s->conf->console_rotate.v;
	}
	if (CFG_CONSOLE_RING && s->conf->console_buffer_size.v && !s->ring.at)
		ret = ring_open(&s->ring, (uint32_t)s->conf->console_buffer_size.v);
	return ret;
}

int plan_ttys(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_int *max = &s->conf->tty_max;

	if (max->v <= 0)
		return 0;
	return plan_add(p, k, max->at, PLAN_TEXT("%d ptys for /dev/tty1 and up", (int)max->v))
	               ? 0
	               : -ENOMEM;
}

int act_ttys(struct start *s, const struct step *step)
{
	unsigned int n = (unsigned int)s->conf->tty_max.v;
	int ret = 0;

	s->ttys = calloc(n, sizeof(*s->ttys));
	if (!s->ttys)
		return err_set(ENOMEM, "out of memory");
	for (; !ret && s->n_ttys < n; s->n_ttys += !ret) {
		s->ttys[s->n_ttys].master = s->ttys[s->n_ttys].held = -1;
		if (CFG_UNPRIVILEGED && userns_has_ptys(s))
			continue;
		ret = pty_open(&s->ttys[s->n_ttys]);
		if (!ret && CFG_IDMAP)
			ret = userns_own(s, &s->ttys[s->n_ttys]);
	}
	return ret;
}

/* ---- pidfile: of the monitor, as lxc-start -p asks ---- */

static char *path_from_here(const char *path)
{
	char here[PATH_MAX];

	if (!getcwd(here, sizeof(here))) {
		err_sys("cannot get the working directory");
		return NULL;
	}
	return str_make("%s/%s", here, path);
}

int plan_pidfile(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return !s->pidfile || plan_add(p, k, nowhere, PLAN_TEXT("%s", s->pidfile)) ? 0 : -ENOMEM;
}

int act_pidfile(struct start *s, const struct step *step)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD int fd = -1;
	int ret;

	/* Absolute in the record: the next command may run elsewhere. */
	path = *s->pidfile == '/' ? str_dup(s->pidfile) : path_from_here(s->pidfile);
	if (!path)
		return -ENOMEM;
	fd = path_open_named(path, O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		return err_in(fd, "pid file");
	ret = record_add(s->dir, step->kind->name, (const char *[]){ path, NULL });
	if (!ret && (ftruncate(fd, 0) || fd_printf(fd, "%d\n", getpid())))
		ret = err_sys("pid file '%s'", path);
	return ret;
}

int undo_pidfile(struct undo *u, char **fields)
{
	if (fields[0] && unlink(fields[0]) && errno != ENOENT)
		return -errno;
	return 0;
}

/* ---- defaults, prlimit: what a caller has set of limits does not reach the container ---- */

int plan_defaults(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return plan_add(p, k, nowhere, PLAN_TEXT(
			       "resource limits and oom_score_adj as the kernel's first process "
			       "has them"))
	               ? 0
	               : -ENOMEM;
}

int act_defaults(struct start *s, const struct step *step)
{
	return secure_reset_limits(s->pid);
}

int plan_prlimit(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it;
	struct step *step;

	for (it = s->conf->prlimit.first; it; it = it->next) {
		step = plan_add(p, k, it->at, PLAN_TEXT("%s = %s", it->key, it->v));
		if (!step)
			return -ENOMEM;
		step->item = it;
	}
	return 0;
}

int act_prlimit(struct start *s, const struct step *step)
{
	return secure_prlimit(step->item, s->pid);
}

/* ---- devices: the rules in their order, once the child has made its nodes ---- */

int plan_devices(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it;
	unsigned int i;

	for (i = 0; i < 2; i++)
		for (it = i ? s->conf->cgroup2.first : s->conf->cgroup.first; it; it = it->next) {
			const char *verb = str_after(it->key, "devices.");

			if (verb && !plan_add(p, k, it->at, PLAN_TEXT("%s %s", verb, it->v)))
				return -ENOMEM;
		}
	return 0;
}

/* The rules are written and read back as a whole, at the last of them. */
int act_devices(struct start *s, const struct step *step)
{
	const struct step *next = step + 1;

	if (next < s->plan.steps + s->plan.n && next->kind == step->kind)
		return 0;
	/* They had to be there before the directory of the processes: see act_inner. */
	if (cgroup_devices_first(&s->layout, s->conf))
		return cgroup_devices_verify(&s->layout, s->cgroup_dir, s->conf, s->pid);
	return cgroup_devices_apply(&s->layout, s->cgroup_dir, s->conf, &s->devices);
}
