/* SPDX-License-Identifier: MIT */
/* owns lxc-autostart: which containers, in what order, how many of them failed */
/* never starts or stops one itself: each is a child's, as a command of its own would do it */
//config:config LXC_AUTOSTART
//config:	bool "lxc-autostart (3.5 KB)"
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
#include "lib/json.h"
#include "lib/log.h"
#include "lib/sys.h"
#include "monitor/news.h"

struct autostart_args {
	struct opt_common common;
	bool kill, list, reboot, shutdown, all, ignore_auto, json;
	struct opt_list groups;
	struct opt_int timeout;
};

#define ARG(m) offsetof(struct autostart_args, m)

static const struct opt options[] = {
	{ 'k', OPT_FLAG, ARG(kill), "kill", NULL, OPT_HELP("kill them") },
	{ 'L', OPT_FLAG, ARG(list), "list", NULL,
		OPT_HELP("print them, each with its delay, and do nothing") },
	{ CFG_REBOOT ? 'r' : 0, OPT_FLAG, ARG(reboot), CFG_REBOOT ? "reboot" : NULL, NULL,
		OPT_HELP("reboot those that run, first one first") },
	{ 's', OPT_FLAG, ARG(shutdown), "shutdown", NULL, OPT_HELP("stop them, last one first") },
	{ 'a', OPT_FLAG, ARG(all), "all", NULL, OPT_HELP("of whatever group") },
	{ 'A', OPT_FLAG, ARG(ignore_auto), "ignore-auto", NULL,
		OPT_HELP("also those without lxc.start.auto = 1") },
	{ 'g', OPT_LIST, ARG(groups), "groups", "GROUPS",
		OPT_HELP("of these, in their order, separated by commas; an empty one is those "
			 "without a group (the default)") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL, OPT_HELP("with -L: as JSON") },
	{ 't', OPT_INT, ARG(timeout), "timeout", "SECONDS",
		OPT_HELP("how long a clean stop may take, then they are killed; default 60") },
};

/* At so many is worked at once. */
#define AT_ONCE 8

enum row_state {
	ROW_NEW,
	ROW_ON_THE_WAY,		/* what it depends on is being placed */
	ROW_PLACED,		/* in the sequence */
	ROW_BEGUN,		/* its child is at work */
	ROW_DONE,
	ROW_FAILED
};

struct row {
	char name[CONTAINER_NAME_MAX + 1];
	int order, delay;
	char *groups;		/* "a,b" */
	char *depends;		/* "a,b", too */
	bool is_wanted;		/* by lxc.start.auto, or everything is */
	enum row_state state;
	unsigned int level;	/* those of one are begun without waiting for each other */
	struct row *for_whom;	/* who depends on it, while it is on the way */
	char *why;		/* it cannot be begun, NULL: it can */
	pid_t pid;
};

struct list {
	const struct autostart_args *a;
	const char *lxcpath;
	struct row *rows, **sequence;
	unsigned int n, placed, level, running, tried, failed;
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
		fd_tell(2, "lxc-autostart: %s: %s\n", name, err_text());
		if (fd_write_all(2, more, strlen(more)))
			log_debug("nobody reads what is wrong");
	}
	err_clear();
}

/* With commas between them. */
static char *join(const struct conf_list *words)
{
	char *text = str_dup("");
	const struct conf_item *it;

	for (it = words->first; text && it; it = it->next) {
		char *more = str_make("%s%s%s", text, *text ? "," : "", it->v);

		free(text);
		text = more;
	}
	return text;
}

/*
 * What its configuration says, as far as it can be read: the start itself tells what is wrong with
 * a line, and with a file that nobody can read.
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
	r->groups = join(&c.group);
	r->depends = join(&c.depends);
	r->is_wanted = c.start_auto.v == 1 || l->a->ignore_auto || (ret && ret != -EINVAL);
	conf_free(&c);
	return r->groups && r->depends ? 0 : -ENOMEM;
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
	l->n += !ret;
	return ret;
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

/* Is the word, len bytes, one of a list with commas? The empty one is of an empty list. */
static bool has(const char *list, const char *word, size_t len)
{
	if (!len || !*list)
		return !len && !*list;
	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == len && !strncmp(list, word, len))
			return true;
	return false;
}

