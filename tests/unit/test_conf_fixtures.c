/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/*
 * owns the tests of tests/conf: a good and a bad file for every key, with exact values and
 * messages
 */
/* never needs root, leaves nothing behind */
/*
 * What a fixture expects is written in comments, which the parser does not see:
 *	#? KEY		asks for a key as lxc-info -c does,
 *	#= LINE		and these are the lines that come;
 *	#! N: TEXT	a problem of line N, all of them in their order;
 *	#~ N: TEXT	a warning;
 *	#keep		what is not built is kept in place of refused.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

#define DIR_NAME "tests/conf"

static int failed;
static char log_path[] = "/tmp/lxcbox-conf-XXXXXX";

static void result(const char *file, const char *why)
{
	if (why)
		printf("not ok conf-%s: %s\n", file, why);
	else
		printf("ok conf-%s\n", file);
	failed |= !!why;
}

/* A text that grows by lines. */
struct text {
	char *s;
	size_t n;
};

static void add(struct text *t, const char *front, const char *s, size_t n)
{
	size_t m = strlen(front);

	t->s = realloc(t->s, t->n + m + n + 2);
	memcpy(t->s + t->n, front, m);
	memcpy(t->s + t->n + m, s, n);
	t->n += m + n;
	t->s[t->n++] = '\n';
	t->s[t->n] = '\0';
}

/* Lines of s that have front, from after it, each with mark. */
static void add_lines(struct text *t, const char *mark, const char *s, const char *front)
{
	for (; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		const char *at = strstr(s, front);
		size_t n = strcspn(s, "\n");

		/* Of warnings, those of lines: who owns the fixture is the checkout's matter. */
		if (at && at < s + n && (at[strlen(front)] < '0' || at[strlen(front)] > '9'))
			continue;
		if (at && at < s + n)
			add(t, mark, at + strlen(front), n - (at - s) - strlen(front));
		else if (n)
			add(t, mark, s, n);
	}
}

/* What the file should bring: its marked lines. */
static void read_expected(struct text *t, const char *file)
{
	const char *s = file;

	for (; *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (s[0] == '#' && s[1] && strchr("?=!~", s[1]))
			add(t, "", s, strcspn(s, "\n"));
}

static void print_key(const struct conf *c, const char *key, struct text *t)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char buf[8192];
	ssize_t n;

	if (conf_print(c, key, false, fd) < 0)
		add(t, "#= ", "no such key", 11);
	n = pread(fd, buf, sizeof(buf) - 1, 0);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	add_lines(t, "#= ", buf, "\1");
}

/* What it brings, in the order of the marks in the file. */
static void read_actual(struct text *t, struct conf *c, const char *path, const char *file)
{
	char front[300], log[8192];
	const char *s;
	int ret;

	truncate(log_path, 0);
	ret = conf_load(c, path);
	if (!ret || conf_problem_list())
		ret = conf_check(c);
	str_format(front, sizeof(front), "%s:", path);
	for (s = file; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		if (str_after(s, "#? ")) {
			char *key = strndup(s + 3, strcspn(s + 3, "\n"));

			add(t, "", s, strcspn(s, "\n"));
			print_key(c, key, t);
			free(key);
		}
	}
	if (ret < 0) {
		add_lines(t, "#! ", err_text(), front);
		add_lines(t, "#! ", conf_problems(), front);
		err_clear();
	}
	if (fd_read_file(AT_FDCWD, log_path, log, sizeof(log)) > 0)
		add_lines(t, "#~ ", log, front);
}

static void try_fixture(const char *name)
{
	struct text want = { 0 }, have = { 0 };
	char path[300], *file = NULL;
	struct conf c;
	ssize_t len;

	str_format(path, sizeof(path), DIR_NAME "/%s", name);
	len = fd_load_file(AT_FDCWD, path, 1 << 20, &file);
	if (len < 0) {
		result(name, "cannot be read");
		err_clear();
		return;
	}
	/* One of them has a NUL byte, on purpose. */
	while (len--)
		if (!file[len])
			file[len] = ' ';
	add(&want, "", "", 0);
	add(&have, "", "", 0);
	conf_init(&c, "c1", "/var/lib/lxc");
	c.keeps_unbuilt = str_after(file, "#keep\n") || strstr(file, "\n#keep\n");
	read_expected(&want, file);
	read_actual(&have, &c, path, file);
	conf_free(&c);
	/* A fixture that asks for nothing would pass whatever the parser does. */
	if (str_eq(want.s, have.s) && want.n > 1)
		result(name, NULL);
	else
		printf("expected:%sfound:%s", want.s, have.s);
	if (!str_eq(want.s, have.s) || want.n <= 1)
		result(name, "differs");
	free(want.s);
	free(have.s);
	free(file);
}

/* Every row has both files, so that a new key cannot come without its test. */
static void check_presence(void)
{
	static const char *const ends[] = { "ok", "bad" };
	const struct key *k;
	unsigned int i;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		for (i = 0; i < 2; i++) {
			char path[300];

			str_format(path, sizeof(path), DIR_NAME "/%s.%s",
				   *key_name(k) ? key_name(k) : key_old(k), ends[i]);
			if (access(path, R_OK))
				result(path + strlen(DIR_NAME) + 1, "is missing");
		}
	}
	result("every-key-has-fixtures", NULL);
}

static int is_fixture(const struct dirent *e)
{
	return str_ends(e->d_name, ".ok") || str_ends(e->d_name, ".bad");
}

int main(void)
{
	struct dirent **list;
	int fd = mkstemp(log_path), n, i;

	close(fd);
	if (fd < 0 || log_open(log_path, LOG_WARN, "test"))
		return 1;
	n = scandir(DIR_NAME, &list, is_fixture, alphasort);
	for (i = 0; i < n; i++) {
		try_fixture(list[i]->d_name);
		free(list[i]);
	}
	if (n > 0)
		free(list);
	else
		result("fixtures", "there are none: run me from the top of the tree");
	check_presence();
	unlink(log_path);
	return failed;
}
