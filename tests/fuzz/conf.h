/* SPDX-License-Identifier: MIT */
/* owns what targets of the configuration share: all of it as text, and read again */
/* never opens a file of the machine */
#ifndef FUZZ_CONF_H
#define FUZZ_CONF_H

#include "conf/parse.h"
#include "fuzz.h"
#include "lib/str.h"

struct text_sink {
	struct conf_sink sink;
	struct text *text;
};

static inline int put_text(struct conf_sink *s, const char *text, size_t n)
{
	text_add(((struct text_sink *)s)->text, text, n);
	return 0;
}

/* keeps: as those read it who never start. */
static inline void begin(struct conf *c, bool keeps)
{
	*c = (struct conf){ 0 };
	conf_init(c, "c1", "/var/lib/lxc");
	c->keeps_unbuilt = keeps;
	err_clear();
}

/* Everything that was set, as a file that can be read again. */
static inline void dump(const struct conf *c, bool origins, struct text *out)
{
	struct text_sink s = { .sink.put = put_text, .text = out };

	out->n = 0;
	text_add(out, "", 0);
	claim(!conf_write_to(c, &s.sink, origins));
}

/* What lxc-info -c says of a key, whoever asks for it. */
static inline void ask_for(const struct conf *c, const char *key, struct text *out)
{
	struct text_sink s = { .sink.put = put_text, .text = out };
	struct key_ref ref;
	size_t before;
	int bare, n;

	for (bare = 0; bare < 2; bare++) {
		before = out->n;
		n = conf_print_to(c, key, bare, &s.sink);
		claim(!key_find(key, &ref) || n == -ENOENT);
		claim(n >= 0 || n == -ENOENT);
		claim((n > 0) == (out->n > before));
	}
}

/* What is kept reads as itself. */
static inline void claim_round_trip(const struct conf *c)
{
	struct text first = { 0 }, second = { 0 };
	struct conf again;
	char *copy;
	int ret;

	dump(c, true, &first);
	begin(&again, c->keeps_unbuilt);
	copy = fuzz_copy((const uint8_t *)first.s, first.n);
	ret = conf_load_text(&again, "again", copy, first.n);
	claim(!ret);
	dump(c, false, &first);
	dump(&again, false, &second);
	claim(str_eq(first.s, second.s));
	conf_free(&again);
	free(copy);
	text_free(&first);
	text_free(&second);
}

#endif
