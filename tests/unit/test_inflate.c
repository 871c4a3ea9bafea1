/* SPDX-License-Identifier: MIT */
/* owns the tests of decompression */
//link: lib/inflate.c lib/err.c lib/str.c lib/fd.c lib/sys.c
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/inflate.h"
#define UNIT_PREFIX "inflate: "
#include "unit.h"

static const unsigned char stored[] = {
	31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 1, 12, 0, 243, 255, 115, 116, 111, 114, 101,
	100, 32, 116, 101, 120, 116, 10, 145, 238, 211, 137, 12, 0, 0, 0,
};

static const unsigned char fixed[] = {
	31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 76, 132, 129, 164, 100, 24, 84, 72, 203,
	172, 72, 77, 129, 144, 92, 0, 70, 158, 35, 111, 33, 0, 0, 0,
};

static const unsigned char dynamic[] = {
	31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 101, 214, 189, 110, 19, 81, 20, 133, 209, 158,
	167, 153, 153, 123, 254, 110, 225, 42, 18, 40, 5, 164, 72, 69, 149, 39, 128, 158, 183, 71,
	84, 100, 150, 203, 145, 190, 45, 89, 94, 242, 25, 191, 188, 253, 248, 250, 250, 237, 227, 253,
	231, 247, 143, 227, 241, 231, 203, 203, 255, 199, 243, 241, 235, 243, 227, 245, 248, 253, 249, 113,
	221, 227, 184, 199, 121, 143, 235, 30, 247, 61, 158, 123, 188, 249, 24, 199, 189, 62, 207, 123,
	126, 94, 244, 139, 62, 232, 147, 190, 232, 155, 126, 232, 55, 223, 203, 113, 239, 175, 243, 222,
	95, 23, 253, 162, 15, 250, 164, 47, 250, 166, 31, 250, 13, 20, 172, 11, 215, 37, 44, 178,
	11, 218, 133, 237, 2, 119, 161, 187, 224, 93, 248, 6, 190, 129, 111, 224, 27, 248, 6, 190,
	129, 111, 224, 27, 248, 6, 190, 129, 111, 226, 155, 248, 38, 190, 137, 111, 226, 155, 248, 38,
	190, 137, 111, 226, 155, 248, 22, 190, 133, 111, 225, 91, 248, 22, 190, 229, 111, 23, 223, 194,
	183, 240, 45, 124, 27, 223, 198, 183, 241, 109, 124, 27, 223, 198, 183, 241, 109, 124, 27, 223,
	198, 119, 240, 29, 124, 7, 223, 193, 119, 240, 29, 124, 7, 223, 193, 119, 240, 29, 124, 55,
	190, 27, 223, 141, 239, 198, 119, 227, 187, 241, 221, 248, 110, 124, 183, 231, 249, 233, 62, 123,
	160, 15, 47, 244, 225, 137, 62, 188, 209, 135, 71, 250, 240, 74, 31, 158, 233, 195, 59, 125,
	120, 168, 143, 237, 155, 3, 234, 243, 196, 250, 60, 47, 39, 203, 73, 56, 73, 39, 229, 164,
	157, 140, 147, 237, 59, 205, 119, 241, 133, 250, 121, 93, 78, 150, 147, 112, 146, 78, 202, 73,
	59, 25, 39, 234, 47, 245, 151, 250, 235, 233, 5, 173, 254, 82, 127, 169, 191, 212, 95, 234,
	47, 245, 151, 250, 161, 126, 168, 31, 234, 135, 250, 161, 126, 168, 31, 234, 135, 250, 161, 126,
	168, 159, 234, 167, 250, 169, 126, 170, 159, 234, 167, 250, 169, 126, 170, 159, 234, 167, 250, 165,
	126, 169, 95, 234, 151, 250, 165, 126, 61, 253, 67, 83, 191, 212, 47, 245, 75, 253, 86, 191,
	213, 111, 245, 91, 253, 86, 191, 213, 111, 245, 91, 253, 86, 191, 213, 31, 245, 71, 253, 81,
	127, 212, 31, 245, 71, 253, 81, 127, 212, 31, 245, 71, 253, 173, 254, 86, 127, 171, 191, 213,
	223, 234, 111, 245, 183, 250, 91, 253, 253, 244, 23, 253, 159, 254, 95, 182, 80, 82, 38, 218,
	12, 0, 0,
};

