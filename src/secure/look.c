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
static bool is_full;

static void keep_line(char *buf, size_t n, const char *mask)
{
	/* Longer than any kernel's: not understood, so not known. */
	if (str_format(buf, n, "%.*s", (int)strcspn(mask, "\n"), mask) >= n)
		*buf = '\0';
}

/* The value of a line of the text; "" without it. */
static const char *value(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : text + strlen(text);
}

/* Two masks with the ends of their lines. */
static bool is_same(const char *a, const char *b)
{
	return *a && !strncmp(a, b, CAP_DIGITS + 1);
}

void secure_look(void)
{
	const char *at, *inheritable, *permitted, *effective;
	char text[4096];

	*ignored = *bounding = '\0';
	is_full = false;
	/* Longer where there are very many groups: then it is not known. */
	if (fd_read_file(AT_FDCWD, "/proc/self/status", text, sizeof(text)) <= 0)
		return;
	/* In this order on every kernel. */
	at = value(text, "\nSigIgn:\t");
	keep_line(ignored, sizeof(ignored), at);
	inheritable = at = value(at, "\nCapInh:\t");
	permitted = at = value(at, "\nCapPrm:\t");
	effective = at = value(at, "\nCapEff:\t");
	at = value(at, "\nCapBnd:\t");
	keep_line(bounding, sizeof(bounding), at);
	is_full = is_same(inheritable, "0000000000000000\n") && is_same(permitted, at) &&
		  is_same(effective, at);
}

bool look_is_full(void)
{
	return is_full;
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
