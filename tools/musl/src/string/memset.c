/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

void *memset(void *dest, int c, size_t n)
{
	typedef size_t __attribute__((__may_alias__)) word;
	unsigned char *d = dest;
	word all = (unsigned char)c * ((size_t)-1 / 255);

	while (n && (uintptr_t)d % sizeof(word))
		*d++ = c, n--;
	for (; n >= sizeof(word); n -= sizeof(word), d += sizeof(word))
		*(word *)d = all;
	while (n--)
		*d++ = c;
	return dest;
}
