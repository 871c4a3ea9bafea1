/* SPDX-License-Identifier: MIT */
/* owns lxc-top: what containers use, again and again, and the terminal that shows it */
/* never leaves the terminal otherwise than it found it */
//config:config LXC_TOP
//config:	bool "lxc-top (4.6 KB)"
//config:	depends on LXC_LS || LXC_INFO
//config:	select CGROUP_STAT
//config:	default y
//config:	help
//config:	  Shows what running containers use of processor, block devices and memory, sorted,
//config:	  or writes it to a file.
//applet:APPLET(top, "lxc-top", LXC_TOP, "show what running containers use")
/*
 * Exit status: 0; 1 error.
 */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "applets/common.h"
#include "lib/json.h"
#include "lib/sys.h"
#include "lib/units.h"

struct top_args {
	struct opt_common common;
	struct opt_int delay, count;
	struct opt_list paths;
	const char *sort;
	bool reverse, batch, json;
};

#define ARG(m) offsetof(struct top_args, m)

static const struct opt options[] = {
	{ 'd', OPT_INT, ARG(delay), "delay", "SECONDS",
		OPT_HELP("between two looks; default 3, with -b 300") },
	{ 's', OPT_STR, ARG(sort), "sort", "KEY",
		OPT_HELP("n name, c processor, b block I/O, m memory, s memory and swap, k kernel "
			 "memory") },
	{ 'r', OPT_FLAG, ARG(reverse), "reverse", NULL, OPT_HELP("the other way round") },
	{ 'b', OPT_FLAG, ARG(batch), "batch", NULL, OPT_HELP("lines of values, for a file") },
	/* Before the common one, whose last value alone would count. */
	{ 'P', OPT_LIST, ARG(paths), "lxcpath", "DIR",
		OPT_HELP("directory of the containers; may be given several times") },
	{ 0, OPT_INT, ARG(count), "count", "N", OPT_HELP("end after so many looks") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL,
		OPT_HELP("with -b: one JSON object a look") },
};

#define DELAY 3
#define DELAY_BATCH 300

struct row {
	char name[CONTAINER_NAME_MAX + 1];
	struct cgroup_counts c;
};

struct top {
	const struct top_args *a;
	struct lxcpaths paths;
	char sort;
	bool reverse;
	struct row *rows;
	unsigned int n, size;
	struct row total;
	struct cgroup_layout layout;
};

/* ---- looking ---- */

static int add(struct run_dir *d, void *arg)
{
	const char *own = str_base(d->path), *suffix = strchr(own, '@');
	struct container_status st;
	struct top *t = arg;
	unsigned int i;
	struct row *r;

	if (!suffix || !lxcpaths_have(&t->paths, suffix))
		return 0;
	client_status_in(d, &st);
	if (!st.init)
		return 0;
	if (t->n == t->size) {
		r = realloc(t->rows, (t->size * 2 + 16) * sizeof(*r));
		if (!r)
			return err_set(ENOMEM, "out of memory");
		t->rows = r;
		t->size = t->size * 2 + 16;
	}
	r = &t->rows[t->n];
	/* It may have ended meanwhile. */
	if (container_count(d, &t->layout, ~0U, &r->c)) {
		err_clear();
		return 0;
	}
	str_format(r->name, sizeof(r->name), "%.*s", (int)(suffix - own), own);
	str_printable(r->name);
	for (i = 0; i < COUNT_MAX; i++)
		t->total.c.v[i] += r->c.v[i];
	t->total.c.has |= r->c.has;
	t->n++;
	return 0;
}

static const struct top *sorting;

static int by_key(const void *a, const void *b)
{
	static const struct { char key; uint8_t what; } keys[] = {
		{ 'c', COUNT_CPU }, { 'b', COUNT_IO }, { 'm', COUNT_MEMORY },
		{ 's', COUNT_MEMORY_SWAP }, { 'k', COUNT_KERNEL },
	};
	const struct row *x = a, *y = b;
	unsigned int i;
	int order = 0;

	/* As LXC: names from the first, numbers from the highest. */
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == sorting->sort)
			order = (y->c.v[keys[i].what] > x->c.v[keys[i].what]) -
				(y->c.v[keys[i].what] < x->c.v[keys[i].what]);
	if (!order)
		order = strcmp(x->name, y->name);
	return sorting->reverse ? -order : order;
}

static int look(struct top *t)
{
	int ret = cgroup_layout_read(&t->layout);

	t->n = 0;
	t->total = (struct row){ .name = "" };
	if (!ret)
		ret = run_dir_each(add, t);
	cgroup_layout_free(&t->layout);
	sorting = t;
	if (!ret && t->n)
		qsort(t->rows, t->n, sizeof(*t->rows), by_key);
	return ret;
}

/* ---- showing ---- */

/* Lines of a look, which go out at once. */
struct page {
	size_t n;
	char text[8192];
};

static void print(struct page *p, const char *fmt, ...) FORMAT(2, 3);

