/* SPDX-License-Identifier: MIT */
/* owns the walk over all that was set, for who shows where it comes from */
/* never has a value that no line set */
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

#define NAME_SIZE 320

struct walk {
	const struct key *k;
	const struct conf_net *net;
	conf_line_fn *each;
	void *arg;
};

static int take_value(void *arg, struct origin at, const char *sub, const char *v)
{
	const struct walk *w = arg;
	const char *name = key_name(w->k), *rest = str_after(name, "net.N.");
	char key[NAME_SIZE], front[24] = "";

	if (w->net && rest) {
		str_format(front, sizeof(front), "net.%d.", w->net->index);
		name = rest;
	}
	str_format(key, sizeof(key), "%s%s%s%s%s", str_after(name, "lxcbox.") ? "" : "lxc.", front,
		   name, sub ? "." : "", sub ? sub : "");
	return at.file ? w->each(w->arg, at, key, v) : 0;
}

static int walk_rows(struct walk *w, const void *base)
{
	int ret = 0;

	for (w->k = conf_keys; !ret && w->k < conf_keys + conf_keys_count; w->k++) {
		const void *field = (const char *)base + w->k->offset;

		if (key_is_net(w->k) == !!w->net && value_is_set(w->k, field))
			ret = value_each(w->k, field, take_value, w);
	}
	return ret;
}

/* The list has the last one first. */
static int walk_files(const struct conf_file *f, const struct walk *w)
{
	int ret = f ? walk_files(f->next, w) : 0;

	return !ret && f && f->from.file ? w->each(w->arg, f->from, "lxc.include", f->name) : ret;
}

int conf_each(const struct conf *c, conf_line_fn *each, void *arg)
{
	struct walk w = { .each = each, .arg = arg };
	int ret = walk_files(c->files, &w);

	if (!ret)
		ret = walk_rows(&w, c);
	for (w.net = c->net; !ret && w.net; w.net = w.net->next)
		ret = walk_rows(&w, w.net);
	return ret;
}
