/* SPDX-License-Identifier: MIT */
/* owns the list of keys that lxcbox keys prints: for scripts, as a table, one by one */
/* never reads a configuration */
#include <signal.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/str.h"

/* Rows and groups counted in the order of keys.def: a group's number is that of its first row. */
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
enum {
#define GROUP(id, title) AT_##id, BACK_##id = AT_##id - 1,
#define KEY(...) GLUE(ROW_, __LINE__),
#include "conf/keys.def"
#undef KEY
};

static const struct {
	uint8_t first;
	char id[11], title[36];
} groups[] = {
#define GROUP(id, title) { AT_##id, #id, title },
#define KEY(...)
#include "conf/keys.def"
#undef KEY
};

static unsigned int group_of(const struct key *k)
{
	unsigned int row = k - conf_keys, i;

	for (i = ARRAY_SIZE(groups) - 1; groups[i].first > row; i--)
		;
	return i;
}

const char *key_group(const struct key *k)
{
	return groups[group_of(k)].id;
}

bool key_is_family(const struct key *k)
{
	return k->shape == SHAPE_MAP;
}

bool key_is_list(const struct key *k)
{
	return k->shape == SHAPE_LIST || k->shape == SHAPE_NET_LIST || key_is_family(k) ||
	       k->type == TYPE_NS || k->type == TYPE_INCLUDE;
}

const char *key_default(const struct key *k, char *buf, size_t n)
{
	if (k->shape != SHAPE_INT && k->shape != SHAPE_NET_INT)
		return "";
	/* The numbers differ on MIPS. */
	if (k->type == TYPE_SIGNAL || k->type == TYPE_PDEATH)
		return k->def == SIGPWR ? "SIGPWR" : k->def == SIGINT ? "SIGINT" : "SIGKILL";
	if (k->type == TYPE_LEVEL)
		return log_level_name(k->def);
	if (k->type == TYPE_NS || k->type == TYPE_NET_KIND || k->type == TYPE_NET_UP ||
	    k->type == TYPE_VLAN || k->type == TYPE_PORT_VLAN || k->type == TYPE_QUEUES)
		return "";
	/* Below 0: none, as no value of a file is. */
	if (k->def < 0)
		return "";
	str_format(buf, n, "%d", (int)k->def);
	return buf;
}

/* "lxc.net.N.mtu", "lxc.cgroup.NAME"; "" for "". */
static const char *full_name(const struct key *k, const char *name, char *buf)
{
	str_format(buf, KEY_NAME_MAX, "%s%s%s", !*name || str_after(name, "lxcbox.") ? "" : "lxc.",
		   name, *name && key_is_family(k) ? ".NAME" : "");
	return buf;
}

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : ch;
}

/* In any case of letters. */
static bool contains(const char *text, const char *word)
{
	size_t i;

	for (; *text; text++) {
		for (i = 0; word[i] && lower(text[i]) == lower(word[i]); i++)
			;
		if (!word[i])
			return true;
	}
	return false;
}

/* word is part of a name or of the help, or the key as a file has it ("lxc.net.0.mtu"). */
static bool has_word(const struct key *k, const char *word)
{
	char name[KEY_NAME_MAX];
	struct key_ref ref;

	return contains(full_name(k, key_name(k), name), word) ||
	       contains(full_name(k, key_old(k), name), word) || contains(key_help(k), word) ||
	       (!key_find(word, &ref) && ref.k == k);
}

static bool is_wanted(const struct key *k, char *const *words)
{
	for (; *words; words++)
		if (!has_word(k, *words))
			return false;
	return true;
}

/* "", "not in this version", "CONFIG_X" or "CONFIG_X, not in this build". */
static const char *state_of(const struct key *k, char *buf)
{
	const char *symbol = str_after(key_built(k), "CFG_");

	if (!symbol)
		return k->is_built ? "" : "not in this version";
	str_format(buf, KEY_NAME_MAX, "CONFIG_%s%s", symbol,
		   k->is_built ? "" : ", not in this build");
	return buf;
}

static void print_tabs(const struct key *k, int fd)
{
	static const char shapes[][5] = {
		"one", "one", "list", "map", "one", "one", "list", "none",
	};
	const char *name = key_name(k), *old = key_old(k);
	const char *prefix = str_after(name, "lxcbox.") ? "" : "lxc.";
	char state[KEY_NAME_MAX], value[24];

	fd_printf(fd, "%s%s\t%s%s\t%s, %s%s\t%s\t%s\t%s\t%s\n", *name ? prefix : "-", name,
		  *old ? prefix : "-", old, shapes[k->shape],
		  k->is_built ? type_accepts(k->type) : "not built: ",
		  k->is_built ? "" : key_built(k), key_help(k), key_group(k),
		  key_default(k, value, sizeof(value)), state_of(k, state));
}

