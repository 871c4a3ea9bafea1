/* SPDX-License-Identifier: MIT */
/* owns lxc-autostart: which containers, in what order, how many of them failed */
/* never starts or stops one itself: each is a child's, as a command of its own would do it */
//config:config LXC_AUTOSTART
//config:	bool "lxc-autostart (2.3 KB)"
//config:	default y
//config:	help
//config:	  Start, stop or list the containers with lxc.start.auto = 1, by group and order.
//applet:APPLET(autostart, "lxc-autostart", LXC_AUTOSTART, "start or stop containers by their groups and order")
/*
 * Exit status: 0; 1 all of them failed; 2 some did.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "applets/common.h"
#include "lib/log.h"
#include "lib/sys.h"

struct autostart_args {
	struct opt_common common;
	bool kill, list, shutdown, all, ignore_auto;
	struct opt_list groups;
	struct opt_int timeout;
};

#define ARG(m) offsetof(struct autostart_args, m)

static const struct opt options[] = {
	{ 'k', OPT_FLAG, ARG(kill), "kill", NULL, OPT_HELP("kill them") },
	{ 'L', OPT_FLAG, ARG(list), "list", NULL,
		OPT_HELP("print them, each with its delay, and do nothing") },
	{ 's', OPT_FLAG, ARG(shutdown), "shutdown", NULL, OPT_HELP("stop them, last one first") },
	{ 'a', OPT_FLAG, ARG(all), "all", NULL, OPT_HELP("of whatever group") },
	{ 'A', OPT_FLAG, ARG(ignore_auto), "ignore-auto", NULL,
		OPT_HELP("also those without lxc.start.auto = 1") },
	{ 'g', OPT_LIST, ARG(groups), "groups", "GROUPS",
		OPT_HELP("of these, in their order, separated by commas; an empty one is those "
			 "without a group (the default)") },
	{ 't', OPT_INT, ARG(timeout), "timeout", "SECONDS",
		OPT_HELP("how long a clean stop may take, then they are killed; default 60") },
};

struct row {
	char name[CONTAINER_NAME_MAX + 1];
	int order, delay;
	char *groups;		/* "a,b" */
	bool is_begun;
};

struct list {
	const struct autostart_args *a;
	const char *lxcpath;
	struct row *rows;
	unsigned int n, tried, failed;
};

/* ---- which containers there are ---- */

static bool is_stop(const struct autostart_args *a)
{
	return a->kill || a->shutdown;
}

/* The error of one container, which does not stop the others. */
static void tell_failure(struct list *l, const char *name)
{
	const char *more = conf_problems();

	l->failed++;
	log_error("%s: %s", name, err_text());
	if (!log_is_quiet()) {
		fd_printf(2, "lxc-autostart: %s: %s\n", name, err_text());
		if (fd_write_all(2, more, strlen(more)))
			log_debug("nobody reads what is wrong");
	}
	err_clear();
}

static char *join_groups(const struct conf *c)
{
	char *text = str_dup("");
	const struct conf_item *it;

	for (it = c->group.first; text && it; it = it->next) {
		char *more = str_make("%s%s%s", text, *text ? "," : "", it->v);

		free(text);
		text = more;
	}
	return text;
}

/*
 * What its configuration says, as far as it can be read: the start itself tells what is wrong with
 * a line, and with a file that nobody can read. 1: it is one of those that are asked for.
 */
static int read_row(struct list *l, struct row *r)
{
	struct opt_common o = { .quiet = true };
	bool held = err_hold(), found;
	struct conf c;
	int ret;

	conf_init(&c, r->name, l->lxcpath);
	c.keeps_unbuilt = true;
	ret = container_load(&c, &o, NULL, &found);
	err_release(held);
	r->order = (int)c.start_order.v;
	r->delay = (int)c.start_delay.v;
	r->groups = join_groups(&c);
	ret = c.start_auto.v == 1 || l->a->ignore_auto || (ret && ret != -EINVAL);
	conf_free(&c);
	return r->groups ? ret : -ENOMEM;
}

static int add_defined(int dir_fd, const char *name, void *arg)
{
	bool held = err_hold(), is_name = !container_check_name(name);
	struct list *l = arg;
	struct row *more;
	int ret;

	err_release(held);
	if (!is_name || !container_is_defined(dir_fd, name))
		return 0;
	more = realloc(l->rows, (l->n + 1) * sizeof(*more));
	if (!more)
		return err_set(ENOMEM, "out of memory");
	l->rows = more;
	more[l->n] = (struct row){ .order = 0 };
	str_format(more[l->n].name, sizeof(more->name), "%s", name);
	ret = read_row(l, &more[l->n]);
	l->n += ret > 0;
	return ret < 0 ? ret : 0;
}

