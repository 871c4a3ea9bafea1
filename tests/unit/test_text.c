/* SPDX-License-Identifier: MIT */
/* owns: packed texts, as the linker and tools/pack-text leave them, and what reads them */
/* never: packs any; tools/pack-text itself looks after each link whether the texts are the right ones */
#define UNIT_PREFIX "text: "
//link: lib/inflate.c lib/err.c lib/str.c lib/fd.c lib/sys.c

/* The other files of a unit test have theirs as plain strings, which err.h must know them as. */
#include "unit.h"

#undef LIB_TEXT_H
#undef TEXT
#undef TEXT_OBJECT
#undef TEXT_PLAIN
#undef CFG_PACK_TEXT
#define CFG_PACK_TEXT 1
#define text_t packed_t
#define text_str packed_str
#include "lib/text.c"

/* "T\0cannot open '%s'\0cannot read '%s'\0no\0" */
const unsigned char text_packed[] = {
	0x0b, 0x61, 0x48, 0x4e, 0xcc, 0xcb, 0xcb, 0x2f, 0x51, 0xc8, 0x2f, 0x48, 0xcd, 0x53,
	0x50, 0x57, 0x2d, 0x56, 0x87, 0x09, 0x14, 0xa5, 0x26, 0xa6, 0x40, 0x04, 0xf2, 0xf2,
	0x19, 0x00,
};
const unsigned int text_packed_size = sizeof(text_packed), text_plain_size = 39;
char text_plain[39];

/* What a TEXT that begins so far into the section is after the link. */
static const packed_t *at(unsigned int offset)
{
	return (const packed_t *)0 + offset;
}

int main(void)
{
	const char *first;

	check(!packed_str(NULL) && !text_plain[0], "NULL unpacks nothing", "it does");
	check(sizeof(*TEXT("x")) == 2, "a literal is of 16-bit characters", "it is not");
	first = packed_str(at(19));
	check(!strcmp(first, "cannot read '%s'"), "a text in the middle", first);
	check(!strcmp(packed_str(at(2)), "cannot open '%s'"), "the first text", packed_str(at(2)));
	check(!strcmp(packed_str(at(36)), "no"), "the last text", packed_str(at(35)));
	/* The linker lays a text that is the end of another one there. */
	check(!strcmp(packed_str(at(9)), "open '%s'"), "the end of a text", packed_str(at(9)));
	check(first == packed_str(at(19)) && !strcmp(first, "cannot read '%s'"), "a text stays", first);
	return unit_status();
}
