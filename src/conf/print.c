/* SPDX-License-Identifier: MIT */
/* owns the way out of single values: as text, as lines of lxc-info -c */
/* never changes a value, never allocates: a monitor answers with it */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

static int int_each(const struct key *k, const struct conf_int *n, value_fn *each, void *arg)
{
	char buf[64];
	bool is_whole;

	switch (k->type) {
	case TYPE_NET_KIND:
		return n->set ? each(arg, n->at, NULL, net_kind_name(n->v)) : 0;
	case TYPE_NET_UP:
		return n->set ? each(arg, n->at, NULL, "up") : 0;
	case TYPE_LEVEL:
		return each(arg, n->at, NULL, log_level_name(n->v));
	case TYPE_VLAN:
	case TYPE_QUEUES:
		if (!n->set)
			return 0;
		break;
	case TYPE_PORT_VLAN:
		if (n->v < 0)
			return n->set ? each(arg, n->at, NULL, "none") : 0;
		break;
	case TYPE_TIME:
		/* As LXC does: seconds, or nanoseconds when they are not whole. */
		is_whole = WITH_TIME && n->v % 1000000000 == 0;
		str_format(buf, sizeof(buf), "%lld%s",
			   (long long)(is_whole ? n->v / 1000000000 : n->v), is_whole ? "s" : "ns");
		return each(arg, n->at, NULL, buf);
	case TYPE_NS:
		return n->set ? each(arg, n->at, NULL, ns_names(n->v, buf, sizeof(buf))) : 0;
	}
	str_format(buf, sizeof(buf), "%lld", (long long)n->v);
	return each(arg, n->at, NULL, buf);
}

int value_each(const struct key *k, const void *field, value_fn *each, void *arg)
{
	const struct conf_str *s = field;
	const struct conf_list *l = field;
	const struct conf_item *it;
	int ret = 0;

	switch (k->shape) {
	case SHAPE_STR:
	case SHAPE_NET_STR:
		return s->v ? each(arg, s->at, NULL, s->v) : 0;
	case SHAPE_INT:
	case SHAPE_NET_INT:
		return int_each(k, field, each, arg);
	case SHAPE_LIST:
	case SHAPE_MAP:
	case SHAPE_NET_LIST:
		for (it = l->first; !ret && it; it = it->next)
			ret = each(arg, it->at, it->key, it->v);
	}
	return ret;
}

bool value_is_set(const struct key *k, const void *field)
{
	switch (k->shape) {
	case SHAPE_STR:
	case SHAPE_NET_STR:
		return ((const struct conf_str *)field)->v;
	case SHAPE_INT:
	case SHAPE_NET_INT:
		return ((const struct conf_int *)field)->set;
	case SHAPE_LIST:
	case SHAPE_MAP:
	case SHAPE_NET_LIST:
		return ((const struct conf_list *)field)->first;
	}
	return false;
}

struct printer {
	struct conf_sink *out;
	bool bare;
	const char *key;	/* as asked for */
	const char *sub;	/* of a map: the one name that is asked for */
	int lines;
};

static int print_line(void *arg, struct origin at, const char *sub, const char *v)
{
	struct printer *p = arg;
	int ret = 0;

	(void)at;
	if (p->sub && !str_eq(p->sub, sub))
		return 0;
	if (p->sub)
		sub = NULL;
	p->lines++;
	/* Without its name no line of a family would say anything: as LXC. */
	if (!p->bare || sub)
		ret = sink_put(p->out, p->key);
	if (!ret && sub)
		ret = sink_put(p->out, ".");
	if (!ret && sub)
		ret = sink_put(p->out, sub);
	if (!ret && (!p->bare || sub))
		ret = sink_put(p->out, " = ");
	if (!ret)
		ret = sink_put(p->out, v);
	return ret ? ret : sink_put(p->out, "\n");
}

