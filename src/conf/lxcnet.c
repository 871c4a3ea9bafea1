/* SPDX-License-Identifier: MIT */
/* owns the file of the host's bridge: its variables, and what of them must fit together */
/* never asks the machine whether something is there */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/lxcnet.h"
#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"

#define FILE_MAX ((size_t)64 << 10)

static const struct row {
	const char *name, *def;
	uint8_t type;
} rows[LXCNET_COUNT] = {
#define ROW(id, name, type, value) { name, value, TYPE_##type },
	LXCNET_VARS(ROW)
#undef ROW
};

/* ---- lines ---- */

static int find(const char *name)
{
	unsigned int i;

	for (i = 0; i < LXCNET_COUNT; i++)
		if (str_eq(rows[i].name, name))
			return (int)i;
	return -ENOENT;
}

static int unknown(const char *name)
{
	unsigned int best = 2 + strlen(name) / 6, i;
	const char *near = NULL;

	for (i = 0; CFG_CONF_SUGGEST && i < LXCNET_COUNT; i++) {
		unsigned int d = key_distance(name, rows[i].name);

		if (d < best) {
			best = d;
			near = rows[i].name;
		}
	}
	if (!near)
		return err_set(EINVAL, "unknown variable");
	problem_suggest(near);
	return err_set(EINVAL, "unknown variable (%s?)", near);
}

static int assign(struct lxcnet *l, const char *name, char *value, struct origin at)
{
	int row = find(name);
	struct key k = { .shape = SHAPE_STR, .is_built = 1 };
	struct parse p = { .c = &l->mem, .k = &k, .name = name, .at = at };

	if (row < 0)
		return unknown(name);
	k.type = rows[row].type;
	p.field = &l->var[row];
	/* As in LXC's script the empty value is none; of these there is no such thing. */
	if (!*value && row != LXCNET_BRIDGE && k.type != TYPE_TRUTH)
		return put_value(&p, value);
	return *value ? conf_types[k.type].parse(&p, value) : bad_value(&p, value);
}

