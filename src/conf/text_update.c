/* SPDX-License-Identifier: MIT */
/* owns the change of a text from LXC's old names to the new ones */
/* never changes a value, but for the kind of storage that becomes part of a path */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/text_line.h"
#include "lib/str.h"

#define BACKEND "rootfs.backend"

/* Old names say an interface by its position or by being the last: these lines in their order. */
struct numbers {
	int *v;
	unsigned int n, size;
	bool failed;
	const char *file;
};

static bool is_by_position(const struct key_ref *r)
{
	return r->is_old &&
	       (key_is_net(r->k) || (r->k->type == TYPE_NET_CLEAR && r->index >= 0));
}

/* The number of the interface that the line is about to change; -1: there is none. */
static int number_of(struct conf *c, const struct key_ref *r)
{
	const struct conf_net *n = c->net_now;
	int next = 0;

	/* A kind makes the next one, whatever position it says. */
	if (r->k->type == TYPE_NET_KIND) {
		for (n = c->net; n; n = n->next)
			next = n->index + 1;
		return next;
	}
	if (r->index >= 0)
		n = net_at(c, r->index);
	return n ? n->index : -1;
}

static void note_line(struct conf *c, struct origin at, const char *key)
{
	struct numbers *all = c->arg;
	struct key_ref ref;

	if (at.file != all->file || key_find(key, &ref) || !is_by_position(&ref))
		return;
	if (all->n == all->size) {
		unsigned int size = all->size ? 2 * all->size : 64;
		int *more = realloc(all->v, size * sizeof(*more));

		if (!more) {
			all->failed = true;
			return;
		}
		all->v = more;
		all->size = size;
	}
	all->v[all->n++] = number_of(c, &ref);
}

static int find_numbers(const struct conf_text *t, struct numbers *all)
{
	struct conf c;
	int ret;

	conf_init(&c, "", "");
	c.keeps_unbuilt = true;
	c.on_line = note_line;
	c.arg = all;
	ret = text_read(t, &c);
	conf_free(&c);
	return ret ? ret : all->failed ? err_set(ENOMEM, "out of memory") : 0;
}

bool conf_key_is_old(const char *key)
{
	struct key_ref ref;

	return !key_find(key, &ref) && (ref.is_old || ref.k->type == TYPE_BACKEND);
}

/* What the scan of a text finds. */
struct found {
	unsigned int nets, changes, path_line, backend_line;
	char backend[16];	/* "": none */
	bool is_bad;		/* it */
};

static bool is_backend(const struct text_line *l)
{
	return l->key && l->ref.k->type == TYPE_BACKEND;
}

/* "KIND:" of a path that says it itself; 0: it does not. */
static size_t kind_len(const char *path)
{
	size_t n = strcspn(path, ":/");

	return n && path[n] == ':' ? n + 1 : 0;
}

static int scan(struct conf_text *t, struct found *f)
{
	struct text_line l = { 0 };
	int ret;

	*f = (struct found){ 0 };
	while ((ret = text_next(t, &l)) > 0) {
		if (!l.key)
			continue;
		f->nets += is_by_position(&l.ref);
		f->changes += l.ref.is_old || is_backend(&l);
		if (l.ref.k->type == TYPE_ROOTFS && *l.value)
			f->path_line = l.number;
		if (!is_backend(&l))
			continue;
		f->backend_line = l.number;
		f->is_bad = str_format(f->backend, sizeof(f->backend), "%s", l.value) >=
				    sizeof(f->backend) || strchr(f->backend, ':');
	}
	return ret;
}

static int check_backend(const struct conf_text *t, const struct found *f)
{
	if (!*f->backend || (!f->is_bad && f->path_line))
		return 0;
	return err_set(EINVAL, "%s:%u: lxc.%s: %s", t->path, f->backend_line, BACKEND,
		       f->is_bad ? "unknown kind" : "no lxc.rootfs.path in this file to say it in");
}

/* The new text as it grows. */
struct output {
	struct str_grown text;
	bool failed;
};

static void put(struct output *o, const char *s, size_t n)
{
	if (str_add(&o->text, s, n))
		o->failed = true;
}

static void put_text(struct output *o, const char *s)
{
	put(o, s, strlen(s));
}

