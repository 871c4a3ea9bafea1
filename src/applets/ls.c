/* SPDX-License-Identifier: MIT */
/* owns the command line and output of lxc-ls */
/* never changes anything */
//config:config LXC_LS
//config:	bool "lxc-ls (2.3 KB)"
//config:	default y
//config:	help
//config:	  List containers: those with a configuration below LXCPATH, and those that run.
//applet:APPLET(ls, "lxc-ls", LXC_LS, "list containers")
/*
 * Exit status: 0, also when there is none; 1 error.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "applets/common.h"

struct ls_args {
	struct opt_common common;
	bool line, fancy, active, running, frozen, stopped, defined;
	const char *columns;
};

#define ARG(m) offsetof(struct ls_args, m)

static const struct opt options[] = {
	{ '1', OPT_FLAG, ARG(line), "line", NULL, OPT_HELP("one name a line") },
	{ 'f', OPT_FLAG, ARG(fancy), "fancy", NULL, OPT_HELP("a table") },
	{ 'F', OPT_STR, ARG(columns), "fancy-format", "COLUMNS",
		OPT_HELP("a table of these: NAME,STATE,PID,AUTOSTART,GROUPS") },
	{ 0, OPT_FLAG, ARG(active), "active", NULL, OPT_HELP("only running and frozen ones") },
	{ 0, OPT_FLAG, ARG(running), "running", NULL, OPT_HELP("only running ones") },
	{ 0, OPT_FLAG, ARG(frozen), "frozen", NULL, OPT_HELP("only frozen ones") },
	{ 0, OPT_FLAG, ARG(stopped), "stopped", NULL, OPT_HELP("only stopped ones") },
	{ 0, OPT_FLAG, ARG(defined), "defined", NULL, OPT_HELP("only those with a configuration") },
};

struct row {
	char name[CONTAINER_NAME_MAX + 1];
	struct container_status st;
	bool defined, auto_start;
	char groups[64];
};

struct list {
	const struct ls_args *a;
	const char *lxcpath;
	struct row *rows;
	unsigned int n, size;
};

static struct row *add(struct list *l, const char *name)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (str_eq(l->rows[i].name, name))
			return &l->rows[i];
	if (l->n == l->size) {
		unsigned int size = l->size ? l->size * 2 : 32;
		struct row *more = realloc(l->rows, size * sizeof(*more));

		if (!more) {
			err_set(ENOMEM, "out of memory");
			return NULL;
		}
		l->rows = more;
		l->size = size;
	}
	memset(&l->rows[l->n], 0, sizeof(*l->rows));
	str_format(l->rows[l->n].name, sizeof(l->rows->name), "%s", name);
	return &l->rows[l->n++];
}

static bool is_name(const char *name)
{
	bool held = err_hold(), good = !container_check_name(name);

	err_release(held);
	return good;
}

static int add_if_defined(int dir_fd, const char *name, void *arg)
{
	struct row *r;

	if (!is_name(name) || !container_is_defined(dir_fd, name))
		return 0;
	r = add(arg, name);
	if (!r)
		return -ENOMEM;
	r->defined = true;
	return 0;
}

static int add_defined(struct list *l)
{
	AUTO_FD int fd = fd_open(l->lxcpath, O_RDONLY | O_DIRECTORY);
	int ret = fd < 0 ? -errno : fd_each_name(fd, add_if_defined, l);

	if (fd < 0 && ret == -ENOENT)
		return 0;
	return ret && ret != -ENOMEM ? err_code(ret, "cannot read '%s'", l->lxcpath) : ret;
}

/* What runs below our LXCPATH, by the name of its directory; asked while that is open. */
static int add_running(struct run_dir *d, void *arg)
{
	char name[CONTAINER_NAME_MAX + 1], entry[RUN_ENTRY_MAX], any[CONTAINER_NAME_MAX + 1];
	const char *own = str_base(d->path);
	struct container_status st;
	struct list *l = arg;
	struct row *r;

	str_format(name, sizeof(name), "%.*s", (int)strcspn(own, "@"), own);
	run_dir_entry(entry, name, l->lxcpath);
	if (!str_eq(own, entry) || !is_name(name))
		return 0;
	client_status_in(d, &st);
	/* Of a start that has just begun, or an end that is nearly over, there is no record. */
	if (st.state == STATE_STOPPED && record_get(d, "name", any, sizeof(any)))
		return 0;
	r = add(l, name);
	if (!r)
		return -ENOMEM;
	r->st = st;
	return 0;
}

