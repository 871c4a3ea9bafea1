/* SPDX-License-Identifier: MIT */
/* owns the tests of the console's log file, ring buffer and escape sequence */
//link: console/log.c console/ring.c console/escape.c lib/err.c lib/str.c lib/fd.c lib/sys.c lib/path.c
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/fd.h"
#define UNIT_PREFIX "console: "
#include "unit.h"

/* What is typed, in pieces of that many bytes, comes out as, and whether it is left. */
static bool typed(const char *in, size_t piece, const char *out, bool left)
{
	struct escape e = { .key = 1 };
	char got[64] = "";
	size_t n, len = 0, all = strlen(in);

	for (; all && !e.left; in += n, all -= n) {
		unsigned char buf[64];

		n = piece < all ? piece : all;
		memcpy(buf, in, n);
		len += escape_filter(&e, buf, n);
		memcpy(got + strlen(got), buf, len - strlen(got));
		got[len] = '\0';
	}
	return !strcmp(got, out) && e.left == left;
}

static void test_escape(void)
{
	static const struct { const char *in, *out; bool left; } rows[] = {
		{ "plain q", "plain q", false },
		{ "ab\1q", "ab", true },
		{ "ab\1qcd", "ab", true },
		{ "\1\1", "\1", false },
		{ "\1\1q", "\1q", false },
		{ "\1\1\1q", "\1", true },
		{ "\1x\1q", "x", true },
		{ "\1", "", false },
		{ "\1Q", "Q", false },
		{ "", "", false },
	};
	static const struct { const char *text; int key; } keys[] = {
		{ "^a", 1 }, { "a", 1 }, { "A", 1 }, { "^A", 1 }, { "^z", 26 }, { "^]", 29 }, { "^[", 27 },
		{ "^", 30 }, { "^^", 30 }, { "_", 31 },
		{ "", -1 }, { "ab", -1 }, { "^ab", -1 }, { "1", -1 }, { "^1", -1 }, { "@", -1 }, { "^@", -1 }, { " ", -1 },
		{ "\xc3\xa4", -1 },
	};
	size_t i, piece;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (piece = 1; piece < 4; piece++)
			result("escape", typed(rows[i].in, piece, rows[i].out, rows[i].left), rows[i].in);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		int key = escape_parse(keys[i].text);

		result("escape key", keys[i].key < 0 ? key < 0 : key == keys[i].key, keys[i].text);
	}
}

/* Against a text that keeps everything. */
static void test_ring(void)
{
	static char all[200000], got[8192];
	struct ring r;
	size_t len = 0, n, i;
	uint32_t at, start;
	bool same = true;

	result("ring opens", !ring_open(&r, 4096), err_text());
	at = 0;
	result("an empty ring has nothing", !ring_read(&r, &at, got, sizeof(got)) && at == 0, "bytes");
	/* Around the count of 32 bits, too. */
	r.end = start = UINT32_MAX - 50000;
	srand(1);
	while (len < sizeof(all) - 6000) {
		size_t part = (size_t)rand() % 6000 % (len % 3 ? 6000 : 40), kept, have;

		for (i = 0; i < part; i++)
			all[len + i] = (char)rand();
		ring_write(&r, all + len, part);
		len += part;
		have = len < 4096 ? len : 4096;
		/* From the oldest, in pieces. */
		at = start;
		n = 0;
		while ((kept = ring_read(&r, &at, got + n, 1000)))
			n += kept;
		same = same && n == have && !memcmp(got, all + len - have, have) && at == start + (uint32_t)len;
		/* From a position that is still there. */
		at = start + (uint32_t)(len - have / 3);
		n = ring_read(&r, &at, got, sizeof(got));
		same = same && n == have / 3 && !memcmp(got, all + len - n, n);
	}
	result("a ring keeps the last bytes", same, "others");
	at = start + (uint32_t)len;
	ring_drop(&r, at - 10);
	at -= 100;
	result("what is dropped is gone", ring_read(&r, &at, got, sizeof(got)) == 10, "not 10 bytes");
	ring_drop(&r, at - 3000);
	result("an old position drops nothing", r.used == 10, "dropped");
	ring_drop(&r, at);
	result("all is dropped", !r.used, "bytes left");
	ring_write(&r, "x", 1);
	result("and what comes then is there", ring_read(&r, &at, got, sizeof(got)) == 1 && *got == 'x', "not");
	ring_close(&r);
	ring_close(&r);
}

