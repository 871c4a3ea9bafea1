/* SPDX-License-Identifier: MIT */
/* owns one parser per type of value, but for those of interfaces */
/* never reads a file, never asks the machine: what is accepted is the same everywhere */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"

#define BLANKS " \t"

int parse_text(struct parse *p, char *v)
{
	/* Type REFUSED has nowhere to put it yet. */
	return p->field ? put_str(p, v) : 0;
}

int parse_path(struct parse *p, char *v)
{
	char *hash = strstr(v, " #");

	/* LXC knows no comment behind a value, so it may be a name; hardly ever is it meant so. */
	if (hash)
		problem_tell(PROBLEM_WARNING, p->at, p->name,
			     "'%s' is taken as part of the path", shown(hash + 1));
	return put_str(p, v);
}

int parse_fstab(struct parse *p, char *v)
{
	/* LXC's own exception: here the empty value does not reset. */
	return *v ? parse_path(p, v) : bad_value(p, v);
}

int parse_apparmor(struct parse *p, char *v)
{
	int ret = 0;

	/* These two ask for nothing. */
	if (!str_eq(v, "unconfined") && !str_eq(v, "unchanged"))
		ret = not_yet(p, "profile", v);
	return ret ? ret : put_str(p, v);
}

int parse_number(struct parse *p, char *v)
{
	static const struct {
		uint8_t type;
		uint32_t max;
	} ranges[] = {
		{ TYPE_BOOL, 1 }, { TYPE_COUNT, 4096 }, { TYPE_PTYS, 1048576 }, { TYPE_VLAN, 4094 },
		/* (uid_t)-1 means "leave it" to the kernel. */
		{ TYPE_U32, UINT32_MAX - 1 },
	};
	uint64_t n, max = INT_MAX;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (ranges[i].type == p->k->type)
			max = ranges[i].max;
	if (str_to_u64(v, max, &n))
		return bad_value(p, v);
	/* lxc.autodev.tmpfs.size = 0 is LXC's default. */
	if (p->k->type == TYPE_SIZE && !n)
		n = p->k->def;
	return put_int(p, n);
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
	return strlen(v) > 64 || !is_plain(v) ? bad_value(p, v) : put_str(p, v);
}

int parse_arch(struct parse *p, char *v)
{
	return conf_arch_persona(v) < 0 ? bad_value(p, v) : put_str(p, v);
}

int parse_devdir(struct parse *p, char *v)
{
	bool bad = strlen(v) > NAME_MAX || strchr(v, '/') || str_eq(v, ".") || str_eq(v, "..") ||
		   !is_plain(v);

	return bad ? bad_value(p, v) : put_str(p, v);
}

int parse_words(struct parse *p, char *v)
{
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&v, BLANKS)))
		ret = put_item(p, word);
	return ret;
}

/* One word of those that the type lists. */
int parse_word(struct parse *p, char *v)
{
	const char *w = type_accepts(p->k->type);
	size_t n = strlen(v);

	for (; !strchr(v, ' '); w++) {
		if (!strncmp(w, v, n) && (!w[n] || w[n] == ' '))
			return put_str(p, v);
		w = strchr(w, ' ');
		if (!w)
			break;
	}
	return bad_value(p, v);
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

int parse_caps(struct parse *p, char *v)
{
	struct conf_list *l = p->field;
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&v, BLANKS))) {
		bool is_none = p->k->type == TYPE_CAPS_KEEP && str_eq(word, "none");

		if (!is_none && cap_number(word) < 0)
			return bad_value(p, word);
		/* "none" forgets what was before it, and is forgotten by what follows. */
		if (is_none || (l->first && str_eq(l->first->v, "none")))
			*l = (struct conf_list){ 0 };
		ret = put_item(p, word);
	}
	return ret;
}

int parse_env(struct parse *p, char *v)
{
	size_t n = strcspn(v, "="), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)v[i] <= ' ')
			return bad_value(p, v);
	return n ? put_item(p, v) : bad_value(p, v);
}

/* A name of a file in one directory, as lxc.cgroup.X and lxc.sysctl.X have it behind the dot. */
static int check_file_name(const struct parse *p)
{
	if (*p->sub == '.' || strchr(p->sub, '/') || strstr(p->sub, "..") ||
	    strlen(p->sub) > NAME_MAX || !is_plain(p->sub) || str_ends(p->sub, ":"))
		return err_set(EINVAL, "'%s' is not a file name", shown(p->sub));
	return 0;
}

int parse_cgroup(struct parse *p, char *v)
{
	struct device_rule rule;
	int ret = check_file_name(p);

	if (!ret && (str_eq(p->sub, "devices.allow") || str_eq(p->sub, "devices.deny")))
		ret = device_rule_parse(v, &rule);
	return ret ? ret : put_item(p, v);
}

int parse_procfile(struct parse *p, char *v)
{
	int ret = check_file_name(p);

	if (ret)
		return ret;
	list_remove(p->field, p->sub, NULL);
	return put_item(p, v);
}

int parse_prlimit(struct parse *p, char *v)
{
	uint64_t soft, hard;
	int ret;

	if (rlimit_number(p->sub) < 0)
		return err_set(EINVAL, "unknown resource limit '%s'", shown(p->sub));
	ret = rlimit_parse(v, &soft, &hard);
	if (ret)
		return ret;
	list_remove(p->field, p->sub, NULL);
	return put_item(p, v);
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
	return put_str(p, v);
}

int parse_mount(struct parse *p, char *v)
{
	struct mount_spec m;
	int ret = mount_spec_read(v, p->at, &m);

	if (!ret && m.idmap)
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

/* "proc:mixed" is of class proc, "cgroup-full" of class cgroup; the last word of a class acts. */
static void remove_class(struct conf_list *l, const char *word)
{
	size_t n = strcspn(word, ":-");
	const struct conf_item *it;

	for (it = l->first; it; it = it->next) {
		if (strcspn(it->v, ":-") == n && !strncmp(it->v, word, n)) {
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
		bool is_tunnel = str_after(word, "shmounts:");

		if (is_tunnel)
			ret = not_yet(p, "mount", word);
		else if (!is_automount(word))
			return bad_value(p, word);
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
		/* Needs lxc.idmap, needs offsets. To keep one that is never made is no request. */
		if (p->field == &p->c->ns_clone && str_eq(word, "user") &&
		    not_yet(p, "namespace", word))
			return -EINVAL;
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

int parse_nothing(struct parse *p, char *v)
{
	return *v ? bad_value(p, v) : 0;
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
	return put_str(p, v);
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
	return put_str(p, list);
}