/* What only the configuration says; a file with errors shows as "-". */
static void read_configuration(struct list *l, struct row *r)
{
	struct opt_common o = { .quiet = true };
	const struct conf_item *it;
	bool held = err_hold(), found;
	struct conf c;

	conf_init(&c, r->name, l->lxcpath);
	c.keeps_unbuilt = true;
	if (!container_load(&c, &o, NULL, &found)) {
		r->auto_start = c.start_auto.v == 1;
		for (it = c.group.first; it; it = it->next)
			str_format(r->groups + strlen(r->groups),
				sizeof(r->groups) - strlen(r->groups), "%s%s",
				*r->groups ? "," : "", it->v);
	}
	conf_free(&c);
	err_release(held);
}

static bool is_wanted(const struct ls_args *a, const struct row *r)
{
	bool frozen = r->st.state == STATE_FROZEN, stopped = r->st.state == STATE_STOPPED;

	if (a->defined && !r->defined)
		return false;
	if (!a->active && !a->running && !a->frozen && !a->stopped)
		return true;
	return (a->active && !stopped) || (a->running && r->st.state == STATE_RUNNING) ||
	       (a->frozen && frozen) || (a->stopped && stopped);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

/* What a table can show, in the order of the help. */
static const char columns[][10] = { "NAME", "STATE", "PID", "AUTOSTART", "GROUPS" };

static const char *cell(const struct row *r, unsigned int column, char *buf, size_t n)
{
	switch (column) {
	case 0:
		return r->name;
	case 1:
		return state_name(r->st.state);
	case 2:
		str_format(buf, n, r->st.init ? "%d" : "-", r->st.init);
		return buf;
	case 3:
		return r->auto_start ? "1" : "0";
	default:
		return *r->groups ? r->groups : "-";
	}
}

static int find_column(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (!strcasecmp(columns[i], name))
			return (int)i;
	return err_set(EINVAL, "unknown column '%s' (NAME STATE PID AUTOSTART GROUPS)", name);
}

#define COLUMN_MAX 8

static int print_table(struct list *l, char *wanted)
{
	int column[COLUMN_MAX], width[COLUMN_MAX];
	unsigned int n = 0, i, j;
	char buf[24], line[1024], *word;
	size_t len;

	while (n < COLUMN_MAX && (word = str_word(&wanted, ","))) {
		column[n] = find_column(word);
		if (column[n] < 0)
			return column[n];
		width[n] = (int)strlen(word);
		for (i = 0; i < l->n; i++) {
			const char *text = cell(&l->rows[i], column[n], buf, sizeof(buf));

			if ((int)strlen(text) > width[n])
				width[n] = (int)strlen(text);
		}
		n++;
	}
	/* Row 0 is the heading; without a container there is none. */
	for (i = 0; n && l->n && i <= l->n; i++) {
		for (j = len = 0; j < n && len < sizeof(line); j++)
			len += str_format(line + len, sizeof(line) - len, "%-*s%s",
				j + 1 < n ? width[j] : 0,
				i ? cell(&l->rows[i - 1], column[j], buf, sizeof(buf))
				  : columns[column[j]],
				j + 1 < n ? " " : "\n");
		fd_printf(1, "%s", line);
	}
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX], wanted[128];
	struct ls_args *a = args;
	struct list l = { .a = a,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)) };
	unsigned int i, kept = 0;
	int ret = add_defined(&l);

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (!ret)
		ret = run_dir_each(add_running, &l);
	/* A directory that cannot be trusted may be of any of them. */
	if (!ret && err_is_set())
		ret = -EPERM;
	if (ret)
		return ret;
	for (i = 0; i < l.n; i++)
		if (is_wanted(a, &l.rows[i]))
			l.rows[kept++] = l.rows[i];
	l.n = kept;
	qsort(l.rows, l.n, sizeof(*l.rows), by_name);
	if (a->fancy || a->columns) {
		for (i = 0; i < l.n; i++)
			read_configuration(&l, &l.rows[i]);
		str_format(wanted, sizeof(wanted), "%s",
			a->columns ? a->columns : "NAME,STATE,AUTOSTART,GROUPS");
		return print_table(&l, wanted);
	}
	for (i = 0; i < l.n; i++)
		fd_printf(1, "%s%s", l.rows[i].name,
			a->line || !isatty(1) || i + 1 == l.n ? "\n" : " ");
	return 0;
}

const struct applet ls_applet = {
	.synopsis = "[OPTION]...",
	.about = OPT_HELP(
		"Lists the containers below LXCPATH and those of it that run."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.args_size = sizeof(struct ls_args),
	.run = run,
};
