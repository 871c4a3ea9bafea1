/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: conf/problem.c conf/write.c conf/text.c conf/text_file.c conf/text_update.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of the unexpanded text: set, clear, old names, templates, saving */
/* never needs root; what it makes in /tmp is removed */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/parse.h"
#include "conf/text.h"
#include "lib/fd.h"
#include "lib/str.h"
#define UNIT_PREFIX "conf-text-"
#include "unit.h"

static char dir[] = "/tmp/lxcbox-text-XXXXXX";

enum what { SET, CLEAR, UPDATE };

/* One change of a text; want NULL: it is refused, with this in the error. */
static void changes(const char *name, const char *from, enum what what, const char *key,
		    const char *value, const char *want)
{
	struct conf_text t;
	int ret = text_init(&t, "memory", from, strlen(from));

	if (!ret)
		ret = what == SET   ? text_set(&t, key, value)
		      : what == CLEAR ? text_clear(&t, key)
				      : text_update(&t);
	if (want)
		result(name, ret >= 0 && str_eq(t.data, want) && t.len == strlen(want),
		       ret < 0 ? err_text() : t.data);
	else
		result(name, ret < 0 && str_eq(t.data, from) &&
				     strstr(err_text(), what == UPDATE ? key : *value == '\n' ? "line break" : value),
		       ret < 0 ? err_text() : t.data);
	err_clear();
	text_free(&t);
}

static void check_set(void)
{
	changes("set-in-an-empty-file", "", SET, "lxc.tty.max", "4", "lxc.tty.max = 4\n");
	changes("set-in-place", "# a\n lxc.tty.max\t=2 # two\nlxc.autodev = 1\n", SET, "lxc.tty.max", "4",
		"# a\n lxc.tty.max\t=4 # two\nlxc.autodev = 1\n");
	changes("set-by-the-other-name", "lxc.tty = 2\n", SET, "lxc.tty.max", "4", "lxc.tty = 4\n");
	changes("set-the-last-of-several", "lxc.tty = 1\n\nlxc.tty.max = 2\n# b\nlxc.tty=3\n", SET, "lxc.tty.max",
		"4", "\n# b\nlxc.tty=4\n");
	changes("set-behind-an-include", "lxc.tty.max = 1\nlxc.include = x\n", SET, "lxc.tty.max", "4",
		"lxc.include = x\nlxc.tty.max = 4\n");
	changes("set-before-an-include-of-old", "lxc.include = x\nlxc.tty.max = 1\n", SET, "lxc.tty.max", "4",
		"lxc.include = x\nlxc.tty.max = 4\n");
	changes("set-keeps-quotes-away", "lxc.uts.name = \"a\" # b\n", SET, "lxc.uts.name", "c",
		"lxc.uts.name = c # b\n");
	changes("set-what-needs-quotes", "lxc.init.cmd = a\n", SET, "lxc.init.cmd", "'a'", "lxc.init.cmd = \"'a'\"\n");
	changes("set-cr-lf", "a = b\r\nlxc.tty.max = 1\r\n", SET, "lxc.autodev", "0",
		"a = b\r\nlxc.tty.max = 1\r\nlxc.autodev = 0\r\n");
	changes("set-cr-lf-in-place", "lxc.tty.max = 1\r\nx", SET, "lxc.tty.max", "3", "lxc.tty.max = 3\r\nx");
	changes("set-behind-an-open-line", "lxc.tty.max = 1", SET, "lxc.autodev", "0", "lxc.tty.max = 1\nlxc.autodev = 0\n");
	changes("set-behind-a-byte-order-mark", "\xef\xbb\xbflxc.tty.max = 1\n", SET, "lxc.tty.max", "2",
		"\xef\xbb\xbflxc.tty.max = 2\n");
	changes("set-a-colon-line", "lxc.tty.max: 1\n", SET, "lxc.tty.max", "2", "lxc.tty.max: 2\n");
	changes("set-an-empty-place", "lxc.tty.max =\nb\n", SET, "lxc.tty.max", "2", "lxc.tty.max = 2\nb\n");
	changes("set-an-empty-place-before-a-comment", "lxc.tty.max = # none\n", SET, "lxc.tty.max", "2",
		"lxc.tty.max = 2 # none\n");
	changes("set-other-tools-lines-stay", "xlxc.tty.max = 1\nlxc.bad\nlxc.tty.maxx = 3\n", SET, "lxc.tty.max", "2",
		"xlxc.tty.max = 1\nlxc.bad\nlxc.tty.maxx = 3\nlxc.tty.max = 2\n");
	changes("set-a-list", "lxc.group = a\nlxc.tty.max = 1\n", SET, "lxc.group", "b",
		"lxc.group = a\nlxc.tty.max = 1\nlxc.group = b\n");
	changes("set-a-list-again", "lxc.group = a\nlxc.group = b # b\n", SET, "lxc.group", "b",
		"lxc.group = a\nlxc.group = b # b\n");
	changes("set-a-list-again-behind-a-clear", "lxc.group = b\nlxc.group =\n", SET, "lxc.group", "b",
		"lxc.group = b\nlxc.group =\nlxc.group = b\n");
	changes("set-a-file-of-a-cgroup", "lxc.cgroup.devices.deny = a\n", SET, "lxc.cgroup.devices.allow", "c 1:3 rwm",
		"lxc.cgroup.devices.deny = a\nlxc.cgroup.devices.allow = c 1:3 rwm\n");
	changes("set-a-limit", "lxc.prlimit.core = 1\nlxc.limit.nofile = 2\n", SET, "lxc.prlimit.nofile", "3",
		"lxc.prlimit.core = 1\nlxc.limit.nofile = 3\n");
	changes("set-a-limit-behind-the-end-of-all", "lxc.prlimit.core = 1\nlxc.prlimit =\n", SET, "lxc.prlimit.core",
		"3", "lxc.prlimit =\nlxc.prlimit.core = 3\n");
	changes("set-nothing-clears", "lxc.tty.max = 1\nb\n", SET, "lxc.tty.max", "", "b\n");
	changes("set-a-bad-value", "lxc.tty.max = 1\n", SET, "lxc.tty.max", "x", NULL);
	changes("set-an-unknown-key", "", SET, "lxc.tty.maxx", "lxc.tty.maxx", NULL);
	changes("set-two-lines", "a\nlxc.tty.max = 1\n", SET, "lxc.uts.name", "\n", NULL);
}

