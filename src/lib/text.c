/* SPDX-License-Identifier: MIT */
/* owns the texts that are packed in the file, once they are unpacked */
/* never allocates or makes a system call, which may be forbidden where an error is told */
#include "lib/text.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/inflate.h"

/* Made by tools/pack-text of what the linker has collected. */
extern char text_plain[];
extern const unsigned char text_packed[];
extern const unsigned int text_plain_size, text_packed_size;

const char *text_str(const text_t *t)
{
	if (!t)
		return NULL;
	/* The first byte is none of a text. */
	if (!text_plain[0])
		inflate_raw(text_packed, text_packed_size, text_plain, text_plain_size);
	/* The section begins at address 0. */
	return text_plain + (uintptr_t)t / sizeof(*t);
}
