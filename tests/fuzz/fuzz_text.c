/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c conf/write.c
//link: conf/text.c conf/text_file.c conf/text_update.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//wrap: load_include
/* owns the fuzzing of a file's unexpanded text: new names mean the same, what is set is read, what is cleared is gone */
/* never opens a file */
/* The name is also that of the texts that grow. */
#define text_free grown_free
#include "conf.h"
#undef text_free
#include "conf/text_line.h"

int __wrap_load_include(struct conf *c, const char *path, struct origin at);
int __wrap_load_include(struct conf *c, const char *path, struct origin at)
{
	/* As if there were nothing in it. */
	(void)c;
	(void)path;
	(void)at;
	return 0;
}

/* All that it means into out; false: it does not load. */
static bool means(const struct conf_text *t, struct text *out)
{
	struct conf c;
	int ret;

	begin(&c, true);
	ret = text_read(t, &c);
	err_clear();
	if (!ret)
		dump(&c, false, out);
	conf_free(&c);
	return !ret;
}

/* Lines are all of the text, one behind the other. */
static void walk(struct conf_text *t)
{
	struct text_line l = { 0 };
	size_t at = 0;

	while (text_next(t, &l) > 0) {
		claim(l.at == at && l.end > at && l.at + l.len <= l.end && l.end <= t->len);
		if (l.key)
			claim(l.key_at >= l.at && l.value_at > l.key_at && l.value_at + l.value_len <= l.at + l.len);
		at = l.end;
	}
	claim(at == t->len && !err_is_set());
}

static void try_update(const uint8_t *data, size_t n)
{
	struct text before = { 0 }, after = { 0 };
	struct conf_text t;
	bool good;
	int ret;

	claim(!text_init(&t, "in", (const char *)data, n));
	walk(&t);
	good = means(&t, &before);
	ret = text_update(&t);
	claim((ret < 0) == err_is_set());
	claim_printable(err_text(), false);
	err_clear();
	if (ret < 0)
		claim(t.len == n && !memcmp(t.data, data, n));
	else
		claim(!text_update(&t));
	if (good && ret >= 0 && !strstr(before.s, "lxc.rootfs.backend"))
		claim(means(&t, &after) && str_eq(before.s, after.s));
	text_free(&t);
	grown_free(&before);
	grown_free(&after);
}

/* The first key's name by which it may be set, its value and where it is; false: there is none. */
static bool first_key(struct conf_text *t, char *name, size_t room, char **value)
{
	struct text_line l = { 0 };

	while (text_next(t, &l) > 0) {
		if (!l.key || strlen(l.key) >= room)
			continue;
		strcpy(name, l.key);
		*value = str_dup(l.value);
		return true;
	}
	return false;
}

/* A line that is left of it has no value. */
static void claim_gone(struct conf_text *t, const char *name)
{
	struct text_line l = { 0 };

	while (text_next(t, &l) > 0)
		claim(!l.key || !str_eq(l.key, name) || !*l.value);
}

static void try_set(const uint8_t *data, size_t n)
{
	char name[300], *value = NULL, *once;
	struct conf_text t;
	size_t len;

	claim(!text_init(&t, "in", (const char *)data, n));
	if (first_key(&t, name, sizeof(name), &value) && !text_set(&t, name, value)) {
		walk(&t);
		len = t.len;
		once = malloc(len + 1);
		claim(once);
		memcpy(once, t.data, len + 1);
		claim(!text_set(&t, name, value));
		claim(t.len == len && !memcmp(t.data, once, len));
		free(once);
		claim(!text_clear(&t, name));
		walk(&t);
		claim_gone(&t, name);
	}
	claim_printable(err_text(), false);
	err_clear();
	free(value);
	text_free(&t);
}

static void try_hwaddrs(const uint8_t *data, size_t n)
{
	struct conf_text t;
	int first;

	claim(!text_init(&t, "in", (const char *)data, n));
	first = text_fill_hwaddrs(&t, n & 1);
	claim(first >= 0 && t.len == n);
	claim((n & 1 ? text_fill_hwaddrs(&t, true) == first : text_fill_hwaddrs(&t, false) <= first));
	text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	err_clear();
	try_update(data, n);
	try_set(data, n);
	try_hwaddrs(data, n);
	return 0;
}
