/* SPDX-License-Identifier: MIT */
/* owns the owner's chains in table "nat" of iptables, read and replaced as a whole */
/* never changes a rule of anybody else, nor its counters */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/iptables.h"

/* What iptables(8) locks since 1.4.20. */
#define LOCK "/run/xtables.lock"
/* Somebody without that lock was faster so many times. */
#define TRIES 10

/* "lxcbox-0123456789abcdef-d" */
#define CHAIN_MAX XT_FUNCTION_MAXNAMELEN

struct error_target {
	struct xt_entry_target target;
	char name[XT_FUNCTION_MAXNAMELEN];
};

/* One of ours: rule, head or end of a chain. */
union own {
	struct ipt_entry e;
	_Alignas(8) char room[sizeof(struct ipt_entry) + 256];
};

/* An entry of the table that is being made. */
struct piece {
	const struct ipt_entry *e;
	long old;		/* where it was, -1: it is ours */
	unsigned int index;	/* of its counters */
	unsigned int at;
	int to;			/* ours: it jumps to that piece, -1: nowhere */
};

struct table {
	int sock;
	struct ipt_getinfo info;
	struct ipt_get_entries *had;
	union own *own;
	unsigned int n_own;
	struct piece *p;
	unsigned int n;
	char led[CHAIN_MAX], masked[CHAIN_MAX];
};

/* ---- entries of ours ---- */

static union own *entry_begin(struct table *t)
{
	union own *o = &t->own[t->n_own++];

	memset(o, 0, sizeof(*o));
	o->e.target_offset = sizeof(o->e);
	return o;
}

static void put_match(union own *o, const char *name, uint8_t revision, const void *data, size_t n)
{
	struct xt_entry_match *m = (void *)((char *)&o->e + o->e.target_offset);

	m->u.user.match_size = XT_ALIGN(sizeof(*m) + n);
	m->u.user.revision = revision;
	str_format(m->u.user.name, sizeof(m->u.user.name), "%s", name);
	memcpy(m->data, data, n);
	o->e.target_offset += m->u.user.match_size;
}

static void put_target(union own *o, const char *name, const void *data, size_t n)
{
	struct xt_entry_target *t = (void *)((char *)&o->e + o->e.target_offset);

	t->u.user.target_size = XT_ALIGN(sizeof(*t) + n);
	str_format(t->u.user.name, sizeof(t->u.user.name), "%s", name);
	memcpy(t->data, data, n);
	o->e.next_offset = o->e.target_offset + t->u.user.target_size;
}

static void put_verdict(union own *o, int verdict)
{
	put_target(o, XT_STANDARD_TARGET, &verdict, sizeof(verdict));
}

static void put_translation(union own *o, const char *target, const struct nat_rule *r)
{
	struct nf_nat_ipv4_multi_range_compat range = { .rangesize = 1 };

	if (r) {
		range.range[0].flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
		memcpy(&range.range[0].min_ip, r->to.bytes, 4);
		range.range[0].max_ip = range.range[0].min_ip;
		range.range[0].min.all = range.range[0].max.all = htons(r->port);
	}
	put_target(o, target, &range, sizeof(range));
}

static void match_net(const struct net_addr *a, unsigned int prefix, struct in_addr *address,
		      struct in_addr *mask)
{
	mask->s_addr = prefix ? htonl(0xffffffffU << (32 - prefix)) : 0;
	memcpy(address, a->bytes, 4);
	address->s_addr &= mask->s_addr;
}

static void match_port(union own *o, uint8_t protocol, uint16_t port)
{
	struct xt_tcp tcp = { .spts = { 0, 65535 }, .dpts = { port, port } };
	struct xt_udp udp = { .spts = { 0, 65535 }, .dpts = { port, port } };

	o->e.ip.proto = protocol;
	if (protocol == IPPROTO_TCP)
		put_match(o, "tcp", 0, &tcp, sizeof(tcp));
	else
		put_match(o, "udp", 0, &udp, sizeof(udp));
}

