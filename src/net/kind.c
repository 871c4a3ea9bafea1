/* SPDX-License-Identifier: MIT */
/* owns the table of the kinds of interfaces and what they have in common */
/* never makes one: the file of its kind does */
#include "net/kind.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "lib/units.h"
#include "net/address.h"
#include "net/l2proxy.h"

/* What addresses that are not asked for begin with; LXC's since 6.0.4. */
static const uint8_t prefix[3] = { 0x10, 0x66, 0x6a };

const struct net_ops *net_ops_of(int kind)
{
#define NET_KIND(id, name, cfg, needs_link, ops) [NET_##id] = (cfg) ? ops : NULL,
	static const struct net_ops *const kinds[] = {
#include "conf/net_kinds.def"
	};
#undef NET_KIND
	return kind > 0 && (size_t)kind < ARRAY_SIZE(kinds) ? kinds[kind] : NULL;
}

/* ---- before anything is made ---- */

int net_random_name(char name[IFNAMSIZ], const char *begin)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned char random[6];
	int ret = sys_random(random, sizeof(random));
	size_t n = str_format(name, IFNAMSIZ, "%s", begin);
	unsigned int i;

	if (ret < 0)
		return err_code(ret, "no random numbers for a name");
	for (i = 0; i < sizeof(random); i++)
		name[n++] = digits[random[i] % (sizeof(digits) - 1)];
	name[n] = '\0';
	return 0;
}

static int set_hwaddr(struct net_iface *i)
{
	uint64_t made = i->seed;
	int ret = 0;

	i->has_hwaddr = i->conf->hwaddr.v || i->conf->kind.v == NET_VETH ||
			i->conf->kind.v == NET_MACVLAN;
	if (i->conf->hwaddr.v) {
		link_hwaddr_parse(i->conf->hwaddr.v, i->hwaddr);
		return 0;
	}
	if (!made)
		ret = sys_random(&made, sizeof(made));
	memcpy(i->hwaddr, &made, sizeof(i->hwaddr));
	memcpy(i->hwaddr, prefix, sizeof(prefix));
	return ret < 0 ? err_code(ret, "no random numbers for a hardware address") : 0;
}

static int set_gateway(struct net_iface *i, int sock, const struct conf_str *v, int family)
{
	char *to = i->gateway[family != AF_INET];

	if (!v->v || !str_eq(v->v, "auto")) {
		str_format(to, NET_ADDRESS_MAX, "%s", v->v ? v->v : "");
		return 0;
	}
	if (!i->link)
		return err_set(EINVAL, "the gateway 'auto' needs lxc.net.%d.link", i->conf->index);
	return net_gateway_find(sock, i->link, i->conf->link.v, family, to);
}

int net_prepare(struct net_iface *i, int sock)
{
	const struct conf_net *n = i->conf;
	uint64_t mtu = 0;
	int ret = 0;

	if (n->name.v)
		str_format(i->name, sizeof(i->name), "%s", n->name.v);
	if (n->mtu.v)
		ret = str_to_u64(n->mtu.v, 65535, &mtu);
	i->mtu = (unsigned int)mtu;
	/* What phys lends may be one of many. */
	if (!ret && n->link.v && !i->link) {
		ret = link_find(sock, n->link.v, NULL);
		i->link = ret;
	}
	if (ret < 0)
		return ret;
	ret = CFG_NET_L2PROXY && n->l2proxy.v ? l2proxy_check(n, n->link.v) : 0;
	if (!ret)
		ret = set_hwaddr(i);
	if (!ret)
		ret = set_gateway(i, sock, &n->ipv4_gateway, AF_INET);
	if (!ret)
		ret = set_gateway(i, sock, &n->ipv6_gateway, AF_INET6);
	return ret || !i->ops->find ? ret : i->ops->find(i, sock);
}

