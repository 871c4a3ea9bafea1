/* SPDX-License-Identifier: MIT */
/* owns the list of interfaces and the types of their values */
/* never asks the kernel whether an interface is there */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"
#include "lib/sys.h"

/* More are no configuration, and finding one among them would take for ever. */
#define NETS_MAX 1024

/* By their numbers. symbol: "CFG_X", or "1" of those that every build has. */
#define NET_KIND(id, name, cfg, needs_link, ops) \
	[NET_##id] = { #name, #cfg, needs_link, cfg },
static const struct {
	char name[8], symbol[16];
	bool needs_link, is_built;
} kinds[] = {
#include "conf/net_kinds.def"
};
#undef NET_KIND

int net_kind_parse(const char *s)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kinds[i].name, s))
			return (int)i;
	return -EINVAL;
}

const char *net_kind_name(int64_t kind)
{
	return kind > 0 && kind < (int64_t)ARRAY_SIZE(kinds) ? kinds[kind].name : "";
}

bool net_kind_needs_link(int64_t kind)
{
	return kind > 0 && kind < (int64_t)ARRAY_SIZE(kinds) && kinds[kind].needs_link;
}

static int refuse_kind(const struct parse *p, int kind)
{
	const char *symbol = str_after(kinds[kind].symbol, "CFG_");

	if (!symbol || kinds[kind].is_built || p->c->keeps_unbuilt)
		return 0;
	return err_set(EINVAL, "kind %s is not in this build (CONFIG_%s is off)", kinds[kind].name,
		       symbol);
}

int net_key_fits(const struct parse *p)
{
	const char *tail = key_name(p->k) + strlen("net.N.");
	size_t n = strcspn(tail, ".");
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(kinds); i++)
		if (tail[n] && strlen(kinds[i].name) == n && !strncmp(kinds[i].name, tail, n))
			break;
	/* An unknown kind was complained of already. */
	if (i == ARRAY_SIZE(kinds) || p->net->kind.v == i || p->net->kind.v < 0)
		return 0;
	if (!p->net->kind.set)
		return err_set(EINVAL, "lxc.net.%d.type must come first", p->net->index);
	return err_set(EINVAL, "kind %s has no such key, only %s has", net_kind_name(p->net->kind.v),
		       kinds[i].name);
}

static void set_defaults(struct conf *c, struct conf_net *n)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++)
		if (k->shape >= SHAPE_NET_STR && k->shape <= SHAPE_NET_LIST)
			conf_reset(c, k, (char *)n + k->offset);
}

static struct conf_net *insert(struct conf *c, struct conf_net **at, int index)
{
	struct conf_net *n;

	if (c->n_net >= NETS_MAX) {
		err_set(EINVAL, "more than %d interfaces", NETS_MAX);
		return NULL;
	}
	n = conf_alloc(c, sizeof(*n));
	if (!n)
		return NULL;
	set_defaults(c, n);
	n->index = index;
	n->next = *at;
	*at = n;
	c->n_net++;
	c->net_now = n;
	return n;
}

struct conf_net *net_get(struct conf *c, int index)
{
	struct conf_net **at = &c->net;

	/* Lines of one interface follow each other. */
	if (c->net_now && c->net_now->index == index)
		return c->net_now;
	while (*at && (*at)->index < index)
		at = &(*at)->next;
	if (!*at || (*at)->index != index)
		return insert(c, at, index);
	c->net_now = *at;
	return *at;
}

struct conf_net *net_append(struct conf *c)
{
	struct conf_net **at = &c->net;
	int index = 0;

	for (; *at; at = &(*at)->next)
		index = (*at)->index + 1;
	if (index == INT_MAX) {
		err_set(EINVAL, "the greatest number of an interface is in use");
		return NULL;
	}
	return insert(c, at, index);
}

struct conf_net *net_at(struct conf *c, int position)
{
	struct conf_net *n;

	for (n = c->net; n && position; n = n->next)
		position--;
	return n;
}

void net_remove(struct conf *c, int index)
{
	struct conf_net **at;

	for (at = &c->net; *at; at = &(*at)->next) {
		if ((*at)->index != index)
			continue;
		*at = (*at)->next;
		break;
	}
	for (c->net_now = c->net; c->net_now && c->net_now->next; c->net_now = c->net_now->next)
		;
}

void net_clear_all(struct conf *c)
{
	c->net = c->net_now = NULL;
}

