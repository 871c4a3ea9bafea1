/* SPDX-License-Identifier: MIT */
/* owns the table of keys: finding one by its name, naming the nearest, listing them */
/* never reads or changes a value */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

/* The place of a member; does not compile when it is not of the type that the shape means. */
#define PLACE(s, field, t) (offsetof(s, field) + 0 * sizeof(_Generic(((s *)0)->field, t: 1)))
#define PLACE_STR(field) PLACE(struct conf, field, struct conf_str)
#define PLACE_INT(field) PLACE(struct conf, field, struct conf_int)
#define PLACE_LIST(field) PLACE(struct conf, field, struct conf_list)
#define PLACE_MAP(field) PLACE_LIST(field)
#define PLACE_NET_STR(field) PLACE(struct conf_net, field, struct conf_str)
#define PLACE_NET_INT(field) PLACE(struct conf_net, field, struct conf_int)
#define PLACE_NET_LIST(field) PLACE(struct conf_net, field, struct conf_list)
#define PLACE_NONE(field) 0

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
/* A text that only some builds have. */
#define TEXT_0(text) ""
#define TEXT_1(text) text
#define TEXTS(name, old, help) name "\0" old "\0" GLUE(TEXT_, CFG_CONF_HELP)(help)

/* The texts of all rows as one object with a member for each: no pointers, no alignment. */
struct key_texts {
#define KEY(name, old, shape, type, def, field, built, help) \
	char GLUE(row, __LINE__)[sizeof(TEXTS(name, old, help))];
#include "conf/keys.def"
#undef KEY
};

static const struct key_texts texts = {
#define KEY(name, old, shape, type, def, field, built, help) TEXTS(name, old, help),
#include "conf/keys.def"
#undef KEY
};

#define BUILT_ENUM(symbol) BUILT_##symbol,
#define BUILT_NAME(symbol) #symbol,
enum { KEY_SYMBOLS(BUILT_ENUM) };