/* Of a group that is asked for. */
static bool is_selected(const struct list *l, const struct row *r)
{
	unsigned int i;

	if (!r->is_wanted || l->a->all || !l->a->groups.n)
		return r->is_wanted && (l->a->all || !*r->groups);
	for (i = 0; i < l->a->groups.n; i++) {
		const char *at = l->a->groups.v[i];
		size_t n;

		for (;; at += n + 1) {
			n = strcspn(at, ",");
			if (has(r->groups, at, n))
				return true;
			if (!at[n])
				break;
		}
	}
	return false;
}

/* ---- their sequence ---- */

static struct row *find(struct list *l, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (strlen(l->rows[i].name) == len && !strncmp(l->rows[i].name, name, len))
			return &l->rows[i];
	return NULL;
}

/* "a -> b -> a", from the one that is met again. */
static char *tell_circle(const struct row *last, const struct row *first)
{
	char *text = str_make("%s -> %s", last->name, first->name), *more;
	const struct row *r;

	for (r = last; text && r != first; r = r->for_whom) {
		more = str_make("%s -> %s", r->for_whom->name, text);
		free(text);
		text = more;
	}
	more = text ? str_make("lxcbox.depends goes in a circle: %s", text) : NULL;
	free(text);
	return more;
}

static void place(struct list *l, struct row *r);

/* What a start depends on is begun with it, whoever asks for that. */
static void place_needed(struct list *l, struct row *r)
{
	const char *at = r->depends;
	size_t n;

	for (; *at && !r->why; at += n + (at[n] == ',')) {
		struct row *d;

		n = strcspn(at, ",");
		d = find(l, at, n);
		if (l->a->reboot && (!d || !is_selected(l, d)))
			continue;
		if (!d)
			r->why = str_make("it depends on '%.*s', which does not exist", (int)n, at);
		else if (d->state == ROW_ON_THE_WAY && !l->a->reboot)
			r->why = tell_circle(r, d);
		else if (d->state == ROW_NEW)
			d->for_whom = r, place(l, d);
	}
}

/* Who depends on what is to be stopped goes before it, when it is to be stopped, too. */
static void place_needing(struct list *l, const struct row *r)
{
	unsigned int i;

	for (i = l->n; i--;)
		if (l->rows[i].state == ROW_NEW && is_selected(l, &l->rows[i]) &&
		    has(l->rows[i].depends, r->name, strlen(r->name)))
			place(l, &l->rows[i]);
}

static void place(struct list *l, struct row *r)
{
	r->state = ROW_ON_THE_WAY;
	if (CFG_READINESS && is_stop(l->a))
		place_needing(l, r);
	else if (CFG_READINESS)
		place_needed(l, r);
	r->state = ROW_PLACED;
	r->level = l->level;
	l->sequence[l->placed++] = r;
}

/* A group ends before the next one begins, and of a group an order. */
static void place_group(struct list *l, const char *group, size_t len)
{
	const struct row *last = NULL;
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		struct row *r = &l->rows[is_stop(l->a) ? l->n - 1 - i : i];

		if (r->state != ROW_NEW || !r->is_wanted ||
		    (!l->a->all && !has(r->groups, group, len)))
			continue;
		l->level += !last || last->order != r->order;
		last = r;
		place(l, r);
	}
}

static void place_groups(struct list *l)
{
	unsigned int i;

	if (l->a->all || !l->a->groups.n)
		place_group(l, "", 0);
	for (i = 0; !l->a->all && i < l->a->groups.n; i++) {
		const char *at = l->a->groups.v[i];
		size_t n;

		for (;; at += n + 1) {
			n = strcspn(at, ",");
			place_group(l, at, n);
			if (!at[n])
				break;
		}
	}
}

