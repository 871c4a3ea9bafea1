/* SPDX-License-Identifier: MIT */
/* owns links: listing, finding, making, changing and moving them, by rtnetlink(7) */
/* never knows what a kind is good for, never believes a message that is not the kernel's */
#include "net/link.h"

#include <errno.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/str.h"

/* ---- what there is ---- */

#define LINK_ATTR_MAX (IFLA_STATS64 > IFLA_LINK_NETNSID ? IFLA_STATS64 : IFLA_LINK_NETNSID)

struct each {
	int (*call)(const struct net_link *l, void *arg);
	void *arg;
};

static void copy_text(char *buf, size_t n, const struct rtattr *a)
{
	str_format(buf, n, "%.*s", a ? (int)RTA_PAYLOAD(a) : 0, a ? (const char *)RTA_DATA(a) : "");
	str_printable(buf);
}

static int take_link(const struct nlmsghdr *m, void *arg)
{
	const struct each *each = arg;
	const struct ifinfomsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[LINK_ATTR_MAX + 1], *info[IFLA_INFO_KIND + 1], *a;
	struct rtnl_link_stats64 stats = { 0 };
	struct net_link link = { .index = head->ifi_index };

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)))
		return 0;
	nl_attrs(m, sizeof(*head), attr, LINK_ATTR_MAX + 1);
	if (!attr[IFLA_IFNAME])
		return 0;
	copy_text(link.name, sizeof(link.name), attr[IFLA_IFNAME]);
	nl_nested(attr[IFLA_LINKINFO], info, IFLA_INFO_KIND + 1);
	copy_text(link.kind, sizeof(link.kind), info[IFLA_INFO_KIND]);
	link.peer = (int)nl_u32(attr[IFLA_LINK], 0);
	link.peer_ns = (int)nl_u32(attr[IFLA_LINK_NETNSID], -1U);
	link.master = (int)nl_u32(attr[IFLA_MASTER], 0);
	link.mtu = nl_u32(attr[IFLA_MTU], 0);
	link.is_up = head->ifi_flags & IFF_UP;
	a = attr[IFLA_ADDRESS];
	link.has_hwaddr = a && RTA_PAYLOAD(a) == LINK_HWADDR;
	if (link.has_hwaddr)
		memcpy(link.hwaddr, RTA_DATA(a), LINK_HWADDR);
	a = attr[IFLA_STATS64];
	if (a)
		memcpy(&stats, RTA_DATA(a),
		       RTA_PAYLOAD(a) < sizeof(stats) ? RTA_PAYLOAD(a) : sizeof(stats));
	link.received = stats.rx_bytes;
	link.sent = stats.tx_bytes;
	return each->call(&link, each->arg);
}

int net_each_link(int sock, int (*each)(const struct net_link *l, void *arg), void *arg)
{
	struct each to = { each, arg };
	NL(m, NLMSG_SPACE(sizeof(struct ifinfomsg)));

	nl_begin(&m, RTM_GETLINK, NLM_F_DUMP, &(struct ifinfomsg){ 0 }, sizeof(struct ifinfomsg));
	return nl_list(sock, &m, RTM_NEWLINK, take_link, &to);
}

static int copy_link(const struct net_link *l, void *arg)
{
	*(struct net_link *)arg = *l;
	return l->index;
}

/* Its index, or -errno. The kernel looks for the name when the index is 0. */
static int get(int sock, int index, const char *name, struct net_link *l)
{
	struct ifinfomsg head = { .ifi_index = index };
	struct net_link unwanted;
	struct each to = { copy_link, l ? l : &unwanted };
	NL(m, 128);
	int ret;

	nl_begin(&m, RTM_GETLINK, 0, &head, sizeof(head));
	if (name)
		nl_put_str(&m, IFLA_IFNAME, name);
	ret = nl_list(sock, &m, RTM_NEWLINK, take_link, &to);
	return ret ? ret : -ENODEV;
}

int link_get(int sock, int index, struct net_link *l)
{
	return get(sock, index, NULL, l);
}

int link_look(int sock, const char *name, struct net_link *l)
{
	int ret = strlen(name) < IFNAMSIZ ? get(sock, 0, name, l) : -ENODEV;

	return ret > 0 ? 1 : ret == -ENODEV ? 0 : ret;
}