/* The new name of a line's key; false: it has none, and the line becomes a comment. */
static bool put_name(struct output *o, const struct text_line *l, int number)
{
	const struct key_ref *r = &l->ref;
	const char *name = key_name(r->k);
	char front[24] = "lxc.";

	if (!*name || is_backend(l) || (is_by_position(r) && number < 0))
		return false;
	/* The old kind without a value clears all. */
	if (r->k->type == TYPE_NET_KIND && !*l->value) {
		name = "net";
	} else if (is_by_position(r)) {
		str_format(front, sizeof(front), "lxc.net.%d", number);
		/* "net.N.X", or "net" of a line that takes one away. */
		name += key_is_net(r->k) ? strlen("net.N") : strlen("net");
	}
	put_text(o, front);
	put_text(o, name);
	if (r->sub) {
		put_text(o, ".");
		put_text(o, r->sub);
	}
	return true;
}

/* What the path must begin with; NULL: it says a kind itself, and another one. */
static const char *prefix_of(const struct text_line *l, const struct found *f)
{
	size_t n = kind_len(l->value);

	if (!*f->backend || !*l->value)
		return "";
	if (!n)
		return f->backend;
	return n - 1 == strlen(f->backend) && !strncmp(l->value, f->backend, n - 1) ? "" : NULL;
}

/* A line with a key: its new name, and of the root's path its kind. */
static int put_changed(struct output *o, const struct conf_text *t, const struct text_line *l,
		       const struct found *f, int number)
{
	const char *prefix = l->ref.k->type == TYPE_ROOTFS ? prefix_of(l, f) : "";
	bool is_renamed = l->ref.is_old || is_backend(l);
	size_t rest = l->key_at;

	if (!prefix)
		return err_set(EINVAL, "%s:%u: '%s' is not of the kind of lxc.%s = %s", t->path,
			       l->number, shown(l->value), BACKEND, f->backend);
	put(o, t->data + l->at, l->key_at - l->at);
	if (is_renamed && !put_name(o, l, number))
		put_text(o, "# ");
	else if (is_renamed)
		rest += strlen(l->key);
	if (*prefix) {
		size_t value = l->value_at + (l->value_len > strlen(l->value));

		put(o, t->data + rest, value - rest);
		put_text(o, prefix);
		put_text(o, ":");
		rest = value;
	}
	put(o, t->data + rest, l->end - rest);
	return 1;
}

/* Only those lines that say an interface by its position, or all. */
static int rewrite(struct conf_text *t, const struct found *f, const struct numbers *all,
		   bool only_net)
{
	struct text_line l = { 0 };
	struct output o = { 0 };
	unsigned int net = 0;
	int changed = 0, ret = 0;

	put(&o, "", 0);
	while ((ret = text_next(t, &l)) > 0) {
		bool is_net = l.key && is_by_position(&l.ref);
		bool is_other = l.key && !only_net &&
				(l.ref.is_old || is_backend(&l) ||
				 (l.ref.k->type == TYPE_ROOTFS && *f->backend));
		int number = is_net && net < all->n ? all->v[net++] : -1;

		if (is_net || is_other) {
			ret = put_changed(&o, t, &l, f, number);
			changed++;
		} else {
			put(&o, t->data + l.at, l.end - l.at);
		}
		if (ret < 0)
			break;
	}
	if (!ret && o.failed)
		ret = err_set(ENOMEM, "out of memory");
	if (ret < 0) {
		free(o.text.s);
		return ret;
	}
	free(t->data);
	t->data = o.text.s;
	t->len = o.text.n;
	return changed;
}

static int update(struct conf_text *t, bool only_net)
{
	struct numbers all = { .file = t->path };
	struct found f;
	int ret = scan(t, &f);

	if (!ret && !only_net)
		ret = check_backend(t, &f);
	if (!ret && f.nets)
		ret = find_numbers(t, &all);
	if (!ret && (only_net ? f.nets : f.changes))
		ret = rewrite(t, &f, &all, only_net);
	free(all.v);
	return ret;
}

int text_update_net(struct conf_text *t)
{
	return update(t, true);
}

int text_update(struct conf_text *t)
{
	return update(t, false);
}