static const unsigned char named[] = {
	31, 139, 8, 30, 0, 0, 0, 0, 0, 3, 3, 0, 97, 98, 99, 110, 97, 109, 101, 0,
	99, 111, 109, 109, 101, 110, 116, 0, 18, 52, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* What the array `dynamic` was made of. */
static size_t expected(char *buf)
{
	size_t n = 0;
	int i;

	for (i = 0; i < 200; i++)
		n += (size_t)sprintf(buf + n, "CONFIG_SYM_%d=%c\n", i, "ymn"[i % 3]);
	return n;
}

static bool gives(const unsigned char *in, size_t n, const char *text, size_t len)
{
	char *out = NULL;
	ssize_t got = inflate_gzip(in, n, 1 << 20, &out);
	bool same = got == (ssize_t)len && !memcmp(out, text, len) && !out[len];

	free(out);
	return same;
}

#define GIVES(a, text) gives(a, sizeof(a), text, strlen(text))

/* Refused, or harmless (the header's time, name and system are nobody's business): never other text. */
static bool is_harmless(const unsigned char *in, size_t n, const char *text, size_t len)
{
	/* In memory of its own size, so that a read behind its end is seen. */
	unsigned char *copy = malloc(n ? n : 1);
	char *out = NULL;
	ssize_t got;
	bool good;

	memcpy(copy, in, n);
	got = inflate_gzip(copy, n, 1 << 20, &out);
	good = got < 0 ? err_is_set() && !out : got == (ssize_t)len && !memcmp(out, text, len);
	err_clear();
	free(out);
	free(copy);
	return good;
}

static void test_damage(void)
{
	unsigned char bad[sizeof(dynamic)];
	char text[8192];
	size_t len = expected(text), i;
	bool cut = true, flipped = true;
	int bit;

	for (i = 0; i < sizeof(dynamic); i++)
		cut = cut && is_harmless(dynamic, i, "", (size_t)-1);
	result("cut at any byte it is refused", cut, "accepted");
	for (i = 0; i < sizeof(dynamic) * 8; i++) {
		memcpy(bad, dynamic, sizeof(bad));
		bad[i / 8] ^= (unsigned char)(1 << i % 8);
		flipped = flipped && is_harmless(bad, sizeof(bad), text, len);
	}
	result("with any bit flipped it is refused", flipped, "accepted");
	for (i = 0, flipped = true; i < 20000; i++) {
		memcpy(bad, dynamic, sizeof(bad));
		for (bit = 0; bit < 40; bit++)
			bad[10 + (size_t)rand() % (sizeof(bad) - 18)] = (unsigned char)rand();
		flipped = flipped && is_harmless(bad, sizeof(bad), text, len);
	}
	result("noise is refused", flipped, "accepted");
}

/* Against the real program, on text with far and near repetitions. */
static void test_program(const char *level)
{
	char path[] = "/tmp/lxcbox-inflate-XXXXXX", command[64];
	int fd = mkstemp(path);
	unsigned char *in = malloc(1 << 20);
	char *text = malloc(1 << 20), name[64];
	size_t n, len = 0;
	FILE *f;
	int i;

	srand(1);
	for (i = 0; i < 9000; i++)
		len += (size_t)sprintf(text + len, "CONFIG_%x=%d %s\n", (unsigned int)rand() % 5000, rand() % 9,
				       i % 7 ? "" : "is not set, as in many a line of a kernel configuration");
	f = fdopen(fd, "w");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f))
		exit(2);
	snprintf(command, sizeof(command), "gzip %s -c %s 2>/dev/null", level, path);
	f = popen(command, "r");
	n = f ? fread(in, 1, 1 << 20, f) : 0;
	snprintf(name, sizeof(name), "%zu bytes of gzip %s", len, level);
	if (!f || pclose(f) || !n)
		printf("skip inflate: %s: no gzip here\n", name);
	else
		result(name, gives(in, n, text, len), err_text());
	remove(path);
	free(in);
	free(text);
}

int main(void)
{
	unsigned char bomb[sizeof(stored)];
	char text[8192], *out;
	size_t len = expected(text);

	result("stored block", GIVES(stored, "stored text\n"), err_text());
	result("fixed codes", GIVES(fixed, "aaaaaaaaaabcbcbcbcbc fixed fixed\n"), err_text());
	result("dynamic codes", gives(dynamic, sizeof(dynamic), text, len), err_text());
	result("header with everything, no text", GIVES(named, ""), err_text());
	err_clear();
	memcpy(bomb, stored, sizeof(bomb));
	memset(bomb + sizeof(bomb) - 4, 0xff, 4);
	result("too large is refused before memory is taken",
	       inflate_gzip(bomb, sizeof(bomb), 1 << 20, &out) == -EFBIG, err_text());
	err_clear();
	result("text is not gzip", inflate_gzip("CONFIG_A=y\nCONFIG_B=y\n", 22, 1 << 20, &out) == -EINVAL &&
	       inflate_gzip(stored, 17, 1 << 20, &out) == -EINVAL, "it is");
	err_clear();
	test_damage();
	test_program("-1");
	test_program("-9");
	return unit_status();
}