int link_find(int sock, const char *name, struct net_link *l)
{
	int ret = strlen(name) < IFNAMSIZ ? get(sock, 0, name, l) : -ENODEV;

	if (ret == -ENODEV)
		return err_set(ENODEV, "there is no interface '%s'", name);
	return ret < 0 ? err_code(ret, "cannot look up the interface '%s'", name) : ret;
}

/* ---- what is made of it ---- */

void link_put(struct nl *m, const struct link_new *l)
{
	if (l->name)
		nl_put_str(m, IFLA_IFNAME, l->name);
	if (l->mtu)
		nl_put_u32(m, IFLA_MTU, l->mtu);
	if (l->hwaddr)
		nl_put(m, IFLA_ADDRESS, l->hwaddr, LINK_HWADDR);
	if (l->rx_queues)
		nl_put_u32(m, IFLA_NUM_RX_QUEUES, l->rx_queues);
	if (l->tx_queues)
		nl_put_u32(m, IFLA_NUM_TX_QUEUES, l->tx_queues);
	if (l->is_elsewhere)
		nl_put_u32(m, IFLA_NET_NS_FD, (uint32_t)l->ns);
}

int link_create(int sock, const struct link_new *l)
{
	uint32_t info, data;
	NL(m, 512);

	nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &(struct ifinfomsg){ 0 },
		 sizeof(struct ifinfomsg));
	link_put(&m, l);
	if (l->parent)
		nl_put_u32(&m, IFLA_LINK, (uint32_t)l->parent);
	info = nl_nest(&m, IFLA_LINKINFO);
	nl_put_str(&m, IFLA_INFO_KIND, l->kind);
	if (l->put) {
		data = nl_nest(&m, IFLA_INFO_DATA);
		l->put(&m, l->arg);
		nl_nest_end(&m, data);
	}
	nl_nest_end(&m, info);
	return nl_ask(sock, &m);
}

int link_set(int sock, int index, const struct link_change *c)
{
	struct ifinfomsg head = { .ifi_index = index };
	NL(m, 256);

	if (c->up) {
		head.ifi_change = IFF_UP;
		head.ifi_flags = c->up > 0 ? IFF_UP : 0;
	}
	nl_begin(&m, RTM_NEWLINK, 0, &head, sizeof(head));
	link_put(&m, &(struct link_new){ .name = c->name, .mtu = c->mtu, .hwaddr = c->hwaddr,
					 .is_elsewhere = c->moves, .ns = c->ns });
	if (c->master)
		nl_put_u32(&m, IFLA_MASTER, c->master > 0 ? (uint32_t)c->master : 0);
	return nl_ask(sock, &m);
}

int link_delete(int sock, int index)
{
	struct ifinfomsg head = { .ifi_index = index };
	NL(m, 64);

	nl_begin(&m, RTM_DELLINK, 0, &head, sizeof(head));
	return nl_ask(sock, &m);
}

int net_link_move(const char *name, int netns, const char *as)
{
	AUTO_FD int sock = -1;
	int ret;

	if (as && strlen(as) >= IFNAMSIZ)
		return err_set(EINVAL, "'%s' is no name of an interface", as);
	sock = nl_open(NETLINK_ROUTE, -1);
	if (sock < 0)
		return sock;
	ret = link_find(sock, name, NULL);
	if (ret < 0)
		return ret;
	ret = link_set(sock, ret, &(struct link_change){ .name = as, .moves = true, .ns = netns });
	return ret ? err_in(ret, "cannot move the interface '%s'", name) : 0;
}

/* ---- hardware addresses ---- */

void link_hwaddr_parse(const char *text, uint8_t hwaddr[LINK_HWADDR])
{
	unsigned int i, digit;

	memset(hwaddr, 0, LINK_HWADDR);
	for (i = 0; text[i] && i < 3 * LINK_HWADDR - 1; i++) {
		digit = (unsigned char)text[i];
		if (digit == ':')
			continue;
		/* 'A' and 'a' are 9 behind '1'; other signs have been refused. */
		digit = (digit & 0xf) + (digit > '9' ? 9 : 0);
		hwaddr[i / 3] = (uint8_t)(hwaddr[i / 3] << 4 | (digit & 0xf));
	}
}

const char *link_hwaddr_text(const uint8_t hwaddr[LINK_HWADDR], char *buf)
{
	str_format(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", hwaddr[0], hwaddr[1], hwaddr[2],
		   hwaddr[3], hwaddr[4], hwaddr[5]);
	return buf;
}