/* All that is set of the keys whose names begin with front ("hook.", "net.N."), each with its name. */
static int print_family(struct printer *p, const char *front, const char *shown_front,
			const void *base)
{
	char name[KEY_NAME_MAX + 16];
	const struct key *k;
	int ret = 0;

	p->key = name;
	p->bare = false;
	for (k = conf_keys; !ret && k < conf_keys + conf_keys_count; k++) {
		const char *rest = str_after(key_name(k), front);
		const void *field = (const char *)base + k->offset;

		if (!rest || !value_is_set(k, field))
			continue;
		str_format(name, sizeof(name), "lxc.%s%s", shown_front, rest);
		ret = value_each(k, field, print_line, p);
	}
	return ret;
}

static const struct conf_net *find_net(const struct conf *c, const struct key_ref *ref)
{
	const struct conf_net *n = c->net;
	int position = 0;

	for (; n; n = n->next, position++)
		if (ref->is_old ? position == (ref->index < 0 ? 0 : ref->index)
				: n->index == ref->index)
			break;
	return n;
}

/* What has no value of its own: "net" and "net.N", "hook". */
static int print_group(struct printer *p, const struct conf *c, const struct key_ref *ref)
{
	const struct conf_net *n;
	char front[24];
	int ret = 0;

	if (ref->k->type != TYPE_NET_CLEAR)
		return ref->k->type == TYPE_HOOKS ? print_family(p, "hook.", "hook.", c) : 0;
	if (ref->index < 0) {
		for (n = c->net; !ret && n; n = n->next)
			ret = print_line(p, n->at, NULL, net_kind_name(n->kind.v));
		return ret;
	}
	n = find_net(c, ref);
	if (!n)
		return -ENOENT;
	str_format(front, sizeof(front), "net.%d.", n->index);
	return print_family(p, "net.N.", front, n);
}

int conf_print_to(const struct conf *c, const char *key, bool bare, struct conf_sink *out)
{
	struct printer p = { .out = out, .bare = bare, .key = key };
	struct key_ref ref;
	const void *base = c;
	int ret;

	if (key_find(key, &ref))
		return -ENOENT;
	if (ref.k->shape >= SHAPE_NET_STR && ref.k->shape <= SHAPE_NET_LIST) {
		base = find_net(c, &ref);
		if (!base)
			return -ENOENT;
	}
	p.sub = ref.sub;
	if (ref.k->shape == SHAPE_NONE)
		ret = print_group(&p, c, &ref);
	else
		ret = value_each(ref.k, (const char *)base + ref.k->offset, print_line, &p);
	return ret < 0 ? ret : p.lines;
}

int sink_put(struct conf_sink *s, const char *text)
{
	return s->put(s, text, strlen(text));
}

static int put_fd(struct conf_sink *s, const char *text, size_t n)
{
	struct conf_fd_sink *f = (struct conf_fd_sink *)s;
	int ret = 0;

	if (f->used + n > sizeof(f->buf)) {
		ret = fd_write_all(f->fd, f->buf, f->used);
		f->used = 0;
	}
	if (!ret && n > sizeof(f->buf))
		return fd_write_all(f->fd, text, n);
	memcpy(f->buf + f->used, text, ret ? 0 : n);
	f->used += ret ? 0 : n;
	return ret;
}

void fd_sink_init(struct conf_fd_sink *f, int fd)
{
	f->sink.put = put_fd;
	f->fd = fd;
	f->used = 0;
}

int fd_sink_end(struct conf_fd_sink *f)
{
	return fd_write_all(f->fd, f->buf, f->used);
}

int conf_print(const struct conf *c, const char *key, bool bare, int fd)
{
	struct conf_fd_sink out;
	int lines, ret;

	fd_sink_init(&out, fd);
	lines = conf_print_to(c, key, bare, &out.sink);
	ret = lines < 0 ? lines : fd_sink_end(&out);
	return ret < 0 ? ret : lines;
}
