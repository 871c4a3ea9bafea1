/* SPDX-License-Identifier: MIT */
/* owns rules of nf_tables(netlink): made as expressions, found and removed by their owner */
/* never touches a rule that does not bear the owner's name in a table of our own */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/netlink.h"
#include "net/nft.h"

/* <linux/netfilter/nf_conntrack_common.h>: the destination was translated. */
#define CT_DST_NAT (1 << 5)
/* nf_tables.h has it since 4.14: what has rules or chains is not deleted; older kernels never do
 * so with a chain. */
#define F_NONREC 0x100
/* <linux/netfilter/nf_tables.h>: 4.10 */
#define FIB_DADDR (1 << 1)
#define FIB_ADDRTYPE 3
/* libnftnl/udata.h */
#define UDATA_COMMENT 0

#define REG1 1
#define REG2 2
#define HEADER_NETWORK 1
#define HEADER_TRANSPORT 2

/* nft's names for the priorities are dstnat and srcnat. */
static const struct {
	char name[12];
	uint8_t hook;
	int8_t priority;
} chains[] = {
	{ "prerouting", NF_INET_PRE_ROUTING, -100 },
	{ "output", NF_INET_LOCAL_OUT, -100 },
	{ "postrouting", NF_INET_POST_ROUTING, 100 },
	/* Before 4.18 answers to what "output" has led away come back by this one. */
	{ "input", NF_INET_LOCAL_IN, 100 },
};
enum { PREROUTING, OUTPUT, POSTROUTING };

/* "localnet-BRIDGE", at raw's priority: before addresses are translated. */
#define GUARD "localnet-"
#define GUARD_PRIORITY -300
#define GUARD_MAX (sizeof(GUARD) + IFNAMSIZ)

static const uint8_t families[] = { AF_INET, AF_INET6 };

bool nft_is_missing(int err)
{
	/* No nfnetlink; no subsystem for a message, for a batch. */
	return err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT || err == -EINVAL ||
	       err == -EOPNOTSUPP;
}

int nft_open(void)
{
	return nl_open(NETLINK_NETFILTER, -1);
}

/* ---- messages ---- */

static void begin(struct nl *m, uint8_t family, uint16_t type, uint16_t flags)
{
	struct nfgenmsg g = { .nfgen_family = family, .version = NFNETLINK_V0 };

	nl_begin(m, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, &g, sizeof(g));
}

static void batch(struct nl *m, uint16_t type)
{
	struct nfgenmsg g = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

	nl_begin(m, type, 0, &g, sizeof(g));
}

static void batch_end(struct nl *m)
{
	struct nlmsghdr *last = m->head;

	batch(m, NFNL_MSG_BATCH_END);
	/* Before 6.10 the end is not answered, so the message before it is asked to be. */
	if (!m->full)
		m->head = last;
}

static void put_data(struct nl *m, uint16_t type, const void *data, size_t n)
{
	uint32_t nest = nl_nest(m, type | NLA_F_NESTED);

	nl_put(m, NFTA_DATA_VALUE, data, n);
	nl_nest_end(m, nest);
}

/*
 * An expression: its attributes from 1 on are n numbers, then data, if any, then as many zero
 * bytes when it is "bitwise", which says what is to be flipped.
 */
static void put_expr(struct nl *m, const char *name, const uint32_t *v, uint16_t n,
		     const void *data, size_t len)
{
	uint32_t elem = nl_nest(m, NFTA_LIST_ELEM | NLA_F_NESTED), body;
	static const uint8_t zero[16];
	uint16_t i;

	nl_put_str(m, NFTA_EXPR_NAME, name);
	body = nl_nest(m, NFTA_EXPR_DATA | NLA_F_NESTED);
	for (i = 0; i < n; i++)
		nl_put_u32(m, i + 1, htonl(v[i]));
	if (len)
		put_data(m, n + 1, data, len);
	if (len && *name == 'b')
		put_data(m, n + 2, zero, len);
	nl_nest_end(m, body);
	nl_nest_end(m, elem);
}

