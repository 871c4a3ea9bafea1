/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-ls and finding out what it lists */
/* never changes anything but by --repair */
//config:config LXC_LS
//config:	bool "lxc-ls (8.8 KB)"
//config:	default y
//config:	help
//config:	  List containers: those with a configuration below LXCPATH, and those that run.
//config:
//config:config LS_NESTING
//config:	bool "lxc-ls --nesting (1.5 KB)"
//config:	depends on LXC_LS && LXC_ATTACH
//config:	default y
//config:	help
//config:	  Lists the containers in containers too, by a process that joins each that runs.
//config:
//config:config LS_REPAIR
//config:	bool "lxc-ls --repair (2.3 KB)"
//config:	depends on LXC_LS
//config:	default y
//config:	help
//config:	  Undoes at once, for all containers, what monitors that were killed have left.
//config:	  Without it the next start or stop of each does.
//applet:APPLET(ls, "lxc-ls", LXC_LS, "list containers")
/*
 * Exit status: 0, also when there is none; 1 error; of --repair: 1 something could not be undone.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "applets/ls.h"
#include "lib/match.h"
#include "net/net.h"

#define ARG(m) offsetof(struct ls_args, m)

static const struct opt options[] = {
	{ '1', OPT_FLAG, ARG(line), "line", NULL, OPT_HELP("one name a line") },
	{ 'f', OPT_FLAG, ARG(fancy), "fancy", NULL, OPT_HELP("a table") },
	{ 'F', OPT_STR, ARG(columns), "fancy-format", "COLUMNS",
		OPT_HELP("a table of these: " LS_COLUMN_LIST) },
	{ 0, OPT_FLAG, ARG(active), "active", NULL, OPT_HELP("only running and frozen ones") },
	{ 0, OPT_FLAG, ARG(running), "running", NULL, OPT_HELP("only running ones") },
	{ 0, OPT_FLAG, ARG(frozen), "frozen", NULL, OPT_HELP("only frozen ones") },
	{ 0, OPT_FLAG, ARG(stopped), "stopped", NULL, OPT_HELP("only stopped ones") },
	{ 0, OPT_FLAG, ARG(defined), "defined", NULL, OPT_HELP("only those with a configuration") },
	{ 'g', OPT_STR, ARG(groups), "groups", "GROUPS",
		OPT_HELP("only those that are in all of these, separated by commas") },
	{ 0, OPT_STR, ARG(filter), CFG_REGEX ? "filter" : NULL, "EXPRESSION",
		OPT_HELP("only those whose name has this extended regular expression in it") },
	{ 0, OPT_MAYBE, ARG(nesting), CFG_LS_NESTING ? "nesting" : NULL, "DEPTH",
		OPT_HELP("also those in containers that run, 5 deep") },
	{ 0, OPT_FLAG, ARG(repair), CFG_LS_REPAIR ? "repair" : NULL, NULL,
		OPT_HELP("undo what monitors that were killed have left, and tell it") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL,
		OPT_HELP("all that is known as JSON") },
};

#define DEFAULT_COLUMNS \
	(CFG_NET_ADDRESSES ? "NAME,STATE,AUTOSTART,GROUPS,IPV4,IPV6,UNPRIVILEGED" \
			   : "NAME,STATE,AUTOSTART,GROUPS,UNPRIVILEGED")
#define NESTING_DEFAULT 5
/* A list longer than that is cut: a container can have any number of addresses. */
#define LIST_MAX 400

/* ---- rows ---- */

static struct ls_row *find_row(struct ls_list *l, const char *path)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (str_eq(l->rows[i].path, path))
			return &l->rows[i];
	return NULL;
}

struct ls_row *ls_add(struct ls_list *l, const char *path)
{
	struct ls_row *r;

	if (l->n == l->size) {
		unsigned int size = l->size ? l->size * 2 : 32;
		struct ls_row *more = realloc(l->rows, size * sizeof(*more));

		if (!more) {
			err_set(ENOMEM, "out of memory");
			return NULL;
		}
		l->rows = more;
		l->size = size;
	}
	r = &l->rows[l->n];
	*r = (struct ls_row){ .path = str_dup(path) };
	if (!r->path)
		return NULL;
	r->name = str_base(r->path);
	l->n++;
	return r;
}

int ls_append(char **text, const char *more)
{
	bool is_full = *text && strlen(*text) > LIST_MAX;
	char *longer;

	if (is_full && str_ends(*text, "..."))
		return 0;
	longer = str_make("%s%s%s", *text ? *text : "", *text ? ", " : "", is_full ? "..." : more);
	if (!longer)
		return -ENOMEM;
	free(*text);
	*text = longer;
	return 0;
}

