/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the promise that any input is read in time that grows with its length, and in memory of a few times it */
/* never measures against a clock of the world: four times the input against the input, in CPU time */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"

#define UNIT_PREFIX "conf-bounds-"
#include "unit.h"

/* What is allocated, as the address sanitizer tells it. */
static size_t in_use, peak;

void __sanitizer_malloc_hook(const volatile void *p, size_t size);
void __sanitizer_free_hook(const volatile void *p);
size_t __sanitizer_get_allocated_size(const volatile void *p);

void __sanitizer_malloc_hook(const volatile void *p, size_t size)
{
	in_use += size;
	if (in_use > peak)
		peak = in_use;
}

void __sanitizer_free_hook(const volatile void *p)
{
	if (p)
		in_use -= __sanitizer_get_allocated_size(p);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A text that is made of pieces. */
struct text {
	char *s;
	size_t n, room;
};

static void add(struct text *t, const char *s, size_t n)
{
	if (t->n + n + 2 > t->room) {
		t->room = 2 * (t->n + n) + 4096;
		t->s = realloc(t->s, t->room);
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
}

/* n lines of a pattern, each '%' of which becomes the number of the line. */
static void add_lines(struct text *t, const char *pattern, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		const char *p;
		char number[16];

		str_format(number, sizeof(number), "%u", i);
		for (p = pattern; *p; p += *p == '%') {
			size_t run = strcspn(p, "%");

			add(t, p, run);
			p += run;
			if (*p)
				add(t, number, strlen(number));
		}
		add(t, "\n", 1);
	}
}

struct outcome {
	int ret;
	double seconds;
	size_t peak;		/* of what the load allocated */
	unsigned int settings;
	char err[ERR_MAX];
};

static struct outcome load(const struct text *t)
{
	struct outcome o = { 0 };
	struct conf c = { 0 };
	size_t before;
	char *copy;

	conf_init(&c, "c1", "/var/lib/lxc");
	c.keeps_unbuilt = true;
	err_clear();
	copy = malloc(t->n + 1);
	memcpy(copy, t->s, t->n);
	before = peak = in_use;
	o.seconds = now();
	o.ret = conf_load_text(&c, "in", copy, t->n);
	o.seconds = now() - o.seconds;
	o.peak = peak - before;
	o.settings = c.n_settings;
	strcpy(o.err, err_text());
	conf_free(&c);
	free(copy);
	err_clear();
	return o;
}

/*
 * Memory: of what is kept a copy, at times another for taking it apart, and for each value the list entry and the origin
 * that it has.
 */
static bool is_bounded(const struct outcome *o, size_t len)
{
	return o->peak <= 2 * len + 80 * (size_t)o->settings + 65536;
}

/* Twice as long as what is linear takes would be: what is quadratic takes four times as long. */
static bool is_linear(const struct outcome *small, const struct outcome *large)
{
	return large->seconds <= 8 * small->seconds + 0.004;
}

/*
 * The second text is four times the first. Others use the machine as well: what seems not linear is tried again. want: what
 * the second is refused with, "": it loads, NULL: either.
 */
static bool judge(const struct text t[2], const char *want, char *why, size_t room)
{
	struct outcome o[2];
	unsigned int round;
	bool good = false;

	for (round = 0; round < 3 && !good; round++) {
		o[0] = load(&t[0]);
		o[1] = load(&t[1]);
		good = is_linear(&o[0], &o[1]);
	}
	good &= is_bounded(&o[1], t[1].n);
	if (want)
		good &= *want ? o[1].ret == -EINVAL && strstr(o[1].err, want) : !o[1].ret;
	snprintf(why, room, "%g s, of four times as much %g s; %zu bytes for %zu; %d: %s", o[0].seconds, o[1].seconds, o[1].peak, t[1].n,
		 o[1].ret, o[1].err);
	return good;
}

static void try_lines_behind(const char *name, const char *front, const char *pattern, unsigned int n, const char *want)
{
	struct text t[2] = { { 0 }, { 0 } };
	char why[ERR_MAX + 200];

	add(&t[0], front, strlen(front));
	add_lines(&t[0], pattern, n / 4);
	add(&t[1], front, strlen(front));
	add_lines(&t[1], pattern, n);
	result(name, judge(t, want, why, sizeof(why)), why);
	free(t[0].s);
	free(t[1].s);
}

static void try_lines(const char *name, const char *pattern, unsigned int n, const char *want)
{
	try_lines_behind(name, "", pattern, n, want);
}

/* front, and n bytes of a piece again and again. */
static bool try_piece(const char *front, const char *piece, size_t n, const char *want, char *why, size_t room)
{
	struct text t[2] = { { 0 }, { 0 } };
	unsigned int i;
	bool good;

	for (i = 0; i < 2; i++) {
		add(&t[i], front, strlen(front));
		while (t[i].n < (i ? n : n / 4))
			add(&t[i], piece, strlen(piece));
	}
	good = judge(t, want, why, room);
	free(t[0].s);
	free(t[1].s);
	return good;
}

static void try_long(const char *name, const char *front, const char *piece, size_t n, const char *want)
{
	char why[ERR_MAX + 200];

	result(name, try_piece(front, piece, n, want, why, sizeof(why)), why);
}

static void check_lines(void)
{
	try_lines("comments", "# a comment %", 60000, "");
	try_lines("other-tools", "foo.setting.% = ignored", 60000, "");
	try_lines("empty", "", 100000, "");
	try_lines("settings", "lxc.tty = 1", 30000, "");
	try_lines("settings-beyond", "lxc.tty = 1", 100000, "in:65537: lxc.tty: more than 65536 settings");
	try_lines("bad", "lxc.bad% = 1", 50000, "in:1: lxc.bad0: unknown key");
	try_lines("bad-values", "lxc.tty = x%", 50000, "in:1: lxc.tty: bad value");
	try_lines("no-equals", "lxc.tty%", 50000, "in:1: ");
	try_lines("colons", "lxc.tty: 1", 8000, "");
	try_lines("hash-in-paths", "lxc.rootfs = /a% #", 8000, "");
	try_lines("interfaces", "lxc.net.%.type = empty", 100000, "in:1025: lxc.net.1024.type: more than 1024 interfaces");
	try_lines("interfaces-of-old", "lxc.network.type = empty\nlxc.network.flags = up", 100000,
		  "in:2049: lxc.network.type: more than 1024 interfaces");
	try_lines("interfaces-made-and-removed", "lxc.net.%.type = empty\nlxc.net.% =", 32768,
		  "in:2049: lxc.net.1024.type: more than 1024 interfaces");
	try_lines("includes-of-nothing", "lxc.include = /nowhere/%", 100000, "in:1: lxc.include: ");
	try_lines("devices-cleared", "lxc.cgroup.devices.allow = c 1:% rwm\nlxc.cgroup.devices.allow =", 6000, "");
	try_lines("devices", "lxc.cgroup.devices.allow = c 1:% rwm", 100000, "in:1025: lxc.cgroup.devices.allow: more than 1024 lines");
}

/* What stands behind the name of a map, with a number where any name will do. */
static const char *sub_of(const struct key *k, const char *number)
{
	if (k->shape != SHAPE_MAP)
		return "";
	if (k->type == TYPE_FORWARD)
		return ".0.forward";
	return k->type == TYPE_PRLIMIT ? ".nofile" : k->type == TYPE_NS_SHARE ? ".net" : *number ? ".n%" : ".n";
}

/* Of each list and map, more lines than anybody has. */
static void check_lists(void)
{
	static const char *const values[] = {
		"a", "1", "a.% b tmpfs", "chown", "A%=b", "10.0.0.1/8", "fe80::1", "u % 1 1", "proc:rw", "1:2", "10.0.0.0/8", "2001:db8::/64", "/proc/1/ns/net",
		"subsystem=tty name=ttyUSB* rw", "tcp 1% 22"
	};
	const struct key *k;
	unsigned int i, taken;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const char *rest = str_after(key_name(k), "net.N.");
		const char *front = rest ? "lxc.net.0.type = veth\n" : k->type != TYPE_FORWARD ? "" :
			"lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.5/24\n";
		char pattern[128], name[96];
		struct text t = { 0 };

		if (k->shape != SHAPE_LIST && k->shape != SHAPE_MAP && k->shape != SHAPE_NET_LIST)
			continue;
		for (i = 0, taken = 0; i < ARRAY_SIZE(values) && !taken; i++) {
			str_format(pattern, sizeof(pattern), "%s%s%s%s = %s", str_after(key_name(k), "lxcbox.") ? "" : "lxc.",
				   rest ? "net.0." : "", rest ? rest : key_name(k), sub_of(k, "%"),
				   values[i]);
			t.n = 0;
			add(&t, front, strlen(front));
			add_lines(&t, pattern, 1);
			taken = !load(&t).ret;
		}
		free(t.s);
		str_format(name, sizeof(name), "list-%s", key_name(k));
		if (taken)
			try_lines_behind(name, front, pattern, 5000, k->type == TYPE_FORWARD || strchr(sub_of(k, "%"), '%') ?
					 "more than 1024 lines" : "");
		else
			result(name, false, "none of the values is one");
	}
}

