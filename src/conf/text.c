/* SPDX-License-Identifier: MIT */
/* owns the unexpanded text of a configuration file: its lines, what is set and cleared in it */
/* never changes a byte that nobody asked to change, never an included file */
#include "conf/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parse.h"
#include "conf/text_line.h"
#include "lib/fd.h"
#include "lib/str.h"

/* Takes the line apart, by the loader's own lexer on a copy. A line that it refuses is no key's. */
static int read_key(struct conf_text *t, struct text_line *l)
{
	const char *value;
	struct lex_line got;
	bool held;
	struct lex x;
	int ret;

	if (t->room < l->len + 1) {
		char *more = realloc(t->scratch, 2 * l->len + 256);

		if (!more)
			return err_set(ENOMEM, "out of memory");
		t->scratch = more;
		t->room = 2 * l->len + 256;
	}
	memcpy(t->scratch, t->data + l->at, l->len);
	held = err_hold();
	lex_init(&x, t->scratch, l->len);
	/* A byte order mark counts at the start of the file only. */
	ret = l->at && x.at != t->scratch ? 0 : lex_next(&x, &got);
	err_release(held);
	if (ret <= 0 || key_find(got.key, &l->ref))
		return 0;
	value = lex_value(got.value, conf_types[l->ref.k->type].flags);
	l->key = got.key;
	l->value = value;
	l->key_at = l->at + (size_t)(got.key - t->scratch);
	l->value_at = l->at + (size_t)(value - t->scratch);
	l->value_len = strlen(value);
	got.value += strspn(got.value, " \t");
	if (value == got.value + 1) {
		l->value_at--;
		l->value_len += 2;
	}
	return 0;
}

int text_next(struct conf_text *t, struct text_line *l)
{
	size_t at = l->end;
	const char *p = t->data + at;
	size_t n = 0;

	*l = (struct text_line){ .at = at, .number = l->number + 1 };
	if (at >= t->len)
		return 0;
	while (at + n < t->len && p[n] != '\n' && p[n] != '\r')
		n++;
	l->len = n;
	l->end = at + n;
	if (l->end < t->len)
		l->end += p[n] == '\r' && l->end + 1 < t->len && p[n + 1] == '\n' ? 2 : 1;
	return read_key(t, l) ? -ENOMEM : 1;
}

int text_splice(struct conf_text *t, size_t at, size_t old, const char *s, size_t n)
{
	if (n > old) {
		char *more = realloc(t->data, t->len + n - old + 1);

		if (!more)
			return err_set(ENOMEM, "out of memory");
		t->data = more;
	}
	memmove(t->data + at + n, t->data + at + old, t->len - at - old + 1);
	memcpy(t->data + at, s, n);
	t->len += n - old;
	return 0;
}

/* What ends a line of this file. */
static const char *line_end(const struct conf_text *t)
{
	size_t n = strcspn(t->data, "\r\n");

	return t->data[n] != '\r' ? "\n" : t->data[n + 1] == '\n' ? "\r\n" : "\r";
}

/* "KEY = VALUE" as a line of its own at the end. */
static int add_line(struct conf_text *t, const char *key, const char *quote, const char *value)
{
	const char *end = line_end(t);
	bool open = t->len && !memchr("\r\n", t->data[t->len - 1], 2);
	AUTO_FREE char *line = str_make("%s%s =%s%s%s%s%s", open ? end : "", key,
					*value ? " " : "", quote, value, quote, end);

	return line ? text_splice(t, t->len, 0, line, strlen(line)) : -ENOMEM;
}

/* Is the line one of the key, or of the family that the key stands for? */
static bool belongs(const struct text_line *l, const struct key_ref *ref)
{
	const struct key_ref *r = &l->ref;

	if (!l->key)
		return false;
	if (ref->k->type == TYPE_NET_CLEAR)
		return (key_is_net(r->k) || r->k->type == TYPE_NET_CLEAR) &&
		       (ref->index < 0 || ref->index == r->index);
	if (ref->k->type == TYPE_HOOKS)
		return r->k == ref->k || str_after(key_name(r->k), "hook.");
	if (r->k != ref->k || (key_is_net(r->k) && r->index != ref->index))
		return false;
	return !ref->sub || (r->sub && str_eq(r->sub, ref->sub));
}

