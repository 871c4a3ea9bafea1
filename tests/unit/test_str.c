/* SPDX-License-Identifier: MIT */
//link: lib/str.c lib/err.c lib/log.c lib/fd.c lib/path.c lib/sys.c
/* owns: formatting, numbers and words of lib/str.c against libc's; the date of the log. never:
 * needs root */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/str.h"

static int failed;

static void check(const char *name, int good)
{
	printf(good ? "ok %s\n" : "not ok %s: differs\n", name);
	failed |= !good;
}

#define SAME(name, fmt, ...)                                                                      \
	do {                                                                                      \
		char ours_[128], theirs_[128];                                                    \
		size_t n_ = str_format(ours_, sizeof(ours_), fmt, __VA_ARGS__);                   \
		check(name, n_ == (size_t)snprintf(theirs_, sizeof(theirs_), fmt, __VA_ARGS__) && \
				    !strcmp(ours_, theirs_));                                     \
	} while (0)

static void check_format(void)
{
	char small[4];

	SAME("str-format-decimal", "%d|%5d|%-5d|%05d|%u", -12, 34, 56, -78, 4000000000u);
	SAME("str-format-long", "%ld|%lld|%llu|%zu", -1l, -9000000000000000000ll,
		(unsigned long long)UINT64_MAX, (size_t)7);
	SAME("str-format-hex", "%x|%08x|%016llx|%o", 0xbeefu, 0xbeefu, 0x123456789abcdefull, 0755u);
	SAME("str-format-text", "%s|%.3s|%10s|%-10s|%*s|%.*s|%c%%", "abc", "abcdef", "r", "l", 6,
		"w", 2, "xyz", 'q');
	check("str-format-cut",
		str_format(small, sizeof(small), "%s", "abcdef") == 6 && !strcmp(small, "abc"));
}

static void check_numbers(void)
{
	static const struct { const char *text; uint64_t max, value; int ret;
	} rows[] = {
		{ "0", UINT64_MAX, 0, 0 },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, 0 },
		{ "18446744073709551616", UINT64_MAX, 0, -ERANGE },
		{ "99999999999999999999", UINT64_MAX, 0, -ERANGE },
		{ "255", 255, 255, 0 },
		{ "256", 255, 0, -ERANGE },
		{ "", 9, 0, -EINVAL },
		{ "+1", 9, 0, -EINVAL },
		{ " 1", 9, 0, -EINVAL },
		{ "1x", 9, 0, -EINVAL },
		{ "0001", 9, 1, 0 },
		{ "7", 3, 0, -ERANGE },
	};
	unsigned int i, mode = 0;
	int n;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64];
		uint64_t v = 0;
		int ret = str_to_u64(rows[i].text, rows[i].max, &v);

		snprintf(name, sizeof(name), "str-to-u64-%u", i);
		check(name, ret == rows[i].ret && (ret || v == rows[i].value));
	}
	check("str-to-int", !str_to_int("-2147483648", &n) && n == INT32_MIN &&
				    str_to_int("2147483648", &n) == -ERANGE);
	check("str-to-oct", !str_to_oct("1777", 07777, &mode) && mode == 01777 &&
				    str_to_oct("8", 07777, &mode) == -EINVAL);
}

static void check_words(void)
{
	char text[] = "  a, b\tc,", trim[] = " \t x y \r\n", *at = text;
	const char *a = str_word(&at, " ,\t"), *b = str_word(&at, " ,\t"),
		   *c = str_word(&at, " ,\t");

	check("str-word",
		str_eq(a, "a") && str_eq(b, "b") && str_eq(c, "c") && !str_word(&at, " ,\t"));
	check("str-trim", str_eq(str_trim(trim), "x y"));
	check("str-ends", str_ends("a.conf", ".conf") && !str_ends("conf", ".conf"));
}

/* The date that log lines carry is today's, as libc has it. */
static void check_date(void)
{
	char path[] = "/tmp/test_str.XXXXXX", line[256] = "", want[32];
	int fd = mkstemp(path);
	time_t before = time(NULL);
	ssize_t n;

	if (fd < 0 || log_open(path, LOG_INFO, "c1")) {
		check("log-date", 0);
		return;
	}
	log_write(LOG_INFO, "hello %d", 42);
	n = read(fd, line, sizeof(line) - 1);
	strftime(want, sizeof(want), "c1 %Y%m%dT%H%M", gmtime(&before));
	check("log-date",
		n > 0 && (!strncmp(line, want, strlen(want)) || time(NULL) / 60 != before / 60));
	check("log-line", strstr(line, "INFO   hello 42\n") != NULL);
	close(fd);
	unlink(path);
}

/* Messages and logs are made of what files hold: none of it acts on a terminal, none begins a line. */
static void check_printable(void)
{
	char text[] = "a\tb\nc\033[31m\177 \xc3\x9f \xe2\x82\xac \xc2\x9b \x9b.";
	char path[] = "/tmp/lxcbox-str-XXXXXX", log[512];
	int fd;

	check("str-printable",
	      str_eq(str_printable(text), "a?b?c?[31m? \xc3\x9f \xe2\x82\xac ?? ?."));
	check("err-printable", err_set(EINVAL, "value '%s'", "\033]0;x\a\nlxc-start: fine") == -EINVAL &&
				      str_eq(err_text(), "value '?]0;x??lxc-start: fine'"));
	err_in(-EINVAL, "%s:1", "dir/\033c");
	check("err-printable-context", str_eq(err_text(), "dir/?c:1: value '?]0;x??lxc-start: fine'"));
	err_clear();
	fd = mkstemp(path);
	if (fd < 0 || log_open(path, LOG_WARN, "c1"))
		abort();
	log_warn("name '%s'", "x\nc1 20260101T000000.000 ERROR  all is lost\033[2J");
	memset(log, 0, sizeof(log));
	check("log-printable", read(fd, log, sizeof(log) - 1) > 0 &&
				       strstr(log, "name 'x?c1 20260101T000000.000 ERROR  all is lost?[2J'\n") &&
				       strchr(log, '\n') == log + strlen(log) - 1);
	close(fd);
	unlink(path);
	if (log_open(NULL, LOG_WARN, ""))
		abort();
}

static void check_unescape(void)
{
	static const struct { const char *text, *plain; bool whole;
	} rows[] = {
		{ "", "", true },
		{ "/a\\040b\\134\\011\\012", "/a b\\\t\n", true },
		{ "\\377\\200", "\377\200", true },
		{ "\\400\\08\\18\\4\\", "\\400\\08\\18\\4\\", true },
		{ "a\\000b", "a", false },
	};
	char text[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text), "%s", rows[i].text);
		check("str-unescape", str_unescape(text) == rows[i].whole && !strcmp(text, rows[i].plain));
	}
}

int main(void)
{
	check_format();
	check_printable();
	check_numbers();
	check_words();
	check_unescape();
	check_date();
	return failed;
}