const struct key conf_keys[] = {
#define KEY(name, old, shape_, type_, def_, field, built, help) \
	{ .text = offsetof(struct key_texts, GLUE(row, __LINE__)), \
	  .offset = PLACE_##shape_(field), .def = def_, \
	  .shape = SHAPE_##shape_, .type = TYPE_##type_, .is_built = built, \
	  .symbol = BUILT_##built, .old_at = sizeof(name) },
#include "conf/keys.def"
#undef KEY
};
const unsigned int conf_keys_count = ARRAY_SIZE(conf_keys);

static const char *nth_text(const struct key *k, unsigned int n)
{
	const char *text = (const char *)&texts + k->text;

	while (n--)
		text += strlen(text) + 1;
	return text;
}

const char *key_name(const struct key *k)
{
	return nth_text(k, 0);
}

const char *key_old(const struct key *k)
{
	/* Asked for of each row that a line of a file is compared with. */
	return nth_text(k, 0) + k->old_at;
}

const char *key_built(const struct key *k)
{
	static const char *const names[] = { KEY_SYMBOLS(BUILT_NAME) };

	return names[k->symbol];
}

const char *key_help(const struct key *k)
{
	return nth_text(k, 2);
}

/*
 * The same for types, of which these parsers read what is accepted: it is there when they run. What
 * the others accept is only told: see lib/text.h.
 */
#define READS_number ~, 1
#define READS_port_vlan ~, 1
#define READS_word ~, 1
#define READS_backend ~, 1
#define SECOND_(a, b, ...) b
#define SECOND(...) SECOND_(__VA_ARGS__)
#define READS(parser) SECOND(GLUE(READS_, parser), 0, 0)
#define TOLD_0(text) text
#define TOLD_1(text) ""
#define READ_TEXT(parser, accepted) GLUE(TEXT_, READS(parser))(accepted)
#define TOLD_TEXT(parser, accepted) GLUE(TOLD_, READS(parser))(accepted)
#define IF_BUILT(built, accepted) GLUE(TEXT_, built)(accepted)

#define TYPE_MEMBER(id, parser, flags, accepted) char id[sizeof(READ_TEXT(parser, accepted))];
#define TYPE_TEXT(id, parser, flags, accepted) READ_TEXT(parser, accepted),
#define OPTION_MEMBER(built, id, parser, flags, accepted) \
	TYPE_MEMBER(id, parser, flags, IF_BUILT(built, accepted))
#define OPTION_TEXT(built, id, parser, flags, accepted) \
	TYPE_TEXT(id, parser, flags, IF_BUILT(built, accepted))
static const struct type_texts {
	CONF_TYPES(TYPE_MEMBER, OPTION_MEMBER)
} type_texts = { CONF_TYPES(TYPE_TEXT, OPTION_TEXT) };

#define TOLD_MEMBER(id, parser, flags, accepted) text_t id[sizeof(TOLD_TEXT(parser, accepted))];
#define TOLD_VALUE(id, parser, flags, accepted) TEXT(TOLD_TEXT(parser, accepted)),
#define OPTION_TOLD_MEMBER(built, id, parser, flags, accepted) \
	TOLD_MEMBER(id, parser, flags, IF_BUILT(built, accepted))
#define OPTION_TOLD_VALUE(built, id, parser, flags, accepted) \
	TOLD_VALUE(id, parser, flags, IF_BUILT(built, accepted))
static TEXT_OBJECT const struct type_told {
	CONF_TYPES(TOLD_MEMBER, OPTION_TOLD_MEMBER)
} type_told = { CONF_TYPES(TOLD_VALUE, OPTION_TOLD_VALUE) };

/* In struct type_texts or, with this bit, in struct type_told. */
#define IS_TOLD 0x8000
#define PLACE_OF(id, parser) \
	(READS(parser) ? offsetof(struct type_texts, id) : IS_TOLD | offsetof(struct type_told, id))
#define TYPE_ROW(id, parser, flags, accepted) { parse_##parser, PLACE_OF(id, parser), flags },
#define OPTION_ROW(built, id, parser, flags, accepted) \
	{ (built) ? parse_##parser : NULL, PLACE_OF(id, parser), flags },
const struct type_info conf_types[] = { CONF_TYPES(TYPE_ROW, OPTION_ROW) };

const char *type_accepts(enum type type)
{
	unsigned int place = conf_types[type].accepted;

	if (place & IS_TOLD)
		return text_str((const text_t *)((uintptr_t)&type_told + (place & ~IS_TOLD)));
	return (const char *)&type_texts + place;
}

bool key_is_net(const struct key *k)
{
	return k->shape >= SHAPE_NET_STR && k->shape <= SHAPE_NET_LIST;
}

/* The number at the start of s, up to a '.' or the end; *rest is behind it. -1: none. */
static int take_index(const char *s, const char **rest)
{
	size_t n = strspn(s, "0123456789");
	int index = 0;
	size_t i;

	if (!n || n > 10 || (s[n] && s[n] != '.') || (n == 10 && strncmp(s, "2147483646", n) > 0))
		return -1;
	for (i = 0; i < n; i++)
		index = index * 10 + (s[i] - '0');
	*rest = s[n] ? s + n + 1 : s + n;
	return index;
}

/* Does word name this row? *sub is what follows the name of a map. */
static bool row_matches(const char *row, const char *word, bool is_map, const char **sub)
{
	for (; *row && *row == *word; row++)
		word++;
	if (*row)
		return false;
	*sub = is_map && *word == '.' ? word + 1 : NULL;
	return !*word || *sub;
}

/*
 * The row that word, a key without its front, names: of interfaces, with a front of old only those
 * that have an old name, by either (1.1.5 looked at the beginning only: it took
 * lxc.network.ipv4.address as well). Each line of a file asks all rows, of which most differ in the
 * first letter: so that is compared here, and the texts are found by hand. *side: 1 for the old.
 */
static int find_row(const char *word, bool of_net, struct key_ref *ref, unsigned int *side)
{
	unsigned int sides = of_net && !ref->is_old ? 1 : 2;
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const char *name = (const char *)&texts + k->text;

		if (key_is_net(k) != of_net || (of_net && sides == 2 && !name[k->old_at]))
			continue;
		for (*side = 0; *side < sides; ++*side) {
			const char *row = *side ? name + k->old_at : name;

			if (of_net)
				row += *side ? strlen("network.") : strlen("net.N.");
			if (!*row || *row != *word ||
			    !row_matches(row, word, k->shape == SHAPE_MAP, &ref->sub))
				continue;
			ref->k = k;
			return 0;
		}
	}
	return -ENOENT;
}

static int find_net(const char *word, struct key_ref *ref)
{
	unsigned int side;

	return find_row(word, true, ref, &side);
}

static int find_plain(const char *word, bool is_ours, struct key_ref *ref)
{
	unsigned int side;
	int ret = find_row(word, false, ref, &side);

	ref->is_old = !ret && side;
	if (!ret && !side && is_ours != !!str_after(key_name(ref->k), "lxcbox."))
		return -ENOENT;
	return ret;
}

int key_find(const char *name, struct key_ref *ref)
{
	const char *word = str_after(name, "lxc."), *rest;

	*ref = (struct key_ref){ .index = -1 };
	if (!word)
		return str_after(name, "lxcbox.") ? find_plain(name, true, ref) : -ENOENT;
	rest = str_after(word, "network.");
	if (rest) {
		ref->is_old = true;
		ref->index = take_index(rest, &rest);
		if (ref->index < 0 && *rest >= '0' && *rest <= '9')
			return -ERANGE;
		if (*rest || ref->index < 0)
			return *rest ? find_net(rest, ref) : -ENOENT;
		/* "lxc.network.N" alone is an interface by its position. */
		if (find_plain("net", false, ref))
			return -ENOENT;
		ref->is_old = true;
		return 0;
	}
	rest = str_after(word, "net.");
	if (!rest)
		return find_plain(word, false, ref);
	ref->index = take_index(rest, &rest);
	if (ref->index < 0)
		return *rest >= '0' && *rest <= '9' ? -ERANGE : -ENOENT;
	/* "lxc.net.N" alone, which takes the interface away. */
	return *rest ? find_net(rest, ref) : find_plain("net", false, ref);
}

#define NEAR_MAX 40
#define NEAR 8	/* more than the farthest that is still named: see key_nearest */

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? ch + 'a' - 'A' : ch;
}

