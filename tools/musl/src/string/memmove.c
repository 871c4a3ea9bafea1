/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

void *memmove(void *dest, const void *src, size_t n)
{
	unsigned char *d = dest;
	const unsigned char *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(d, s, n);
	while (n--)
		d[n] = s[n];
	return dest;
}
