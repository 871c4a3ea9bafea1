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

static void keep(char *buf, size_t n, const char *mask)
{
	/* Longer than any kernel's: not understood, so not known. */
	if (str_format(buf, n, "%s", mask) >= n)
		*buf = '\0';
}

void secure_look(void)
{
	char text[4096], *at = text, *line;
	const char *mask;

	*ignored = *bounding = '\0';
	/* Longer where there are very many groups: then it is not known. */
	if (fd_read_file(AT_FDCWD, "/proc/self/status", text, sizeof(text)) <= 0)
		return;
	while ((line = str_word(&at, "\n"))) {
		mask = str_after(line, "SigIgn:\t");
		if (mask)
			keep(ignored, sizeof(ignored), mask);
		mask = str_after(line, "CapBnd:\t");
		if (mask)
			keep(bounding, sizeof(bounding), mask);
	}
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
