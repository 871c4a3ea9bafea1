/* SPDX-License-Identifier: MIT */
/* owns one parser per type of value, but for those of interfaces */
/* never reads a file, never asks the machine: what is accepted is the same everywhere */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf/parse.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"

#define BLANKS " \t"
#define DIGITS "0123456789"

int parse_text(struct parse *p, char *v)
{
	return put_value(p, v);
}

/* LXC knows no comment behind a value, so it may be part of it; hardly ever is it meant so. */
static void warn_of_comment(const struct parse *p, const char *v, const char *what)
{
	const char *hash = strstr(v, " #");

	if (hash)
		problem_tell(PROBLEM_WARNING, p->at, p->name, "'%s' is taken as part of the %s",
			     shown(hash + 1), what);
}

int parse_path(struct parse *p, char *v)
{
	warn_of_comment(p, v, "path");
	return put_value(p, v);
}

int parse_fstab(struct parse *p, char *v)
{
	/* LXC's own exception: here the empty value does not reset. */
	return *v ? parse_path(p, v) : bad_value(p, v);
}

/* The next run of digits of a text, which *at moves behind. */
static uint32_t next_number(const char **at)
{
	uint32_t n = 0;

	for (*at += strcspn(*at, DIGITS); **at >= '0' && **at <= '9'; ++*at)
		n = n * 10 + (**at - '0');
	return n;
}

/* A descriptor that process 1 gets, or a file that appears inside. */
int parse_ready(struct parse *p, char *v)
{
	const char *rest = str_after(v, "fd:");
	uint64_t n = 0;

	if (rest ? str_to_u64(rest, 255, &n) || n < 3
		 : !(rest = str_after(v, "file:/")) || !*rest || strlen(rest) >= PATH_MAX)
		return bad_value(p, v);
	return put_value(p, v);
}

/* What the type accepts says the bounds: the first two numbers of its text. */
int parse_number(struct parse *p, char *v)
{
	const char *text = type_accepts(p->k->type);
	uint32_t min = next_number(&text), max = next_number(&text);
	uint64_t n;

	if (str_to_u64(v, max, &n) || n < min)
		return bad_value(p, v);
	if (p->k->shape != SHAPE_INT && p->k->shape != SHAPE_NET_INT)
		return put_value(p, v);
	/* lxc.autodev.tmpfs.size = 0 is LXC's default. */
	if (p->k->type == TYPE_SIZE && !n)
		n = p->k->def;
	return put_int(p, n);
}

int parse_port_vlan(struct parse *p, char *v)
{
	return str_eq(v, "none") ? put_int(p, -1) : parse_number(p, v);
}

/*
 * A number and its unit, one of names with a NUL each: the unit's place, -EINVAL. Without a unit it
 * is the one called "B".
 */
static int take_unit(char *v, const char *units, int (*compare)(const char *, const char *),
		     uint64_t *n)
{
	char *end = v + strspn(v, DIGITS), ch = *end;
	const char *unit = end + strspn(end, BLANKS);
	int i = names_find(units, *unit ? unit : "B", compare), ret;

	*end = '\0';
	ret = str_to_u64(v, INT64_MAX, n);
	*end = ch;
	return ret ? -EINVAL : i;
}

int parse_time(struct parse *p, char *v)
{
	/* With the most that fits: a division of 64 bits is a kilobyte of code on mipsel. */
#define UNIT(ns) { ns, INT64_MAX / (ns) }
	static const struct { int64_t ns, most; } units[] = { UNIT(1), UNIT(1000), UNIT(1000000),
		UNIT(1000000000), UNIT(60000000000), UNIT(3600000000000) };
#undef UNIT
	bool is_minus = *v == '-';
	uint64_t n;
	int unit = take_unit(v + is_minus, "ns\0us\0ms\0s\0m\0h\0", strcmp, &n);

	if (unit < 0 || n > (uint64_t)units[unit].most)
		return bad_value(p, v);
	return put_int(p, is_minus ? -(int64_t)n * units[unit].ns : (int64_t)n * units[unit].ns);
}

/* Becomes a power of two of at least a page, as in LXC. */
int parse_buffer(struct parse *p, char *v)
{
	uint64_t n = 128, size = 4096;
	int unit = 1;

	if (!str_eq(v, "auto"))
		unit = take_unit(v, "B\0kB\0MB\0GB\0", strcasecmp, &n);
	if (unit < 0 || n > (1u << 30) >> 10 * unit)
		return bad_value(p, v);
	n <<= 10 * unit;
	while (size < n)
		size *= 2;
	return put_int(p, n ? size : 0);
}

