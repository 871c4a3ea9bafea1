/* SPDX-License-Identifier: MIT */
/* owns what the tests of cgroup/ share: results, and the two functions of conf/ that they need
 * without the rest of it */
/* never included twice in a program */
#include <stdio.h>

#include "conf/parse.h"
#include "lib/str.h"

static int failed;

static void result(const char *name, bool good, const char *why)
{
	if (good)
		printf("ok %s\n", name);
	else
		printf("not ok %s: %s\n", name, why);
	failed |= !good;
}

const char *origin_text(struct origin at, char *buf)
{
	buf[0] = '\0';
	if (at.file)
		str_format(buf, ORIGIN_MAX, "%s:%u: ", at.file, at.line);
	return buf;
}

const char *shown(const char *v)
{
	return v;
}