#define EXPR(m, name, data, len, ...) \
	put_expr(m, name, (const uint32_t[]){ __VA_ARGS__ }, \
		 sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), data, len)

/* What is in the first register is that, or is not. */
static void compare(struct nl *m, uint32_t op, const void *data, size_t n)
{
	EXPR(m, "cmp", data, n, REG1, op);
}

static void mask(struct nl *m, const void *bits, uint32_t n)
{
	EXPR(m, "bitwise", bits, n, REG1, REG1, n);
}

static void match_net(struct nl *m, bool is_source, const struct net_addr *net)
{
	uint32_t n = net->size, at = n == 4 ? 12 : 8, i;
	uint8_t bits[16], address[16];

	for (i = 0; i < n; i++) {
		unsigned int left = net->prefix > i * 8 ? net->prefix - i * 8 : 0;

		bits[i] = left < 8 ? (uint8_t)(0xff00 >> left) : 0xff;
		address[i] = net->bytes[i] & bits[i];
	}
	EXPR(m, "payload", NULL, 0, REG1, HEADER_NETWORK, is_source ? at : at + n, n);
	if (net->prefix < n * 8)
		mask(m, bits, n);
	compare(m, NFT_CMP_EQ, address, n);
}

static void match_port(struct nl *m, uint8_t protocol, uint16_t port)
{
	uint16_t wire = htons(port);

	EXPR(m, "meta", NULL, 0, REG1, NFT_META_L4PROTO);
	compare(m, NFT_CMP_EQ, &protocol, sizeof(protocol));
	EXPR(m, "payload", NULL, 0, REG1, HEADER_TRANSPORT, 2, sizeof(wire));
	compare(m, NFT_CMP_EQ, &wire, sizeof(wire));
}

/* ---- rules ---- */

