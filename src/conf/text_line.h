/* SPDX-License-Identifier: MIT */
/* What the files that change a text share and nobody else includes: its lines one by one. */
#ifndef CONF_TEXT_LINE_H
#define CONF_TEXT_LINE_H

#include "conf/parse.h"
#include "conf/text.h"

/* A line, by offsets in the text. Start with an empty one, and after a change set end. */
struct text_line {
	size_t at, len, end;	/* len: without what ends the line; end: where the next begins */
	unsigned int number;	/* from 1 */
	/* NULL: no key's line (blank, comment, another tool's, a mistake). Until the next one. */
	const char *key;
	const char *value;	/* as the loader reads it */
	size_t key_at;
	size_t value_at, value_len;	/* with its quotes */
	struct key_ref ref;
};

/* 1: a line; 0: the end; -ENOMEM. */
int text_next(struct conf_text *t, struct text_line *l) MUST_CHECK;

/* Puts n bytes in place of those old ones. 0 or -ENOMEM. */
int text_splice(struct conf_text *t, size_t at, size_t old, const char *s, size_t n) MUST_CHECK;

/* text_update of interfaces only. */
int text_update_net(struct conf_text *t) MUST_CHECK;

#endif
