/* SPDX-License-Identifier: MIT */
/* The texts of what the kernel answers to a program that makes mounts, cgroups and interfaces; else "Error NUMBER". */
#include <errno.h>
#include <string.h>

#define E(n, s) "\0" s
static const char texts[] =
#include "texts.h"
;
#undef E

#define E(n, s) (unsigned char)(n),
static const unsigned char numbers[] = {
#include "texts.h"
};
#undef E

char *strerror(int e)
{
	static char unknown[16] = "Error ";
	const char *s = texts;
	char *at = unknown + sizeof(unknown) - 1;
	unsigned int i;

	for (i = 0; i < sizeof(numbers); i++) {
		s += strlen(s) + 1;
		/* EDQUOT of MIPS, 1133, is the only one above 255. */
		if (numbers[i] == (unsigned char)e && (e < 256 || e == EDQUOT))
			return (char *)s;
	}
	for (i = e; at > unknown + 6 && (i || !*at); i /= 10)
		*--at = '0' + i % 10;
	memmove(unknown + 6, at, strlen(at) + 1);
	return unknown;
}