static int collect(struct list *l)
{
	AUTO_FD int fd = fd_open(l->lxcpath, O_RDONLY | O_DIRECTORY);
	int ret = fd < 0 ? -errno : fd_each_name(fd, add_defined, l);

	if (fd < 0 && ret == -ENOENT)
		return 0;
	return ret && ret != -ENOMEM ? err_code(ret, "cannot read '%s'", l->lxcpath) : ret;
}

/* Lowest order first, names where it is the same. */
static int by_order(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->order != y->order ? (x->order < y->order ? -1 : 1) : strcmp(x->name, y->name);
}

static bool is_of(const struct row *r, const char *group, size_t len)
{
	const char *at = r->groups;

	if (!len || !*at)
		return !len && !*at;
	for (; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == len && !strncmp(at, group, len))
			return true;
	return false;
}

/* ---- one of them, in a child ---- */

static int act(const struct list *l, struct row *r)
{
	const struct autostart_args *a = l->a;
	struct opt_common o = { .name = r->name, .lxcpath = a->common.lxcpath,
		.logfile = a->common.logfile, .logpriority = a->common.logpriority };
	struct launch start = { .common = &o };
	struct stop_options stop = { .kill = a->kill,
		.timeout_s = a->timeout.set ? a->timeout.v : 60 };
	struct container_status st;
	int ret = client_status(r->name, l->lxcpath, &st);

	if (ret)
		return ret;
	log_set_stderr("lxc-autostart", r->name, a->common.quiet);
	if (!is_stop(a))
		return st.state == STATE_STOPPED ? launch_container(&start) : 0;
	/* Also of what runs no more: leftovers of an earlier life go. */
	ret = client_stop(r->name, l->lxcpath, &stop);
	return ret == -ESRCH ? 0 : ret;
}

static pid_t begin(struct list *l, struct row *r)
{
	pid_t pid = sys_clone(0);
	int ret;

	l->tried++;
	if (pid < 0)
		err_code(pid, "cannot fork");
	if (pid < 0)
		tell_failure(l, r->name);
	if (pid)
		return pid;
	ret = act(l, r);
	if (ret < 0)
		tell_failure(l, r->name);
	_exit(ret != 0);
}

static void wait_for(struct list *l, const pid_t *pids, unsigned int n)
{
	int status;

	while (n--) {
		while (waitpid(pids[n], &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			l->failed++;
	}
}

/* ---- all of them ---- */

/* At once are begun those of one order, as long as none wants time for itself. */
#define AT_ONCE 8

struct batch {
	pid_t pids[AT_ONCE];
	unsigned int n;
	int order;
};

static void finish(struct list *l, struct batch *b)
{
	wait_for(l, b->pids, b->n);
	b->n = 0;
}

static void take(struct list *l, struct batch *b, struct row *r)
{
	r->is_begun = true;
	if (l->a->list) {
		fd_printf(1, is_stop(l->a) ? "%s\n" : "%s %d\n", r->name, r->delay);
		return;
	}
	if (b->n && (b->n == AT_ONCE || b->order != r->order))
		finish(l, b);
	b->order = r->order;
	b->pids[b->n] = begin(l, r);
	b->n += b->pids[b->n] > 0;
	if (is_stop(l->a) || !r->delay)
		return;
	finish(l, b);
	nanosleep(&(struct timespec){ .tv_sec = r->delay }, NULL);
}

static void take_group(struct list *l, struct batch *b, const char *group, size_t len)
{
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		struct row *r = &l->rows[is_stop(l->a) ? l->n - 1 - i : i];

		if (!r->is_begun && (l->a->all || is_of(r, group, len)))
			take(l, b, r);
	}
	/* A group ends before the next one begins. */
	finish(l, b);
}

static void take_groups(struct list *l)
{
	struct batch b = { .n = 0 };
	unsigned int i;

	if (l->a->all || !l->a->groups.n)
		take_group(l, &b, "", 0);
	for (i = 0; !l->a->all && i < l->a->groups.n; i++) {
		const char *at = l->a->groups.v[i];
		size_t n;

		for (;; at += n + 1) {
			n = strcspn(at, ",");
			take_group(l, &b, at, n);
			if (!at[n])
				break;
		}
	}
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct autostart_args *a = args;
	struct list l = { .a = a,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)) };
	int ret;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (a->kill && a->shutdown)
		return err_set(EINVAL, "--kill excludes --shutdown");
	ret = collect(&l);
	if (ret)
		return ret;
	if (l.n)
		qsort(l.rows, l.n, sizeof(*l.rows), by_order);
	take_groups(&l);
	return !l.failed ? 0 : l.failed == l.tried ? 1 : 2;
}

const struct applet autostart_applet = {
	.synopsis = "[OPTION]...",
	.about = OPT_HELP(
		"Starts the containers below LXCPATH that have lxc.start.auto = 1, lowest "
		"lxc.start.order first, those of one order at once, with lxc.start.delay seconds "
		"before the next one. The others go on when one fails."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PROTECT,
	.args_size = sizeof(struct autostart_args),
	.run = run,
};