int parse_net_clear(struct parse *p, char *v)
{
	struct conf_net *n;

	if (*v)
		return bad_value(p, v);
	if (p->index < 0) {
		net_clear_all(p->c);
	} else if (!p->is_old) {
		net_remove(p->c, p->index);
	} else {
		n = net_at(p->c, p->index);
		if (n)
			net_remove(p->c, n->index);
	}
	return 0;
}

int parse_net_kind(struct parse *p, char *v)
{
	int kind = net_kind_parse(v);

	if (!*v) {
		/* By the old name every interface goes, by the new one this one's type. */
		if (p->is_old)
			net_clear_all(p->c);
		else
			conf_reset(p->c, p->k, p->field);
		return 0;
	}
	if (p->is_old) {
		p->net = net_append(p->c);
		if (!p->net)
			return -EINVAL;
		p->field = &p->net->kind;
	}
	/* A second type starts the interface anew, as in LXC. */
	if (p->net->kind.set)
		set_defaults(p->c, p->net);
	p->net->at = p->at;
	put_int(p, kind);
	/* Refused last, so that the lines that follow do not add to the complaint. */
	if (kind < 0)
		return unknown_word("kind", v, type_accepts(TYPE_NET_KIND));
	return refuse_kind(p, kind);
}

int parse_net_up(struct parse *p, char *v)
{
	/* LXC takes any word, "down" included, for up. */
	return str_eq(v, "up") ? put_int(p, 1) : bad_value(p, v);
}

int parse_ifname(struct parse *p, char *v)
{
	const char *s;

	/* dev_valid_name() in net/core/dev.c; ':' would be an alias. */
	for (s = v; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '/' || *s == ':')
			return bad_value(p, v);
	if (strlen(v) > 15 || str_eq(v, ".") || str_eq(v, ".."))
		return bad_value(p, v);
	return put_value(p, v);
}

static bool is_hex(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F');
}

int hwaddr_fill(char *v)
{
	unsigned char random[17];
	int ret = sys_random(random, sizeof(random));
	unsigned int i;

	if (ret < 0)
		return err_code(ret, "no random numbers for '%.17s'", v);
	for (i = 0; i < 17; i++)
		if (v[i] == 'x' || v[i] == 'X')
			v[i] = "0123456789abcdef"[random[i] & (i == 1 ? 14 : 15)];
	return 0;
}

int parse_hwaddr(struct parse *p, char *v)
{
	unsigned int i;

	if (strlen(v) != 17)
		return bad_value(p, v);
	for (i = 0; i < 17; i++) {
		bool ok = i % 3 == 2 ? v[i] == ':' : is_hex(v[i]) || v[i] == 'x' || v[i] == 'X';

		/* An odd second digit is a group's address. */
		if (!ok || (i == 1 && is_hex(v[i]) && !strchr("02468aceACE", v[i])))
			return bad_value(p, v);
	}
	if (strpbrk(v, "xX") && !p->c->keeps_unbuilt && hwaddr_fill(v))
		return -EINVAL;
	return put_value(p, v);
}

static bool is_address(int family, const char *s)
{
	unsigned char bytes[16];

	return inet_pton(family, s, bytes) == 1;
}

/* What an IPv4 address without a prefix length had before 1993, and has in LXC. */
static unsigned int class_prefix(const char *addr)
{
	unsigned char bytes[4] = { 0 };

	if (inet_pton(AF_INET, addr, bytes) != 1 || bytes[0] >= 224)
		return 32;
	return bytes[0] < 128 ? 8 : bytes[0] < 192 ? 16 : 24;
}

/* Kept as "ADDRESS/PREFIX[ BROADCAST]": whoever reads it does not guess. */
int parse_addr(struct parse *p, char *v)
{
	bool is_v4 = p->k->type == TYPE_ADDR4 || p->k->type == TYPE_ROUTE4;
	bool is_route = p->k->type == TYPE_ROUTE4 || p->k->type == TYPE_ROUTE6;
	int family = is_v4 ? AF_INET : AF_INET6;
	char *copy = conf_dup(p->c, v), *at = copy, *addr, *broadcast, *slash, buf[80];
	uint64_t bits = 64;

	if (!copy)
		return -ENOMEM;
	addr = str_word(&at, " \t");
	broadcast = str_word(&at, " \t");
	slash = strchr(addr, '/');
	if (slash) {
		*slash = '\0';
		if (str_to_u64(slash + 1, is_v4 ? 32 : 128, &bits))
			return bad_value(p, v);
	} else if (is_v4) {
		bits = class_prefix(addr);
	}
	if (!is_address(family, addr) || str_word(&at, " \t") || (is_route && !slash))
		return bad_value(p, v);
	if (broadcast && (p->k->type != TYPE_ADDR4 || !is_address(family, broadcast)))
		return bad_value(p, v);
	str_format(buf, sizeof(buf), "%s/%u%s%s", addr, (unsigned int)bits, broadcast ? " " : "",
		   broadcast ? broadcast : "");
	return put_item(p, buf);
}