/* ---- what the configuration says ---- */

static const char *const keys[] = { "lxc.start.auto", "lxc.group", "lxc.idmap", NULL };

struct value {
	struct conf_sink sink;
	size_t n;
	char text[LIST_MAX];
};

static int put_value(struct conf_sink *s, const char *text, size_t n)
{
	struct value *v = (struct value *)s;

	if (n > sizeof(v->text) - 1 - v->n)
		n = sizeof(v->text) - 1 - v->n;
	memcpy(v->text + v->n, text, n);
	v->n += n;
	v->text[v->n] = '\0';
	return 0;
}

/* A file with errors says nothing. */
static void read_file(struct ls_list *l, const char *name, struct conf_sink *const *sinks)
{
	struct opt_common o = { .quiet = true };
	bool held = err_hold(), found;
	unsigned int i;
	struct conf c;

	conf_init(&c, name, l->lxcpath);
	c.keeps_unbuilt = true;
	if (!container_load(&c, &o, NULL, &found))
		for (i = 0; keys[i]; i++)
			if (conf_print_to(&c, keys[i], true, sinks[i]) < 0)
				continue;
	conf_free(&c);
	err_release(held);
}

static int take_values(struct ls_row *r, struct value *v)
{
	char *at = v[1].text, *word;
	int ret = 0;

	r->is_asked = true;
	r->auto_start = *v[0].text == '1';
	r->unprivileged = v[2].n > 0;
	while (!ret && (word = str_word(&at, "\n")))
		ret = ls_append(&r->text[LS_GROUPS - LS_GROUPS], str_printable(word));
	return ret;
}

/* d: of a container that may run, NULL: nobody but the file can be asked. Fills r->st with d. */
static int ask_configuration(struct ls_list *l, struct ls_row *r, const struct run_dir *d)
{
	struct value v[3];
	struct conf_sink *sinks[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		v[i].sink.put = put_value;
		v[i].n = 0;
		*v[i].text = '\0';
		sinks[i] = &v[i].sink;
	}
	if (!d || !client_status_keys(d, &r->st, keys, sinks))
		read_file(l, r->name, sinks);
	return take_values(r, v);
}

/* ---- what the kernel says ---- */

static int take_address(int family, const char *address, void *arg)
{
	struct ls_row *r = arg;

	return ls_append(&r->text[(family == AF_INET ? LS_IPV4 : LS_IPV6) - LS_GROUPS], address);
}

/* By their names, as LXC has them. */
static int take_link(const struct net_link *link, void *arg)
{
	struct ls_row *r = arg;
	char **text = &r->text[LS_INTERFACE - LS_GROUPS], *list = NULL, *at = *text, *word;
	const char *name = link->name;
	int ret = 0;

	while (!ret && at && (word = str_word(&at, ", "))) {
		if (name && strcmp(name, word) < 0) {
			ret = ls_append(&list, name);
			name = NULL;
		}
		if (!ret)
			ret = ls_append(&list, word);
	}
	if (!ret && name)
		ret = ls_append(&list, name);
	free(*text);
	*text = list;
	return ret;
}

static int ask_network(const struct ls_list *l, struct ls_row *r)
{
	bool held = err_hold();
	AUTO_FD int sock = namespace_open_net(r->st.init);
	int ret = sock < 0 ? sock : 0;

	if (!ret && l->wanted & LS_BIT(INTERFACE))
		ret = net_each_link(sock, take_link, r);
	if (!ret && l->wanted & (LS_BIT(IPV4) | LS_BIT(IPV6)))
		ret = net_each_address(sock, take_address, r);
	/* Who may not look, or looks too late, sees none. */
	err_release(held);
	return ret == -ENOMEM ? ret : 0;
}

static void ask_cgroups(struct ls_list *l, struct ls_row *r, const struct run_dir *d)
{
	struct cgroup_counts c;
	bool held = err_hold();

	if (!container_count(d, &l->layout, 1U << COUNT_MEMORY | 1U << COUNT_SWAP, &c)) {
		r->has_memory = c.has & 1U << COUNT_MEMORY;
		r->memory = c.v[COUNT_MEMORY];
		r->swap = c.v[COUNT_SWAP];
	}
	err_release(held);
}

/* ---- which containers there are ---- */

/* By its name; -ENOENT without err text: not one, or not one that is wanted. */
static int check_name(const struct ls_list *l, const char *name)
{
	bool held = err_hold(), good = !container_check_name(name);

	err_release(held);
	return good && (!CFG_REGEX || !l->filter || match_whole(l->filter, name) > 0) ? 0 : -ENOENT;
}