static void check_interfaces(void)
{
	changes("set-of-an-interface", "lxc.net.0.type = veth\nlxc.net.1.mtu = 1400\nlxc.net.0.mtu = 1300\n", SET,
		"lxc.net.0.mtu", "1200", "lxc.net.0.type = veth\nlxc.net.1.mtu = 1400\nlxc.net.0.mtu = 1200\n");
	changes("set-behind-the-end-of-an-interface", "lxc.net.0.mtu = 1400\nlxc.net.0 =\n", SET, "lxc.net.0.mtu",
		"1200", "lxc.net.0 =\nlxc.net.0.mtu = 1200\n");
	changes("set-behind-its-kind", "lxc.net.0.mtu = 1400\nlxc.net.0.type = veth\n", SET, "lxc.net.0.mtu", "1200",
		"lxc.net.0.type = veth\nlxc.net.0.mtu = 1200\n");
	changes("set-its-kind", "lxc.net.0.type = veth\nlxc.net.0.mtu = 1400\nlxc.include = x\n", SET,
		"lxc.net.0.type", "empty", "lxc.net.0.type = empty\nlxc.net.0.mtu = 1400\nlxc.include = x\n");
	changes("set-of-an-old-interface", "lxc.network.type = veth\nlxc.network.mtu = 1\nlxc.network.type = empty\n",
		SET, "lxc.net.0.mtu", "x", NULL);
	changes("set-of-an-old-interface",
		"lxc.network.type = veth\nlxc.network.mtu = 1400\nlxc.tty = 1\nlxc.network.type = empty\n", SET,
		"lxc.net.0.mtu", "1200",
		"lxc.net.0.type = veth\nlxc.net.0.mtu = 1200\nlxc.tty = 1\nlxc.net.1.type = empty\n");
	changes("set-a-key-of-its-kind", "lxc.net.0.type = veth\n", SET, "lxc.net.0.veth.pair", "v0",
		"lxc.net.0.type = veth\nlxc.net.0.veth.pair = v0\n");
	changes("set-by-position", "", SET, "lxc.network.0.mtu", "lxc.network.0.mtu", NULL);
	changes("clear-an-interface",
		"lxc.network.type = veth\nlxc.network.type = empty\nlxc.network.0.mtu = 1400\n# c\nlxc.network.1.flags = up\n",
		CLEAR, "lxc.net.0", "", "lxc.net.1.type = empty\n# c\nlxc.net.1.flags = up\n");
	changes("clear-all-interfaces", "lxc.network.type = veth\nlxc.net.3.mtu = 1400\na\nlxc.network =\n", CLEAR,
		"lxc.net", "", "a\n");
	changes("clear-all-interfaces-and-included", "lxc.network.type = veth\nlxc.include = x\n", CLEAR, "lxc.net", "",
		"lxc.include = x\nlxc.net =\n");
}

