/* SPDX-License-Identifier: MIT */
/* owns what fuzz targets share: a claim that ends the program, the input as a string, texts that grow */
/* never looks at the machine */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

/* What clang's fuzzer (or replay.c) calls for each input. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* An input that breaks this is a crash, and kept as one. */
#define claim(good) \
	do { \
		if (!(good)) { \
			fprintf(stderr, "%s:%d: not so: %s (err: %s)\n", __FILE__, __LINE__, \
				#good, err_text()); \
			abort(); \
		} \
	} while (0)

struct text {
	char *s;
	size_t n, room;
};

static inline void text_add(struct text *t, const void *s, size_t n)
{
	if (t->n + n + 1 > t->room) {
		t->room = 2 * (t->n + n) + 256;
		t->s = realloc(t->s, t->room);
		claim(t->s);
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

static inline void text_say(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static inline void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

/* The input with a byte behind it that may be written, of its own allocation, so that a read beyond it is seen. */
static inline char *fuzz_copy(const uint8_t *data, size_t n)
{
	char *s = malloc(n + 1);

	claim(s);
	if (n)
		memcpy(s, data, n);
	s[n] = '\0';
	return s;
}

/* What a person's terminal or log gets: no byte that acts on it. lines: newlines are ours. */
static inline void claim_printable(const char *s, bool lines)
{
	for (; *s; s++)
		claim((unsigned char)*s >= ' ' || (lines && *s == '\n'));
}

#endif
