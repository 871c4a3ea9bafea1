/* SPDX-License-Identifier: MIT */
/* owns what can only be judged when everything is read */
/* never asks the machine */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

/* b excludes a: the later line is at fault, so it is named first. */
static int exclude(struct origin a, const char *a_name, struct origin b, const char *b_name)
{
	bool is_same = a.file && b.file && str_eq(a.file, b.file);
	char where[ORIGIN_MAX];

	origin_text(b, where);
	return err_set(EINVAL, "%s%s: excludes %s of %s%s%u", where, b_name, a_name,
		       is_same ? "line " : a.file ? a.file : "", is_same ? "" : ":", a.line);
}

/* Where a setting of an interface comes from, NULL: it was not made. */
static const struct origin *origin_of(const struct key *k, const void *field)
{
	const struct conf_str *str = field;
	const struct conf_int *number = field;
	const struct conf_list *list = field;

	switch (k->shape) {
	case SHAPE_NET_STR:
		return str->v ? &str->at : NULL;
	case SHAPE_NET_INT:
		return number->set ? &number->at : NULL;
	case SHAPE_NET_LIST:
		return list->first ? &list->first->at : NULL;
	}
	return NULL;
}

/*
 * No address, link or script acts on an interface that is none: nothing of a file is passed over.
 * "flags = up" is all that kind empty has, and true of the host's network.
 */
static int refuse_unused(const struct conf_net *n)
{
	char where[ORIGIN_MAX];
	const struct key *k;

	if (!CFG_NET_KEYS || (n->kind.v != NET_EMPTY && n->kind.v != NET_NONE))
		return 0;
	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const struct origin *at = origin_of(k, (const char *)n + k->offset);

		if (at && k->type != TYPE_NET_KIND && k->type != TYPE_NET_UP)
			return err_set(EINVAL, "%slxc.net.%d.%s: no effect with kind %s",
				       origin_text(*at, where), n->index,
				       key_name(k) + strlen("net.N."), net_kind_name(n->kind.v));
	}
	return 0;
}

static int check_net(const struct conf_net *n)
{
	bool needs_link = n->kind.v == NET_MACVLAN || n->kind.v == NET_IPVLAN ||
			  n->kind.v == NET_VLAN || n->kind.v == NET_PHYS;
	char where[ORIGIN_MAX];

	origin_text(n->at, where);
	if (!n->kind.set)
		return err_set(EINVAL, "lxc.net.%d: lxc.net.%d.type is missing", n->index,
			       n->index);
	if (CFG_NET_KEYS && needs_link && !n->link.v)
		return err_set(EINVAL, "%slxc.net.%d: lxc.net.%d.link is missing for kind %s",
			       where, n->index, n->index, net_kind_name(n->kind.v));
	if (CFG_NET_KEYS && n->kind.v == NET_VLAN && !n->vlan_id.set)
		return err_set(EINVAL, "%slxc.net.%d: lxc.net.%d.vlan.id is missing", where,
			       n->index, n->index);
	return refuse_unused(n);
}

int conf_check(const struct conf *c)
{
	const struct conf_net *n;
	int ret = 0;

	if (c->cap_drop.first && c->cap_keep.first)
		return exclude(c->cap_drop.first->at, "lxc.cap.drop", c->cap_keep.first->at,
			       "lxc.cap.keep");
	if (c->ns_clone.set && c->ns_keep.set)
		return exclude(c->ns_clone.at, "lxc.namespace.clone", c->ns_keep.at,
			       "lxc.namespace.keep");
	for (n = c->net; !ret && n; n = n->next)
		ret = check_net(n);
	return ret;
}