static void flush(struct page *p)
{
	if (fd_write_all(1, p->text, p->n))
		p->n = 0;
	p->n = 0;
}

static void print(struct page *p, const char *fmt, ...)
{
	va_list ap;

	if (sizeof(p->text) - p->n < 512)
		flush(p);
	va_start(ap, fmt);
	p->n += str_vformat(p->text + p->n, sizeof(p->text) - p->n, fmt, ap);
	va_end(ap);
}

/* The columns behind the name; those of memory and swap, and of the kernel, where it is counted. */
enum form { SECONDS, HUNDREDTHS, SIZE, SIZES };

static const struct column {
	char top[10], below[18];
	uint8_t what, form;
	int8_t width;
	bool only_if_used;
} columns[] = {
	{ "CPU", "Used", COUNT_CPU, SECONDS, 12, false },
	{ "CPU", "Sys", COUNT_CPU_SYS, HUNDREDTHS, 12, false },
	{ "CPU", "User", COUNT_CPU_USER, HUNDREDTHS, 12, false },
	{ "BlkIO", "Total(Read/Write)", COUNT_IO, SIZES, 36, false },
	{ "Mem", "Used", COUNT_MEMORY, SIZE, 10, false },
	{ "MemSw", "Used", COUNT_MEMORY_SWAP, SIZE, 10, true },
	{ "KMem", "Used", COUNT_KERNEL, SIZE, 10, true },
};

static const char *cell(char *buf, const struct column *c, const uint64_t *v)
{
	char part[3][UNITS_MAX];
	unsigned int i;

	if (c->form == SECONDS)
		return units_seconds(buf, *v);
	if (c->form == HUNDREDTHS)
		return units_hundredths(buf, *v);
	for (i = 0; i < (c->form == SIZES ? 3 : 1); i++)
		units_size(part[i], v[i], ".00   ");
	str_format(buf, sizeof(part) + 4, c->form == SIZES ? "%s(%s/%s)" : "%s", part[0], part[1],
		   part[2]);
	return buf;
}

/* r NULL: line 0 or 1 of the heading. */
static void print_row(struct page *p, const struct top *t, const struct row *r, const char *name,
		      unsigned int line)
{
	char buf[4 * UNITS_MAX];
	unsigned int i;

	print(p, "%-18.18s", name);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct column *c = &columns[i];

		if (!c->only_if_used || t->total.c.v[c->what])
			print(p, " %*s", c->width,
			      r	     ? cell(buf, c, r->c.v + c->what)
			      : line ? c->below
				     : c->top);
	}
}

static void show(const struct top *t)
{
	struct page p = { .n = 0 };
	struct winsize w;
	/* Two lines of heading, and the sum. */
	unsigned int rows = (ioctl(1, TIOCGWINSZ, &w) || !w.ws_row ? 25U : w.ws_row), i;
	char name[32];

	rows = rows > 3 ? rows - 3 : 0;
	print(&p, "\033[H\033[J\033[7m\033[1m");
	print_row(&p, t, NULL, "Container", 0);
	print(&p, "\n");
	print_row(&p, t, NULL, "Name", 1);
	print(&p, "\n\033[0m");
	for (i = 0; i < t->n && i < rows; i++) {
		print_row(&p, t, &t->rows[i], t->rows[i].name, 0);
		print(&p, "\n");
	}
	str_format(name, sizeof(name), "TOTAL %u of %u", i, t->n);
	print_row(&p, t, &t->total, name, 0);
	flush(&p);
}

/* What a line of -b has behind the name, and what JSON calls it. */
static const struct {
	uint8_t what;
	const char *name;
} fields[] = {
	{ COUNT_CPU, "cpu_nanos" },
	{ COUNT_CPU_SYS, "cpu_sys_userhz" },
	{ COUNT_CPU_USER, "cpu_user_userhz" },
	{ COUNT_IO, "blkio_bytes" },
	{ COUNT_IO_OPS, "blkio_iops" },
	{ COUNT_MEMORY, "mem_used_bytes" },
	{ COUNT_MEMORY_SWAP, "memsw_used_bytes" },
	{ COUNT_KERNEL, "kernel_mem_used_bytes" },
};

static uint64_t time_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)(now.tv_nsec / 1000000);
}

static void write_titles(void)
{
	struct page p = { .n = 0 };
	unsigned int i;

	print(&p, "time_ms,container");
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		print(&p, ",%s", fields[i].name);
	print(&p, "\n");
	flush(&p);
}

static int write_lines(const struct top *t)
{
	struct page p = { .n = 0 };
	unsigned int i, j;

	for (i = 0; i < t->n; i++) {
		print(&p, "%llu,%s", (unsigned long long)time_ms(), t->rows[i].name);
		for (j = 0; j < ARRAY_SIZE(fields); j++)
			print(&p, ",%llu", (unsigned long long)t->rows[i].c.v[fields[j].what]);
		print(&p, "\n");
	}
	return fd_write_all(1, p.text, p.n);
}

