/* SPDX-License-Identifier: MIT */
/* owns what can only be judged when everything is read */
/* never asks the machine */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

int conf_report(int ret, struct origin at, const char *key)
{
	return problem_keep(problem_at(ret, at, key));
}

/* One excludes the other: the later line is at fault. */
static int exclude(struct origin a, const char *a_name, struct origin b, const char *b_name)
{
	bool is_same = a.file && b.file && str_eq(a.file, b.file);
	char where[ORIGIN_MAX];
	int ret;

	if (is_same && a.line > b.line)
		return exclude(b, b_name, a, a_name);
	str_format(where, sizeof(where), "%s%s", is_same ? "line" : a.file ? a.file : "-s",
		   is_same ? " " : ":");
	ret = err_set(EINVAL, "excludes %s of %s%u", a_name, str_printable(where), a.line);
	return conf_report(ret, b, b_name);
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
 * "flags = up" and scripts are all that kind empty has; the former is true of the host's network.
 */
static int refuse_unused(const struct conf_net *n)
{
	const struct key *k;
	char key[64];
	int ret = 0;

	if (!CFG_NET_KEYS || (n->kind.v != NET_EMPTY && n->kind.v != NET_NONE))
		return 0;
	for (k = conf_keys; !ret && k < conf_keys + conf_keys_count; k++) {
		const struct origin *at = origin_of(k, (const char *)n + k->offset);

		if (!at || k->type == TYPE_NET_KIND || k->type == TYPE_NET_UP ||
		    (k->type == TYPE_COMMAND && n->kind.v == NET_EMPTY))
			continue;
		str_format(key, sizeof(key), "lxc.net.%d.%s", n->index,
			   key_name(k) + strlen("net.N."));
		ret = conf_report(err_set(EINVAL, "no effect with kind %s", net_kind_name(n->kind.v)),
			     *at, key);
	}
	return ret;
}

/* The line of an interface that comes first in the order of the table. */
static struct origin first_line(const struct conf_net *n)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const struct origin *at = origin_of(k, (const char *)n + k->offset);

		if (at)
			return *at;
	}
	return n->at;
}

/* What is missing may be in a line that was refused, so it is asked for in good files only. */
static int check_complete(const struct conf_net *n)
{
	char key[24];
	int ret = 0;

	str_format(key, sizeof(key), "lxc.net.%d", n->index);
	if (!n->kind.set)
		return conf_report(err_set(EINVAL, "%s.type is missing (%s)", key,
				      type_accepts(TYPE_NET_KIND)),
			      first_line(n), key);
	if (CFG_NET_KEYS && net_kind_needs_link(n->kind.v) && !n->link.v)
		ret = conf_report(err_set(EINVAL, "%s.link is missing for kind %s", key,
				     net_kind_name(n->kind.v)),
			     n->at, key);
	if (!ret && CFG_NET_KEYS && n->kind.v == NET_VLAN && !n->vlan_id.set)
		ret = conf_report(err_set(EINVAL, "%s.vlan.id is missing", key), n->at, key);
	return ret;
}

/* LXC refuses them as well, at the start; without an address nothing reaches a gateway. */
static int check_gateway(const struct conf_net *n, const struct conf_str *gateway,
			 const struct conf_list *addresses, const char *family)
{
	char key[40];
	int ret = 0;

	if (!gateway->v || str_eq(gateway->v, "dev"))
		return 0;
	str_format(key, sizeof(key), "lxc.net.%d.%s.gateway", n->index, family);
	if (!n->up.set)
		ret = conf_report(err_set(EINVAL, "lxc.net.%d.flags = up is missing", n->index),
			     gateway->at, key);
	if (!ret && !addresses->first)
		ret = conf_report(err_set(EINVAL, "lxc.net.%d.%s.address is missing", n->index, family),
			     gateway->at, key);
	return ret;
}

/* VLANs are those of a port, and each is tagged or it is not; LXC refuses them at the start. */
static int check_vlans(const struct conf_net *n)
{
	const struct conf_item *it = n->veth_vlan_tagged_id.first;
	char key[40];
	uint64_t id;

	if (!it && !n->veth_vlan_id.set)
		return 0;
	str_format(key, sizeof(key), "lxc.net.%d.veth.vlan.%sid", n->index, it ? "tagged." : "");
	if (!n->link.v || (n->veth_mode.v && !str_eq(n->veth_mode.v, "bridge")))
		return conf_report(err_set(EINVAL, "only the port of a bridge has VLANs "
						   "(lxc.net.%d.link, mode bridge)", n->index),
				   it ? it->at : n->veth_vlan_id.at, key);
	for (; it; it = it->next)
		if (!str_to_u64(it->v, UINT16_MAX, &id) && (int64_t)id == n->veth_vlan_id.v)
			return conf_report(err_set(EINVAL, "VLAN %s is untagged already", it->v),
					   it->at, key);
	return 0;
}