static void put_led(union own *o, const struct nat_rule *r)
{
	struct xt_addrtype_info_v1 local = { .dest = 1 << RTN_LOCAL };

	if (r->host.family)
		match_net(&r->host, r->host.prefix, &o->e.ip.dst, &o->e.ip.dmsk);
	else
		put_match(o, "addrtype", 1, &local, sizeof(local));
	match_port(o, r->protocol, r->host_port);
	put_translation(o, "DNAT", r);
}

/* Masquerading, and the way back of what a container of the same network asks. */
static void put_masked(union own *o, const struct nat_rule *r)
{
	struct ipt_ip *ip = &o->e.ip;

	match_net(&r->to, r->to.prefix, &ip->src, &ip->smsk);
	if (r->protocol) {
		match_net(&r->to, 32, &ip->dst, &ip->dmsk);
		match_port(o, r->protocol, r->port);
	} else {
		str_format(ip->outiface, sizeof(ip->outiface), "%s", r->bridge);
		/* With its NUL: no longer name is meant. */
		memset(ip->outiface_mask, 0xff, strlen(ip->outiface) + 1);
		ip->invflags = IPT_INV_VIA_OUT;
	}
	put_translation(o, "MASQUERADE", NULL);
}

/* ---- the table as it was ---- */

static int load(struct table *t)
{
	struct ipt_getinfo info = { .name = "nat" };
	socklen_t n = sizeof(info);

	if (getsockopt(t->sock, IPPROTO_IP, IPT_SO_GET_INFO, &info, &n))
		return errno == ENOPROTOOPT ? -ENOENT : -errno;
	t->info = info;
	n = sizeof(*t->had) + info.size;
	free(t->had);
	t->had = calloc(1, n);
	if (!t->had)
		return -ENOMEM;
	str_format(t->had->name, sizeof(t->had->name), "nat");
	t->had->size = info.size;
	if (getsockopt(t->sock, IPPROTO_IP, IPT_SO_GET_ENTRIES, t->had, &n))
		return -errno;
	return 0;
}

static const struct ipt_entry *entry_at(const struct table *t, unsigned int at)
{
	return (const void *)((const char *)t->had->entrytable + at);
}

static const struct xt_entry_target *target_of(const struct ipt_entry *e)
{
	return (const void *)((const char *)e + e->target_offset);
}

/* The name of the chain that begins here; NULL: none does. */
static const char *chain_of(const struct ipt_entry *e)
{
	const struct error_target *x = (const void *)target_of(e);

	return str_eq(x->target.u.user.name, XT_ERROR_TARGET) ? x->name : NULL;
}

/* Where it jumps to; -1: a verdict, or not a jump. */
static int jump_of(const struct ipt_entry *e)
{
	const struct xt_standard_target *s = (const void *)target_of(e);

	return *s->target.u.user.name || s->verdict < 0 ? -1 : s->verdict;
}

static bool is_own_chain(const struct table *t, const char *name)
{
	return name && (str_eq(name, t->led) || str_eq(name, t->masked));
}

/* Whether the chain whose first rule is there is one of the owner's. */
static bool leads_to_own(const struct table *t, unsigned int to)
{
	unsigned int at;

	for (at = 0; at < t->info.size; at += entry_at(t, at)->next_offset)
		if (at + entry_at(t, at)->next_offset == to)
			return is_own_chain(t, chain_of(entry_at(t, at)));
	return false;
}

/* ---- the table as it is to be ---- */

static void put_piece(struct table *t, const struct ipt_entry *e, long old, unsigned int index,
		      int to)
{
	t->p[t->n++] = (struct piece){ .e = e, .old = old, .index = index, .to = to };
}