/* After this line, has one of the key before it nothing to say any more? */
static bool overrides(const struct text_line *l, const struct key_ref *ref)
{
	const struct key_ref *r = &l->ref;

	if (!l->key)
		return false;
	/* The kind stays where it is: below the settings of its interface it would end them. */
	if (r->k->type == TYPE_INCLUDE)
		return ref->k->type != TYPE_NET_KIND;
	/* The empty value of a whole family. */
	if (r->k == ref->k && ref->sub && !r->sub)
		return true;
	if (!key_is_net(ref->k))
		return r->k->type == TYPE_HOOKS && str_after(key_name(ref->k), "hook.");
	if (r->k->type == TYPE_NET_CLEAR)
		return r->index < 0 || r->index == ref->index;
	return r->k->type == TYPE_NET_KIND && r->index == ref->index &&
	       ref->k->type != TYPE_NET_KIND;
}

/* One value for each name, or several in their order? */
static bool is_list(const struct key *k)
{
	return k->shape == SHAPE_LIST || k->shape == SHAPE_NET_LIST ||
	       k->type == TYPE_CGROUP || k->type == TYPE_FORWARD || k->type == TYPE_INCLUDE;
}

static int find(const char *key, struct key_ref *ref)
{
	if (key_find(key, ref))
		return err_set(EINVAL, "%s: unknown key", shown(key));
	if (ref->is_old && key_is_net(ref->k))
		return err_set(EINVAL, "%s: an interface is set by its number, lxc.net.N",
			       shown(key));
	if (ref->is_old && ref->k->type == TYPE_NET_CLEAR && ref->index >= 0)
		return err_set(EINVAL, "%s: an interface is cleared by its number, lxc.net.N",
			       shown(key));
	return 0;
}

/* A key of one kind wants an interface of that kind. */
static int give_kind(struct conf *c, const struct key_ref *ref)
{
	const char *tail = key_name(ref->k) + strlen("net.N.");
	struct conf_net *n = net_get(c, ref->index);
	char kind[16];

	if (!n)
		return -ENOMEM;
	str_format(kind, sizeof(kind), "%.*s", (int)strcspn(tail, "."), tail);
	if (net_kind_parse(kind) >= 0)
		n->kind = (struct conf_int){ .v = net_kind_parse(kind), .set = true };
	return 0;
}

/* Would the loader take it? */
static int check_value(const char *key, const struct key_ref *ref, const char *value)
{
	AUTO_FREE char *copy = NULL;
	const char *quote;
	struct conf c;
	int ret;

	if (strpbrk(value, "\r\n"))
		return err_set(EINVAL, "%s: a line break in the value", key);
	if (ref->k->type == TYPE_INCLUDE)
		return 0;
	quote = lex_quote(value, conf_types[ref->k->type].flags);
	/* lex_value looks at what is before it. */
	copy = str_make(" %s%s%s", quote, value, quote);
	if (!copy)
		return -ENOMEM;
	conf_init(&c, "", "");
	c.keeps_unbuilt = true;
	ret = key_is_net(ref->k) ? give_kind(&c, ref) : 0;
	if (!ret)
		ret = conf_assign(&c, key, copy + 1, (struct origin){ 0 });
	conf_free(&c);
	return ret;
}

/* Takes the key's lines away but for the one that begins at keep; > 0: the file includes others. */
static int remove_lines(struct conf_text *t, const struct key_ref *ref, size_t keep)
{
	struct text_line l = { 0 };
	bool includes = false;
	size_t len = 0;
	int ret;

	while ((ret = text_next(t, &l)) > 0) {
		if (l.at != keep && belongs(&l, ref))
			continue;
		includes |= l.key && l.ref.k->type == TYPE_INCLUDE;
		memmove(t->data + len, t->data + l.at, l.end - l.at);
		len += l.end - l.at;
	}
	/* What could not be looked at stays. */
	memmove(t->data + len, t->data + l.at, t->len - l.at + 1);
	t->len -= l.at - len;
	return ret < 0 ? ret : includes;
}

static int replace_value(struct conf_text *t, const struct text_line *l, const char *value)
{
	const char *quote = lex_quote(value, conf_types[l->ref.k->type].flags), *lead = "", *tail = "";
	size_t end = l->value_at + l->value_len;
	AUTO_FREE char *s = NULL;

	if (!l->value_len) {
		/* The place of a value may touch the equals sign and a comment. */
		lead = strchr(" \t", t->data[l->value_at - 1]) ? "" : " ";
		tail = end < l->at + l->len && !strchr(" \t", t->data[end]) ? " " : "";
	}
	s = str_make("%s%s%s%s%s", lead, quote, value, quote, tail);
	return s ? text_splice(t, l->value_at, l->value_len, s, strlen(s)) : -ENOMEM;
}