static int check_l2proxy(const struct conf_net *n)
{
	char key[24];

	if (!n->l2proxy.v)
		return 0;
	str_format(key, sizeof(key), "lxc.net.%d.l2proxy", n->index);
	if (!n->link.v)
		return conf_report(err_set(EINVAL, "lxc.net.%d.link is missing", n->index),
				   n->l2proxy.at, key);
	if (n->kind.v == NET_IPVLAN && !(n->ipvlan_mode.v && str_eq(n->ipvlan_mode.v, "l3s")))
		return conf_report(err_set(EINVAL, "kind ipvlan needs lxc.net.%d.ipvlan.mode = l3s",
					   n->index), n->l2proxy.at, key);
	return 0;
}

static int check_gateways(const struct conf_net *n)
{
	int ret = check_gateway(n, &n->ipv4_gateway, &n->ipv4, "ipv4");

	return ret ? ret : check_gateway(n, &n->ipv6_gateway, &n->ipv6, "ipv6");
}

static bool lies_in(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (!*rest || *rest == '/');
}

/*
 * dir.container and dir.monitor are a pair, and in place of dir. A monitor in a cgroup of its
 * container would die with it of a lack of memory.
 */
static int check_cgroup(const struct conf *c, bool is_good)
{
	static const char keys[2][32] = { "lxc.cgroup.dir.container", "lxc.cgroup.dir.monitor" };
	const struct conf_str *monitor = &c->cgroup_dir_monitor, *inner = &c->cgroup_dir_container;
	const struct conf_str *one = monitor->v ? monitor : inner;
	bool is_monitor = monitor->v;

	if (!one->v)
		return 0;
	if (c->cgroup_dir.v)
		return exclude(c->cgroup_dir.at, "lxc.cgroup.dir", one->at, keys[is_monitor]);
	if (!is_good)
		return 0;
	if (monitor->v && inner->v) {
		if (!lies_in(monitor->v, inner->v))
			return 0;
		return conf_report(err_set(EINVAL, "'%s' lies in the container's '%s'", monitor->v,
					   inner->v), monitor->at, keys[1]);
	}
	return conf_report(err_set(EINVAL, "%s is missing", keys[!is_monitor]), one->at,
		      keys[is_monitor]);
}

static bool overlap(uint32_t a, uint32_t n_a, uint32_t b, uint32_t n_b)
{
	return a < b ? b - a < n_a : a - b < n_b;
}

/* The kernel takes no id twice, on neither side; some have mapped others then (CVE-2018-18955). */
static int check_overlap(const struct conf *c, const struct conf_item *it)
{
	const struct conf_item *before;
	struct id_map a, b;

	conf_id_map(it, &a);
	for (before = c->idmap.first; before != it; before = before->next) {
		conf_id_map(before, &b);
		if (a.is_group == b.is_group &&
		    (overlap(a.inside, a.count, b.inside, b.count) ||
		     overlap(a.outside, a.count, b.outside, b.count)))
			return conf_report(err_set(EINVAL, "'%s' overlaps '%s'", it->v, before->v),
					   it->at, "lxc.idmap");
	}
	return 0;
}

static int check_idmap(const struct conf *c)
{
	unsigned int n[2] = { 0 };
	const struct conf_item *it;
	int ret = 0;

	for (it = c->idmap.first; !ret && it; it = it->next) {
		if (n[*it->v == 'g']++ == ID_MAP_MAX)
			return conf_report(err_set(EINVAL, "more than %d lines", ID_MAP_MAX), it->at,
					   "lxc.idmap");
		ret = check_overlap(c, it);
	}
	return ret;
}

int conf_check(const struct conf *c)
{
	bool is_good = !problems_any();
	const struct conf_net *n;
	/* What conf_load said is in the list already. */
	int ret = conf_defer(0);

	problem_begin();
	if (c->cap_drop.first && c->cap_keep.first)
		ret = exclude(c->cap_drop.first->at, "lxc.cap.drop", c->cap_keep.first->at,
			      "lxc.cap.keep");
	if (!ret && c->ns_clone.set && c->ns_keep.set)
		ret = exclude(c->ns_clone.at, "lxc.namespace.clone", c->ns_keep.at,
			      "lxc.namespace.keep");
	if (!ret && (CFG_CONF_GRAMMAR || CFG_CGROUP_DIRS))
		ret = check_cgroup(c, is_good);
	if (!ret && CFG_IDMAP)
		ret = check_idmap(c);
	for (n = c->net; !ret && n; n = n->next) {
		ret = is_good ? check_complete(n) : 0;
		if (!ret && CFG_NET_KEYS && is_good)
			ret = check_gateways(n);
		if (!ret && (CFG_NET_BRIDGE_VLAN || CFG_CONF_GRAMMAR) && is_good)
			ret = check_vlans(n);
		if (!ret && (CFG_NET_L2PROXY || CFG_CONF_GRAMMAR) && is_good)
			ret = check_l2proxy(n);
		if (!ret)
			ret = refuse_unused(n);
	}
	if (!ret && CFG_NET_FORWARD && is_good)
		ret = net_check_forwards(c);
	/* Enough has been found when it is that. */
	return problems_end(ret == -E2BIG ? 0 : ret, 0);
}
