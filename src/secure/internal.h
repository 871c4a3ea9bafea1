/* SPDX-License-Identifier: MIT */
/*
 * What the files of secure/ share and nobody else needs: what secure_look has seen.
 */
#ifndef SECURE_INTERNAL_H
#define SECURE_INTERNAL_H

#include <stdbool.h>

#include "secure/secure.h"

/* MIPS has 128 signals, others 64; a number too high is refused by the kernel and does no harm. */
#define SIGNAL_MAX 128

/* The ignored signals, hexadecimal: the last digit has 1 to 4. "": not known. */
const char *look_ignored(void);

/* The bounding set, once: it is that of the moment of secure_look. False: not known. */
bool look_bounding(cap_set *set);

/*
 * At that moment the effective and the permitted set were the bounding set, and the inheritable one
 * was empty. False also when it is not known.
 */
bool look_is_full(void);

/* The effective set becomes the permitted one, of which a user other than root has none. */
int caps_raise(void) MUST_CHECK;

#endif