/* A chain of ours; the piece of its first rule. */
static int put_chain(struct table *t, const char *name, const struct nat_rule *rules,
		     unsigned int n, bool is_led)
{
	union own *o = entry_begin(t);
	char text[CHAIN_MAX] = "";
	unsigned int i;
	int first;

	str_format(text, sizeof(text), "%s", name);
	put_target(o, XT_ERROR_TARGET, text, sizeof(text));
	put_piece(t, &o->e, -1, 0, -1);
	first = (int)t->n;
	for (i = 0; i < n; i++) {
		if (is_led && !rules[i].protocol)
			continue;
		o = entry_begin(t);
		if (is_led)
			put_led(o, &rules[i]);
		else
			put_masked(o, &rules[i]);
		put_piece(t, &o->e, -1, 0, -1);
	}
	o = entry_begin(t);
	put_verdict(o, XT_RETURN);
	put_piece(t, &o->e, -1, 0, -1);
	return first;
}

/* Jumps of ours stand before the end of their hook's chain. */
static void put_jump(struct table *t, unsigned int at)
{
	static const struct {
		uint8_t hook;
		bool is_led;
	} hooks[] = {
		{ NF_INET_PRE_ROUTING, true }, { NF_INET_LOCAL_OUT, true },
		{ NF_INET_POST_ROUTING, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		union own *o;

		if (t->info.underflow[hooks[i].hook] != at)
			continue;
		o = entry_begin(t);
		put_verdict(o, 0);
		/* -2, -3: to be led to a chain that is not there yet. */
		put_piece(t, &o->e, -1, 0, hooks[i].is_led ? -2 : -3);
	}
}

static void arrange(struct table *t, const struct nat_rule *rules, unsigned int n)
{
	unsigned int at, index = 0, i;
	int led = -1, masked = -1;
	bool is_own = false;

	t->n = t->n_own = 0;
	for (at = 0; at < t->info.size; at += entry_at(t, at)->next_offset, index++) {
		const struct ipt_entry *e = entry_at(t, at);
		bool is_last = at + e->next_offset >= t->info.size;

		if (chain_of(e))
			is_own = is_own_chain(t, chain_of(e));
		if (is_own || (jump_of(e) >= 0 && leads_to_own(t, (unsigned int)jump_of(e))))
			continue;
		if (n && is_last) {
			led = put_chain(t, t->led, rules, n, true);
			masked = put_chain(t, t->masked, rules, n, false);
		} else if (n) {
			put_jump(t, at);
		}
		put_piece(t, e, (long)at, index, -1);
	}
	for (i = 0, at = 0; i < t->n; i++) {
		if (t->p[i].to < -1)
			t->p[i].to = t->p[i].to == -2 ? led : masked;
		t->p[i].at = at;
		at += t->p[i].e->next_offset;
	}
}

/* Where what was at an offset is now, or what follows it; first: with what of ours is before. */
static unsigned int moved(const struct table *t, unsigned int old, bool first)
{
	unsigned int i;

	for (i = 0; i + 1 < t->n && t->p[i].old < (long)old; i++)
		;
	while (first && i && t->p[i - 1].old < 0)
		i--;
	return t->p[i].at;
}

static void copy_entries(const struct table *t, char *to)
{
	unsigned int i;

	for (i = 0; i < t->n; i++) {
		const struct piece *p = &t->p[i];
		struct ipt_entry *e = (void *)(to + p->at);
		struct xt_standard_target *s;
		int jump;

		memcpy(e, p->e, p->e->next_offset);
		jump = jump_of(e);
		s = (void *)((char *)e + e->target_offset);
		if (p->old < 0 && p->to >= 0)
			s->verdict = (int)t->p[p->to].at;
		else if (p->old >= 0 && jump == p->old + e->next_offset)
			s->verdict = (int)(p->at + e->next_offset);
		else if (p->old >= 0 && jump >= 0)
			s->verdict = (int)moved(t, (unsigned int)jump, false);
	}
}

/* The kernel hands out what was counted and begins anew; what others had it is given back. */
static int give_counters(const struct table *t, const struct xt_counters *had)
{
	size_t size = sizeof(struct xt_counters_info) + t->n * sizeof(*had);
	AUTO_FREE struct xt_counters_info *c = calloc(1, size);
	unsigned int i;

	if (!c)
		return -ENOMEM;
	str_format(c->name, sizeof(c->name), "nat");
	c->num_counters = t->n;
	for (i = 0; i < t->n; i++)
		if (t->p[i].old >= 0)
			c->counters[i] = had[t->p[i].index];
	return setsockopt(t->sock, IPPROTO_IP, IPT_SO_SET_ADD_COUNTERS, c, (socklen_t)size) ?
		       -errno :
		       0;
}

static int replace(const struct table *t)
{
	unsigned int size = t->p[t->n - 1].at + t->p[t->n - 1].e->next_offset, hook;
	AUTO_FREE struct ipt_replace *r = calloc(1, sizeof(*r) + size);
	AUTO_FREE struct xt_counters *had = calloc(t->info.num_entries, sizeof(*had));

	if (!r || !had)
		return -ENOMEM;
	str_format(r->name, sizeof(r->name), "nat");
	r->valid_hooks = t->info.valid_hooks;
	r->num_entries = t->n;
	r->size = size;
	for (hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		if (!(t->info.valid_hooks >> hook & 1))
			continue;
		r->hook_entry[hook] = moved(t, t->info.hook_entry[hook], true);
		r->underflow[hook] = moved(t, t->info.underflow[hook], false);
	}
	r->num_counters = t->info.num_entries;
	r->counters = had;
	copy_entries(t, (char *)r->entries);
	if (setsockopt(t->sock, IPPROTO_IP, IPT_SO_SET_REPLACE, r, (socklen_t)(sizeof(*r) + size)))
		return -errno;
	return give_counters(t, had);
}

/* ---- */

static int table_open(struct table *t, const char *owner)
{
	unsigned long long hash = str_hash(owner);

	*t = (struct table){ .sock = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW) };
	str_format(t->led, sizeof(t->led), "lxcbox-%016llx-d", hash);
	str_format(t->masked, sizeof(t->masked), "lxcbox-%016llx-s", hash);
	return t->sock < 0 ? -errno : load(t);
}