int parse_autodev(struct parse *p, char *v)
{
	if (*v && (v[1] || (*v != '0' && *v != '1')))
		return bad_value(p, v);
	return put_int(p, *v == '1');
}

int parse_order(struct parse *p, char *v)
{
	int n;

	return str_to_int(v, &n) ? bad_value(p, v) : put_int(p, n);
}

int parse_signal(struct parse *p, char *v)
{
	int n = signal_parse(v);

	return n < 0 ? n : put_int(p, n);
}

int parse_pdeath(struct parse *p, char *v)
{
	return *v ? parse_signal(p, v) : put_int(p, 0);
}

int parse_level(struct parse *p, char *v)
{
	int n = log_level_parse(v);

	return n < 0 ? bad_value(p, v) : put_int(p, n);
}

/* Printable ASCII without blanks: what a name on a terminal or in a file of the host may have. */
static bool is_plain(const char *v)
{
	for (; *v; v++)
		if (*v <= ' ' || *v > '~')
			return false;
	return true;
}

int parse_hostname(struct parse *p, char *v)
{
	return strlen(v) > 64 || !is_plain(v) ? bad_value(p, v) : put_value(p, v);
}

int parse_arch(struct parse *p, char *v)
{
	return conf_arch_persona(v) < 0 ? bad_arch(v) : put_value(p, v);
}

int parse_devdir(struct parse *p, char *v)
{
	bool bad = strlen(v) > NAME_MAX || strchr(v, '/') || str_eq(v, ".") || str_eq(v, "..") ||
		   !is_plain(v);

	return bad ? bad_value(p, v) : put_value(p, v);
}

int parse_groups(struct parse *p, char *v)
{
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&v, BLANKS))) {
		/* lxc-autostart -g takes a comma for the end of a name. */
		if (CFG_CONF_SUGGEST && strchr(word, ','))
			problem_tell(PROBLEM_WARNING, p->at, p->name,
				     "'%s' is one name: blanks separate them, not commas",
				     shown(word));
		ret = put_item(p, word);
	}
	return ret;
}

/* Are the first n bytes of v one of the words of the list? */
static bool has_word(const char *list, const char *v, size_t n, bool any_case)
{
	int (*compare)(const char *, const char *, size_t) = any_case ? strncasecmp : strncmp;
	const char *w;

	for (w = list; n && w && !memchr(v, ' ', n); w = strchr(w, ' ')) {
		w += *w == ' ';
		if (!compare(w, v, n) && (!w[n] || w[n] == ' '))
			return true;
	}
	return false;
}

/* One word of those that the type lists. */
int parse_word(struct parse *p, char *v)
{
	bool any_case = conf_types[p->k->type].flags & NOCASE;

	return has_word(type_accepts(p->k->type), v, strlen(v), any_case) ? put_value(p, v) :
									     bad_value(p, v);
}

/* Kinds of storage that rootfs/storage.c has, of those that LXC knows. */
static int check_storage(const struct parse *p, const char *kind)
{
	bool is_built = str_eq(kind, "dir") || (CFG_ROOTFS_OVERLAY && str_after(kind, "overlay")) ||
			(CFG_ROOTFS_LOOP && (str_eq(kind, "loop") || str_eq(kind, "lvm")));

	return is_built ? 0 : not_yet(p, "storage of kind", kind);
}

int parse_backend(struct parse *p, char *v)
{
	int ret;

	if (!CFG_CONF_GRAMMAR)
		return str_eq(v, STORAGE_KINDS) ? put_value(p, v) : bad_value(p, v);
	ret = parse_word(p, v);
	return ret ? ret : check_storage(p, v);
}

/* A device of raw flash, whose volume follows by its name: ubifs(5) knows it by both. */
static bool is_ubi(const char *kind)
{
	const char *number = CFG_ROOTFS_LOOP ? str_after(kind, "ubi") : NULL;

	return number && *number && !number[strspn(number, DIGITS "_")];
}

