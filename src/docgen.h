/* SPDX-License-Identifier: MIT */
/*
 * Manual pages from the tables that the program works by; only in builds with CONFIG_DOCGEN, which
 * run on the machine that builds.
 */
#ifndef DOCGEN_H
#define DOCGEN_H

#include "lib/err.h"

/*
 * The source (man(7)) of one page, "lxc-start.1", to standard output; NULL: the names of all pages,
 * one a line. What no table has is put in by tools/man from docs/man. 0, -ENOENT with err.
 */
int docgen_print(const char *page, const char *version) MUST_CHECK;

#endif
