/* SPDX-License-Identifier: MIT */
/* owns one assignment: key found, value cut, parsed by its type, put into the configuration */
/* never reads a file */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

/*
 * What is more is no configuration: together these keep time and memory of any input within a
 * second and a few times its size, although lists are searched one by one.
 */
#define MAP_MAX 1024
#define SETTINGS_MAX 65536

int bad_value(const struct parse *p, const char *v)
{
	return bad_text(p->k->type, v);
}

int not_yet(const struct parse *p, const char *what, const char *v)
{
	if (p->c->keeps_unbuilt)
		return 0;
	return err_set(EINVAL, "%s '%s' is not supported by this version", what, shown(v));
}

int put_value(struct parse *p, const char *v)
{
	struct conf_str *s = p->field;

	if (p->k->shape != SHAPE_STR && p->k->shape != SHAPE_NET_STR)
		return put_item(p, v);
	s->v = conf_dup(p->c, v);
	s->at = p->at;
	return s->v ? 0 : -ENOMEM;
}

int put_int(struct parse *p, int64_t v)
{
	*(struct conf_int *)p->field = (struct conf_int){ .v = v, .set = true, .at = p->at };
	return 0;
}

int key_unknown(const char *key, int why)
{
	char buf[KEY_NAME_MAX];
	const char *near = key_nearest(key, buf);

	if (why == -ERANGE)
		return err_set(EINVAL, "bad number of an interface (0 to 2147483646)");
	if (near)
		problem_suggest(near);
	return err_set(EINVAL, "unknown key%s%s%s", near ? " (" : "", near ? near : "",
		       near ? "?)" : "");
}

static int count_setting(struct conf *c)
{
	if (++c->n_settings > SETTINGS_MAX)
		return err_set(EINVAL, "more than %d settings", SETTINGS_MAX);
	return 0;
}

int put_item(struct parse *p, const char *v)
{
	struct conf_list *l = p->field;
	struct conf_item *it;

	if (count_setting(p->c))
		return -EINVAL;
	it = conf_alloc(p->c, sizeof(*it));
	if (!it)
		return -ENOMEM;
	it->at = p->at;
	it->v = conf_dup(p->c, v);
	it->key = p->sub ? conf_dup(p->c, p->sub) : NULL;
	if (!it->v || (p->sub && !it->key))
		return -ENOMEM;
	if (l->last)
		l->last->next = it;
	else
		l->first = it;
	l->last = it;
	return 0;
}

void list_remove(struct conf_list *l, const char *key, const char *v)
{
	struct conf_item **at = &l->first;

	l->last = NULL;
	while (*at) {
		struct conf_item *it = *at;

		if ((!key || str_eq(it->key, key)) && (!v || str_eq(it->v, v))) {
			*at = it->next;
		} else {
			l->last = it;
			at = &it->next;
		}
	}
}

unsigned int list_count(const struct conf_list *l)
{
	const struct conf_item *it;
	unsigned int n = 0;

	for (it = l->first; it; it = it->next)
		n++;
	return n;
}

void conf_reset(struct conf *c, const struct key *k, void *field)
{
	(void)c;
	switch (k->shape) {
	case SHAPE_STR:
	case SHAPE_NET_STR:
		*(struct conf_str *)field = (struct conf_str){ 0 };
		break;
	case SHAPE_INT:
	case SHAPE_NET_INT:
		*(struct conf_int *)field = (struct conf_int){ .v = k->def };
		break;
	case SHAPE_LIST:
	case SHAPE_MAP:
	case SHAPE_NET_LIST:
		*(struct conf_list *)field = (struct conf_list){ 0 };
		break;
	}
}

/* The interface that a key means. Only "type" makes one by an old name; any new name does. */
static int find_net(struct parse *p)
{
	bool is_kind = p->k->type == TYPE_NET_KIND;

	if (!p->is_old) {
		p->net = net_get(p->c, p->index);
		if (!p->net)
			return -EINVAL;
		/* Until its type is read. */
		if (!p->net->at.file)
			p->net->at = p->at;
		return 0;
	}
	/* An old name's number counts those there are; "type" makes the next one in any case. */
	if (is_kind)
		return 0;
	if (p->index >= 0) {
		p->net = net_at(p->c, p->index);
		return p->net ? 0 : err_set(EINVAL, "there is no interface %d yet", p->index);
	}
	p->net = p->c->net_now;
	return p->net ? 0 : err_set(EINVAL, "lxc.network.type must come first");
}

static int find_field(struct parse *p)
{
	int ret;

	switch (p->k->shape) {
	case SHAPE_NONE:
		return 0;
	case SHAPE_NET_STR:
	case SHAPE_NET_INT:
	case SHAPE_NET_LIST:
		ret = find_net(p);
		if (!ret && p->net)
			p->field = (char *)p->net + p->k->offset;
		return ret;
	}
	p->field = (char *)p->c + p->k->offset;
	return 0;
}

static int refuse(const struct key *k)
{
	const char *symbol = str_after(key_built(k), "CFG_");

	if (symbol)
		return err_set(EINVAL, "not in this build (CONFIG_%s is off)", symbol);
	return err_set(EINVAL, "not supported by this version");
}

/* The empty value: back to the default; of a map, one name or all of it. */
static int reset(struct parse *p)
{
	if (p->k->shape == SHAPE_MAP && p->sub)
		list_remove(p->field, p->sub, NULL);
	else if (p->field)
		conf_reset(p->c, p->k, p->field);
	return 0;
}

/* Does the value say what happens without it? Then a key that is not built has nothing to do. */
static bool is_default(const struct parse *p)
{
	const struct conf_int *n = p->field;

	return (p->k->shape == SHAPE_INT || p->k->shape == SHAPE_NET_INT) && n->v == p->k->def;
}

static int assign(struct parse *p, char *v)
{
	const struct type_info *t = &conf_types[p->k->type];
	int ret;

	v = lex_value(v, t->flags);
	/* To reset what is not there is no request. */
	if (!t->parse)
		return *v ? refuse(p->k) : 0;
	ret = find_field(p);
	if (ret)
		return ret;
	if (!*v && !(t->flags & CLEARS))
		return reset(p);
	if (WITH_NET && p->net && net_key_fits(p))
		return -EINVAL;
	if (p->k->shape == SHAPE_MAP) {
		if (!p->sub || !*p->sub)
			return err_set(EINVAL, "the name after the dot is missing");
		if (list_count(p->field) >= MAP_MAX)
			return err_set(EINVAL, "more than %d lines", MAP_MAX);
	}
	ret = t->parse(p, v);
	/* Last, so that a bad value is told as one. */
	return ret || p->k->is_built || p->c->keeps_unbuilt || is_default(p) ? ret : refuse(p->k);
}

int conf_assign(struct conf *c, const char *key, char *value, struct origin at)
{
	struct parse p = { .c = c, .name = key, .at = at };
	struct key_ref ref;
	int ret;

	ret = key_find(key, &ref);
	if (ret)
		return problem_at(key_unknown(key, ret), at, key);
	p.k = ref.k;
	p.sub = ref.sub;
	p.index = ref.index;
	p.is_old = ref.is_old;
	ret = count_setting(c);
	if (!ret)
		ret = assign(&p, value);
	return problem_at(ret, at, key);
}
