/* SPDX-License-Identifier: MIT */
/* Shell's sort: lists here have a few hundred entries at most. */
#define _BSD_SOURCE
#include <stdlib.h>

void __qsort_r(void *base, size_t n, size_t width, int (*cmp)(const void *, const void *, void *), void *arg)
{
	size_t gap, i, k;

	for (gap = n / 2; gap; gap /= 2) {
		for (i = gap * width; i < n * width; i += width) {
			char *a = (char *)base + i, *b = a - gap * width;

			for (; b >= (char *)base && cmp(b, b + gap * width, arg) > 0;
			     b -= gap * width) {
				for (k = 0; k < width; k++) {
					char c = b[k];

					b[k] = b[gap * width + k];
					b[gap * width + k] = c;
				}
			}
		}
	}
}