static int read_lines(struct lxcnet *l, char *text, size_t len)
{
	struct shell_assignment a;
	struct shell_text s;
	int ret;

	shell_init(&s, text, len);
	while ((ret = shell_next(&s, &a))) {
		struct origin at = { .file = l->file, .line = a.line };

		problem_begin();
		if (ret > 0)
			ret = assign(l, a.name, a.value, at);
		ret = problem_keep(problem_at(ret, at, a.name));
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* ---- what must fit together ---- */

static bool is_in(bool v6, const char *addr, const char *subnet)
{
	unsigned int bits, bytes = v6 ? 16 : 4;
	uint8_t ip[16], net[16];

	if (!ip_parse(v6, addr, ip) || !ip_subnet(v6, subnet, net, &bits))
		return false;
	ip_cut(ip, bytes, bits);
	return !memcmp(ip, net, bytes);
}

/* One more problem of a variable's line; of the file as a whole when it has none. */
static int report(struct lxcnet *l, enum lxcnet_var var, int ret)
{
	struct origin at = l->var[var].at;

	if (!at.file)
		at.file = l->file;
	problem_begin();
	return problem_keep(problem_at(ret, at, rows[var].name));
}

/* The network that LXC_ADDR and LXC_NETMASK say. */
static void find_network(const struct lxcnet *l, char *buf, size_t n)
{
	uint8_t ip[16];

	*buf = '\0';
	if (!ip_parse(false, lxcnet_value(l, LXCNET_ADDR), ip))
		return;
	ip_cut(ip, 4, l->prefix);
	str_format(buf, n, "%u.%u.%u.%u/%u", ip[0], ip[1], ip[2], ip[3], l->prefix);
}

static int check_v4(struct lxcnet *l)
{
	const char *addr = lxcnet_value(l, LXCNET_ADDR),
		   *range = lxcnet_value(l, LXCNET_DHCP_RANGE);
	const char *gateway = lxcnet_value(l, LXCNET_GATEWAY), *comma = strchr(range, ',');
	int bits = ip_mask_bits(lxcnet_value(l, LXCNET_NETMASK)), ret = 0;
	char own[20], first[16];

	l->prefix = bits < 0 ? 0 : (unsigned int)bits;
	find_network(l, own, sizeof(own));
	if (*addr && bits < 0)
		ret = report(l, LXCNET_NETMASK, err_set(EINVAL, "missing beside LXC_ADDR"));
	/* Who is on the uplink's network needs no other address. */
	if (l->var[LXCNET_NETWORK].v)
		str_format(l->network, sizeof(l->network), "%s", l->var[LXCNET_NETWORK].v);
	else if (!*lxcnet_value(l, LXCNET_UPLINK))
		str_format(l->network, sizeof(l->network), "%s", own);
	if (!ret && *addr && *l->network && !is_in(false, addr, l->network))
		ret = report(l, LXCNET_NETWORK,
			err_set(EINVAL, "LXC_ADDR '%s' is not in '%s'", addr, l->network));
	if (!ret && *gateway && !is_in(false, gateway, own))
		ret = report(l, LXCNET_GATEWAY,
			err_set(EINVAL, "'%s' is not in the network of the bridge, '%s'", gateway,
				own));
	if (ret || !comma)
		return ret;
	str_format(first, sizeof(first), "%.*s", (int)(comma - range), range);
	if (!is_in(false, first, own) || !is_in(false, comma + 1, own))
		return report(l, LXCNET_DHCP_RANGE,
			err_set(EINVAL, "'%s' is not in the network of the bridge, '%s'", range,
				own));
	return 0;
}

static int check_v6(struct lxcnet *l)
{
	const char *addr = lxcnet_value(l, LXCNET_IPV6_ADDR),
		   *mask = lxcnet_value(l, LXCNET_IPV6_MASK);
	const char *net = lxcnet_value(l, LXCNET_IPV6_NETWORK);
	int ret = 0;

	/* LXC's script makes nothing then, and says nothing. */
	if (*addr && !*mask)
		ret = report(l, LXCNET_IPV6_MASK, err_set(EINVAL, "missing beside LXC_IPV6_ADDR"));
	if (!ret && *addr && *net && !is_in(true, addr, net))
		ret = report(l, LXCNET_IPV6_NETWORK,
			err_set(EINVAL, "LXC_IPV6_ADDR '%s' is not in '%s'", addr, net));
	if (!ret && lxcnet_is_true(l, LXCNET_IPV6_NAT) && (!*addr || !*net))
		ret = report(l, LXCNET_IPV6_NAT,
			err_set(EINVAL, "needs LXC_IPV6_ADDR, LXC_IPV6_MASK and LXC_IPV6_NETWORK"));
	return ret;
}

/* ---- all of it ---- */

int lxcnet_load_text(struct lxcnet *l, const char *file, char *text, size_t len)
{
	int ret;

	*l = (struct lxcnet){ .file = file };
	conf_init(&l->mem, "", "");
	text[len] = '\0';
	l->hash = str_hash(text);
	ret = read_lines(l, text, len);
	if (!ret && !lxcnet_is_true(l, LXCNET_USE_NFT))
		ret = report(l, LXCNET_USE_NFT,
			     err_set(EINVAL, "'false' is not possible: iptables' way is taken only "
					     "where the kernel has no nf_tables"));
	/* Of values that are known to be good. */
	if (!ret && !problems_any())
		ret = check_v4(l);
	if (!ret && !problems_any())
		ret = check_v6(l);
	return problems_end(ret, 0);
}

int lxcnet_load(struct lxcnet *l, const char *file)
{
	AUTO_FREE char *text = NULL;
	struct stat st;
	ssize_t len = load_text(file, FILE_MAX, &st, &text);

	*l = (struct lxcnet){ .file = file };
	if (len == -EFBIG)
		return err_set(EFBIG, "'%s': more than 64 KiB", shown(file));
	return len < 0 ? (int)len : lxcnet_load_text(l, file, text, (size_t)len);
}

void lxcnet_free(struct lxcnet *l)
{
	conf_free(&l->mem);
}

const char *lxcnet_value(const struct lxcnet *l, enum lxcnet_var var)
{
	return l->var[var].v ? l->var[var].v : rows[var].def;
}

bool lxcnet_is_true(const struct lxcnet *l, enum lxcnet_var var)
{
	return str_eq(lxcnet_value(l, var), "true");
}

int lxcnet_in(int ret, const struct lxcnet *l, enum lxcnet_var var)
{
	char at[ORIGIN_MAX];

	if (!l->var[var].at.file)
		return err_in(ret, "%s: %s", l->file, rows[var].name);
	origin_text(l->var[var].at, at);
	return err_in(ret, "%s%s", at, rows[var].name);
}
