/* SPDX-License-Identifier: MIT */
/* owns what a process learns about itself in /proc/self/status, in place of many system calls */
/* never looks when it has not been told that /proc is the host's */
#include <fcntl.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "secure/internal.h"

#define CAP_DIGITS 16

static char ignored[SIGNAL_MAX / 4 + 1], bounding[CAP_DIGITS + 1];

static int keep(char *buf, size_t n, const char *mask)
{
	/* Longer than any kernel's: not understood, so not known. */
	if (str_format(buf, n, "%s", mask) >= n)
		*buf = '\0';
	return 0;
}

static int look_at_line(char *line, void *arg)
{
	const char *mask = str_after(line, "SigIgn:\t");

	if (mask)
		return keep(ignored, sizeof(ignored), mask);
	mask = str_after(line, "CapBnd:\t");
	return mask ? keep(bounding, sizeof(bounding), mask) : 0;
}

void secure_look(void)
{
	bool held = err_hold();

	*ignored = *bounding = '\0';
	if (fd_each_line(AT_FDCWD, "/proc/self/status", look_at_line, NULL))
		*ignored = *bounding = '\0';
	err_release(held);
}

const char *look_ignored(void)
{
	return ignored;
}

bool look_bounding(cap_set *set)
{
	const char *at;

	*set = 0;
	for (at = bounding; *at; at++)
		*set = *set << 4 | (cap_set)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	if (at != bounding + CAP_DIGITS)
		return false;
	*bounding = '\0';
	return true;
}
