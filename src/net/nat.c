/* SPDX-License-Identifier: MIT */
/* owns which of the kernel's ways translates addresses, and what is said when none does */
/* never makes a rule that matches more than was asked for */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/iptables.h"
#include "net/nat.h"
#include "net/netlink.h"
#include "net/nft.h"

/* ---- the host's addresses, for kernels that do not know by themselves which they are ---- */

struct hosts {
	int sock;
	const char *owner;
	struct nat_rule rule;
	bool guarded;
};

static int add_address(const struct nlmsghdr *m, void *arg)
{
	const struct ifaddrmsg *a = NLMSG_DATA(m);
	const struct rtattr *at[IFA_LOCAL + 1], *v;
	struct hosts *h = arg;
	size_t n = h->rule.to.size;

	nl_attrs(m, sizeof(*a), at, ARRAY_SIZE(at));
	v = at[IFA_LOCAL] ? at[IFA_LOCAL] : at[IFA_ADDRESS];
	if (!v || RTA_PAYLOAD(v) < n || a->ifa_family != h->rule.to.family)
		return 0;
	memcpy(h->rule.host.bytes, RTA_DATA(v), n);
	h->rule.host.prefix = (uint8_t)(n * 8);
	/* All of 127.0.0.0/8 is the host's. */
	if (n == 4 && h->rule.host.bytes[0] == 127)
		h->rule.host.prefix = 8;
	return nft_add(h->sock, h->owner, &h->rule, h->guarded);
}