/*
 * How many letters are wrong, missing, too many or swapped with their neighbour, whatever their
 * case; given up beyond NEAR_MAX characters.
 */
unsigned int key_distance(const char *a, const char *b)
{
	unsigned char rows[3][NEAR_MAX + 1];	/* of this letter of a and the two before it */
	size_t m = strlen(a), n = strlen(b), i, j;

	/* Texts of much different lengths are far apart, and most are. */
	if (n > NEAR_MAX || m > NEAR_MAX || m > n + NEAR || n > m + NEAR)
		return NEAR_MAX;
	for (j = 0; j <= n; j++)
		rows[0][j] = j;
	for (i = 1; i <= m; i++) {
		unsigned char *row = rows[i % 3], *up = rows[(i + 2) % 3], *top = rows[(i + 1) % 3];

		row[0] = i;
		for (j = 1; j <= n; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);
			unsigned int best = up[j - 1] + (x != y);

			if (up[j] + 1u < best)
				best = up[j] + 1u;
			if (row[j - 1] + 1u < best)
				best = row[j - 1] + 1u;
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]) &&
			    top[j - 2] + 1u < best)
				best = top[j - 2] + 1u;
			row[j] = best;
		}
	}
	return rows[m % 3][n];
}

const char *names_nearest(const char *list, const char *s)
{
	unsigned int best = 1 + strlen(s) / 3;
	const char *found = NULL;

	if (best > 4)
		best = 4;
	for (; *list; list += strlen(list) + 1) {
		unsigned int d = key_distance(s, list);

		if (d < best) {
			best = d;
			found = list;
		}
	}
	return found;
}

/* Of a family only the name is compared: what follows its dot may be anything. */
static size_t front_length(const struct key *k, const char *row, const char *word)
{
	size_t n = strcspn(word, ".");

	if (k->shape != SHAPE_MAP)
		return strlen(word);
	for (; (row = strchr(row, '.')) && word[n]; row++)
		n += 1 + strcspn(word + n + 1, ".");
	return n;
}

