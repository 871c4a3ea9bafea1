/* SPDX-License-Identifier: MIT */
/* owns what the host answers and routes for containers: proxy entries, sysctls of a device */
/* never sets what holds for more than a container's own device */
#include "net/l2proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>

#include "conf/conf.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "net/address.h"
#include "net/net.h"
#include "net/netlink.h"

#define LOOPBACK_INDEX 1

/* ---- /proc/sys/net ---- */

static const char *setting_path(int family, const char *device, const char *name, char *buf,
				size_t n)
{
	str_format(buf, n, "/proc/sys/net/ipv%d/conf/%s/%s", family == AF_INET ? 4 : 6, device,
		   name);
	return buf;
}

static int is_set(int family, const char *device, const char *name)
{
	char path[96], text[8];

	setting_path(family, device, name, path, sizeof(path));
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) > 0 && *text == '1')
		return 0;
	return err_set(EINVAL, "needs net.ipv%d.conf.%s.%s = 1 on the host",
		       family == AF_INET ? 4 : 6, device, name);
}

static int set(int family, const char *device, const char *name)
{
	char path[96];
	int ret;

	setting_path(family, device, name, path, sizeof(path));
	ret = fd_write_file(AT_FDCWD, path, "1");
	return ret ? err_code(ret, "cannot write '%s'", path) : is_set(family, device, name);
}

int l2proxy_check(const struct conf_net *n, const char *link)
{
	int ret = 0;

	if (n->ipv4.first)
		ret = is_set(AF_INET, link, "forwarding");
	if (!ret && n->ipv6.first)
		ret = is_set(AF_INET6, link, "proxy_ndp");
	if (!ret && n->ipv6.first)
		ret = is_set(AF_INET6, link, "forwarding");
	return ret;
}

/* ---- entries ---- */

static void make_entry(struct nl *m, uint16_t type, uint16_t flags, int link,
		       const struct net_addr *a)
{
	struct ndmsg head = {
		.ndm_family = a->family,
		.ndm_ifindex = link,
		.ndm_flags = NTF_PROXY,
	};

	nl_begin(m, type, flags, &head, sizeof(head));
	if (type != RTM_GETNEIGH)
		nl_put(m, NDA_DST, a->bytes, a->size);
}

struct look {
	const struct net_addr *a;
	int link;
	bool found;
};

static int look_at_entry(const struct nlmsghdr *m, void *arg)
{
	const struct ndmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[NDA_DST + 1], *a;
	struct look *l = arg;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->ndm_family != l->a->family ||
	    head->ndm_ifindex != l->link || !(head->ndm_flags & NTF_PROXY))
		return 0;
	nl_attrs(m, sizeof(*head), attr, NDA_DST + 1);
	a = attr[NDA_DST];
	l->found |= a && RTA_PAYLOAD(a) == l->a->size &&
		    !memcmp(RTA_DATA(a), l->a->bytes, l->a->size);
	return 0;
}

/* The kernel does not say whether it had one. 1, 0, -errno with err. */
static int has_entry(int sock, int link, const struct net_addr *a)
{
	struct look l = { .a = a, .link = link };
	NL(m, 64);
	int ret;

	make_entry(&m, RTM_GETNEIGH, NLM_F_DUMP, link, a);
	ret = nl_list(sock, &m, RTM_NEWNEIGH, look_at_entry, &l);
	return ret ? err_code(ret, "cannot read what is answered on the link") : l.found;
}

static int add_entry(int sock, int link, const struct net_addr *a)
{
	NL(m, 128);

	make_entry(&m, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, link, a);
	return nl_ask(sock, &m);
}

/* The address alone, without what stands behind it. */
static int read_alone(const char *text, struct net_addr *a, char *alone)
{
	if (net_addr_parse(text, a))
		return err_set(EINVAL, "'%s' is no address", text);
	net_address_text(a->family, a->bytes, alone);
	return 0;
}

int l2proxy_is_there(int sock, int link, const char *address)
{
	char alone[NET_ADDRESS_MAX];
	struct net_addr a;
	int ret = read_alone(address, &a, alone);

	return ret ? ret : has_entry(sock, link, &a);
}

int l2proxy_add(int sock, int link, const char *address, bool to_lo)
{
	char alone[NET_ADDRESS_MAX];
	struct net_addr a;
	int ret = read_alone(address, &a, alone);

	if (ret)
		return ret;
	ret = add_entry(sock, link, &a);
	if (ret)
		return err_in(ret, "cannot answer for '%s' on the link", alone);
	return to_lo ? net_route_add(sock, LOOPBACK_INDEX, alone) : 0;
}

int l2proxy_remove(int sock, int link, const char *address, bool to_lo)
{
	char alone[NET_ADDRESS_MAX];
	struct net_addr a;
	NL(m, 128);
	int gone = 0, ret = read_alone(address, &a, alone);

	if (ret)
		return ret;
	if (to_lo)
		gone = net_route_delete(sock, LOOPBACK_INDEX, alone);
	make_entry(&m, RTM_DELNEIGH, 0, link, &a);
	ret = link ? nl_try(sock, &m) : 0;
	/* ENODEV: with the link went what it answered. */
	if (ret && ret != -ENOENT && ret != -ENODEV)
		return err_code(ret, "cannot stop answering for '%s'", alone);
	return gone;
}

/* ---- router mode ---- */

static int set_gateway(int sock, int index, const char *name, int family, const char *gateway)
{
	char alone[NET_ADDRESS_MAX];
	struct net_addr a;
	int ret = 0;

	if (!gateway || str_eq(gateway, "dev"))
		return 0;
	/* Without it the kernel routes no packet of IPv6, whatever a device says. */
	if (family == AF_INET6)
		ret = is_set(family, "all", "forwarding");
	if (!ret)
		ret = set(family, name, "forwarding");
	if (!ret && family == AF_INET6)
		ret = set(family, name, "proxy_ndp");
	if (!ret)
		ret = read_alone(gateway, &a, alone);
	if (ret)
		return ret;
	ret = add_entry(sock, index, &a);
	return ret ? err_in(ret, "cannot answer for the gateway '%s'", alone) : 0;
}

/* Does a line lxc.net.N.veth.ipv4.route say the same? */
static bool is_among(const struct conf_list *routes, const struct net_addr *a)
{
	const struct conf_item *it;
	struct net_addr route;

	for (it = routes->first; it; it = it->next)
		if (!net_addr_parse(it->v, &route) && route.prefix == a->size * 8 &&
		    !memcmp(route.bytes, a->bytes, a->size))
			return true;
	return false;
}

static int add_routes(int sock, int index, const struct conf_list *list,
		      const struct conf_list *routes)
{
	const struct conf_item *it;
	char alone[NET_ADDRESS_MAX];
	struct net_addr a;
	int ret = 0;

	for (it = list->first; !ret && it; it = it->next) {
		ret = read_alone(it->v, &a, alone);
		if (!ret && !is_among(routes, &a))
			ret = net_route_add(sock, index, alone);
	}
	return ret;
}

int router_set(int sock, int index, const char *name, const struct conf_net *n,
	       const char *gateway4, const char *gateway6)
{
	int ret = set_gateway(sock, index, name, AF_INET, gateway4);

	if (!ret)
		ret = set_gateway(sock, index, name, AF_INET6, gateway6);
	if (!ret)
		ret = add_routes(sock, index, &n->ipv4, &n->veth_ipv4_route);
	return ret ? ret : add_routes(sock, index, &n->ipv6, &n->veth_ipv6_route);
}
