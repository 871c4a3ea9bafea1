/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of the list of problems: what each one knows, their order, where it ends */
/* never needs root; what it makes in /tmp is removed */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/parse.h"
#include "lib/str.h"

static int failed;
static struct conf c;
static char dir[] = "/tmp/lxcbox-problem-XXXXXX";

static void check(bool good, const char *name)
{
	const struct problem *p;

	printf(good ? "ok conf-problem-%s\n" : "not ok conf-problem-%s: see its source\n", name);
	for (p = good ? NULL : conf_problem_list(); p; p = p->next)
		printf("  %d %s | %s\n", p->severity, p->line, p->value ? p->value : "-");
	if (!good)
		printf("  err: %s\n", err_text());
	failed |= !good;
	err_clear();
}

static void make(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	if (!f)
		abort();
	fputs(text, f);
	fclose(f);
	chmod(name, 0600);
}

static int load(const char *name)
{
	err_clear();
	conf_free(&c);
	conf_init(&c, "c1", "/var/lib/lxc");
	return conf_load(&c, name);
}

static const struct problem *nth(unsigned int n)
{
	const struct problem *p = conf_problem_list();

	while (p && n--)
		p = p->next;
	return p;
}

static bool is(const char *a, const char *b)
{
	return a && b ? str_eq(a, b) : a == b;
}

/* "severity file:line key|text|value|accepted|suggestion", a minus for what there is not. */
static bool tells(unsigned int n, const char *wanted)
{
	const struct problem *p = nth(n);
	char *have = p ? str_make("%c %s:%u %s|%s|%s|%s|%s", "EWN"[p->severity],
				  p->at.file ? p->at.file : "-", p->at.line,
				  p->key ? p->key : "-", p->text, p->value ? p->value : "-",
				  p->accepted ? p->accepted : "-",
				  p->suggestion ? p->suggestion : "-")
		       : NULL;
	bool good = is(have, wanted);

	if (!good)
		printf("# have %s\n# want %s\n", have ? have : "nothing", wanted);
	free(have);
	return good;
}

static void check_parts(void)
{
	bool good;

	make("a.conf", "lxc.autodev = yes\n"
		       "lxc.autodve = 1\n"
		       "lxc.tty\n"
		       "lxc.tty: 4\n"
		       "lxc.apparmor.allow_nesting = 1\n"
		       "lxc.prlimit.files = 1\n"
		       "lxc.pivotdir = x\n");
	good = load("a.conf") == -EINVAL &&
	       tells(0, "E a.conf:1 lxc.autodev|bad value 'yes' (0 or 1)|yes|0 or 1|-") &&
	       tells(1, "E a.conf:2 lxc.autodve|unknown key (lxc.autodev?)|-|-|lxc.autodev") &&
	       tells(2, "E a.conf:3 lxc.tty|'=' is missing after the key|-|-|-") &&
	       tells(3, "W a.conf:4 lxc.tty|a colon is taken for the equals sign|-|-|-") &&
	       tells(4, "E a.conf:5 lxc.apparmor.allow_nesting|not supported by this version|-|-|-") &&
	       tells(5, "E a.conf:6 lxc.prlimit.files|unknown resource limit 'files'|files|-|-") &&
	       tells(6, "W a.conf:7 lxc.pivotdir|has no effect (as in LXC since 2.1)|-|-|-");
	check(good && !nth(7) &&
		      str_eq(err_text(), "a.conf:1: lxc.autodev: bad value 'yes' (0 or 1)"),
	      "parts");
	make("esc.conf", "lxc.tty = \33[2J\302\233\303\251\377x\n");
	check(load("esc.conf") == -EINVAL && is(nth(0)->value, "?[2J??\303\251?x"), "no-controls");
	make("long.conf", "lxc.tty = "
			  "0123456789012345678901234567890123456789"
			  "012345678901234567890123456789012345678\303\251x\n");
	check(load("long.conf") == -EINVAL &&
		      is(nth(0)->value, "0123456789012345678901234567890123456789"
					"012345678901234567890123456789012345678..."),
	      "cut-between-characters");
	/* Nothing of one line is told of the next. */
	make("b.conf", "lxc.autodve = x\nlxc.include = nothing\nlxc.tty = x\nlxc.hook = x\n");
	check(load("b.conf") == -EINVAL && !nth(1)->suggestion && !nth(1)->accepted &&
		      is(nth(1)->value, "nothing") && !nth(2)->suggestion && nth(2)->accepted,
	      "of-one-line-only");
}