static void put_chain(struct nl *m, uint8_t family, const char *name, const char *type, uint32_t at,
		      int priority)
{
	uint32_t hook;

	begin(m, family, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	nl_put_str(m, NFTA_CHAIN_TABLE, NFT_TABLE);
	nl_put_str(m, NFTA_CHAIN_NAME, name);
	hook = nl_nest(m, NFTA_CHAIN_HOOK | NLA_F_NESTED);
	nl_put_u32(m, NFTA_HOOK_HOOKNUM, htonl(at));
	nl_put_u32(m, NFTA_HOOK_PRIORITY, htonl((uint32_t)priority));
	nl_nest_end(m, hook);
	nl_put_str(m, NFTA_CHAIN_TYPE, type);
}

static void put_chains(struct nl *m, uint8_t family)
{
	unsigned int i;

	begin(m, family, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nl_put_str(m, NFTA_TABLE_NAME, NFT_TABLE);
	for (i = 0; i < ARRAY_SIZE(chains); i++)
		put_chain(m, family, chains[i].name, "nat", chains[i].hook, chains[i].priority);
}

/* Returns the nest that its expressions are in. */
static uint32_t rule_begin(struct nl *m, uint8_t family, const char *chain, const char *owner)
{
	struct {
		uint8_t type, len;
		char text[NAT_OWNER_MAX];
	} comment = { .type = UDATA_COMMENT, .len = (uint8_t)(strlen(owner) + 1) };

	memcpy(comment.text, owner, comment.len);
	begin(m, family, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nl_put_str(m, NFTA_RULE_TABLE, NFT_TABLE);
	nl_put_str(m, NFTA_RULE_CHAIN, chain);
	nl_put(m, NFTA_RULE_USERDATA, &comment, 2u + comment.len);
	return nl_nest(m, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
}

static void match_link(struct nl *m, uint32_t key, uint32_t op, const char *link)
{
	char name[IFNAMSIZ] = "";

	/* All of its bytes, so that no longer name that begins so is meant. */
	str_format(name, sizeof(name), "%s", link);
	EXPR(m, "meta", NULL, 0, REG1, key);
	compare(m, op, name, sizeof(name));
}

static const struct net_addr loopback[] = {
	{ .family = AF_INET, .size = 4, .prefix = 8, .bytes = { 127 } },
	{ .family = AF_INET6, .size = 16, .prefix = 128, .bytes = { [15] = 1 } },
};

static void masquerade(struct nl *m, const char *owner, const struct nat_rule *r)
{
	uint32_t rule = rule_begin(m, r->to.family, chains[POSTROUTING].name, owner);

	match_net(m, true, &r->to);
	match_link(m, NFT_META_OIFNAME, NFT_CMP_NEQ, r->bridge);
	put_expr(m, "masq", NULL, 0, NULL, 0);
	nl_nest_end(m, rule);
}

/* In prerouting what comes from elsewhere, in output what the host itself sends. */
static void lead(struct nl *m, const char *owner, const struct nat_rule *r, unsigned int chain)
{
	uint32_t rule = rule_begin(m, r->to.family, chains[chain].name, owner);
	uint32_t local = RTN_LOCAL;
	uint16_t port = htons(r->port);

	if (r->host.family) {
		match_net(m, false, &r->host);
	} else {
		EXPR(m, "fib", NULL, 0, REG1, FIB_ADDRTYPE, FIB_DADDR);
		compare(m, NFT_CMP_EQ, &local, sizeof(local));
	}
	match_port(m, r->protocol, r->host_port);
	EXPR(m, "immediate", r->to.bytes, r->to.size, REG1);
	EXPR(m, "immediate", &port, sizeof(port), REG2);
	EXPR(m, "nat", NULL, 0, NFT_NAT_DNAT, r->to.family, REG1, REG1, REG2);
	nl_nest_end(m, rule);
}

/*
 * What was led away from and comes from there gets the host's address: the answer of one who can
 * reach the other directly, or has no way back, would not come to us.
 */
static void hairpin(struct nl *m, const char *owner, const struct nat_rule *r,
		    const struct net_addr *from)
{
	uint32_t rule = rule_begin(m, r->to.family, chains[POSTROUTING].name, owner);
	uint32_t is_led = CT_DST_NAT, no = 0;
	struct net_addr to = r->to;

	to.prefix = to.size * 8;
	match_net(m, true, from);
	match_net(m, false, &to);
	match_port(m, r->protocol, r->port);
	EXPR(m, "ct", NULL, 0, REG1, NFT_CT_STATUS);
	mask(m, &is_led, sizeof(is_led));
	compare(m, NFT_CMP_NEQ, &no, sizeof(no));
	put_expr(m, "masq", NULL, 0, NULL, 0);
	nl_nest_end(m, rule);
}

/* The bridge may be about to take packets for 127.0.0.1: none of them is to come from it. */
static void guard(struct nl *m, const char *owner, const char *bridge)
{
	char chain[GUARD_MAX];
	uint32_t rule, elem, body, data, verdict;

	str_format(chain, sizeof(chain), GUARD "%s", bridge);
	put_chain(m, AF_INET, chain, "filter", NF_INET_PRE_ROUTING, GUARD_PRIORITY);
	rule = rule_begin(m, AF_INET, chain, owner);
	match_link(m, NFT_META_IIFNAME, NFT_CMP_EQ, bridge);
	match_net(m, false, &loopback[0]);
	elem = nl_nest(m, NFTA_LIST_ELEM | NLA_F_NESTED);
	nl_put_str(m, NFTA_EXPR_NAME, "immediate");
	body = nl_nest(m, NFTA_EXPR_DATA | NLA_F_NESTED);
	nl_put_u32(m, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	data = nl_nest(m, NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
	verdict = nl_nest(m, NFTA_DATA_VERDICT | NLA_F_NESTED);
	nl_put_u32(m, NFTA_VERDICT_CODE, htonl(NF_DROP));
	nl_nest_end(m, verdict);
	nl_nest_end(m, data);
	nl_nest_end(m, body);
	nl_nest_end(m, elem);
	nl_nest_end(m, rule);
}

static void forward(struct nl *m, const char *owner, const struct nat_rule *r)
{
	lead(m, owner, r, PREROUTING);
	lead(m, owner, r, OUTPUT);
	hairpin(m, owner, r, &r->to);
	hairpin(m, owner, r, &loopback[r->to.family == AF_INET6]);
}

int nft_add(int sock, const char *owner, const struct nat_rule *r, bool guarded)
{
	NL(m, 6144);

	batch(&m, NFNL_MSG_BATCH_BEGIN);
	put_chains(&m, r->to.family);
	if (guarded)
		guard(&m, owner, r->bridge);
	if (r->protocol)
		forward(&m, owner, r);
	else
		masquerade(&m, owner, r);
	batch_end(&m);
	return nl_ask(sock, &m);
}

/* ---- what there is ---- */

struct search {
	const char *owner;
	struct nl *m;		/* the messages that delete; NULL: they are only counted */
	const char *chain;	/* of this one alone; NULL: of all */
	unsigned int found, others;	/* the owner's; with a chain also who else's */
	uint8_t family;
};

static bool is_text(const struct rtattr *a, const char *s)
{
	size_t n = strlen(s) + 1;

	return a && RTA_PAYLOAD(a) >= n && !memcmp(RTA_DATA(a), s, n);
}

static bool is_owned(const struct rtattr *a, const char *owner)
{
	size_t n = strlen(owner) + 1;
	const uint8_t *p = a ? RTA_DATA(a) : NULL;

	return a && RTA_PAYLOAD(a) >= n + 2 && p[0] == UDATA_COMMENT && p[1] == n &&
	       !memcmp(p + 2, owner, n);
}

static int look(const struct nlmsghdr *head, void *arg)
{
	const struct rtattr *a[NFTA_RULE_USERDATA + 1];
	struct search *s = arg;
	const struct rtattr *chain, *handle;

	nl_attrs(head, sizeof(struct nfgenmsg), a, ARRAY_SIZE(a));
	chain = a[NFTA_RULE_CHAIN];
	handle = a[NFTA_RULE_HANDLE];
	if (!is_text(a[NFTA_RULE_TABLE], NFT_TABLE) || !chain || !handle ||
	    (s->chain && !is_text(chain, s->chain)))
		return 0;
	if (!is_owned(a[NFTA_RULE_USERDATA], s->owner)) {
		s->others++;
		return 0;
	}
	s->found++;
	/* Those that there is no room for are for the next time: a dump is heard to its end. */
	if (!s->m || s->m->n + 256 > s->m->room)
		return 0;
	begin(s->m, s->family, NFT_MSG_DELRULE, 0);
	nl_put_str(s->m, NFTA_RULE_TABLE, NFT_TABLE);
	nl_put(s->m, NFTA_RULE_CHAIN, RTA_DATA(chain), RTA_PAYLOAD(chain));
	nl_put(s->m, NFTA_RULE_HANDLE, RTA_DATA(handle), RTA_PAYLOAD(handle));
	return 0;
}

static int search(int sock, struct search *s)
{
	int ret;

	do {
		NL(m, 64);

		begin(&m, s->family, NFT_MSG_GETRULE, NLM_F_DUMP);
		/* Older kernels give all tables'. */
		nl_put_str(&m, NFTA_RULE_TABLE, NFT_TABLE);
		s->found = s->others = 0;
		if (s->m) {
			s->m->n = 0;
			s->m->head = NULL;
			batch(s->m, NFNL_MSG_BATCH_BEGIN);
		}
		ret = nl_list(sock, &m, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, look, s);
	} while (ret == -EINTR);
	return ret == -ENOENT ? 0 : ret;
}

/* ---- guards ---- */

struct guards {
	const char *after;
	char name[GUARD_MAX];	/* of the chain, the first behind that; "": none */
};

static int look_at_chain(const struct nlmsghdr *head, void *arg)
{
	const struct rtattr *a[NFTA_CHAIN_NAME + 1];
	struct guards *g = arg;
	const char *name;

	nl_attrs(head, sizeof(struct nfgenmsg), a, ARRAY_SIZE(a));
	if (!is_text(a[NFTA_CHAIN_TABLE], NFT_TABLE) || !a[NFTA_CHAIN_NAME])
		return 0;
	name = RTA_DATA(a[NFTA_CHAIN_NAME]);
	if (RTA_PAYLOAD(a[NFTA_CHAIN_NAME]) <= GUARD_MAX && str_after(name, GUARD) &&
	    strcmp(name, g->after) > 0 && (!*g->name || strcmp(name, g->name) < 0))
		str_format(g->name, sizeof(g->name), "%s", name);
	return 0;
}

static int next_guard(int sock, struct guards *g)
{
	int ret;

	do {
		NL(m, 64);

		*g->name = '\0';
		begin(&m, AF_INET, NFT_MSG_GETCHAIN, NLM_F_DUMP);
		ret = nl_list(sock, &m, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, look_at_chain,
			      g);
	} while (ret == -EINTR);
	return ret == -ENOENT ? 0 : ret;
}

int nft_each_guard(int sock, const char *owner, nft_guard_fn *each, void *arg)
{
	char after[GUARD_MAX] = "";
	struct guards g = { .after = after };
	int ret;

	while (!(ret = next_guard(sock, &g)) && *g.name) {
		struct search s = { .owner = owner, .chain = g.name, .family = AF_INET };

		ret = search(sock, &s);
		if (!ret)
			ret = each(sock, g.name + strlen(GUARD), s.found, s.others, arg);
		if (ret)
			break;
		memcpy(after, g.name, sizeof(after));
	}
	return ret;
}

static int remove_guard(int sock, const char *bridge, unsigned int own, unsigned int others,
			void *arg)
{
	char chain[GUARD_MAX];
	NL(m, 256);

	if (own || others)
		return 0;
	str_format(chain, sizeof(chain), GUARD "%s", bridge);
	batch(&m, NFNL_MSG_BATCH_BEGIN);
	begin(&m, AF_INET, NFT_MSG_DELCHAIN, F_NONREC);
	nl_put_str(&m, NFTA_CHAIN_TABLE, NFT_TABLE);
	nl_put_str(&m, NFTA_CHAIN_NAME, chain);
	batch_end(&m);
	/* Somebody may have a rule there by now. */
	return nl_try(sock, &m) == -EPERM ? -EPERM : 0;
}

/* ---- removal ---- */

/* As far as they are empty: who has added a rule meanwhile keeps all. */
static void remove_table(int sock, uint8_t family)
{
	unsigned int i;
	NL(m, 512);

	batch(&m, NFNL_MSG_BATCH_BEGIN);
	for (i = 0; i < ARRAY_SIZE(chains); i++) {
		begin(&m, family, NFT_MSG_DELCHAIN, F_NONREC);
		nl_put_str(&m, NFTA_CHAIN_TABLE, NFT_TABLE);
		nl_put_str(&m, NFTA_CHAIN_NAME, chains[i].name);
	}
	begin(&m, family, NFT_MSG_DELTABLE, F_NONREC);
	nl_put_str(&m, NFTA_TABLE_NAME, NFT_TABLE);
	batch_end(&m);
	if (nl_try(sock, &m))
		return;
}

static int remove_of(int sock, uint8_t family, const char *owner)
{
	NL(m, 4096);
	struct search s = { .owner = owner, .m = &m, .family = family };
	int ret;

	while (1) {
		ret = search(sock, &s);
		if (ret || !s.found)
			break;
		batch_end(&m);
		ret = nl_try(sock, &m);
		/* -ENOENT: somebody else has done it. */
		if (ret && ret != -ENOENT)
			break;
	}
	if (!ret && family == AF_INET)
		ret = nft_each_guard(sock, owner, remove_guard, NULL);
	if (!ret)
		remove_table(sock, family);
	return ret;
}

int nft_remove(int sock, const char *owner)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(families) && !ret; i++)
		ret = remove_of(sock, families[i], owner);
	return ret;
}

int nft_count(int sock, const char *owner)
{
	struct search s = { .owner = owner };
	unsigned int i, n = 0;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(families) && !ret; i++) {
		s.family = families[i];
		ret = search(sock, &s);
		n += s.found;
	}
	return ret ? ret : (int)n;
}