static void check_clear(void)
{
	changes("clear", "lxc.tty = 1\n# c\nlxc.tty.max = 2\n", CLEAR, "lxc.tty.max", "", "# c\n");
	changes("clear-with-an-include", "lxc.tty = 1\nlxc.include = x\nlxc.tty.max = 2", CLEAR, "lxc.tty", "",
		"lxc.include = x\nlxc.tty =\n");
	changes("clear-where-empty-is-a-value", "lxc.autodev = 1\nlxc.include = x\n", CLEAR, "lxc.autodev", "",
		"lxc.include = x\n");
	changes("clear-a-family", "lxc.cgroup.a = 1\nlxc.cgroup2.a = 1\nlxc.cgroup.dir = x\nlxc.cgroup.b = 2\n", CLEAR,
		"lxc.cgroup", "", "lxc.cgroup2.a = 1\nlxc.cgroup.dir = x\n");
	changes("clear-one-of-a-family", "lxc.cgroup.a = 1\nlxc.cgroup.a.b = 1\nlxc.cgroup.b = 2\n", CLEAR,
		"lxc.cgroup.a", "", "lxc.cgroup.a.b = 1\nlxc.cgroup.b = 2\n");
	changes("clear-hooks", "lxc.hook.start = a\nlxc.tty.max = 1\nlxc.hook.stop = b\n", CLEAR, "lxc.hook", "",
		"lxc.tty.max = 1\n");
	changes("clear-what-is-not-there", "lxc.tty.max = 1\r\n", CLEAR, "lxc.pty.max", "", "lxc.tty.max = 1\r\n");
}