static void check_order(void)
{
	const struct problem *p;
	struct origin at;
	bool good, more;

	make("in.conf", "lxc.tty = x\n");
	make("c.conf", "lxc.cap.drop = chown\n"
		       "lxc.cap.keep = none\n"
		       "lxc.include = in.conf\n"
		       "lxc.include = in.conf\n"
		       "lxc.autodev = 2\n");
	good = load("c.conf") == -EINVAL && conf_check(&c) == -EINVAL &&
	       tells(0, "E in.conf:1 lxc.tty|bad value 'x' (a number from 0 to 4096)|x|"
			"a number from 0 to 4096|-") &&
	       tells(1, "E c.conf:2 lxc.cap.keep|excludes lxc.cap.drop of line 1|-|-|-") &&
	       tells(2, "E c.conf:5 lxc.autodev|bad value '2' (0 or 1)|2|0 or 1|-") && !nth(3);
	check(good, "whole-file-in-its-place");
	p = nth(0);
	at = p ? conf_included_at(&c, p->at) : (struct origin){ 0 };
	check(is(at.file, "c.conf") && at.line == 3 && !conf_included_at(&c, at).file,
	      "included-at");
	check(problems_count(PROBLEM_ERROR, &more) == 3 && !more &&
		      problems_count(PROBLEM_NOTE, &more) == 0,
	      "count");
	make("d.conf", "lxc.cap.keep = none\nlxc.cap.drop = chown\n");
	check(!load("d.conf") && conf_check(&c) == -EINVAL &&
		      tells(0, "E d.conf:2 lxc.cap.drop|excludes lxc.cap.keep of line 1|-|-|-"),
	      "the-later-line-is-at-fault");
	/* What is missing may be in the line that was refused. */
	make("e.conf", "lxc.net.0.type = vethh\nlxc.net.0.flags = up\n");
	check(load("e.conf") == -EINVAL && conf_check(&c) == -EINVAL && nth(0) && !nth(1),
	      "missing-only-in-good-files");
}

static void check_deferred(void)
{
	bool good;

	make("f.conf", "lxc.tty = x\n");
	good = !conf_defer(load("f.conf")) && !conf_defer(conf_set(&c, "lxc.autodev=3", 1)) &&
	       !conf_defer(conf_set(&c, "nothing", 2)) &&
	       !conf_defer(conf_set(&c, "lxc.include=b.conf", 3)) && conf_check(&c) == -EINVAL &&
	       str_eq(err_text(), "f.conf:1: lxc.tty: bad value 'x' (a number from 0 to 4096)") &&
	       tells(1, "E -s:1 lxc.autodev|bad value '3' (0 or 1)|3|0 or 1|-") &&
	       tells(2, "E -s:2 -|'nothing' is not KEY=VALUE|nothing|-|-") &&
	       is(nth(3)->at.file, "b.conf");
	check(good && is(conf_included_at(&c, nth(3)->at).file, "-s"), "command-line-too");
	check(conf_defer(load("not-there")) == -ENOENT && !nth(0), "not-what-cannot-be-read");
	check(!conf_defer(0), "nothing-to-defer");
}

int main(void)
{
	int top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *remove;

	if (!mkdtemp(dir) || chdir(dir))
		return 1;
	conf_init(&c, "c1", "/var/lib/lxc");
	check_parts();
	check_order();
	check_deferred();
	conf_free(&c);
	problems_clear();
	remove = str_make("rm -rf %s", dir);
	if (fchdir(top) || !remove || system(remove))
		failed = 1;
	free(remove);
	close(top);
	return failed;
}
