/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of loading: origins, includes, what is refused, limits, all problems of a file, -s */
/* never needs root; what it makes in /tmp is removed */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

static int failed;
static char dir[] = "/tmp/lxcbox-load-XXXXXX";

static void check(bool good, const char *name)
{
	printf(good ? "ok conf-load-%s\n" : "not ok conf-load-%s: see its source\n", name);
	if (!good)
		printf("  err: %s\n  problems: %s\n", err_text(), conf_problems());
	failed |= !good;
	err_clear();
}

/* A file of the test's directory with this text, n times. */
static void make(const char *name, const char *text, unsigned int n)
{
	FILE *f = fopen(name, "w");

	if (!f)
		abort();
	while (n--)
		fputs(text, f);
	fclose(f);
	chmod(name, 0600);
}

/* What loading it returns; the configuration is left in c. */
static int load(struct conf *c, const char *name)
{
	err_clear();
	conf_free(c);
	conf_init(c, "c1", "/var/lib/lxc");
	return conf_load(c, name);
}

static bool said(const char *text)
{
	return strstr(err_text(), text);
}

static unsigned int count_lines(const char *s)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void check_seed(struct conf *c)
{
	const struct conf_item *it;
	struct mount_spec m;
	char at[ORIGIN_MAX];
	bool good;

	good = !load(c, "tests/data/container1.conf") && !conf_check(c) &&
	       str_eq(c->uts_name.v, "container1") &&
	       str_eq(conf_rootfs(c), "/opt/lxc/container1") && str_eq(c->console_path.v, "none") &&
	       c->autodev.v == 1 && c->autodev.set && !c->init_cmd.v && !c->net &&
	       c->pty_max.v == 1024 && !c->pty_max.set &&
	       str_eq(c->file, "tests/data/container1.conf");
	check(good && list_count(&c->cgroup) == 12 && list_count(&c->mount_entry) == 7, "seed");
	it = c->cgroup.first;
	check(str_eq(it->key, "devices.deny") && str_eq(it->v, "a") &&
		      str_eq(it->next->key, "devices.allow") && str_eq(it->next->v, "c 1:3 rwm") &&
		      str_eq(c->cgroup.last->v, "c 5:2 rwm"),
	      "seed-devices");
	it = c->mount_entry.last;
	good = !mount_spec_parse(it->v, it->at, &m);
	check(good && str_eq(mount_target_in(c, &m), "tmp") && m.create_dir &&
		      str_eq(m.data, "mode=1777"),
	      "seed-tmpfs");
	mount_spec_free(&m);
	check(str_eq(origin_text(it->at, at), "tests/data/container1.conf:31: ") &&
		      c->uts_name.at.line == 1 && c->autodev.at.line == 4,
	      "seed-origins");
}

static void check_refused(struct conf *c)
{
	check(load(c, "none.conf") == -ENOENT && said("none.conf': No such file"), "missing");
	check(load(c, "/dev/zero") == -EINVAL && said("'/dev/zero' is not a regular file"),
	      "device");
	mkfifo("fifo", 0600);
	check(load(c, "fifo") == -EINVAL && said("not a regular file"), "fifo");
	check(load(c, ".") == -EISDIR && said("'.' is a directory"), "directory");
	make("sparse.conf", "", 1);
	check(!truncate("sparse.conf", (off_t)10 << 30) && load(c, "sparse.conf") < 0 &&
		      said("more than 32 MiB"),
	      "giant");
	check(!truncate("sparse.conf", 1 << 20) && load(c, "sparse.conf") < 0 &&
		      said("sparse.conf:1: there is a NUL byte"),
	      "zeroes-after-a-power-cut");
	check(load(c, "/proc/self/smaps") == -ETXTBSY && said("cannot read '/proc/self/smaps'"),
	      "longer-than-it-said");
	check(!symlink("circle.conf", "circle.conf") && load(c, "circle.conf") == -ELOOP,
	      "link-to-itself");
	make("empty.conf", "", 1);
	check(!load(c, "empty.conf") && !conf_check(c) && c->autodev.v == 1, "empty");
	make("line.conf", "lxc.tty = 3", 1);
	check(!load(c, "line.conf") && c->tty_max.v == 3, "last-line-without-end");
}