static int add_if_defined(int dir_fd, const char *name, void *arg)
{
	struct ls_row *r;

	if (check_name(arg, name) || !container_is_defined(dir_fd, name))
		return 0;
	r = find_row(arg, name);
	if (!r)
		r = ls_add(arg, name);
	if (!r)
		return -ENOMEM;
	r->defined = true;
	return 0;
}

static int add_defined(struct ls_list *l)
{
	AUTO_FD int fd = fd_open(l->lxcpath, O_RDONLY | O_DIRECTORY);
	int ret = fd < 0 ? -errno : fd_each_name(fd, add_if_defined, l);

	if (fd < 0 && ret == -ENOENT)
		return 0;
	return ret && ret != -ENOMEM ? err_code(ret, "cannot read '%s'", l->lxcpath) : ret;
}

static int ask_running(struct ls_list *l, struct ls_row *r, const struct run_dir *d)
{
	int ret = 0;

	if (CFG_CGROUP_STAT && l->wanted & LS_OF_CGROUPS)
		ask_cgroups(l, r, d);
	if (CFG_NET_ADDRESSES && l->wanted & LS_OF_NET && r->st.init)
		ret = ask_network(l, r);
	return ret;
}

/* What runs below our LXCPATH, by the name of its directory; asked while that is open. */
static int add_running(struct run_dir *d, void *arg)
{
	char name[CONTAINER_NAME_MAX + 1], entry[RUN_ENTRY_MAX], any[CONTAINER_NAME_MAX + 1];
	const char *own = str_base(d->path);
	struct ls_row *r, asked = { .name = name };
	struct ls_list *l = arg;
	int ret = 0;

	str_format(name, sizeof(name), "%.*s", (int)strcspn(own, "@"), own);
	run_dir_entry(entry, name, l->lxcpath);
	if (!str_eq(own, entry) || check_name(l, name))
		return 0;
	if (l->wanted & LS_OF_CONFIG)
		ret = ask_configuration(l, &asked, d);
	else
		client_status_in(d, &asked.st);
	/* Of a start that has just begun, or an end that is nearly over, there is no record. */
	if (ret || (asked.st.state == STATE_STOPPED && record_get(d, "name", any, sizeof(any))))
		return ret;
	r = find_row(l, name);
	if (!r)
		r = ls_add(l, name);
	if (!r)
		return -ENOMEM;
	r->st = asked.st;
	r->is_asked = asked.is_asked;
	r->auto_start = asked.auto_start;
	r->unprivileged = asked.unprivileged;
	memcpy(r->text, asked.text, sizeof(r->text));
	return r->st.state == STATE_STOPPED ? 0 : ask_running(l, r, d);
}

/* ---- which of them are wanted ---- */

static bool has_state(const struct ls_args *a, const struct ls_row *r)
{
	bool frozen = r->st.state == STATE_FROZEN, stopped = r->st.state == STATE_STOPPED;

	if (!a->active && !a->running && !a->frozen && !a->stopped)
		return true;
	return (a->active && !stopped) || (a->running && r->st.state == STATE_RUNNING) ||
	       (a->frozen && frozen) || (a->stopped && stopped);
}

static bool is_in(const char *list, const char *word, size_t len)
{
	size_t n;

	for (; list && *list; list += n, list += strspn(list, ", ")) {
		n = strcspn(list, ",");
		if (n == len && !strncmp(list, word, n))
			return true;
	}
	return false;
}

static bool has_groups(const struct ls_args *a, const struct ls_row *r)
{
	const char *at = a->groups;
	size_t n;

	for (; at && *at; at += n, at += strspn(at, ", ")) {
		n = strcspn(at, ", ");
		if (n && !is_in(r->text[LS_GROUPS - LS_GROUPS], at, n))
			return false;
	}
	return true;
}

int ls_collect(struct ls_list *l)
{
	unsigned int i, kept = 0;
	int ret = add_defined(l);

	if (!ret && CFG_CGROUP_STAT && l->wanted & LS_OF_CGROUPS)
		ret = cgroup_layout_read(&l->layout);
	if (!ret)
		ret = run_dir_each(add_running, l);
	/* A directory that cannot be trusted may be of any of them. */
	if (!ret && err_is_set())
		ret = -EPERM;
	for (i = 0; !ret && i < l->n; i++) {
		struct ls_row *r = &l->rows[i];

		if (!has_state(l->a, r) || (l->a->defined && !r->defined))
			continue;
		if (!r->is_asked && l->wanted & LS_OF_CONFIG)
			ret = ask_configuration(l, r, NULL);
		if (has_groups(l->a, r))
			l->rows[kept++] = *r;
	}
	l->n = kept;
	for (i = 0; CFG_LS_NESTING && l->depth && !ret && i < kept; i++)
		if (l->rows[i].st.state == STATE_RUNNING)
			ret = ls_add_nested(l, i);
	return ret;
}