int parse_rootfs(struct parse *p, char *v)
{
	size_t n = strcspn(v, ":/");
	int ret = 0;

	/* Without the grammar the start says it. */
	if (CFG_CONF_GRAMMAR && v[n] == ':') {
		v[n] = '\0';
		if (has_word(type_accepts(TYPE_BACKEND), v, n, false))
			ret = check_storage(p, v);
		else if (!is_ubi(v))
			ret = unknown_word("kind of storage", v,
					   STORAGE_KINDS "; a path with a colon begins with / or ./");
		v[n] = ':';
	}
	return ret ? ret : parse_path(p, v);
}

int conf_verity(const char *text, struct verity_spec *v)
{
	size_t n = strspn(text, DIGITS "abcdefABCDEF"), i;
	const char *at;

	memset(v, 0, sizeof(*v));
	if (n != sizeof(v->root) - 1)
		return -EINVAL;
	for (i = 0; i < n; i++)
		v->root[i] = text[i] >= 'A' && text[i] <= 'F' ? text[i] | 0x20 : text[i];
	for (text += n; *text; text = at + n) {
		at = text + strspn(text, BLANKS);
		n = strcspn(at, BLANKS);
		if (at == text && n)
			return -EINVAL;
		if (!strncmp(at, "hash=/", 6) && n - 5 < sizeof(v->file)) {
			memcpy(v->file, at + 5, n - 5);
		} else if (!strncmp(at, "offset=", 7) && n - 7 < 20) {
			char number[20] = "";

			memcpy(number, at + 7, n - 7);
			v->has_offset = true;
			if (str_to_u64(number, INT64_MAX, &v->offset) || v->offset % 512)
				return -EINVAL;
		} else if (n) {
			return -EINVAL;
		}
	}
	return 0;
}

int parse_verity(struct parse *p, char *v)
{
	struct verity_spec spec;

	return conf_verity(v, &spec) ? bad_value(p, v) : put_value(p, v);
}

int parse_ids(struct parse *p, char *v)
{
	char *at = conf_dup(p->c, v), *word;
	uint64_t n;
	int ret = 0;

	if (!at)
		return -ENOMEM;
	/* One bad number refuses the line, so that no half of it acts. */
	while ((word = str_word(&at, ",")))
		if (str_to_u64(str_trim(word), UINT32_MAX - 1, &n))
			return bad_value(p, word);
	while (!ret && (word = str_word(&v, ",")))
		ret = put_item(p, str_trim(word));
	return ret;
}

int parse_env(struct parse *p, char *v)
{
	size_t n = strcspn(v, "="), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)v[i] <= ' ')
			return bad_value(p, v);
	if (!n)
		return bad_value(p, v);
	warn_of_comment(p, v, "value");
	return put_item(p, v);
}

/*
 * A name of a file in one directory, as lxc.cgroup.X and lxc.proc.X have it behind the dot; for
 * lxc.sysctl.X it may be below it.
 */
static int check_file_name(const struct parse *p, const char *forbidden)
{
	if (strchr("./", *p->sub) || strpbrk(p->sub, forbidden) || strstr(p->sub, "..") ||
	    strlen(p->sub) > NAME_MAX || !is_plain(p->sub) || str_ends(p->sub, ":"))
		return err_set(EINVAL, "'%s' is not a file name", shown(p->sub));
	return 0;
}

int parse_cgroup(struct parse *p, char *v)
{
	const char *devices = str_after(p->sub, "devices.");
	struct device_rule rule;
	int ret = check_file_name(p, "/");

	/* A rule that does not act is a hole, and no such file can be written. */
	if (!ret && devices && !str_eq(devices, "allow") && !str_eq(devices, "deny"))
		return unknown_word("file", p->sub, "devices.allow, devices.deny");
	/* No controller is called so: it is another key, misspelt. */
	if (!ret && p->field == &p->c->cgroup && str_after(p->sub, "dir."))
		return key_unknown(p->name, 0);
	if (!ret && (str_eq(p->sub, "devices.allow") || str_eq(p->sub, "devices.deny")))
		ret = device_rule_parse(v, &rule);
	return ret ? ret : put_item(p, v);
}

int parse_procfile(struct parse *p, char *v)
{
	int ret = check_file_name(p, p->field == &p->c->proc ? "/." : "");

	if (ret)
		return ret;
	list_remove(p->field, p->sub, NULL);
	return put_item(p, v);
}