static void check_lengths(void)
{
	try_long("foreign-line", "", "xxxxxxxxxxxxxxxx", 1 << 20, "");
	try_long("key", "lxc.", "xxxxxxxxxxxxxxxx", 1 << 20, "in:1: ");
	try_long("value", "lxc.environment = A=", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 16 << 20, "");
	try_long("quotes", "lxc.environment = A", "\"'", 1 << 18, "");
	try_long("hashes", "lxc.tty = 1", " #", 1 << 18, "");
	try_long("blanks", "lxc.tty = ", " ", 1 << 18, "");
	try_long("carriage-returns", "", "\r", 1 << 18, "");
}

/* A megabyte as the value of each type, of bytes that it may like. */
static void check_values(void)
{
	static const char *const pieces[] = { "x", "1", "a ", "1,", "ro,", "chown ", "a/", "../", "\\040", "a:", "\"" };
	bool done[TYPE_COUNT_] = { false };
	const struct key *k;
	unsigned int i;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const char *rest = str_after(key_name(k), "net.N.");
		char front[128], name[96], why[ERR_MAX + 200];
		bool good = true;

		if (done[k->type] || !*key_name(k) || k->type == TYPE_INCLUDE)
			continue;
		done[k->type] = true;
		str_format(front, sizeof(front), "%slxc.%s%s%s = %s", rest ? "lxc.net.0.type = veth\n" : "", rest ? "net.0." : "",
			   rest ? rest : key_name(k), sub_of(k, ""),
			   k->type == TYPE_MOUNT ? "a b c " : "");
		for (i = 0; i < ARRAY_SIZE(pieces) && good; i++)
			good = try_piece(front, pieces[i], 1 << 15, NULL, why, sizeof(why));
		str_format(name, sizeof(name), "value-of-%s", key_name(k));
		result(name, good, why);
	}
}

