/* SPDX-License-Identifier: MIT */
/* owns the sequence of keys that leaves a console */
/* never reads or writes */
#include <errno.h>

#include "console/console.h"

int escape_parse(const char *text)
{
	int key;

	if (text[0] == '^' && text[1])
		text++;
	/* Letters of both cases and @[\]^_ have a control code; 0 would be typed by Ctrl+@. */
	key = text[0] & 0x1f;
	return text[0] < '@' || text[1] || !key ? -EINVAL : key;
}

size_t escape_filter(struct escape *e, unsigned char *buf, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n && !e->left; i++) {
		bool seen = e->seen;

		e->seen = !seen && buf[i] == e->key;
		e->left = seen && buf[i] == 'q';
		if (!e->seen && !e->left)
			buf[kept++] = buf[i];
	}
	return kept;
}