int parse_idmap(struct parse *p, char *v)
{
	char *copy = conf_dup(p->c, v), *at = copy, *word, buf[48];
	uint64_t n[3] = { 0 };
	unsigned int i;

	if (!copy)
		return -ENOMEM;
	word = str_word(&at, BLANKS);
	if (!str_eq(word, "u") && !str_eq(word, "g"))
		return bad_value(p, v);
	for (i = 0; i < 3; i++) {
		char *number = str_word(&at, BLANKS);

		if (!number || str_to_u64(number, UINT32_MAX, &n[i]))
			return bad_value(p, v);
	}
	/* The last id of 32 bits is "none" to the kernel. */
	if (str_word(&at, BLANKS) || !n[2] || n[0] + n[2] > UINT32_MAX || n[1] + n[2] > UINT32_MAX)
		return bad_value(p, v);
	str_format(buf, sizeof(buf), "%s %u %u %u", word, (unsigned int)n[0], (unsigned int)n[1],
		   (unsigned int)n[2]);
	return put_item(p, buf);
}

int parse_ns_share(struct parse *p, char *v)
{
	if (ns_bit(p->sub) < 0)
		return unknown_word("namespace", p->sub, type_accepts(TYPE_NS));
	if (!is_plain(v) || (*v != '/' && strchr(v, '/')))
		return bad_value(p, v);
	list_remove(p->field, p->sub, NULL);
	return put_item(p, v);
}

int parse_socket(struct parse *p, char *v)
{
	return str_after(v, "unix:/") ? put_value(p, v) : bad_value(p, v);
}

int parse_cgdir(struct parse *p, char *v)
{
	char *copy = conf_dup(p->c, v), *at = copy, *word;

	if (!copy)
		return -ENOMEM;
	if (*v == '/' || !is_plain(v))
		return bad_value(p, v);
	while ((word = str_word(&at, "/")))
		if (str_eq(word, ".."))
			return bad_value(p, v);
	path_clean(v);
	return put_value(p, v);
}

/* What is no option of mount(2) is the file system's; hardly ever, when it looks like one. */
static void warn_of_misspelt(const struct parse *p, char *data)
{
	const char *near;
	char *word;

	while (CFG_CONF_SUGGEST && (word = str_word(&data, ","))) {
		near = strchr(word, '=') ? NULL : mount_option_near(word);
		if (near)
			problem_tell(PROBLEM_WARNING, p->at, p->name,
				     "'%s' is left to the file system (%s?)", shown(word), near);
	}
}

int parse_mount(struct parse *p, char *v)
{
	struct mount_spec m;
	int ret = mount_spec_read(v, p->at, &m);

	if (!ret && m.data)
		warn_of_misspelt(p, m.data);
	if (!CFG_ROOTFS_IDMAP && !ret && m.idmap)
		ret = not_yet(p, "mount option", m.idmap);
	mount_spec_free(&m);
	return ret ? ret : put_item(p, v);
}

/* CLASS[:MODE][:force], every part exactly one that the class has. */
static bool is_automount(const char *word)
{
	static const struct {
		char name[12], modes[16];
		bool has_force;
	} classes[] = {
		{ "proc", ":mixed:rw:", false }, { "sys", ":mixed:ro:rw:", false },
		{ "cgroup", ":mixed:ro:rw:", true }, { "cgroup-full", ":mixed:ro:rw:", true },
		{ "cgroup2", ":ro:rw:", true },
	};
	size_t n = strcspn(word, ":");
	unsigned int i;
	char mode[12];

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (strlen(classes[i].name) == n && !strncmp(classes[i].name, word, n))
			break;
	if (i == ARRAY_SIZE(classes))
		return false;
	word += n;
	if (!*word || (classes[i].has_force && str_eq(word, ":force")))
		return true;
	n = 1 + strcspn(word + 1, ":");
	if (word[n] && (!classes[i].has_force || !str_eq(word + n, ":force")))
		return false;
	/* ":ro:" is looked for, so that no part of a mode and no two modes are found. */
	return n > 1 && str_format(mode, sizeof(mode), "%.*s:", (int)n, word) < sizeof(mode) &&
	       strstr(classes[i].modes, mode);
}

/* HOST[:CONTAINER], both from their root on. */
static bool is_tunnel(const char *v)
{
	const char *colon = strchr(v, ':');

	return *v == '/' && v[1] && v[1] != ':' &&
	       (!colon || (colon[1] == '/' && !strchr(colon + 1, ':')));
}

