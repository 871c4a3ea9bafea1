/* SPDX-License-Identifier: MIT */
/* owns pairs of veth: one end in the container, the other on the host, on a bridge */
/* never deletes a link that is not the end which it has made */
#include <errno.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/address.h"
#include "net/bridge_vlan.h"
#include "net/kind.h"

static bool is_router(const struct conf_net *n)
{
	return n->veth_mode.v && str_eq(n->veth_mode.v, "router");
}

/* A name that is our own choice is told by lxc-info -c as if it had been asked for. */
static bool is_chosen(const struct conf_net *n)
{
	return !n->veth_pair.v || n->veth_pair.v == n->veth_made;
}

static int choose(struct net_iface *i)
{
	int ret = net_random_name(i->conf->veth_made, "veth");

	i->conf->veth_pair.v = i->conf->veth_made;
	return ret;
}

static int find(struct net_iface *i, int sock)
{
	struct net_link bridge;
	int ret;

	/* A bridge takes the least address of its ports for its own: this end's is among the
	 * greatest, as LXC has it. */
	ret = sys_random(i->host_hwaddr, sizeof(i->host_hwaddr));
	if (ret < 0)
		return err_code(ret, "no random numbers for a hardware address");
	i->host_hwaddr[0] = 0xfe;
	str_format(i->host_kind, sizeof(i->host_kind), "veth");
	ret = is_chosen(i->conf) ? choose(i) : 0;
	str_format(i->host, sizeof(i->host), "%s", i->conf->veth_pair.v);
	if (ret || !i->link || is_router(i->conf))
		return ret;
	ret = link_find(sock, i->conf->link.v, &bridge);
	if (ret < 0)
		return ret;
	if (!str_eq(bridge.kind, "bridge"))
		return err_set(EINVAL, "'%s' is not a bridge", i->conf->link.v);
	if (!i->mtu)
		i->mtu = bridge.mtu;
	return 0;
}

struct peer {
	const struct net_iface *i;
	struct link_new l;
};

static void put_peer(struct nl *m, const void *arg)
{
	const struct peer *p = arg;
	uint32_t nest = nl_nest(m, VETH_INFO_PEER);

	nl_put_raw(m, &(struct ifinfomsg){ 0 }, sizeof(struct ifinfomsg));
	link_put(m, &p->l);
	nl_nest_end(m, nest);
}

/* Both ends at once, each where it belongs: the container's is never seen on the host. */
static int make_pair(const struct net_iface *i, int sock, int ns)
{
	const struct conf_net *n = i->conf;
	struct link_new l = {
		.kind = "veth", .name = i->host, .mtu = i->mtu, .hwaddr = i->host_hwaddr,
		.rx_queues = (unsigned int)n->veth_n_rxqueues.v,
		.tx_queues = (unsigned int)n->veth_n_txqueues.v,
		.put = put_peer,
	};
	struct peer peer = { .i = i, .l = l };

	l.arg = &peer;
	peer.l.name = i->name;
	peer.l.hwaddr = i->hwaddr;
	peer.l.is_elsewhere = true;
	peer.l.ns = ns;
	return link_create(sock, &l);
}

/* What leads to the container from the host. */
static int add_routes(int sock, int index, const struct conf_list *l)
{
	const struct conf_item *it;
	int ret = 0;

	for (it = l->first; !ret && it; it = it->next)
		ret = net_route_add(sock, index, it->v);
	return ret;
}

static int join(const struct net_iface *i, int sock)
{
	const struct conf_net *n = i->conf;
	int index = link_find(sock, i->host, NULL), ret;
	struct link_change c = { .up = 1 };
	bool has_vlans = CFG_NET_BRIDGE_VLAN && bridge_vlan_is_set(n);

	if (index < 0)
		return index;
	if (!is_router(n))
		c.master = i->link;
	/* Not one packet of it is to go into another VLAN. */
	if (has_vlans)
		c.up = 0;
	ret = link_set(sock, index, &c);
	if (!ret && has_vlans) {
		ret = bridge_vlan_set(sock, index, n->link.v, n);
		if (ret)
			return ret;
		ret = link_set(sock, index, &(struct link_change){ .up = 1 });
	} else if (ret && c.master)
		return err_in(ret, "cannot join '%s' to the bridge '%s'", i->host, n->link.v);
	if (ret)
		return err_in(ret, "cannot set '%s' up", i->host);
	ret = add_routes(sock, index, &n->veth_ipv4_route);
	return ret ? ret : add_routes(sock, index, &n->veth_ipv6_route);
}

static int make(struct net_iface *i, int sock, int ns)
{
	bool held = err_hold();
	int ret = make_pair(i, sock, ns);

	if (ret == -EEXIST && is_chosen(i->conf)) {
		err_release(held);
		ret = choose(i);
		str_format(i->host, sizeof(i->host), "%s", i->conf->veth_made);
		return ret ? ret : -EEXIST;
	}
	return ret ? err_in(ret, "cannot make the pair '%s' and '%s'", i->host, i->name) :
		     join(i, sock);
}

/* The name may be another's by now, and ours another name. */
static int undo(const struct net_iface *i, int sock, int inside)
{
	struct net_link l;
	int ret = net_recognize(i, sock, &l);

	(void)inside;
	if (ret <= 0 || !l.has_hwaddr || memcmp(l.hwaddr, i->host_hwaddr, LINK_HWADDR))
		return ret < 0 ? ret : 0;
	ret = link_delete(sock, l.index);
	/* Its namespace's end may have been faster. */
	return ret == -ENODEV ? 0 : ret;
}

const struct net_ops net_veth = { .find = find, .make = make, .undo = undo };