static void check_options(void)
{
	double spent[2];
	unsigned int i, j;

	for (j = 0; j < 2; j++) {
		struct conf c = { 0 };
		unsigned int n = j ? 36000 : 9000;
		double start = now();
		int bad = 0;

		conf_init(&c, "c1", "/var/lib/lxc");
		for (i = 1; i <= n; i++)
			if (!bad)
				bad = conf_set(&c, "lxc.environment=A=b", i);
		spent[j] = now() - start;
		conf_free(&c);
		result(j ? "options-are-taken" : "few-options-are-taken", j ? bad == -EINVAL && strstr(err_text(), "-s:32769: ") : !bad,
		       err_text());
		err_clear();
	}
	result("options", spent[1] <= 8 * spent[0] + 0.004, "not linear");
}

/* A directory with more files than are read: refused before it is held in memory. */
static void check_directory(void)
{
	char dir[] = "/tmp/lxcbox-bounds-XXXXXX", name[64], line[64];
	struct text t = { 0 };
	struct outcome o;
	int fd, i;

	if (!mkdtemp(dir))
		abort();
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < 4200; i++) {
		str_format(name, sizeof(name), "%d.conf", i);
		if (mknodat(fd, name, S_IFREG | 0600, 0))
			break;
	}
	str_format(line, sizeof(line), "lxc.include = %s", dir);
	add_lines(&t, line, 1);
	o = load(&t);
	result("directory", o.ret == -EINVAL && strstr(o.err, "more than 4096 files") && o.peak < 1 << 20, o.err);
	while (i--) {
		str_format(name, sizeof(name), "%d.conf", i);
		unlinkat(fd, name, 0);
	}
	close(fd);
	rmdir(dir);
	free(t.s);
}

int main(void)
{
	check_lines();
	check_lists();
	check_lengths();
	check_values();
	check_options();
	check_directory();
	problems_clear();
	return unit_status();
}