/* Old names of interfaces are by position; nothing can be done by number before they are gone. */
static int prepare_net(struct conf_text *t, const struct key_ref *ref)
{
	bool is_one = key_is_net(ref->k) || (ref->k->type == TYPE_NET_CLEAR && ref->index >= 0);
	int ret = is_one ? text_update_net(t) : 0;

	return ret < 0 ? ret : 0;
}

int text_set(struct conf_text *t, const char *key, const char *value)
{
	struct text_line l = { 0 }, last = { .at = SIZE_MAX };
	struct key_ref ref;
	const char *quote;
	bool is_last = false;
	int ret = find(key, &ref);

	if (!ret && !*value)
		return text_clear(t, key);
	if (!ret)
		ret = check_value(key, &ref, value);
	if (!ret)
		ret = prepare_net(t, &ref);
	if (ret)
		return ret;
	while ((ret = text_next(t, &l)) > 0) {
		if (belongs(&l, &ref)) {
			last = l;
			/* The text of it is gone with the next line. */
			is_last = str_eq(l.value, value);
		} else if (overrides(&l, &ref)) {
			last.at = SIZE_MAX;
			is_last = false;
		}
	}
	if (ret || (is_list(ref.k) && is_last))
		return ret;
	if (!is_list(ref.k)) {
		ret = last.at == SIZE_MAX ? 0 : replace_value(t, &last, value);
		if (!ret)
			ret = remove_lines(t, &ref, last.at);
		if (ret < 0 || last.at != SIZE_MAX)
			return ret < 0 ? ret : 0;
	}
	quote = lex_quote(value, conf_types[ref.k->type].flags);
	return add_line(t, key, quote, value);
}

int text_clear(struct conf_text *t, const char *key)
{
	struct key_ref ref;
	int ret = find(key, &ref);
	bool resets;

	if (!ret)
		ret = prepare_net(t, &ref);
	if (!ret)
		ret = remove_lines(t, &ref, SIZE_MAX);
	if (ret <= 0)
		return ret;
	/* Elsewhere the empty value is another value or an error. */
	resets = !(conf_types[ref.k->type].flags & CLEARS) || ref.k->type == TYPE_NET_CLEAR ||
		 ref.k->type == TYPE_HOOKS;
	return resets ? add_line(t, key, "", "") : 0;
}

int text_fill_hwaddrs(struct conf_text *t, bool renew)
{
	struct text_line l = { 0 };
	int n = 0, ret;

	while ((ret = text_next(t, &l)) > 0) {
		char v[18];

		if (!l.key || l.ref.k->type != TYPE_HWADDR || strlen(l.value) != 17)
			continue;
		if (!renew && !strpbrk(l.value, "xX"))
			continue;
		memcpy(v, renew && !strpbrk(l.value, "xX") ? "10:66:6a:xx:xx:xx" : l.value, 18);
		ret = hwaddr_fill(v);
		if (ret)
			return ret;
		memcpy(t->data + l.value_at + (l.value_len == 19), v, 17);
		n++;
	}
	return ret < 0 ? ret : n;
}

int text_move(struct conf_text *t, const char *path)
{
	AUTO_FREE char *to = str_dup(path);
	struct text_line l = { 0 };
	int dir, ret = to ? 0 : -ENOMEM;

	dir = (int)(str_base(t->path) - t->path);
	while (!ret && (ret = text_next(t, &l)) > 0) {
		AUTO_FREE char *full = NULL;

		ret = 0;
		if (!l.key || l.ref.k->type != TYPE_INCLUDE || !*l.value || *l.value == '/')
			continue;
		full = str_make("\"%.*s%s\"", dir, t->path, l.value);
		if (!full)
			return -ENOMEM;
		ret = text_splice(t, l.value_at, l.value_len, full, strlen(full));
		l.end += strlen(full) - l.value_len;
	}
	if (ret)
		return ret;
	free(t->path);
	t->path = take_ptr(to);
	t->st = (struct stat){ 0 };
	return 0;
}

int text_prepend(struct conf_text *t, const char *s, size_t n)
{
	/* A byte order mark stays the first. */
	return text_splice(t, str_after(t->data, "\xef\xbb\xbf") ? 3 : 0, 0, s, n);
}
