/* SPDX-License-Identifier: MIT */
//link: lib/json.c lib/str.c lib/err.c lib/fd.c lib/sys.c
/* owns tests of the JSON writer: every kind of value, every kind of byte, what cannot be written */
/* never needs root, leaves nothing behind */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/str.h"

static int failed, fd;
static struct json j;
static char buf[8192];

static void check(bool good, const char *name)
{
	printf(good ? "ok json-%s\n" : "not ok json-%s: see its source\n", name);
	if (!good)
		printf("  %s\n", buf);
	failed |= !good;
}

static void begin(void)
{
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		failed = 1;
	json_init(&j, fd);
}

static bool wrote(const char *text)
{
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return str_eq(buf, text);
}

static void check_values(void)
{
	begin();
	json_object(&j, NULL);
	json_string(&j, "s", "a");
	json_string(&j, "none", NULL);
	json_number(&j, "n", INT64_MIN);
	json_array(&j, "empty");
	check(!json_end(&j), "inner-end");
	json_array(&j, "list");
	json_bool(&j, NULL, true);
	json_object(&j, NULL);
	if (json_end(&j))
		failed = 1;
	json_object(&j, NULL);
	json_bool(&j, "no", false);
	if (json_end(&j) || json_end(&j))
		failed = 1;
	check(!json_end(&j) && wrote("{\n"
				     "\t\"s\": \"a\",\n"
				     "\t\"none\": null,\n"
				     "\t\"n\": -9223372036854775808,\n"
				     "\t\"empty\": [],\n"
				     "\t\"list\": [\n"
				     "\t\ttrue,\n"
				     "\t\t{},\n"
				     "\t\t{\n"
				     "\t\t\t\"no\": false\n"
				     "\t\t}\n"
				     "\t]\n"
				     "}\n"),
	      "values");
	begin();
	json_array(&j, NULL);
	check(!json_end(&j) && wrote("[]\n"), "nothing");
}

static void check_string(const char *name, const char *v, const char *wanted)
{
	char text[600];

	begin();
	json_array(&j, NULL);
	json_string(&j, NULL, v);
	str_format(text, sizeof(text), "[\n\t\"%s\"\n]\n", wanted);
	check(!json_end(&j) && wrote(text), name);
}

#define BAD "\357\277\275"

static void check_strings(void)
{
	char all[129];
	int i;

	check_string("escapes", "a\"b\\c/\n\t\1\177", "a\\\"b\\\\c/\\u000a\\u0009\\u0001\\u007f");
	check_string("utf8", "\303\251\342\202\254\360\237\230\200\302\200",
		     "\303\251\342\202\254\360\237\230\200\302\200");
	check_string("cut-character", "a\342\202", "a" BAD BAD);
	check_string("not-utf8", "\377\200a\303(", BAD BAD "a" BAD "(");
	check_string("too-long", "\300\257\340\200\257\360\200\200\257",
		     BAD BAD BAD BAD BAD BAD BAD BAD BAD);
	check_string("surrogate", "\355\240\200", BAD BAD BAD);
	check_string("beyond-unicode", "\364\220\200\200\365", BAD BAD BAD BAD BAD);
	for (i = 0; i < 128; i++)
		all[i] = (char)(i + 128);
	all[128] = '\0';
	begin();
	json_array(&j, NULL);
	json_string(&j, NULL, all);
	i = json_end(&j);
	wrote("");
	check(!i && strlen(buf) == 128 * 3 + 8, "every-high-byte");
}

static void check_ends(void)
{
	static char text[3000];
	int i, ret;

	memset(text, 'x', sizeof(text) - 1);
	begin();
	json_array(&j, NULL);
	json_string(&j, NULL, text);
	ret = json_end(&j);
	wrote("");
	check(!ret && strlen(buf) == sizeof(text) - 1 + 8, "longer-than-the-buffer");
	json_init(&j, open("/dev/full", O_WRONLY | O_CLOEXEC));
	json_array(&j, NULL);
	json_string(&j, NULL, text);
	check(json_end(&j) == -ENOSPC, "full");
	close(j.fd);
	begin();
	for (i = 0; i < JSON_DEPTH + 5; i++)
		json_array(&j, NULL);
	for (ret = 0; i; i--)
		ret = json_end(&j);
	check(ret == -EINVAL, "too-deep");
}

int main(void)
{
	fd = memfd_create("json", MFD_CLOEXEC);
	check_values();
	check_strings();
	check_ends();
	close(fd);
	return failed;
}