static int write_json(const struct top *t)
{
	struct json js;
	unsigned int i, j;

	json_init(&js, 1);
	json_object(&js, NULL);
	json_number(&js, "schema", 1);
	json_number(&js, "time_ms", (int64_t)time_ms());
	json_array(&js, "containers");
	for (i = 0; i < t->n; i++) {
		const struct cgroup_counts *c = &t->rows[i].c;

		json_object(&js, NULL);
		json_string(&js, "name", t->rows[i].name);
		for (j = 0; j < ARRAY_SIZE(fields); j++) {
			if (c->has & 1U << fields[j].what)
				json_number(&js, fields[j].name, (int64_t)c->v[fields[j].what]);
			else
				json_string(&js, fields[j].name, NULL);
		}
		json_end(&js);
	}
	json_end(&js);
	return json_end(&js);
}

/* ---- the terminal ---- */

static int set_terminal(struct termios *old)
{
	struct termios raw;

	if (tcgetattr(0, old))
		return err_set(ENOTTY, "stdin is not a terminal (-b needs none)");
	raw = *old;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(0, TCSAFLUSH, &raw) ? err_sys("cannot set up the terminal") : 0;
}

/* 1: it is enough. */
static int take_key(struct top *t)
{
	char key;
	ssize_t n = read(0, &key, 1);

	/* Its terminal is gone. */
	if (n <= 0)
		return n == 0 || errno != EINTR;
	if (key == 'q')
		return 1;
	if (key != 'r' && !strchr("ncbmsk", key))
		return 0;
	/* The same once more turns it round. */
	t->reverse = key == 'r' || key == t->sort ? !t->reverse : false;
	if (key != 'r')
		t->sort = key;
	return 0;
}

/* Until something is to be shown anew (0), or it is enough: 1, or -errno of a signal that ends it
 * in *sig. */
static int wait_next(struct top *t, int signals, int timeout_ms, int *sig)
{
	struct pollfd p[2] = { { .fd = signals, .events = POLLIN },
		{ .fd = t->a->batch ? 1 : 0, .events = t->a->batch ? 0 : POLLIN } };
	struct signalfd_siginfo info;

	if (poll(p, 2, timeout_ms) <= 0)
		return 0;
	if (p[0].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
		/* The size is asked for with each look. */
		if (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT ||
		    info.ssi_signo == SIGCHLD)
			return 0;
		*sig = (int)info.ssi_signo;
		return 1;
	}
	if (t->a->batch)
		return p[1].revents != 0;
	return p[1].revents ? take_key(t) : 0;
}

static int repeat(struct top *t, int signals, int *sig)
{
	const struct top_args *a = t->a;
	/* More than that in milliseconds is no number. */
	int delay = a->delay.set ? a->delay.v : a->batch ? DELAY_BATCH : DELAY, left = a->count.v;
	int ret = 0;

	delay = delay > INT_MAX / 1000 ? INT_MAX : delay * 1000;
	if (a->batch && !a->json)
		write_titles();
	while (!ret) {
		ret = look(t);
		if (ret)
			return ret;
		if (!a->batch)
			show(t);
		else if (CFG_JSON && a->json)
			ret = write_json(t);
		else
			ret = write_lines(t);
		if (ret)
			return err_code(ret, "cannot write");
		if (a->count.set && !--left)
			return 0;
		ret = wait_next(t, signals, delay, sig);
	}
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	struct top_args *a = args;
	struct top t = { .a = a, .reverse = a->reverse,
		.sort = a->sort && *a->sort ? *a->sort : 'n' };
	struct termios old;
	int ret, signals, sig = 0;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (!strchr("ncbmsk", t.sort) || (a->sort && strlen(a->sort) > 1))
		return err_set(EINVAL, "cannot sort by '%s' (n c b m s k)", a->sort);
	if ((a->delay.set && a->delay.v < 1) || (a->count.set && a->count.v < 1))
		return err_set(EINVAL, "a delay or count is at least 1");
	if (a->json && !a->batch)
		return err_set(EINVAL, "--json goes with -b");
	lxcpaths_init(&t.paths, &a->paths);
	ret = a->batch ? 0 : set_terminal(&old);
	if (ret)
		return ret;
	/* From here on no signal ends it before the terminal is as it was. */
	signals = sys_signal_fd();
	ret = signals < 0 ? signals : repeat(&t, signals, &sig);
	free(t.rows);
	if (!a->batch) {
		tcsetattr(0, TCSAFLUSH, &old);
		fd_printf(1, "\n");
	}
	return ret < 0 ? ret : sig && sig != SIGINT && sig != SIGQUIT ? 128 + sig : 0;
}

const struct applet top_applet = {
	.synopsis = "[OPTION]...",
	.about = OPT_HELP(
		"Shows what the running containers of LXCPATH use, anew every few seconds. Keys: "
		"n c b m s k sort, the same again or r turn round, q ends."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.args_size = sizeof(struct top_args),
	.run = run,
};