int parse_gateway(struct parse *p, char *v)
{
	if (!str_eq(v, "auto") && !str_eq(v, "dev") &&
	    !is_address(p->k->type == TYPE_GATEWAY4 ? AF_INET : AF_INET6, v))
		return bad_value(p, v);
	return put_value(p, v);
}

/* ---- of the host's bridge (lxcnet.h) ---- */

static bool is_v6(const struct parse *p)
{
	return p->k->type == TYPE_IP6 || p->k->type == TYPE_SUBNET6;
}

bool ip_parse(bool v6, const char *s, uint8_t *out)
{
	return inet_pton(v6 ? AF_INET6 : AF_INET, s, out) == 1;
}

int parse_ip(struct parse *p, char *v)
{
	uint8_t ip[16];

	return ip_parse(is_v6(p), v, ip) ? put_value(p, v) : bad_value(p, v);
}

int ip_mask_bits(const char *v)
{
	uint32_t mask;
	uint8_t ip[16];
	int bits = 32;

	if (!ip_parse(false, v, ip))
		return -EINVAL;
	memcpy(&mask, ip, sizeof(mask));
	mask = ~ntohl(mask);
	if (mask & (mask + 1))
		return -EINVAL;
	for (; mask; mask >>= 1)
		bits--;
	return bits;
}

int parse_netmask(struct parse *p, char *v)
{
	return ip_mask_bits(v) < 0 ? bad_value(p, v) : put_value(p, v);
}

bool ip_cut(uint8_t *ip, unsigned int bytes, unsigned int bits)
{
	bool was_clear = true;
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		unsigned int keep = bits > 8 * i ? bits - 8 * i : 0;
		uint8_t cut = keep >= 8 ? ip[i] : ip[i] & (uint8_t)(0xff00 >> keep);

		was_clear &= cut == ip[i];
		ip[i] = cut;
	}
	return was_clear;
}

bool ip_subnet(bool v6, const char *v, uint8_t *ip, unsigned int *bits)
{
	const char *slash = strchr(v, '/');
	char addr[INET6_ADDRSTRLEN];
	uint64_t n;

	if (!slash || (size_t)(slash - v) >= sizeof(addr) ||
	    str_to_u64(slash + 1, v6 ? 128 : 32, &n))
		return false;
	str_format(addr, sizeof(addr), "%.*s", (int)(slash - v), v);
	*bits = (unsigned int)n;
	return ip_parse(v6, addr, ip);
}

int parse_subnet(struct parse *p, char *v)
{
	unsigned int bits;
	uint8_t ip[16];

	if (!ip_subnet(is_v6(p), v, ip, &bits))
		return bad_value(p, v);
	if (!ip_cut(ip, is_v6(p) ? 16 : 4, bits))
		return err_set(EINVAL, "'%s' is an address in a network, not the network", shown(v));
	return put_value(p, v);
}

int parse_ip_range(struct parse *p, char *v)
{
	char copy[2 * INET_ADDRSTRLEN], *comma;
	uint8_t first[16], last[16];

	if (str_format(copy, sizeof(copy), "%s", v) >= sizeof(copy))
		return bad_value(p, v);
	comma = strchr(copy, ',');
	if (!comma)
		return bad_value(p, v);
	*comma++ = '\0';
	if (!ip_parse(false, copy, first) || !ip_parse(false, comma, last) ||
	    memcmp(first, last, 4) > 0)
		return bad_value(p, v);
	return put_value(p, v);
}

int parse_domain(struct parse *p, char *v)
{
	const char *s;

	/* It becomes a line of a file and a program's argument. */
	for (s = v; (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || (s > v && (*s == '-' || *s == '.' || *s == '_'));
	     s++)
		;
	return *s || s - v > 253 ? bad_value(p, v) : put_value(p, v);
}
