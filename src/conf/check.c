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

/* What the kinds that are built have nobody for yet: nothing of a file is passed over silently. */
static int refuse_unused(const struct conf_net *n)
{
	const struct conf_str *script = n->script_up.v ? &n->script_up : &n->script_down;
	char where[ORIGIN_MAX];

	if (n->kind.v != NET_EMPTY && n->kind.v != NET_NONE)
		return 0;
	if (script->v)
		return err_set(EINVAL,
			       "%slxc.net.%d.script: not supported by this version for kind %s",
			       origin_text(script->at, where), n->index, net_kind_name(n->kind.v));
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
	if (needs_link && !n->link.v)
		return err_set(EINVAL, "%slxc.net.%d: lxc.net.%d.link is missing for kind %s",
			       where, n->index, n->index, net_kind_name(n->kind.v));
	if (n->kind.v == NET_VLAN && !n->vlan_id.set)
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