/* A slash before anything else: what is in a container stands behind it. */
static int by_path(const void *a, const void *b)
{
	const char *x = ((const struct ls_row *)a)->path, *y = ((const struct ls_row *)b)->path;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

void ls_sort(struct ls_list *l)
{
	if (l->n)
		qsort(l->rows, l->n, sizeof(*l->rows), by_path);
}

/* ---- the command ---- */

/* The whole of a name that has it somewhere in it. */
static int set_filter(struct ls_list *l, const char *expression)
{
	if (!expression || !*expression)
		return 0;
	if (!CFG_REGEX)
		return err_set(EINVAL, "no filter in this build: '%s' (CONFIG_REGEX)", expression);
	if (match_whole(expression, "") < 0)
		return -EINVAL;
	l->filter = str_make(".*(%s).*", expression);
	return l->filter ? 0 : -ENOMEM;
}

static int set_wanted(struct ls_list *l, const char *columns)
{
	int bits = columns ? ls_columns(columns) : 0;

	if (bits < 0)
		return bits;
	l->wanted = l->a->json ? (1U << LS_COLUMNS) - 1 : (unsigned int)bits;
	if (l->a->groups)
		l->wanted |= LS_BIT(GROUPS);
	return 0;
}

static int set_depth(struct ls_list *l)
{
	int depth = NESTING_DEFAULT;

	if (!l->a->nesting)
		return 0;
	if (*l->a->nesting && (str_to_int(l->a->nesting, &depth) || depth < 0))
		return err_set(EINVAL, "--nesting: bad depth '%s'", l->a->nesting);
	l->depth = (unsigned int)depth;
	return 0;
}

static void tell_repair(void *arg, enum repair_done done, const char *what)
{
	switch (done) {
	case REPAIR_UNDONE:
		fd_printf(1, "%s: undone what was left\n", what);
		break;
	case REPAIR_ENDED:
		fd_printf(1, "%s: killed, its monitor was gone; undone what was left\n", what);
		break;
	case REPAIR_FAILED:
		*(bool *)arg = true;
		fd_printf(2, "lxc-ls: %s: %s\n", what, err_text());
		break;
	case REPAIR_CLAIMS:
		fd_printf(1, "claims of containers that are gone: %s removed\n", what);
		break;
	case REPAIR_FIFOS:
		fd_printf(1, "fifos of listeners that are gone: %s removed\n", what);
		break;
	case REPAIR_CGROUP:
		fd_printf(1, "cgroup %s: removed\n", what);
	}
}

/* Of all LXCPATHs when the command line names none. */
static int repair(const struct ls_args *a, const char *lxcpath)
{
	const char *given = a->common.lxcpath;
	bool has_failed = false;
	int ret;

	if (CFG_SYSTEM_CONF && given == conf_sys_value(SYS_LXCPATH))
		given = NULL;
	ret = client_repair(given ? lxcpath : NULL, tell_repair, &has_failed);

	return ret ? ret : has_failed;
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct ls_args *a = args;
	struct ls_list l = { .a = a,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)) };
	const char *columns = a->columns ? a->columns : a->fancy ? DEFAULT_COLUMNS : NULL;
	int ret;

	if (argc > 1 || (argc && a->filter))
		return err_set(EINVAL, "unexpected argument '%s'", argv[argc - 1]);
	if (CFG_LS_REPAIR && a->repair)
		return argc ? err_set(EINVAL, "unexpected argument '%s'", argv[0])
			    : repair(a, lxcpath);
	ret = set_filter(&l, argc ? argv[0] : a->filter);
	if (!ret)
		ret = set_wanted(&l, columns);
	if (!ret)
		ret = set_depth(&l);
	if (!ret)
		ret = ls_collect(&l);
	if (ret)
		return ret;
	ls_sort(&l);
	if (CFG_JSON && a->json)
		return ls_print_json(&l);
	return columns ? ls_print_table(&l, columns) : ls_print_names(&l, a->line);
}

const struct applet ls_applet = {
	.synopsis = CFG_REGEX ? "[OPTION]... [EXPRESSION]" : "[OPTION]...",
	.about = OPT_HELP(
		"Lists the containers below LXCPATH and those of it that run."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = CFG_LS_NESTING ? APPLET_PROTECT : 0,
	.args_size = sizeof(struct ls_args),
	.run = run,
};