/*
 * "proc:mixed" is of class proc, "cgroup-full" and "cgroup2" of class cgroup; the last word of a
 * class acts.
 */
static void remove_class(struct conf_list *l, const char *word)
{
	size_t n = strcspn(word, "2:-");
	const struct conf_item *it;

	for (it = l->first; it; it = it->next) {
		if (strcspn(it->v, "2:-") == n && !strncmp(it->v, word, n)) {
			list_remove(l, NULL, it->v);
			return;
		}
	}
}

int parse_automount(struct parse *p, char *v)
{
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&v, BLANKS))) {
		const char *tunnel = str_after(word, "shmounts:");

		if (tunnel ? !is_tunnel(tunnel) : !is_automount(word))
			return bad_value(p, word);
		if (tunnel && !CFG_MOUNT_TUNNEL)
			ret = not_yet(p, "mount", word);
		if (ret)
			return ret;
		remove_class(p->field, word);
		ret = put_item(p, word);
	}
	return ret;
}

int parse_namespaces(struct parse *p, char *v)
{
	const struct conf_int *now = p->field;
	int64_t bits = now->v;
	char *word;

	while ((word = str_word(&v, BLANKS))) {
		int bit = ns_bit(word);

		if (bit < 0)
			return bad_value(p, word);
		/* To keep one that is never made is no request. */
		if (!CFG_IDMAP && p->field == &p->c->ns_clone && str_eq(word, "user"))
			return err_set(EINVAL, "'user' is not in this build (CONFIG_IDMAP is off)");
		bits |= bit;
	}
	return put_int(p, bits);
}

int parse_obsolete(struct parse *p, char *v)
{
	/* What these did is gone from LXC as well; "0" asks for just that. */
	if (!str_eq(v, "0"))
		problem_tell(PROBLEM_WARNING, p->at, p->name,
			     "has no effect (as in LXC since 2.1)");
	return 0;
}

int parse_hooks(struct parse *p, char *v)
{
	const struct key *k;

	if (*v)
		return bad_value(p, v);
	for (k = conf_keys; k < conf_keys + conf_keys_count; k++)
		if (k->shape == SHAPE_LIST && str_after(key_name(k), "hook."))
			conf_reset(p->c, k, (char *)p->c + k->offset);
	return 0;
}

int parse_include(struct parse *p, char *v)
{
	return *v ? load_include(p->c, v, p->at) : bad_value(p, v);
}

/* ---- of lxc.conf; not in a build without CFG_SYSTEM_CONF ---- */

int parse_syspath(struct parse *p, char *v)
{
	size_t n = strlen(v);

	if (*v != '/')
		return bad_value(p, v);
	while (n > 1 && v[n - 1] == '/')
		v[--n] = '\0';
	return parse_path(p, v);
}

int parse_cgpattern(struct parse *p, char *v)
{
	const char *at;
	size_t n;

	if (!strstr(v, "%n") || !is_plain(v))
		return bad_value(p, v);
	for (at = v; (at = strchr(at, '%')); at++)
		if (at[1] != 'n')
			return bad_value(p, v);
	for (at = v; *at; at += n + !!at[n]) {
		n = strcspn(at, "/");
		if (n == 2 && !memcmp(at, "..", 2))
			return bad_value(p, v);
	}
	/* LXC 1.x began at the root of the hierarchy then; newer ones where it begins without. */
	v += strspn(v, "/");
	path_clean(v);
	return put_value(p, v);
}

static bool is_hierarchy(const char *word)
{
	if (*word == '@')
		return str_eq(word, "@all") || str_eq(word, "@kernel") || str_eq(word, "@named");
	return *word && is_plain(word) && !strpbrk(word, "/@%:;*?\"'");
}

int parse_cguse(struct parse *p, char *v)
{
	/* Kept without blanks: what is written is never longer than what was read. */
	char *list = conf_dup(p->c, v), *word;
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	while ((word = str_word(&v, ","))) {
		word = str_trim(word);
		if (!is_hierarchy(word))
			return bad_value(p, word);
		n += str_format(list + n, strlen(word) + 2, "%s%s", n ? "," : "", word);
	}
	if (!n)
		return bad_value(p, "");
	return put_value(p, list);
}