static void check_update(void)
{
	changes("update-names", "# lxc.utsname = a\nlxc.utsname=\"a\" # b\r\nlxc.limit.core = 0\nlxc.mount.entry = a b c\nlxc.tty: 1\n",
		UPDATE, "", "", "# lxc.utsname = a\nlxc.uts.name=\"a\" # b\r\nlxc.prlimit.core = 0\nlxc.mount.entry = a b c\nlxc.tty.max: 1\n");
	changes("update-interfaces",
		"lxc.network.type = veth\nlxc.network.ipv4 = 10.0.0.2/24 # home\n lxc.network.flags = up\n"
		"lxc.network.5.type = empty\nlxc.network.0.ipv4.gateway = auto\nlxc.network.flags = up\n"
		"lxc.net.7.type = veth\nlxc.network.mtu = 1400\nlxc.network.type = none\nlxc.network.2.name = a\n",
		UPDATE, "", "",
		"lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.2/24 # home\n lxc.net.0.flags = up\n"
		"lxc.net.1.type = empty\nlxc.net.0.ipv4.gateway = auto\nlxc.net.1.flags = up\n"
		"lxc.net.7.type = veth\nlxc.net.7.mtu = 1400\nlxc.net.8.type = none\nlxc.net.7.name = a\n");
	changes("update-ends-of-interfaces",
		"lxc.network.type = veth\nlxc.network.type =\nlxc.network.type = none\nlxc.network.0 =\nlxc.network.3 =\n"
		"lxc.network =\nlxc.network.type = empty\n",
		UPDATE, "", "",
		"lxc.net.0.type = veth\nlxc.net =\nlxc.net.0.type = none\nlxc.net.0 =\n# lxc.network.3 =\n"
		"lxc.net =\nlxc.net.0.type = empty\n");
	changes("update-what-has-no-effect", "lxc.kmsg = 0\n lxc.pivotdir = /x # y", UPDATE, "", "",
		"# lxc.kmsg = 0\n # lxc.pivotdir = /x # y");
	changes("update-a-mark", "\xef\xbb\xbflxc.pivotdir = x\n", UPDATE, "", "", "\xef\xbb\xbf# lxc.pivotdir = x\n");
	changes("update-backend", "lxc.rootfs.backend = overlayfs\nlxc.rootfs = /l:/u\n", UPDATE, "", "",
		"# lxc.rootfs.backend = overlayfs\nlxc.rootfs.path = overlayfs:/l:/u\n");
	changes("update-backend-and-new-name", "lxc.rootfs.path = \"/a b\"\nlxc.rootfs.backend=dir", UPDATE, "", "",
		"lxc.rootfs.path = \"dir:/a b\"\n# lxc.rootfs.backend=dir");
	changes("update-backend-that-is-said", "lxc.rootfs.backend = dir\nlxc.rootfs = dir:/l\n", UPDATE, "", "",
		"# lxc.rootfs.backend = dir\nlxc.rootfs.path = dir:/l\n");
	changes("update-backend-that-is-another", "\nlxc.rootfs.backend = dir\nlxc.rootfs = loop:/l\n", UPDATE,
		"memory:3: 'loop:/l' is not of the kind of lxc.rootfs.backend = dir", "", NULL);
	changes("update-backend-alone", "\nlxc.rootfs.backend = dir\nlxc.tty = 1\n", UPDATE, "memory:2: lxc.rootfs.backend:", "", NULL);
	changes("update-nothing", "a\n\nlxc.tty.max = 1\nlxc.bad\n", UPDATE, "", "", "a\n\nlxc.tty.max = 1\nlxc.bad\n");
	changes("update-what-does-not-load", "lxc.network.type = veth\nlxc.network.9.mtu = 1400\n", UPDATE, "memory:2: lxc.network.9.mtu:", "",
		NULL);
}

static bool is_hwaddr(const char *s, const char *front)
{
	size_t n = strlen(front);

	return !strncmp(s, front, n) && strspn(s, "0123456789abcdefABCDEF:") == 17;
}

static void check_hwaddrs(void)
{
	static const char text[] = "lxc.net.0.hwaddr = 00:16:3e:xx:Xx:xx # \xc3\xa4\r\n"
				   "# lxc.net.0.hwaddr = xx:xx:xx:xx:xx:xx\n"
				   "lxc.network.hwaddr=\"xx:xx:xx:xx:xx:xx\"\n"
				   "lxc.net.1.hwaddr = 02:00:00:00:00:01\n";
	struct conf_text t, again;
	const char *second = NULL, *third = NULL;
	bool good;

	if (text_init(&t, "memory", text, strlen(text)) || text_init(&again, "memory", text, strlen(text)))
		abort();
	good = text_fill_hwaddrs(&t, false) == 2 && t.len == strlen(text);
	second = strstr(t.data, "hwaddr=\"");
	good = good && is_hwaddr(t.data + 19, "00:16:3e:") && !memcmp(t.data + 36, text + 36, 60) && second &&
	       is_hwaddr(second + 8, "") && strchr("02468ace", second[9]) && second[25] == '"' &&
	       str_ends(t.data, "hwaddr = 02:00:00:00:00:01\n");
	result("templates", good, t.data);
	good = text_fill_hwaddrs(&t, false) == 0 && text_fill_hwaddrs(&again, false) == 2;
	result("templates-are-random", good && !str_eq(t.data, again.data), t.data);
	good = text_fill_hwaddrs(&t, true) == 3;
	third = strstr(t.data, "net.1.hwaddr = ");
	result("renewed", good && third && is_hwaddr(third + 15, "10:66:6a:") && is_hwaddr(t.data + 19, "10:66:6a:"),
	       t.data);
	text_free(&t);
	text_free(&again);
}

