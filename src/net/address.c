/* SPDX-License-Identifier: MIT */
/* owns what interfaces are given: addresses, routes, gateways */
/* never touches a namespace but the socket's, never resolves a name */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/str.h"
#include "net/address.h"
#include "net/net.h"
#include "net/netlink.h"

/* Longest text of an address, of a prefix behind it, of a broadcast address. */
#define TEXT_MAX 80

int net_addr_parse(const char *text, struct net_addr *out)
{
	char buf[TEXT_MAX], *at = buf, *addr, *slash, *broadcast;
	uint32_t host;
	uint64_t bits;

	memset(out, 0, sizeof(*out));
	if (str_format(buf, sizeof(buf), "%s", text) >= sizeof(buf))
		return -EINVAL;
	addr = str_word(&at, " ");
	broadcast = str_word(&at, " ");
	if (!addr)
		return -EINVAL;
	slash = strchr(addr, '/');
	if (slash)
		*slash = '\0';
	out->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	out->size = out->family == AF_INET6 ? 16 : 4;
	bits = out->size * 8U;
	if (inet_pton(out->family, addr, out->bytes) != 1 ||
	    (slash && str_to_u64(slash + 1, bits, &bits)))
		return -EINVAL;
	out->prefix = (uint8_t)bits;
	if (broadcast) {
		if (out->family == AF_INET6 || inet_pton(AF_INET, broadcast, out->broadcast) != 1)
			return -EINVAL;
		return 0;
	}
	if (out->family == AF_INET && bits < 31) {
		memcpy(&host, out->bytes, sizeof(host));
		host |= htonl(0xffffffffU >> bits);
		memcpy(out->broadcast, &host, sizeof(host));
	}
	return 0;
}

int net_addr_add(int sock, int index, const char *text)
{
	struct ifaddrmsg head = { .ifa_index = (uint32_t)index };
	struct net_addr a;
	NL(m, 128);
	int ret = net_addr_parse(text, &a);

	if (ret)
		return err_set(EINVAL, "'%s' is no address", text);
	head.ifa_family = a.family;
	head.ifa_prefixlen = a.prefix;
	nl_begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	nl_put(&m, IFA_LOCAL, a.bytes, a.size);
	nl_put(&m, IFA_ADDRESS, a.bytes, a.size);
	if (memcmp(a.broadcast, "\0\0\0", sizeof(a.broadcast)))
		nl_put(&m, IFA_BROADCAST, a.broadcast, sizeof(a.broadcast));
	ret = nl_ask(sock, &m);
	return ret ? err_in(ret, "cannot add the address '%s'", text) : 0;
}

/* ---- routes ---- */

/* What is the same of all: to (NULL: everywhere) by an interface. */
static void begin_route(struct nl *m, uint16_t type, int family, const struct net_addr *to,
			int index)
{
	struct rtmsg head = {
		.rtm_family = (uint8_t)family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = to ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
		.rtm_dst_len = to ? to->prefix : 0,
	};

	nl_begin(m, type, type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0, &head,
		 sizeof(head));
	if (to)
		nl_put(m, RTA_DST, to->bytes, to->size);
	nl_put_u32(m, RTA_OIF, (uint32_t)index);
}

int net_route_add(int sock, int index, const char *text)
{
	struct net_addr to;
	NL(m, 128);
	int ret;

	if (net_addr_parse(text, &to))
		return err_set(EINVAL, "'%s' is no address", text);
	begin_route(&m, RTM_NEWROUTE, to.family, &to, index);
	ret = nl_ask(sock, &m);
	return ret ? err_in(ret, "cannot add the route to '%s'", text) : 0;
}

int net_route_delete(int sock, int index, const char *text)
{
	struct net_addr to;
	NL(m, 128);
	int ret;

	if (net_addr_parse(text, &to))
		return err_set(EINVAL, "'%s' is no address", text);
	begin_route(&m, RTM_DELROUTE, to.family, &to, index);
	ret = nl_try(sock, &m);
	return !ret || ret == -ESRCH ? 0 : err_code(ret, "cannot remove the route to '%s'", text);
}

static void make_default(struct nl *m, int family, const struct net_addr *by, int index)
{
	begin_route(m, RTM_NEWROUTE, family, NULL, index);
	if (by)
		nl_put(m, RTA_GATEWAY, by->bytes, by->size);
}

int net_gateway_add(int sock, int index, int family, const char *text)
{
	bool is_dev = str_eq(text, "dev");
	struct net_addr by;
	NL(m, 128);
	NL(again, 128);
	int ret;

	if (!is_dev && (net_addr_parse(text, &by) || by.family != family))
		return err_set(EINVAL, "'%s' is no gateway", text);
	make_default(&m, family, is_dev ? NULL : &by, index);
	if (!is_dev) {
		/*
		 * That nothing leads to the gateway is ENETUNREACH of IPv4 and EHOSTUNREACH of
		 * IPv6; EINVAL where something leads there by another interface.
		 */
		ret = nl_try(sock, &m);
		if (ret != -ENETUNREACH && ret != -EHOSTUNREACH && ret != -EINVAL)
			return ret ? err_code(ret, "cannot add the default route by '%s'", text) : 0;
		ret = net_route_add(sock, index, text);
		if (ret)
			return err_in(ret, "nothing leads to the gateway");
		make_default(&again, family, &by, index);
	}
	ret = nl_ask(sock, is_dev ? &m : &again);
	return ret ? err_in(ret, "cannot add the default route by '%s'", text) : 0;
}

/* ---- auto ---- */

struct find {
	int family;
	uint32_t index;
	char *buf;
	bool found;
};

static int take_first(const struct nlmsghdr *m, void *arg)
{
	struct find *f = arg;
	const struct ifaddrmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[IFA_LOCAL + 1], *a;
	size_t size = f->family == AF_INET6 ? 16 : 4;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->ifa_family != f->family ||
	    head->ifa_index != f->index || f->found)
		return 0;
	nl_attrs(m, sizeof(*head), attr, IFA_LOCAL + 1);
	a = attr[IFA_LOCAL] ? attr[IFA_LOCAL] : attr[IFA_ADDRESS];
	if (!a || RTA_PAYLOAD(a) < size)
		return 0;
	net_address_text(f->family, RTA_DATA(a), f->buf);
	/* The list is heard to its end: a socket cannot begin another before that. */
	f->found = true;
	return 0;
}

int net_gateway_find(int sock, int index, const char *link, int family, char *buf)
{
	struct ifaddrmsg head = { .ifa_family = (uint8_t)family };
	struct find f = { .family = family, .index = (uint32_t)index, .buf = buf };
	NL(m, 64);
	int ret;

	nl_begin(&m, RTM_GETADDR, NLM_F_DUMP, &head, sizeof(head));
	ret = nl_list(sock, &m, RTM_NEWADDR, take_first, &f);
	if (ret)
		return err_code(ret, "cannot read the addresses of '%s'", link);
	if (!f.found)
		return err_set(EADDRNOTAVAIL, "'%s' has no IPv%d address that could be the gateway",
			       link, family == AF_INET6 ? 6 : 4);
	return 0;
}
