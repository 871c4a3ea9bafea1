/* SPDX-License-Identifier: MIT */
#include <string.h>

size_t strspn(const char *s, const char *set)
{
	const char *at = s;

	while (*at && strchr(set, *at))
		at++;
	return at - s;
}
