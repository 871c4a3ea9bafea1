/* SPDX-License-Identifier: MIT */
/* owns making the host's network: what there is to be, in its order */
/* never makes what is not in the record before */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/bridge.h"
#include "net/host_internal.h"
#include "net/nat.h"

struct up {
	const struct lxcnet *l;
	int dir, sock;
	const char *bridge;
	struct net_link link; /* of the bridge, once it is there */
};

/* ---- the bridge itself ---- */

static int note_port(const struct net_link *l, void *arg)
{
	const struct up *u = arg;

	return HOST_RECORD(u->dir, "had", l->name);
}

/* One that somebody else has made: it is used, and stays. */
static int use_bridge(struct up *u)
{
	int ret;

	if (!str_eq(u->link.kind, "bridge"))
		return lxcnet_in(
			err_set(EEXIST, "the interface '%s' is there and not a bridge", u->bridge),
			u->l, LXCNET_BRIDGE);
	if (host_record_has(u->dir, "bridge", u->bridge) ||
		host_record_has(u->dir, "found", u->bridge))
		return 0;
	ret = HOST_RECORD(u->dir, "found", u->bridge);
	return ret ? ret : bridge_each_port(u->sock, u->link.index, note_port, u);
}

/*
 * The file's; else that of the uplink, whose network may have a second host with the default; else
 * the default of LXC. Empty: one of its own.
 */
static int choose_mac(const struct up *u, uint8_t *mac)
{
	const char *text = lxcnet_value(u->l, LXCNET_MAC),
		   *uplink = lxcnet_value(u->l, LXCNET_UPLINK);
	struct net_link l;
	int ret;

	if (!*text) {
		ret = sys_random(mac, LINK_HWADDR);
		mac[0] = (uint8_t)((mac[0] & ~1) | 2);
		return ret < 0 ? err_code(ret, "no random numbers") : 0;
	}
	link_hwaddr_parse(text, mac);
	if (u->l->var[LXCNET_MAC].v || !*uplink || link_look(u->sock, uplink, &l) <= 0 ||
		!l.has_hwaddr)
		return 0;
	memcpy(mac, l.hwaddr, LINK_HWADDR);
	return 0;
}

static int make_bridge(struct up *u)
{
	uint8_t mac[LINK_HWADDR];
	char text[18];
	int ret = choose_mac(u, mac);

	if (!ret)
		ret = HOST_RECORD(u->dir, "bridge", u->bridge, link_hwaddr_text(mac, text));
	if (ret)
		return ret;
	ret = link_create(
		u->sock, &(struct link_new){ .kind = "bridge", .name = u->bridge, .hwaddr = mac });
	return ret ? err_in(ret, "cannot make the bridge '%s'", u->bridge) : 0;
}

static int ensure_bridge(struct up *u)
{
	int ret = link_look(u->sock, u->bridge, &u->link);

	if (ret < 0)
		return err_code(ret, "cannot look up the interface '%s'", u->bridge);
	ret = ret ? use_bridge(u) : make_bridge(u);
	if (!ret)
		ret = link_find(u->sock, u->bridge, &u->link);
	return ret < 0 ? ret : 0;
}

static int ensure_mac(struct up *u)
{
	const char *text = lxcnet_value(u->l, LXCNET_MAC);
	uint8_t mac[LINK_HWADDR];
	char was[18];
	int ret;

	/* That of a bridge which was there is nobody's to change unless the file says so. */
	if (!u->l->var[LXCNET_MAC].v || !*text)
		return 0;
	link_hwaddr_parse(text, mac);
	if (!memcmp(mac, u->link.hwaddr, LINK_HWADDR) ||
		host_record_has(u->dir, "bridge", u->bridge))
		return 0;
	ret = HOST_RECORD(u->dir, "mac", link_hwaddr_text(u->link.hwaddr, was));
	if (!ret)
		ret = link_set(u->sock, u->link.index, &(struct link_change){ .hwaddr = mac });
	return ret ? lxcnet_in(ret, u->l, LXCNET_MAC) : 0;
}

/* A container's port takes part at once, not after 15 seconds of listening. */
static int ensure_delay(struct up *u)
{
	int delay = bridge_delay(u->sock, u->bridge), ret;
	char was[16];

	if (delay <= 0)
		return delay;
	str_format(was, sizeof(was), "%d", delay);
	ret = HOST_RECORD(u->dir, "delay", was);
	return ret ? ret : bridge_set_delay(u->sock, u->bridge, 0);
}

static int ensure_promisc(struct up *u)
{
	int is = lxcnet_is_true(u->l, LXCNET_PROMISC) ? link_is_promisc(u->bridge) : 1, ret;

	if (is)
		return is < 0 ? is : 0;
	ret = HOST_RECORD(u->dir, "promisc", u->bridge);
	return ret ? ret : link_set_promisc(u->bridge, true);
}

static int ensure_up(struct up *u)
{
	int ret;

	if (u->link.is_up)
		return 0;
	ret = HOST_RECORD(u->dir, "up", u->bridge);
	if (!ret)
		ret = link_set(u->sock, u->link.index, &(struct link_change){ .up = 1 });
	return ret ? err_in(ret, "cannot bring '%s' up", u->bridge) : 0;
}

