/* SPDX-License-Identifier: MIT */
/*
 * Manual pages and completion from the tables that the program works by; only in builds with
 * CONFIG_DOCGEN, which run on the machine that builds.
 */
#ifndef DOCGEN_H
#define DOCGEN_H

#include "lib/err.h"

/*
 * The source (man(7)) of one page, "lxc-start.1", to standard output; NULL: the names of all pages,
 * one a line. What no table has is put in by tools/man from docs/man. "completion": what
 * tools/completion reads, lines of words with tabs between them:
 *	C NAME NEEDS-NAME SYNOPSIS HELP		a command
 *	O COMMAND LETTER LONG ARGUMENT IS-OPTIONAL HELP	an option of it
 *	V KIND WORDS				what an argument of this name can be
 *	K KEY WORDS				a key of the configuration, and what it takes
 * 0, -ENOENT with err.
 */
int docgen_print(const char *page, const char *version) MUST_CHECK;

#endif