/* ---- one of them, in a child ---- */

static int act(const struct list *l, struct row *r)
{
	const struct autostart_args *a = l->a;
	struct opt_common o = { .name = r->name, .lxcpath = a->common.lxcpath,
		.logfile = a->common.logfile, .logpriority = a->common.logpriority };
	struct launch start = { .common = &o };
	struct stop_options stop = { .kill = a->kill, .reboot = a->reboot,
		.timeout_s = a->timeout.set ? a->timeout.v : 60 };
	struct container_status st;
	int ret = client_status(r->name, l->lxcpath, &st);

	if (ret)
		return ret;
	log_set_stderr("lxc-autostart", r->name, a->common.quiet);
	if (a->reboot && st.state == STATE_STOPPED)
		return 0;
	if (is_stop(a) || a->reboot) {
		/* Also of what runs no more: leftovers of an earlier life go. */
		ret = client_stop(r->name, l->lxcpath, &stop);
		return ret == -ESRCH ? 0 : ret;
	}
	ret = st.state == STATE_STOPPED ? launch_container(&start) : 0;
	return CFG_READINESS && !ret ? watch_ready(r->name, l->lxcpath, false, -1) : ret;
}

static void begin(struct list *l, struct row *r)
{
	int ret;

	l->tried++;
	r->pid = sys_clone(0);
	if (r->pid < 0) {
		err_code(r->pid, "cannot fork");
		tell_failure(l, r->name);
		r->state = ROW_FAILED;
	}
	if (r->pid) {
		l->running += r->state != ROW_FAILED;
		r->state = r->state == ROW_FAILED ? ROW_FAILED : ROW_BEGUN;
		return;
	}
	ret = act(l, r);
	if (ret < 0)
		tell_failure(l, r->name);
	_exit(ret != 0);
}

static void wait_one(struct list *l)
{
	unsigned int i;
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid < 0 && errno == EINTR);
	for (i = 0; i < l->placed; i++) {
		struct row *r = l->sequence[i];

		if (r->state != ROW_BEGUN || (pid > 0 && r->pid != pid))
			continue;
		l->running--;
		r->state = pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status) ? ROW_DONE
										: ROW_FAILED;
		/* Otherwise it has told why itself. */
		if (pid > 0 && WIFSIGNALED(status)) {
			err_set(ECHILD, "its command was killed by signal %d", WTERMSIG(status));
			tell_failure(l, r->name);
		} else {
			l->failed += r->state == ROW_FAILED;
		}
	}
}

static void wait_all(struct list *l)
{
	while (l->running)
		wait_one(l);
}

/* ---- all of them ---- */

/* It cannot be begun: that is its failure. */
static void refuse(struct list *l, struct row *r)
{
	l->tried++;
	r->state = ROW_FAILED;
	err_set(ECANCELED, "not started: %s", r->why);
	tell_failure(l, r->name);
}

/* What a row has to wait for: what it depends on, or when it is stopped, what depends on it. */
static bool waits_for(const struct list *l, const struct row *r, const struct row *other)
{
	const struct row *needs = is_stop(l->a) ? other : r, *needed = is_stop(l->a) ? r : other;

	return CFG_READINESS && r != other &&
	       has(needs->depends, needed->name, strlen(needed->name));
}

/* Whether it can be begun now; when it never can, why is set. */
static bool is_free(struct list *l, struct row *r)
{
	unsigned int i;

	for (i = 0; i < l->placed; i++) {
		const struct row *other = l->sequence[i];

		if (r->why || !waits_for(l, r, other))
			continue;
		if (other->state == ROW_PLACED || other->state == ROW_BEGUN)
			return false;
		if (other->state == ROW_FAILED && !is_stop(l->a) && !l->a->reboot)
			r->why = str_make("it depends on '%s', which has failed", other->name);
	}
	return true;
}