#define COLUMNS 80

/* Words of text from column left on, the first line of it where the cursor is. */
static void print_wrapped(int fd, const char *text, unsigned int left)
{
	unsigned int at = left, n;
	const char *gap = "";

	for (; *text; text += n, text += strspn(text, " ")) {
		n = strcspn(text, " ");
		if (*gap && at + 1 + n >= COLUMNS) {
			fd_printf(fd, "\n%*s", (int)left, "");
			at = left;
			gap = "";
		}
		fd_printf(fd, "%s%.*s", gap, (int)n, text);
		at += n + (*gap != '\0');
		gap = " ";
	}
	fd_printf(fd, "\n");
}

/* A line of the table: what does not act here is in brackets. */
static void print_row(const struct key *k, int fd)
{
	char name[KEY_NAME_MAX], line[KEY_NAME_MAX + 2];

	full_name(k, *key_name(k) ? key_name(k) : key_old(k), name);
	str_format(line, sizeof(line), "%s%s%s", k->is_built ? "" : "(", name,
		   k->is_built ? "" : ")");
	fd_printf(fd, "  %-32s ", line);
	print_wrapped(fd, key_help(k), 35);
}

static void print_item(int fd, const char *title, const char *text)
{
	if (!*text)
		return;
	fd_printf(fd, "  %-9s", title);
	print_wrapped(fd, text, 11);
}

static void print_full(const struct key *k, int fd)
{
	char name[KEY_NAME_MAX], buf[KEY_NAME_MAX];

	full_name(k, key_name(k), name);
	fd_printf(fd, "%s", name);
	full_name(k, key_old(k), buf);
	fd_printf(fd, "%s%s%s\n", !*buf ? "" : *name ? " (before 2.1: " : "", buf,
		  !*buf ? "" : *name ? ")" : " (before 2.1)");
	if (*key_help(k))
		print_item(fd, "", key_help(k));
	print_item(fd, "value", type_accepts(k->type));
	print_item(fd, "default", key_default(k, buf, sizeof(buf)));
	if (k->type != TYPE_HOOKS && k->type != TYPE_NET_CLEAR && k->type != TYPE_OBSOLETE)
		print_item(fd, "lines", key_is_family(k) ? "as many as there are NAMEs" :
				       key_is_list(k)   ? "any number, they add up" :
							  "one, the last counts");
	print_item(fd, "built", k->is_built && str_eq(key_built(k), "1") ? "always" :
							state_of(k, buf));
}

int conf_keys_json(int fd, char *const *words)
{
	char buf[KEY_NAME_MAX];
	const struct key *k;
	struct json j;
	int n = 0, ret;

	json_init(&j, fd);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_array(&j, "keys");
	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const char *symbol = str_after(key_built(k), "CFG_"), *value;

		if (!is_wanted(k, words))
			continue;
		json_object(&j, NULL);
		json_string(&j, "key", *key_name(k) ? full_name(k, key_name(k), buf) : NULL);
		json_string(&j, "old_key", *key_old(k) ? full_name(k, key_old(k), buf) : NULL);
		json_string(&j, "section", key_group(k));
		json_string(&j, "help", *key_help(k) ? key_help(k) : NULL);
		json_string(&j, "value", *type_accepts(k->type) ? type_accepts(k->type) : NULL);
		value = key_default(k, buf, sizeof(buf));
		json_string(&j, "default", *value ? value : NULL);
		json_bool(&j, "repeatable", key_is_list(k));
		json_bool(&j, "built", k->is_built);
		str_format(buf, sizeof(buf), "CONFIG_%s", symbol ? symbol : "");
		json_string(&j, "symbol", symbol ? buf : NULL);
		json_end(&j);
		n++;
	}
	json_end(&j);
	ret = json_end(&j);
	return ret ? ret : n;
}

int conf_keys_print(int fd, char *const *words, bool tabs)
{
	const struct key *k;
	unsigned int group = ARRAY_SIZE(groups);
	int n = 0;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		if (!is_wanted(k, words))
			continue;
		if (tabs) {
			print_tabs(k, fd);
		} else if (*words) {
			if (n)
				fd_printf(fd, "\n");
			print_full(k, fd);
		} else {
			if (group_of(k) != group)
				fd_printf(fd, "%s%s\n", n ? "\n" : "", groups[group_of(k)].title);
			group = group_of(k);
			print_row(k, fd);
		}
		n++;
	}
	return n;
}