static void check_includes(struct conf *c)
{
	char name[32], text[1024];
	unsigned int i;

	make("self.conf", "lxc.include = self.conf\n", 2);
	check(load(c, "self.conf") == -EINVAL &&
		      said("self.conf:1: lxc.include: 'self.conf': more than 16 files deep"),
	      "includes-itself");
	make("a.conf", "lxc.include = b.conf\n", 3);
	make("b.conf", "lxc.include = a.conf\n", 3);
	check(load(c, "a.conf") == -EINVAL && said("more than 16 files deep"),
	      "includes-in-a-circle");
	for (i = 1; i <= 17; i++) {
		str_format(name, sizeof(name), "deep%u", i);
		str_format(text, sizeof(text), "lxc.include = deep%u\n", i + 1);
		make(name, text, 1);
	}
	make("deep18", "lxc.tty = 1\n", 1);
	check(!load(c, "deep2") && c->tty_max.v == 1, "includes-16-deep");
	check(load(c, "deep1") == -EINVAL && said("more than 16 files deep"), "includes-17-deep");
	/* Two of each: 2^12 files, which no depth forbids. */
	for (i = 1; i <= 13; i++) {
		str_format(name, sizeof(name), "twice%u", i);
		str_format(text, sizeof(text), "lxc.include = twice%u\n", i + 1);
		make(name, text, 2);
	}
	make("twice14", "lxc.tty = 1\n", 1);
	check(load(c, "twice1") == -EINVAL && said("more than 4096 files"), "includes-without-end");
	make("zero.conf", "lxc.include = /dev/zero\nlxc.include = fifo\nlxc.include = nothing\n",
	     1);
	check(load(c, "zero.conf") == -EINVAL &&
		      said("zero.conf:1: lxc.include: '/dev/zero' is not a regular file") &&
		      strstr(conf_problems(), "'fifo' is not a regular file") &&
		      strstr(conf_problems(), "'nothing': No such file"),
	      "include-of-a-device");
	mkdir("sub", 0700);
	make("sub/b.conf", "lxc.environment = B=1\nlxc.include = ../deep18\n", 1);
	make("sub/a.conf", "lxc.environment = A=1\nlxc.bad = 1\n", 1);
	make("sub/.conf", "lxc.environment = NEVER=1\n", 1);
	make("sub/c.conf~", "lxc.environment = NEVER=1\n", 1);
	make("dir.conf", "lxc.include = sub\n", 1);
	check(load(c, "dir.conf") == -EINVAL && said("sub/a.conf:2: lxc.bad: unknown key") &&
		      c->tty_max.v == 1 && list_count(&c->environment) == 2 &&
		      str_eq(c->environment.first->v, "A=1"),
	      "include-of-a-directory");
	/* Who may write there chooses the names. */
	unlink("sub/a.conf");
	unlink("sub/b.conf");
	make("sub/a\nERROR b\33[2J.conf", "lxc.bad = 1\nlxc.bad = 2\n", 1);
	chmod("sub/a\nERROR b\33[2J.conf", 0666);
	if (log_open("log", LOG_WARN, "c1"))
		abort();
	check(load(c, "dir.conf") == -EINVAL && said("sub/a?ERROR b?[2J.conf:1: lxc.bad: unknown") &&
		      str_eq(conf_problems(), "sub/a?ERROR b?[2J.conf:2: lxc.bad: unknown key\n") &&
		      fd_read_file(AT_FDCWD, "log", text, sizeof(text)) > 0 &&
		      strstr(text, "sub/a?ERROR b?[2J.conf: others than") && !strchr(text, '\33') &&
		      count_lines(text) == 1,
	      "name-of-a-file-that-acts-on-a-terminal");
	if (log_open(NULL, LOG_WARN, ""))
		abort();
	unlink("log");
	make("sub/b.conf", "lxc.environment = B=1\nlxc.include = ../deep18\n", 1);
	make("outer.conf", "lxc.include = sub/b.conf\n", 1);
	check(!load(c, "./outer.conf") && str_eq(c->environment.first->at.file, "./sub/b.conf"),
	      "include-is-relative-to-its-file");
}

static void check_problems(struct conf *c)
{
	make("bad.conf", "lxc.autodev = x\n", 3);
	check(load(c, "bad.conf") == -EINVAL &&
		      str_eq(err_text(), "bad.conf:1: lxc.autodev: bad value 'x' (0 or 1)") &&
		      str_eq(conf_problems(), "bad.conf:2: lxc.autodev: bad value 'x' (0 or 1)\n"
					      "bad.conf:3: lxc.autodev: bad value 'x' (0 or 1)\n"),
	      "all-problems");
	make("bad.conf", "lxc.autodev = x\n", 1000);
	check(load(c, "bad.conf") == -EINVAL && count_lines(conf_problems()) == 20 &&
		      strstr(conf_problems(), "bad.conf:20: lxc.autodev: bad value 'x' (0 or 1)\nand more\n"),
	      "twenty-problems");
	check(!load(c, "empty.conf") && str_eq(conf_problems(), ""), "problems-of-the-last-load");
	make("long.conf", "lxc.autodev = ", 1);
	{
		FILE *f = fopen("long.conf", "a");
		unsigned int i;

		for (i = 0; i < 1000000; i++)
			fputc('\33', f);
		fclose(f);
	}
	check(load(c, "long.conf") == -EINVAL && said("'????") && said("...' (0 or 1)") &&
		      !strchr(err_text(), '\33'),
	      "unprintable-value");
}