static void table_close(struct table *t)
{
	fd_close(&t->sock);
	free(t->had);
	free(t->own);
	free(t->p);
}

/* -EAGAIN: somebody has changed it since it was read. */
static int change(struct table *t, const struct nat_rule *rules, unsigned int n)
{
	/* Two rules each at most, heads and ends of two chains, three jumps. */
	unsigned int max = 2 * n + 7;

	free(t->own);
	free(t->p);
	t->own = calloc(max, sizeof(*t->own));
	t->p = calloc(t->info.num_entries + max, sizeof(*t->p));
	if (!t->own || !t->p)
		return -ENOMEM;
	arrange(t, rules, n);
	/* Nothing of ours was there, and nothing is to be. */
	return n || t->n != t->info.num_entries ? replace(t) : 0;
}

int iptables_set(const char *owner, const struct nat_rule *rules, unsigned int n)
{
	AUTO_FD int lock = open(LOCK, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	unsigned int i, tries = TRIES;
	struct table t;
	int ret;

	for (i = 0; i < n; i++)
		if (rules[i].to.family != AF_INET)
			return err_set(EAFNOSUPPORT, "IPv6 needs nf_tables");
	/* Without it two may be at it at once, which the kernel mostly notices. */
	if (lock >= 0 && flock(lock, LOCK_EX))
		return err_sys("cannot lock '%s'", LOCK);
	ret = table_open(&t, owner);
	while (!ret && (ret = change(&t, rules, n)) == -EAGAIN && tries--)
		ret = load(&t);
	table_close(&t);
	return ret ? err_code(ret, "iptables") : 0;
}

int iptables_count(const char *owner)
{
	bool is_own = false;
	unsigned int at;
	struct table t;
	int n = 0, ret = table_open(&t, owner);

	for (at = 0; !ret && at < t.info.size; at += entry_at(&t, at)->next_offset) {
		const struct ipt_entry *e = entry_at(&t, at);

		if (chain_of(e))
			is_own = is_own_chain(&t, chain_of(e));
		else
			n += is_own;
	}
	/* Not the ends of the two chains. */
	n = n ? n - 2 : 0;
	table_close(&t);
	return ret ? err_code(ret, "iptables") : n;
}
