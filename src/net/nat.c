/* SPDX-License-Identifier: MIT */
/* owns which of the kernel's ways translates addresses, and what is said when none does */
/* never makes a rule that matches more than was asked for */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/nat.h"
#include "net/netlink.h"
#include "net/nft.h"

/* ---- the host's addresses, for kernels that do not know by themselves which they are ---- */

struct hosts {
	int sock;
	const char *owner;
	struct nat_rule rule;
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
	return nft_add(h->sock, h->owner, &h->rule);
}

static int add_to_each(int sock, const char *owner, const struct nat_rule *r)
{
	AUTO_FD int route = nl_open(NETLINK_ROUTE, -1);
	struct hosts h = { .sock = sock, .owner = owner, .rule = *r };
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

/* ---- */

static int add(int sock, const char *owner, const struct nat_rule *r)
{
	bool is_any = r->protocol && !r->host.family;
	int ret = nft_add(sock, owner, r);

	if (ret == -ENOENT && is_any) {
		err_clear();
		ret = add_to_each(sock, owner, r);
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

int nat_set(const char *owner, const struct nat_rule *rules, unsigned int n)
{
	AUTO_FD int sock = -1;
	unsigned int i;
	int ret;

	if (strlen(owner) >= NAT_OWNER_MAX)
		return err_set(ENAMETOOLONG, "'%s' is too long", owner);
	ret = nat_remove(owner);
	if (ret || !n)
		return ret;
	sock = nft_open();
	ret = sock < 0 ? sock : 0;
	for (i = 0; i < n && !ret; i++)
		ret = add(sock, owner, &rules[i]);
	if (ret) {
		bool held = err_hold();

		/* That it cannot be is said by the first error. */
		if (nat_remove(owner))
			err_release(held);
		ret = explain(ret);
	}
	return ret;
}

int nat_remove(const char *owner)
{
	bool held = err_hold();
	AUTO_FD int sock = nft_open();
	int ret = sock < 0 ? sock : nft_remove(sock, owner);

	err_release(held);
	return !ret || nft_is_missing(ret) ? 0 : err_code(ret, "cannot remove rules of '%s'", owner);
}

int nat_count(const char *owner)
{
	bool held = err_hold();
	AUTO_FD int sock = nft_open();
	int ret = sock < 0 ? sock : nft_count(sock, owner);

	err_release(held);
	if (ret >= 0 || nft_is_missing(ret))
		return ret < 0 ? 0 : ret;
	return err_code(ret, "cannot list rules of '%s'", owner);
}