static void make(const char *name, const char *s, size_t n, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, s, n) != (ssize_t)n || fchmod(fd, mode))
		abort();
	close(fd);
}

static bool holds(const char *name, const char *s, size_t n)
{
	char *have = NULL;
	ssize_t len = fd_load_list(AT_FDCWD, name, 1 << 20, &have);
	bool same = len == (ssize_t)n && !memcmp(have, s, n);

	free(have);
	return same;
}

static unsigned int files_here(void)
{
	DIR *d = opendir(".");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void check_files(void)
{
	static const char odd[] = "\xef\xbb\xbf# a\r\n\r\nlxc.bad\0line\rlxc.tty = 1 # \n\n  x: \"\xff";
	struct conf_text t;
	struct stat st, before;
	unsigned int n;

	make("a", odd, sizeof(odd) - 1, 0640);
	symlink("a", "link");
	link("a", "second");
	n = files_here();
	stat("a", &before);
	result("load", !text_load(&t, "link"), err_text());
	result("save", !text_save(&t), err_text());
	stat("a", &st);
	result("save-the-same-bytes", holds("a", odd, sizeof(odd) - 1), "other bytes");
	result("save-a-new-file", st.st_ino != before.st_ino && holds("second", odd, sizeof(odd) - 1), "in place");
	result("save-keeps-mode", (st.st_mode & 07777) == 0640, "another mode");
	lstat("link", &st);
	result("save-keeps-the-link", S_ISLNK(st.st_mode), "gone");
	result("save-again", !text_set(&t, "lxc.tty.max", "7") && !text_save(&t), err_text());
	result("save-leaves-nothing", files_here() == n, "a file more");
	make("b", "new", 3, 0600);
	rename("b", "a");
	result("save-over-another's", text_save(&t) == -EBUSY && holds("a", "new", 3), err_text());
	err_clear();
	symlink("nowhere", "c");
	result("save-as", !text_save_as(&t, "c", NULL) && !lstat("c", &st) && S_ISREG(st.st_mode) &&
				  access("nowhere", F_OK), err_text());
	mkdir("d", 0700);
	result("save-as-a-directory", text_save_as(&t, "d", NULL) == -EISDIR && files_here() == n + 2, err_text());
	err_clear();
	text_free(&t);
	result("load-a-directory", text_load(&t, "d") == -EISDIR, err_text());
	text_free(&t);
	err_clear();
	mkfifo("fifo", 0600);
	result("load-a-fifo", text_load(&t, "fifo") == -EINVAL, err_text());
	text_free(&t);
	err_clear();
	result("load-nothing", text_load(&t, "nothing") == -ENOENT && strstr(err_text(), "'nothing'"), err_text());
	text_free(&t);
	err_clear();
}

/* Included files count interfaces as well, and keep their names. */
static void check_included(void)
{
	static const char text[] = "lxc.include = net.inc\nlxc.network.type = veth\nlxc.network.0.mtu = 1400\n";
	static const char want[] = "lxc.include = net.inc\nlxc.net.4.type = veth\nlxc.net.3.mtu = 1400\n";
	static const char inc[] = "lxc.net.3.type = empty\nlxc.network.flags = up\n";
	struct conf_text t;

	make("net.inc", inc, strlen(inc), 0600);
	make("top", text, strlen(text), 0600);
	if (chdir("/") || text_load(&t, strcat((char[64]){ 0 }, "/")) != -EISDIR)
		abort();
	text_free(&t);
	err_clear();
	{
		char path[64];

		str_format(path, sizeof(path), "%s/top", dir);
		result("update-with-includes", !text_load(&t, path) && text_update(&t) == 2 && str_eq(t.data, want),
		       err_text());
	}
	text_free(&t);
	if (chdir(dir))
		abort();
	result("update-leaves-included-files", holds("net.inc", inc, strlen(inc)), "changed");
}

/* Each removed line must not cost the whole file. */
static void check_time(void)
{
	enum { LINES = 200000 };
	char *s = malloc(LINES * 16), *at = s;
	struct conf_text t;
	int i;

	for (i = 0; i < LINES; i++)
		at = stpcpy(at, "lxc.tty = 1\n");
	if (text_init(&t, "memory", s, (size_t)(at - s)))
		abort();
	free(s);
	result("many-lines", !text_set(&t, "lxc.tty.max", "3") && str_eq(t.data, "lxc.tty = 3\n"), err_text());
	text_free(&t);
}

/* A text in memory. */
struct memory {
	struct conf_sink sink;
	char *s;
	size_t n;
};

static int keep(struct conf_sink *sink, const char *text, size_t n)
{
	struct memory *m = (struct memory *)sink;

	m->s = realloc(m->s, m->n + n + 1);
	memcpy(m->s + m->n, text, n);
	m->n += n;
	m->s[m->n] = '\0';
	return 0;
}

/* All that the text means; NULL: it does not load. */
static char *meaning(const struct conf_text *t)
{
	struct memory m = { .sink = { keep } };
	struct conf c;
	int ret;

	keep(&m.sink, "", 0);
	conf_init(&c, "c1", "/var/lib/lxc");
	c.keeps_unbuilt = true;
	ret = text_read(t, &c);
	if (!ret)
		ret = conf_write_to(&c, &m.sink, false);
	conf_free(&c);
	err_clear();
	if (!ret)
		return m.s;
	free(m.s);
	return NULL;
}

/* Saved and loaded it has the same bytes; with new names it means the same, or is refused. */
static void try_fixture(const char *path)
{
	char copy[64], *before, *after;
	struct conf_text t, saved;
	int changed;

	str_format(copy, sizeof(copy), "%s/copy", dir);
	if (text_load(&t, path) || text_save_as(&t, copy, NULL) || text_load(&saved, copy)) {
		result(path, false, err_text());
		return;
	}
	if (saved.len != t.len || memcmp(saved.data, t.data, t.len))
		result(path, false, "other bytes when saved");
	text_free(&saved);
	before = meaning(&t);
	changed = text_update(&t);
	after = changed >= 0 ? meaning(&t) : NULL;
	/* The one key that the new names have no line for. */
	if (before && !strstr(before, "lxc.rootfs.backend") && (!after || !str_eq(before, after)))
		result(path, false, changed < 0 ? err_text() : "means something else with new names");
	else if (!before && changed > 0 && after)
		result(path, false, "did not load and does with new names");
	else if (changed >= 0 && text_update(&t))
		result(path, false, "has old names left");
	else
		result(path, true, "");
	err_clear();
	free(before);
	free(after);
	text_free(&t);
}

static unsigned int try_folder(const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort), i;
	unsigned int tried = 0;
	struct stat st;
	char path[512];

	for (i = 0; i < n; i++) {
		str_format(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && !stat(path, &st) && S_ISDIR(st.st_mode)) {
			tried += try_folder(path);
		} else if (str_ends(path, ".ok") || str_ends(path, ".bad") || str_ends(path, ".conf")) {
			try_fixture(path);
			tried++;
		}
		free(list[i]);
	}
	free(n > 0 ? list : NULL);
	return tried;
}

int main(void)
{
	char command[64];

	if (!mkdtemp(dir))
		return 1;
	result("fixtures", try_folder("tests/conf") > 100, "too few: run me from the top of the tree");
	if (chdir(dir))
		return 1;
	check_set();
	check_interfaces();
	check_clear();
	check_update();
	check_hwaddrs();
	check_files();
	check_included();
	check_time();
	str_format(command, sizeof(command), "rm -rf %s", dir);
	return chdir("/") || system(command) ? 1 : unit_status();
}
