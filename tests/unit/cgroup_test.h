/* SPDX-License-Identifier: MIT */
/* owns what the tests of cgroup/ share: the functions of conf/ that they need without the rest of
 * it */
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

int put_item(struct parse *p, const char *v)
{
	return v ? 0 : -1;
}

/* lxc.conf as these tests have it. */
struct origin conf_sys_at(enum sys_key key)
{
	return (struct origin){ .file = "lxc.conf", .line = key == SYS_CGROUP_USE ? 3 : 1 };
}

const char *conf_sys_value(enum sys_key key)
{
	return key == SYS_CGROUP_PATTERN ? CFG_CGROUP_PATTERN : NULL;
}