/* ---- addresses, routes, settings ---- */

static int ensure_sysctl(struct up *u, const char *path, const char *value)
{
	char was[16];
	ssize_t n = fd_read_file(AT_FDCWD, path, was, sizeof(was));
	int ret;

	if (n < 0)
		return err_code((int)n, "cannot read '%s'", path);
	if (str_eq(str_trim(was), value))
		return 0;
	ret = HOST_RECORD(u->dir, "sysctl", path, was);
	if (!ret) {
		ret = fd_write_file(AT_FDCWD, path, value);
		if (ret)
			return err_code(ret, "cannot write '%s'", path);
	}
	return ret;
}

static int ensure_addr(struct up *u, enum lxcnet_var var, const char *text)
{
	struct net_addr a;
	int ret = net_addr_parse(text, &a);

	if (ret)
		return lxcnet_in(err_set(EINVAL, "'%s' is no address", text), u->l, var);
	ret = link_has_addr(u->sock, u->link.index, a.family, &a);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = HOST_RECORD(u->dir, "addr", text);
	if (!ret)
		ret = net_addr_add(u->sock, u->link.index, text);
	return ret ? lxcnet_in(ret, u->l, var) : 0;
}

static int ensure_ipv4(struct up *u)
{
	const char *addr = lxcnet_value(u->l, LXCNET_ADDR);
	char text[32];

	str_format(text, sizeof(text), "%s/%u", addr, u->l->prefix);
	return *addr ? ensure_addr(u, LXCNET_ADDR, text) : 0;
}

static bool has_ipv6(const struct up *u)
{
	return lxcnet_is_true(u->l, LXCNET_IPV6_ENABLE) && *lxcnet_value(u->l, LXCNET_IPV6_ADDR);
}

static int ensure_ipv6(struct up *u)
{
	/* Without a port the bridge has no carrier, and no duplicate is ever looked for. */
	static const char *const names[] = { "accept_dad", "autoconf" };
	char text[64];
	unsigned int i;
	int ret = 0;

	if (!has_ipv6(u))
		return 0;
	if (access("/proc/sys/net/ipv6", F_OK))
		return lxcnet_in(
			err_set(EAFNOSUPPORT, "the kernel has no IPv6"), u->l, LXCNET_IPV6_ADDR);
	for (i = 0; !ret && i < ARRAY_SIZE(names); i++) {
		str_format(
			text, sizeof(text), "/proc/sys/net/ipv6/conf/%s/%s", u->bridge, names[i]);
		ret = ensure_sysctl(u, text, "0");
	}
	str_format(text, sizeof(text), "%s/%s", lxcnet_value(u->l, LXCNET_IPV6_ADDR),
		lxcnet_value(u->l, LXCNET_IPV6_MASK));
	return ret ? ret : ensure_addr(u, LXCNET_IPV6_ADDR, text);
}

/* Who masquerades has to forward. */
static int ensure_forwarding(struct up *u)
{
	int ret = *u->l->network ? ensure_sysctl(u, "/proc/sys/net/ipv4/ip_forward", "1") : 0;

	if (!ret && has_ipv6(u))
		ret = ensure_sysctl(u, "/proc/sys/net/ipv6/conf/all/forwarding", "1");
	return ret;
}

static int ensure_uplink(struct up *u)
{
	const char *name = lxcnet_value(u->l, LXCNET_UPLINK);
	struct net_link l;
	int ret = *name ? link_find(u->sock, name, &l) : 0;

	if (!*name || ret < 0 || l.master == u->link.index)
		return ret < 0 ? lxcnet_in(ret, u->l, LXCNET_UPLINK) : 0;
	if (l.master)
		return lxcnet_in(
			err_set(EBUSY, "'%s' belongs to another link", name), u->l, LXCNET_UPLINK);
	/* By an address on a port nobody is reached any more: whoever sits at the other end
	 * neither. */
	ret = link_has_addr(u->sock, l.index, AF_INET, NULL);
	if (ret > 0)
		ret = err_set(EADDRINUSE,
			"'%s' has an address, which is to be the bridge's (LXC_ADDR)", name);
	if (!ret)
		ret = HOST_RECORD(u->dir, "port", name, l.is_up ? "up" : "down");
	if (!ret) {
		ret = link_set(u->sock, l.index,
			&(struct link_change){ .master = u->link.index, .up = 1 });
		if (ret)
			err_in(ret, "cannot put '%s' on the bridge", name);
	}
	return ret ? lxcnet_in(ret, u->l, LXCNET_UPLINK) : 0;
}

static int ensure_gateway(struct up *u)
{
	const char *text = lxcnet_value(u->l, LXCNET_GATEWAY);
	struct default_route r;
	uint8_t via[4];
	int ret;

	if (!*text || inet_pton(AF_INET, text, via) != 1)
		return 0;
	ret = route_find_default(u->sock, &r);
	if (ret > 0 && r.index == u->link.index && !memcmp(r.via, via, sizeof(via)))
		return 0;
	if (ret > 0)
		ret = err_set(EEXIST, "there is another default route");
	if (!ret)
		ret = HOST_RECORD(u->dir, "gateway", text);
	if (!ret)
		ret = net_gateway_add(u->sock, u->link.index, AF_INET, text);
	return ret ? lxcnet_in(ret, u->l, LXCNET_GATEWAY) : 0;
}