static void check_limits(struct conf *c)
{
	FILE *f;
	int i;

	make("many.conf", "lxc.cap.drop = chown\n", 70000);
	check(load(c, "many.conf") == -EINVAL && said("more than 65536 settings"), "settings");
	f = fopen("nets.conf", "w");
	for (i = 100000; f && i; i--)
		fprintf(f, "lxc.net.%d.type = empty\n", i);
	fclose(f);
	check(load(c, "nets.conf") == -EINVAL &&
		      said("nets.conf:1025: lxc.net.98976.type: more than 1024 interfaces") &&
		      c->net->index == 98977 && c->net->next->index == 98978,
	      "interfaces");
	f = fopen("line.conf", "w");
	fputs("lxc.environment = A=", f);
	for (i = 0; i < 1 << 20; i++)
		fputc('x', f);
	fclose(f);
	check(!load(c, "line.conf") && strlen(c->environment.first->v) == (1 << 20) + 2,
	      "line-of-a-megabyte");
}

static void check_set(struct conf *c)
{
	load(c, "empty.conf");
	check(!conf_set(c, "lxc.tty=4", 1) && c->tty_max.v == 4 &&
		      str_eq(c->tty_max.at.file, "-s") && c->tty_max.at.line == 1 &&
		      !conf_set(c, " lxc.utsname = \"a\" # x", 2) && str_eq(c->uts_name.v, "a"),
	      "set");
	check(conf_set(c, "lxc.tty", 3) == -EINVAL &&
		      str_eq(err_text(), "-s:3: 'lxc.tty' is not KEY=VALUE"),
	      "set-no-value");
	check(conf_set(c, "foo=1", 1) == -EINVAL && str_eq(err_text(), "-s:1: foo: unknown key"),
	      "set-foreign");
	check(conf_set(c, "lxc.environment=A=b\nlxc.cap.drop=", 1) == -EINVAL && said("line break"),
	      "set-line-break");
	check(conf_set(c, "lxc.include=bad.conf", 1) == -EINVAL && said("bad.conf:1: lxc.autodev"),
	      "set-include-bad");
	check(!conf_set(c, "lxc.include=deep18", 1) && c->tty_max.v == 1, "set-include");
	check(!conf_set(c, "lxc.tty=", 1) && !c->tty_max.set && c->tty_max.v == 0, "set-clears");
}

/* Warnings go to a log; who else may write a file is one. */
static void check_warnings(struct conf *c)
{
	char log[4096];
	bool good;

	if (log_open("log", LOG_WARN, "c1"))
		abort();
	make("open.conf", "lxc.tty = 1\n", 1);
	load(c, "open.conf");
	good = fd_read_file(AT_FDCWD, "log", log, sizeof(log)) == 0;
	chmod("open.conf", 0666);
	good &= !load(c, "open.conf") && fd_read_file(AT_FDCWD, "log", log, sizeof(log)) > 0 &&
		strstr(log, "open.conf: others than its owner may write this file (mode 0666)");
	check(good, "warns-of-writers");
	if (geteuid() == 0) {
		chmod("open.conf", 0600);
		good = !chown("open.conf", 1234, 0) && !load(c, "open.conf") &&
		       fd_read_file(AT_FDCWD, "log", log, sizeof(log)) > 0 &&
		       strstr(log, "belongs to user 1234");
		check(good, "warns-of-owner");
	}
	if (log_open(NULL, LOG_WARN, ""))
		abort();
}

static void check_hwaddr(struct conf *c)
{
	const char *a, *b;

	make("mac.conf", "lxc.net.0.type = empty\nlxc.net.0.hwaddr = xX:16:3e:xx:xx:xx\n", 1);
	check(!load(c, "mac.conf") && c->net->hwaddr.v && !strpbrk(c->net->hwaddr.v, "xX") &&
		      strchr("02468ace", c->net->hwaddr.v[1]) &&
		      !strncmp(c->net->hwaddr.v + 2, ":16:3e:", 7),
	      "hwaddr-template");
	a = strdupa(c->net->hwaddr.v);
	load(c, "mac.conf");
	b = c->net->hwaddr.v;
	check(!str_eq(a, b), "hwaddr-is-random");
}

int main(void)
{
	struct conf c = { 0 };
	int top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *remove = NULL;

	/* A fifo that is waited for would hang, not fail. */
	alarm(60);
	conf_init(&c, "c1", "/var/lib/lxc");
	check_seed(&c);
	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	check_refused(&c);
	check_includes(&c);
	check_problems(&c);
	check_limits(&c);
	check_set(&c);
	check_warnings(&c);
	check_hwaddr(&c);
	conf_free(&c);
	remove = str_make("rm -rf %s", dir);
	if (fchdir(top) || !remove || system(remove))
		failed = 1;
	free(remove);
	close(top);
	return failed;
}