static off_t size_of(const char *dir, const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return lstat(path, &st) ? -1 : st.st_size;
}

static void test_log(void)
{
	char dir[] = "/tmp/lxcbox-log-XXXXXX", path[64], old[64], victim[64], text[10000], back[10000];
	struct console_log l = { .fd = -1 };
	bool exact = true;
	size_t i;
	int fd;

	if (!mkdtemp(dir))
		exit(2);
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(old, sizeof(old), "%s/log.1", dir);
	snprintf(victim, sizeof(victim), "%s/victim", dir);
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	console_log_write(&l, "x", 1);
	result("without a log nothing is written", size_of(dir, "log") < 0, "a file");
	result("log opens", !console_log_open(&l, path), err_text());
	console_log_write(&l, text, sizeof(text));
	result("without a limit it grows", size_of(dir, "log") == 10000, "not 10000 bytes");
	if (ftruncate(l.fd, 0))
		exit(2);

	/* One that begins anew. */
	l.cap = 4096;
	for (i = 0; i < 50; i++) {
		console_log_write(&l, text, 1000 + i);
		exact = exact && size_of(dir, "log") <= 4096;
	}
	result("a limit is never passed", exact && !l.failed, "it was");
	result("and nothing is kept without rotation", size_of(dir, "log.1") < 0, "log.1");
	if (ftruncate(l.fd, 0))
		exit(2);
	console_log_write(&l, text, 4096);
	result("it may be full", size_of(dir, "log") == 4096, "less");
	console_log_write(&l, "y", 1);
	result("and begins anew then", size_of(dir, "log") == 1, "not");

	/* One predecessor, without a byte lost between both. */
	if (ftruncate(l.fd, 0))
		exit(2);
	l.rotate = true;
	console_log_write(&l, text, 4000);
	console_log_write(&l, text + 4000, 3000);
	result("a full one is moved", size_of(dir, "log.1") == 4096 && size_of(dir, "log") == 2904, "sizes");
	fd = open(old, O_RDONLY);
	i = (size_t)read(fd, back, 4096);
	close(fd);
	fd = open(path, O_RDONLY);
	i += (size_t)read(fd, back + 4096, 4096);
	close(fd);
	result("no byte is lost between both", i == 7000 && !memcmp(back, text, 7000), "others");
	result("the new one is closed on exec", fcntl(l.fd, F_GETFD) & FD_CLOEXEC, "flags");
	console_log_write(&l, text, 10000);
	result("more than two files' worth", size_of(dir, "log.1") == 4096 && size_of(dir, "log") == 616,
	       "sizes");

	/* A link in the way of either is not followed. */
	fd = open(victim, O_WRONLY | O_CREAT, 0600);
	if (write(fd, "victim", 6) != 6)
		exit(2);
	close(fd);
	unlink(old);
	if (symlink(victim, old))
		exit(2);
	console_log_write(&l, text, 9000);
	result("a link named log.1 is replaced", size_of(dir, "victim") == 6 && size_of(dir, "log.1") == 4096, "followed");
	unlink(path);
	if (symlink(victim, path))
		exit(2);
	console_log_write(&l, text, 9000);
	result("a link named log is not followed", size_of(dir, "victim") == 6, "followed");
	unlink(path);
	unlink(old);

	/* Somebody else has moved it: the next one is made all the same. */
	console_log_write(&l, text, 9000);
	result("a log that was moved away is made anew", size_of(dir, "log") >= 0, "not there");
	/* What cannot be moved begins anew. */
	unlink(old);
	if (mkdir(old, 0700))
		exit(2);
	for (i = 0; i < 10; i++)
		console_log_write(&l, text, 1500);
	result("what cannot be moved does not grow", size_of(dir, "log") <= 4096 && size_of(dir, "log") >= 0, "it does");
	/* Nothing can be written any more. */
	close(l.fd);
	l.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	l.cap = 0;
	console_log_write(&l, text, 100);
	result("a full disk is noticed and no more", l.failed, "not");
	rmdir(old);
	unlink(path);
	unlink(victim);
	fd_close(&l.fd);
	result("nothing else was made", !rmdir(dir), "files left");
}

int main(void)
{
	test_escape();
	test_ring();
	test_log();
	return unit_status();
}
