/* SPDX-License-Identifier: MIT */
/* owns the way out: values as lxc-info -c prints them */
/* never changes a value */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

struct printer {
	int fd;
	bool bare;
	const char *key;	/* as asked for */
	int lines;
};

static int print_line(struct printer *p, const char *sub, const char *v)
{
	AUTO_FREE char *line = NULL;

	p->lines++;
	/* Without its name no line of a family would say anything: as LXC. */
	if (p->bare && !sub)
		line = str_make("%s\n", v);
	else
		line = str_make("%s%s%s = %s\n", p->key, sub ? "." : "", sub ? sub : "", v);
	return line ? fd_write_all(p->fd, line, strlen(line)) : -ENOMEM;
}

static int print_int(struct printer *p, const struct key *k, const struct conf_int *n)
{
	char buf[64];

	switch (k->type) {
	case TYPE_NET_KIND:
		return n->set ? print_line(p, NULL, net_kind_name(n->v)) : 0;
	case TYPE_NET_UP:
		return n->set ? print_line(p, NULL, "up") : 0;
	case TYPE_LEVEL:
		return print_line(p, NULL, log_level_name(n->v));
	case TYPE_NS:
		return n->set ? print_line(p, NULL, ns_names(n->v, buf, sizeof(buf))) : 0;
	}
	str_format(buf, sizeof(buf), "%lld", (long long)n->v);
	return print_line(p, NULL, buf);
}

/* A list by lines; of a map the family, or one name of it. */
static int print_list(struct printer *p, const struct conf_list *l, const char *sub)
{
	const struct conf_item *it;
	int ret = 0;

	for (it = l->first; !ret && it; it = it->next)
		if (!sub || str_eq(it->key, sub))
			ret = print_line(p, sub ? NULL : it->key, it->v);
	return ret;
}

int conf_print(const struct conf *c, const char *key, bool bare, int fd)
{
	struct printer p = { .fd = fd, .bare = bare, .key = key };
	const struct conf_net *n = c->net;
	const struct conf_str *s;
	struct key_ref ref;
	const void *base = c;
	int ret = 0;

	if (key_find(key, &ref))
		return -ENOENT;
	if (ref.k->shape >= SHAPE_NET_STR && ref.k->shape <= SHAPE_NET_LIST) {
		int position = 0;

		for (; n; n = n->next, position++)
			if (ref.is_old ? position == (ref.index < 0 ? 0 : ref.index)
				       : n->index == ref.index)
				break;
		if (!n)
			return -ENOENT;
		base = n;
	}
	base = (const char *)base + ref.k->offset;
	switch (ref.k->shape) {
	case SHAPE_STR:
	case SHAPE_NET_STR:
		s = base;
		if (s->v)
			ret = print_line(&p, NULL, s->v);
		break;
	case SHAPE_INT:
	case SHAPE_NET_INT:
		ret = print_int(&p, ref.k, base);
		break;
	case SHAPE_LIST:
	case SHAPE_MAP:
	case SHAPE_NET_LIST:
		ret = print_list(&p, base, ref.sub);
		break;
	}
	return ret < 0 ? ret : p.lines;
}