int net_make_of_link(const struct net_iface *i, int sock, int ns, const char *kind,
		     void (*put)(struct nl *m, const void *arg))
{
	const struct link_new l = {
		.kind = kind, .name = i->name, .parent = i->link, .mtu = i->mtu,
		.hwaddr = i->has_hwaddr ? i->hwaddr : NULL, .is_elsewhere = true, .ns = ns,
		.put = put, .arg = i->conf,
	};
	int ret = link_create(sock, &l);

	return ret ? err_in(ret, "cannot make the %s '%s' of '%s'", kind, i->name, i->conf->link.v) :
		     0;
}

/* ---- in the container ---- */

/* What the kernel has taken without a word it may have passed over. */
static int verify(const struct net_iface *i, const struct net_link *l)
{
	char has[18];

	if (i->mtu && l->mtu != i->mtu)
		return err_set(EIO, "the kernel has made the mtu %u in place of %u", l->mtu, i->mtu);
	if (i->has_hwaddr && (!l->has_hwaddr || memcmp(l->hwaddr, i->hwaddr, LINK_HWADDR)))
		return err_set(EIO, "the kernel has made the hardware address %s",
			       link_hwaddr_text(l->hwaddr, has));
	return 0;
}

static int set_addresses(int sock, int index, const struct conf_list *l)
{
	const struct conf_item *it;
	int ret = 0;

	for (it = l->first; !ret && it; it = it->next)
		ret = net_addr_add(sock, index, it->v);
	return ret;
}

int net_set_up(const struct net_iface *i, int sock)
{
	struct net_link l;
	int ret = link_find(sock, i->name, &l);

	if (ret < 0)
		return ret;
	ret = verify(i, &l);
	if (!ret)
		ret = set_addresses(sock, l.index, &i->conf->ipv4);
	if (!ret)
		ret = set_addresses(sock, l.index, &i->conf->ipv6);
	if (!ret && i->conf->up.v) {
		ret = link_set(sock, l.index, &(struct link_change){ .up = 1 });
		if (ret)
			err_in(ret, "cannot set '%s' up", i->name);
	}
	if (!ret && *i->gateway[0])
		ret = net_gateway_add(sock, l.index, AF_INET, i->gateway[0]);
	if (!ret && *i->gateway[1])
		ret = net_gateway_add(sock, l.index, AF_INET6, i->gateway[1]);
	return ret;
}

/* ---- undone ---- */

struct search {
	const struct net_iface *i;
	struct net_link best;
	int points;
};

static int weigh(const struct net_link *l, void *arg)
{
	struct search *s = arg;
	int points = 0;

	/* Of a kind whose names the container can give to others the kind is all that is sure. */
	if (!str_eq(l->kind, s->i->host_kind) || l->index == 1)
		return 0;
	/* Nobody inside can change that. */
	if (s->i->lent == l->index)
		points = 8;
	if (l->has_hwaddr && !memcmp(l->hwaddr, s->i->host_hwaddr, LINK_HWADDR))
		points += 4;
	if (str_eq(l->name, s->i->name))
		points += 2;
	if (str_eq(l->name, s->i->host))
		points += 1;
	if (points <= s->points)
		return 0;
	s->points = points;
	s->best = *l;
	return 0;
}

int net_recognize(const struct net_iface *i, int sock, struct net_link *l)
{
	struct search s = { .i = i };
	int ret = net_each_link(sock, weigh, &s);

	*l = s.best;
	return ret ? ret : s.points > 0;
}

int net_delete_inside(const struct net_iface *i, int sock, int inside)
{
	struct net_link l;
	int ret;

	(void)sock;
	if (inside < 0)
		return 0;
	ret = link_look(inside, i->name, &l);
	/* The namespace's end takes it as well, a little later. */
	if (ret > 0 && l.peer_ns >= 0)
		ret = link_delete(inside, l.index);
	return ret == -ENODEV || ret > 0 ? 0 : ret;
}
