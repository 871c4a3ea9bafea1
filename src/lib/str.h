/* SPDX-License-Identifier: MIT */
/*
 * Strings and numbers. Own formatting, since libc's brings floating point (16 KB) for %d and %s.
 */
#ifndef LIB_STR_H
#define LIB_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * printf subset: %s %c %d %i %u %x %o %p %%, flags '-' and '0', width, precision of %s, '*' for
 * both, lengths l ll z. Writes at most n bytes with the NUL (n may be 0), returns the full length
 * without it.
 */
size_t str_format(char *buf, size_t n, const char *fmt, ...) FORMAT(3, 4);
size_t str_vformat(char *buf, size_t n, const char *fmt, va_list ap);

/* The same into memory of the caller's; NULL when there is none (err is set). Free with free(). */
char *str_make(const char *fmt, ...) FORMAT(1, 2) MUST_CHECK;

/* strdup that sets err; str_dupn copies the first n bytes. */
char *str_dup(const char *s) MUST_CHECK;
char *str_dupn(const char *s, size_t n) MUST_CHECK;

bool str_eq(const char *a, const char *b);
/* s without prefix, or NULL when it does not begin with it. */
const char *str_after(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Cuts blanks (space, tab, CR, LF) from both ends, in place; returns the new start. */
char *str_trim(char *s);

/*
 * Turns each \ooo (000 to 377) into its byte, in place: so the kernel, getmntent(3) and our records
 * write blanks and their like. false: one of them is \000, which would end the text.
 */
bool str_unescape(char *s);

/*
 * Next word of *at, words being separated by any byte of sep. Cuts it off in place and moves *at
 * behind it; NULL at the end.
 */
char *str_word(char **at, const char *sep);

/* The last component of a path, without changing it ("a/b" -> "b", "b" -> "b"). */
const char *str_base(const char *path);

/*
 * Whole-string decimal number: no blanks, no sign (str_to_int: one '-' allowed), no trailing text,
 * no overflow. 0, -EINVAL or -ERANGE; sets no err text.
 */
int str_to_u64(const char *s, uint64_t max, uint64_t *out) MUST_CHECK;
int str_to_int(const char *s, int *out) MUST_CHECK;
/*
 * *v /= by, which is less than 65536; returns the remainder. In 32-bit steps: libc's 64-bit
 * division is 2 KB on MIPS and ARM.
 */
unsigned int str_divide(uint64_t *v, unsigned int by);
/* Octal, as in a file mode. */
int str_to_oct(const char *s, unsigned int max, unsigned int *out) MUST_CHECK;

/* Bytes of the UTF-8 character that s begins with, 1 to 4; 0: it is none. */
size_t str_utf8(const char *s);
/* Puts '?' for control characters and for what is not UTF-8, in place; returns s. */
char *str_printable(char *s);

/* A text that grows; NUL behind it once something was added. Ends with free(s). */
struct str_grown {
	char *s;
	size_t n, room;	/* bytes, the NUL not counted in n */
};

/* Adds n bytes. -ENOMEM with err; what was there stays. */
int str_add(struct str_grown *g, const char *s, size_t n) MUST_CHECK;

/* 64-bit FNV-1a of a string. */
uint64_t str_hash(const char *s);

#endif
