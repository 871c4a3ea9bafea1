/* SPDX-License-Identifier: MIT */
/* owns what the tests of cgroup/ share: the two functions of conf/ that they need
 * without the rest of it */
/* never included twice in a program */
#include "conf/parse.h"
#include "lib/str.h"
#include "unit.h"

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
