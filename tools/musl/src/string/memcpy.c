/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
	typedef size_t __attribute__((__may_alias__)) word;
	unsigned char *d = dest;
	const unsigned char *s = src;

	if (!(((uintptr_t)d | (uintptr_t)s) % sizeof(word)))
		for (; n >= sizeof(word); n -= sizeof(word), d += sizeof(word), s += sizeof(word))
			*(word *)d = *(const word *)s;
	while (n--)
		*d++ = *s++;
	return dest;
}
