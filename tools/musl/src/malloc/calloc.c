/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *calloc(size_t m, size_t n)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(m, n, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(all);
	return p ? memset(p, 0, all) : NULL;
}
