/* SPDX-License-Identifier: MIT */
/* owns what a configuration's text says of its container's directory, when that is moved */
/* never changes a path that is not below that directory, never reads a file */
#include <string.h>

#include "conf/text_line.h"
#include "lib/str.h"

/* What may stand before a path in a value, and behind its last component. */
#define BEFORE " \t'\"=:,"
#define BEHIND " \t'\":,"

/* Hooks; of mount entries what lies in the tree, and the directories of overlays, as with LXC. */
static bool is_own(const struct text_line *l, const char *rest)
{
	const char *name = key_name(l->ref.k);

	if (str_after(name, "hook."))
		return true;
	if (!str_eq(name, "mount.entry"))
		return false;
	return str_after(rest, "/rootfs") || strstr(l->value, " overlay ") ||
	       strstr(l->value, " overlayfs ");
}

/* Where from stands in the value as the beginning of a path, from *at on. */
static bool find(const struct conf_text *t, const struct text_line *l, const char *from, size_t *at)
{
	size_t n = strlen(from), end = l->value_at + l->value_len;

	for (; *at + n <= end; ++*at) {
		char before = *at > l->value_at ? t->data[*at - 1] : ' ';
		char behind = *at + n < end ? t->data[*at + n] : ' ';

		if (!memcmp(t->data + *at, from, n) && strchr(BEFORE, before) &&
		    (behind == '/' || strchr(BEHIND, behind)) && is_own(l, t->data + *at + n))
			return true;
	}
	return false;
}

int text_move_paths(struct conf_text *t, const char *from, const char *to, text_path_fn *hook,
		    void *arg)
{
	size_t n = strlen(from), more = strlen(to);
	struct text_line l = { 0 };
	char rest[256];
	int ret;

	while ((ret = text_next(t, &l)) > 0) {
		size_t at = l.value_at;

		if (!l.key || !l.value_len)
			continue;
		for (; find(t, &l, from, &at); at += more) {
			ret = text_splice(t, at, n, to, more);
			if (ret)
				return ret;
			l.value_len += more - n;
			l.end += more - n;
			str_format(rest, sizeof(rest), "%.*s",
				   (int)strcspn(t->data + at + more, BEHIND "\r\n"),
				   t->data + at + more);
			if (str_after(key_name(l.ref.k), "hook.") && rest[0] == '/' && rest[1])
				ret = hook(rest + 1, arg);
			if (ret)
				return ret;
		}
	}
	return ret;
}