static void take(struct list *l, struct row *r)
{
	if (r->why) {
		refuse(l, r);
		return;
	}
	if (l->running == AT_ONCE)
		wait_one(l);
	begin(l, r);
	if (is_stop(l->a) || !r->delay)
		return;
	wait_all(l);
	nanosleep(&(struct timespec){ .tv_sec = r->delay }, NULL);
}

/* Those of one level, the first that can be begun first. Also a circle can be stopped. */
static void take_level(struct list *l, unsigned int from, unsigned int to)
{
	for (;;) {
		struct row *next = NULL, *left = NULL;
		unsigned int i;

		for (i = from; i < to && !next; i++) {
			if (l->sequence[i]->state != ROW_PLACED)
				continue;
			if (is_free(l, l->sequence[i]))
				next = l->sequence[i];
			else if (!left)
				left = l->sequence[i];
		}
		if (next)
			take(l, next);
		else if (l->running)
			wait_one(l);
		else if (left)
			take(l, left);
		else
			return;
	}
}

static void list_all(struct list *l)
{
	unsigned int i;

	for (i = 0; i < l->placed; i++) {
		struct row *r = l->sequence[i];

		if (r->why)
			refuse(l, r);
		else
			fd_printf(1, is_stop(l->a) ? "%s\n" : "%s %d\n", r->name, r->delay);
	}
}

static void take_all(struct list *l)
{
	unsigned int from, to;

	for (from = 0; from < l->placed; from = to) {
		to = from;
		while (to < l->placed && l->sequence[to]->level == l->sequence[from]->level)
			to++;
		take_level(l, from, to);
	}
}

static void put_row(struct json *j, const struct row *r)
{
	char word[256];
	const char *at;

	json_object(j, NULL);
	json_string(j, "name", r->name);
	json_number(j, "order", r->order);
	json_number(j, "delay", r->delay);
	json_array(j, "groups");
	for (at = r->groups; *at; at += strcspn(at, ","), at += *at == ',') {
		str_format(word, sizeof(word), "%.*s", (int)strcspn(at, ","), at);
		json_string(j, NULL, word);
	}
	json_end(j);
	json_end(j);
}

/* -L --json: the same containers in the same order. */
static int list_json(const struct list *l)
{
	unsigned int i;
	struct json j;
	int ret;

	json_init(&j, 1);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_array(&j, "containers");
	for (i = 0; i < l->placed; i++)
		put_row(&j, l->sequence[i]);
	json_end(&j);
	ret = json_end(&j);
	return ret ? err_code(ret, "cannot write") : 0;
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
	if (a->json && !a->list)
		return err_set(EINVAL, "--json goes with -L");
	if (a->kill + a->shutdown + a->reboot > 1)
		return err_set(EINVAL, "only one of --kill, --reboot and --shutdown");
	ret = collect(&l);
	if (ret)
		return ret;
	if (l.n)
		qsort(l.rows, l.n, sizeof(*l.rows), by_order);
	l.sequence = calloc(l.n + 1, sizeof(*l.sequence));
	if (!l.sequence)
		return err_set(ENOMEM, "out of memory");
	place_groups(&l);
	if (CFG_JSON && a->list && a->json)
		return list_json(&l);
	if (a->list)
		list_all(&l);
	else
		take_all(&l);
	return !l.failed ? 0 : l.failed == l.tried ? 1 : 2;
}

const struct applet autostart_applet = {
	.synopsis = "[OPTION]...",
	.about = OPT_HELP(
		"Starts the containers below LXCPATH that have lxc.start.auto = 1, lowest "
		"lxc.start.order first, those of one order at once, with lxc.start.delay seconds "
		"before the next one. What lxcbox.depends names is started and ready before, and "
		"stopped after. The others go on when one fails."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PROTECT,
	.args_size = sizeof(struct autostart_args),
	.run = run,
};
