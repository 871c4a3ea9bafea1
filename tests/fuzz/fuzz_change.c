/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c conf/write.c
//link: conf/text.c conf/text_file.c conf/text_update.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//wrap: load_include
/* owns the fuzzing of changes to a configuration's text: it reads as if the change were made to what was read before */
/* never saves a file; what is included is empty */
/*
 * Input: the text; then, each behind a form feed, changes: "KEY=VALUE", "KEY=" (cleared), "KEY" (old names become new).
 */
/* The name is also that of the texts that grow. */
#define text_free grown_free
#include "conf.h"
#undef text_free
#include "conf/text.h"

int __wrap_load_include(struct conf *c, const char *path, struct origin at);
int __wrap_load_include(struct conf *c, const char *path, struct origin at)
{
	(void)c, (void)path, (void)at;
	return 0;
}

static int read_back(const struct conf_text *t, struct conf *c)
{
	int ret;

	begin(c, true);
	ret = text_read(t, c);
	claim(ret == 0 || ret == -EINVAL);
	err_clear();
	return ret;
}

static bool is_single(const struct key_ref *ref)
{
	return ref->k->shape == SHAPE_STR || ref->k->shape == SHAPE_INT;
}

/* c: what the text was before the change; good: it could be read. */
static void check_change(const struct conf_text *t, struct conf *c, bool good, char *key, char *value)
{
	struct text expected = { 0 }, found = { 0 };
	struct key_ref ref;
	struct conf now;
	char *line;

	if (!good)
		return;
	claim(!read_back(t, &now));
	if (!value) {
		/* The same settings by other names. */
		dump(c, false, &expected);
	} else if (!key_find(key, &ref) && is_single(&ref)) {
		line = str_make("%s=%s%s%s", key, lex_quote(value, conf_types[ref.k->type].flags), value,
				lex_quote(value, conf_types[ref.k->type].flags));
		claim(line && !conf_set(c, line, 1));
		free(line);
		dump(c, false, &expected);
	}
	dump(&now, false, &found);
	claim(!expected.s || str_eq(expected.s, found.s));
	conf_free(&now);
	grown_free(&expected);
	grown_free(&found);
}

static void try_change(struct conf_text *t, char *change)
{
	char *value = strchr(change, '='), *before = fuzz_copy((const uint8_t *)t->data, t->len);
	size_t len = t->len;
	struct conf c;
	bool good = !read_back(t, &c);
	int ret;

	if (value)
		*value++ = '\0';
	if (!value)
		ret = text_update(t);
	else if (*value)
		ret = text_set(t, change, value);
	else
		ret = text_clear(t, change);
	claim(!t->data[t->len]);
	claim(err_is_set() == (ret < 0));
	claim_printable(err_text(), false);
	err_clear();
	if (ret < 0)
		claim(t->len == len && !memcmp(t->data, before, len));
	else if (!value || *value)
		check_change(t, &c, good, change, value);
	conf_free(&c);
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = fuzz_copy(data, n), *at = memchr(copy, '\f', n), *next;
	struct conf_text t;
	unsigned int i;

	claim(!text_init(&t, "dir/in", copy, at ? (size_t)(at - copy) : n));
	for (i = 0; at && i < 8; at = next, i++) {
		next = memchr(at + 1, '\f', copy + n - at - 1);
		if (next)
			*next = '\0';
		try_change(&t, at + 1);
	}
	text_free(&t);
	free(copy);
	return 0;
}