/* The row that is nearest to a key without "lxc." and number; *rest is what follows its name. */
static const char *nearest_row(const char *plain, const char **rest)
{
	unsigned int best = NEAR_MAX, side;
	const char *found = NULL;
	char front[NEAR_MAX + 1];
	const struct key *k;

	*rest = "";
	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const char *more = str_after(key_name(k), plain);

		/* The beginning of a name, up to a dot: "net.0.ipv4". */
		if (more && *more == '.' && !found)
			found = key_name(k);
		for (side = 0; side < 2; side++) {
			const char *row = side ? key_old(k) : key_name(k);
			size_t n = front_length(k, row, plain);
			unsigned int d;

			str_format(front, sizeof(front), "%.*s", (int)n, plain);
			/* A family that is named rightly is not what was meant. */
			if (!*row || (plain[n] && str_eq(front, row)))
				continue;
			d = key_distance(front, row);
			if (d < best && d < 2 + n / 6) {
				best = d;
				found = row;
				*rest = plain + n;
			}
		}
	}
	return found;
}

/* What other programs, or common sense, call a key that has nothing like that in its name. */
static const char *key_meant(const char *word)
{
	static const char words[] =
		"hostname\0uts.name\0name\0uts.name\0rootfs.dir\0rootfs.path\0"
		"cap.add\0cap.keep\0capabilities\0cap.keep\0command\0init.cmd\0init\0init.cmd\0"
		"memory.limit\0cgroup.memory.limit_in_bytes\0env\0environment\0"
		"start\0start.auto\0autostart\0start.auto\0fstab\0mount.fstab\0"
		"ulimit.nofile\0prlimit.nofile\0network.bridge\0network.link\0"
		"network.ip\0network.ipv4\0network.mac\0network.hwaddr\0"
		"network.gateway\0network.ipv4.gateway\0"
		"net.N.bridge\0net.N.link\0net.N.ip\0net.N.ipv4.address\0"
		"net.N.ipv4\0net.N.ipv4.address\0net.N.ipv6\0net.N.ipv6.address\0"
		"net.N.mac\0net.N.hwaddr\0net.N.gateway\0net.N.ipv4.gateway\0";
	const char *at, *meant;

	for (at = words; CFG_LXCBOX_CHECK && *at; at = meant + strlen(meant) + 1) {
		meant = at + strlen(at) + 1;
		if (str_eq(at, word))
			return meant;
	}
	return NULL;
}

const char *key_nearest(const char *name, char *buf)
{
	const char *word = str_after(name, "lxcbox.") ? name : str_after(name, "lxc.");
	const char *found, *rest, *tail, *family = "";
	char plain[NEAR_MAX + 1], front[NEAR_MAX + 1];
	int index = -1;

	if (!CFG_CONF_SUGGEST || !word)
		return NULL;
	/* The number of an interface is no part of the name. */
	if (str_after(word, "net.")) {
		family = "net.N.";
		index = take_index(word + 4, &rest);
	} else if (str_after(word, "network.")) {
		family = "network.";
		index = take_index(word + 8, &rest);
	}
	str_format(plain, sizeof(plain), "%s%s", index < 0 ? "" : family, index < 0 ? word : rest);
	tail = "";
	found = key_meant(plain);
	if (!found)
		found = nearest_row(plain, &tail);
	/* What LXC 1.x did not have has only a new name. */
	if (!found && str_after(plain, "network.")) {
		memcpy(front, plain, sizeof(front));
		str_format(plain, sizeof(plain), "net.N.%s", front + strlen("network."));
		found = nearest_row(plain, &tail);
	}
	if (!found)
		return NULL;
	word = index < 0 ? NULL : str_after(found, family);
	if (word)
		str_format(buf, KEY_NAME_MAX, "lxc.%.*s.%d.%s", (int)strcspn(family, "."), family,
			   index, word);
	else if (str_after(name, "lxc.net.") && str_after(found, "net.N."))
		str_format(buf, KEY_NAME_MAX, "lxc.net.0.%s", found + strlen("net.N."));
	else
		str_format(buf, KEY_NAME_MAX, "%s%s%s", str_after(found, "lxcbox.") ? "" : "lxc.",
			   found, tail);
	return buf;
}

