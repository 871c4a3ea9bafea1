/* SPDX-License-Identifier: MIT */
/*
 * Numbers as LXC prints them for people, without floating point.
 */
#ifndef LIB_UNITS_H
#define LIB_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* Long enough for all of these. */
#define UNITS_MAX 32

/*
 * "1.50 KiB", "3.00 MiB", "2.00 GiB", with LXC's rounding and limits (1024 is still bytes); below
 * that the number and what: " bytes" of lxc-info, ".00   " of lxc-top. Returns buf of UNITS_MAX
 * bytes.
 */
const char *units_size(char *buf, uint64_t bytes, const char *what);

/* "12.34" of that many hundredths, or of nanoseconds to the nearest one; buf of UNITS_MAX bytes. */
const char *units_hundredths(char *buf, uint64_t v);
const char *units_seconds(char *buf, uint64_t nanoseconds);

#endif