static int ensure_nat(struct up *u)
{
	bool is_v6 = lxcnet_is_true(u->l, LXCNET_IPV6_NAT) && has_ipv6(u);
	const char *v6 = is_v6 ? lxcnet_value(u->l, LXCNET_IPV6_NETWORK) : "";
	struct nat_rule rules[2];
	unsigned int n = 0;
	int ret = 0;

	memset(rules, 0, sizeof(rules));
	if (*u->l->network)
		ret = net_addr_parse(u->l->network, &rules[n++].to);
	if (!ret && is_v6)
		ret = net_addr_parse(v6, &rules[n++].to);
	if (ret || !n)
		return ret ? err_set(EINVAL, "'%s' is no network", u->l->network) : 0;
	rules[0].bridge = rules[1].bridge = u->bridge;
	if (!host_record_has(u->dir, "nat", HOST_NAT_OWNER))
		ret = HOST_RECORD(u->dir, "nat", HOST_NAT_OWNER, u->l->network, v6);
	if (!ret)
		ret = nat_set(HOST_NAT_OWNER, rules, n);
	return ret ? lxcnet_in(ret, u->l, *u->l->network ? LXCNET_NETWORK : LXCNET_IPV6_NAT) : 0;
}

static int is_server_alive(const char *kind, char **f, void *arg)
{
	(void)arg;
	return str_eq(kind, "server") && host_dhcp_process(f);
}

static int ensure_dhcp(struct up *u)
{
	if (!*lxcnet_value(u->l, LXCNET_DHCP_RANGE) ||
		host_record_each(u->dir, 0, false, is_server_alive, NULL) > 0)
		return 0;
	return host_dhcp_start(u->dir, u->l);
}

/* ---- all of it ---- */

static int (*const steps[])(struct up *u) = {
	ensure_bridge,
	ensure_mac,
	ensure_delay,
	ensure_promisc,
	ensure_ipv4,
	ensure_ipv6,
	ensure_up,
	ensure_uplink,
	ensure_gateway,
	ensure_forwarding,
	ensure_nat,
	ensure_dhcp,
};

/* is_ours: of host_record_is_ours. */
static int begin(int dir, const struct lxcnet *l, int is_ours)
{
	char hash[24], old_hash[24], bridge[IFNAMSIZ];
	int ret;

	str_format(hash, sizeof(hash), "%016llx", (unsigned long long)l->hash);
	if (is_ours < 0)
		return err_set(EBUSY, "the network of another network namespace is up");
	/* Of another boot nothing is left. */
	if (!is_ours) {
		if (host_record_size(dir) && host_record_cut(dir, 0))
			return -EIO;
		ret = host_record_begin(dir);
		return ret ? ret : HOST_RECORD(dir, "config", hash, l->file);
	}
	if ((host_record_get(dir, "bridge", bridge, sizeof(bridge), NULL, 0) ||
		    host_record_get(dir, "found", bridge, sizeof(bridge), NULL, 0)) &&
		!str_eq(bridge, lxcnet_value(l, LXCNET_BRIDGE)))
		return err_set(EBUSY, "the bridge '%s' is up: take it down first", bridge);
	if (host_record_get(dir, "config", old_hash, sizeof(old_hash), NULL, 0) &&
		str_eq(hash, old_hash))
		return 0;
	/* It says something else than what is up: all but the bridge is made anew. */
	ret = host_undo(dir, 0, true);
	if (!ret)
		ret = host_record_keep_bridge(dir);
	return ret ? ret : HOST_RECORD(dir, "config", hash, l->file);
}

/* Takes back what this call made, so far as it can; with the directory when nothing else was up. */
static void give_up(int dir, off_t from, bool is_fresh)
{
	if (host_undo(dir, is_fresh ? 0 : from, false))
		return;
	if (is_fresh)
		host_remove(dir);
	else if (host_record_cut(dir, from))
		return;
}

int host_net_up(int dir, const struct lxcnet *l)
{
	struct up u = { .l = l, .dir = dir, .bridge = lxcnet_value(l, LXCNET_BRIDGE) };
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	int ret = sock < 0 ? sock : host_record_is_ours(dir);
	bool is_fresh = !ret;
	unsigned int i;
	off_t from;

	if (ret != -EXDEV && ret < 0)
		return ret;
	ret = begin(dir, l, ret);
	from = host_record_size(dir);
	u.sock = sock;
	for (i = 0; !ret && i < ARRAY_SIZE(steps); i++)
		ret = steps[i](&u);
	if (!ret && !host_record_has(dir, "done", ""))
		ret = HOST_RECORD(dir, "done", "");
	if (ret)
		give_up(dir, from, is_fresh);
	return ret;
}
