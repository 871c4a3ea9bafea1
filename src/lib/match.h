/* SPDX-License-Identifier: MIT */
/*
 * Extended regular expressions (POSIX, chapter 9) over names: libc's are 57 KB. Sets of positions
 * are carried along and nothing is tried again.
 */
#ifndef LIB_MATCH_H
#define LIB_MATCH_H

#include "lib/err.h"

/* Longest text, in bytes without the NUL. */
#define MATCH_TEXT_MAX 64

/*
 * Whether the whole text matches: . [set] (group) | * + ? {m,n} ^ $ and \ before what is meant
 * literally. 1, 0, or -EINVAL with err for a bad expression; "" is a text that finds that out.
 */
int match_whole(const char *expression, const char *text) MUST_CHECK;

#endif