static int add_to_each(int sock, const char *owner, const struct nat_rule *r, bool guarded)
{
	AUTO_FD int route = nl_open(NETLINK_ROUTE, -1);
	struct hosts h = { .sock = sock, .owner = owner, .rule = *r, .guarded = guarded };
	struct ifaddrmsg all = { .ifa_family = r->to.family };
	NL(m, 64);
	int ret;

	if (route < 0)
		return route;
	h.rule.host = r->to;
	nl_begin(&m, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
	ret = nl_list(route, &m, RTM_NEWADDR, add_address, &h);
	if (ret && !err_is_set())
		return err_code(ret, "cannot list the addresses of the host");
	return ret;
}

/* ---- beside iptables ---- */

static int is_nat(char *line, void *arg)
{
	(void)arg;
	return str_eq(line, "nat");
}

/* Whether the table is in use in this network namespace; asking loads no module. */
static bool has_iptables(void)
{
	return fd_each_line(AT_FDCWD, "/proc/net/ip_tables_names", is_nat, NULL) > 0;
}

/* Before Linux 4.18 one of nf_tables and iptables translates, who came first; it failed or, before
 * 4.14, did not even say so. */
static bool is_held(void)
{
	const char *at, *end;
	struct utsname u;
	int major, minor;
	char *rest;

	if (uname(&u))
		return false;
	rest = u.release;
	at = str_word(&rest, ".");
	end = rest;
	rest += strspn(rest, "0123456789");
	*rest = '\0';
	if (!at || str_to_int(at, &major) || str_to_int(end, &minor) || major > 4 ||
	    (major == 4 && minor >= 18))
		return false;
	return has_iptables() ||
	       fd_each_line(AT_FDCWD, "/proc/net/ip6_tables_names", is_nat, NULL) > 0;
}

/* ---- 127.0.0.1: net.ipv4.conf.BRIDGE.route_localnet ---- */

/*
 * What the host sends from 127.0.0.1 leaves by a bridge that has it set, and only by such a one.
 * Who is on the bridge could then send to what listens there, so the guard of nft.h comes first and
 * goes last; it is there as long as we have the sysctl set, and not where somebody else has.
 */
#define LOCALNET_MAX 8

static int localnet(const char *bridge, const char *value, char *now)
{
	char path[64];

	/* These two mean other interfaces; no name of one has a slash. */
	if (str_eq(bridge, "all") || str_eq(bridge, "default") || strchr(bridge, '/') ||
	    str_format(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/route_localnet", bridge) >=
		    sizeof(path))
		return -EINVAL;
	if (value)
		return fd_write_file(AT_FDCWD, path, value);
	return fd_read_file(AT_FDCWD, path, now, LOCALNET_MAX) < 0 ? -ENOENT : 0;
}

static int find_guard(int sock, const char *bridge, unsigned int own, unsigned int others,
		      void *arg)
{
	return own + others && str_eq(bridge, arg);
}

/* Whether its bridge is to be guarded, and opened: 1, 0 or -errno with err. */
static int needs_localnet(int sock, const char *owner, const struct nat_rule *r)
{
	char now[LOCALNET_MAX] = "";
	int ret;

	if (!r->protocol || !r->bridge || r->to.family != AF_INET ||
	    (r->host.family && r->host.bytes[0] != 127))
		return 0;
	ret = localnet(r->bridge, NULL, now);
	if (ret)
		return err_set(ENODEV, "cannot read route_localnet of '%s'", r->bridge);
	if (*now == '0')
		return 1;
	ret = nft_each_guard(sock, owner, find_guard, (void *)r->bridge);
	return ret;
}

/* The last one closes it before its rules go. */
static int close_bridge(int sock, const char *bridge, unsigned int own, unsigned int others,
			void *arg)
{
	int ret = own && !others ? localnet(bridge, "0", NULL) : 0;

	return ret == -ENOENT ? 0 : ret;
}

/* ---- */

static int add(int sock, const char *owner, const struct nat_rule *r)
{
	bool is_any = r->protocol && !r->host.family;
	int opens = needs_localnet(sock, owner, r), ret;

	if (opens < 0)
		return opens;
	ret = nft_add(sock, owner, r, opens);
	if (ret == -ENOENT && is_any) {
		err_clear();
		ret = add_to_each(sock, owner, r, opens);
	}
	if (!ret && opens) {
		ret = localnet(r->bridge, "1", NULL);
		if (ret)
			err_code(ret, "cannot set route_localnet of '%s'", r->bridge);
	}
	return ret;
}

static int explain(int ret)
{
	bool is_old = ret == -ENOENT;

	if (!is_old && !nft_is_missing(ret))
		return err_in(ret, "cannot set up address translation");
	err_clear();
	if (is_old)
		return err_set(ENOENT, "cannot set up address translation: the kernel's nf_tables lack "
				       "NFT_NAT, NFT_MASQ or NFT_CT");
	return err_set(EOPNOTSUPP, "cannot set up address translation: the kernel has no nf_tables "
				   "(CONFIG_NF_TABLES, since Linux 3.18)");
}

static int set_nft(const char *owner, const struct nat_rule *rules, unsigned int n)
{
	AUTO_FD int sock = nft_open();
	int ret = sock < 0 ? sock : 0;
	unsigned int i;

	for (i = 0; i < n && !ret; i++)
		ret = add(sock, owner, &rules[i]);
	return ret ? explain(ret) : 0;
}

static int set_iptables(const char *owner, const struct nat_rule *rules, unsigned int n)
{
	int ret = iptables_set(owner, rules, n);

	return ret ? err_in(ret, "cannot set up address translation") : 0;
}

int nat_set(const char *owner, const struct nat_rule *rules, unsigned int n)
{
	bool held = is_held();
	int ret;

	if (strlen(owner) >= NAT_OWNER_MAX)
		return err_set(ENAMETOOLONG, "'%s' is too long", owner);
	ret = nat_remove(owner);
	if (ret || !n)
		return ret;
	if (CFG_NET_IPTABLES && held)
		return set_iptables(owner, rules, n);
	if (held)
		return err_set(EBUSY, "cannot set up address translation: iptable_nat has it, which "
				      "before Linux 4.18 excludes nf_tables");
	ret = set_nft(owner, rules, n);
	if (CFG_NET_IPTABLES && ret == -EOPNOTSUPP) {
		err_clear();
		return set_iptables(owner, rules, n);
	}
	if (ret && nat_remove(owner))
		return err_in(ret, "rules of '%s' stay", owner);
	return ret;
}

int nat_remove(const char *owner)
{
	bool held = err_hold();
	AUTO_FD int sock = nft_open();
	int ret = sock < 0 ? sock : nft_each_guard(sock, owner, close_bridge, NULL);

	if (!ret)
		ret = nft_remove(sock, owner);
	if (nft_is_missing(ret))
		ret = 0;
	if (CFG_NET_IPTABLES && !ret && has_iptables())
		ret = iptables_set(owner, NULL, 0);
	err_release(held);
	return ret ? err_code(ret, "cannot remove rules of '%s'", owner) : 0;
}

int nat_count(const char *owner)
{
	bool held = err_hold();
	AUTO_FD int sock = nft_open();
	int n = sock < 0 ? sock : nft_count(sock, owner), more = 0;

	if (nft_is_missing(n))
		n = 0;
	if (CFG_NET_IPTABLES && n >= 0 && has_iptables())
		more = iptables_count(owner);
	err_release(held);
	n = more < 0 ? more : n < 0 ? n : n + more;
	return n < 0 ? err_code(n, "cannot list rules of '%s'", owner) : n;
}
