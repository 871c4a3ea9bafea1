/* SPDX-License-Identifier: MIT */
#include <string.h>

size_t strlen(const char *s)
{
	const char *at = s;

	while (*at)
		at++;
	return at - s;
}
