/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include "libc.h"

void *malloc(size_t n)
{
	return __libc_malloc_impl(n);
}

void *__libc_malloc(size_t n)
{
	return __libc_malloc_impl(n);
}
