/* SPDX-License-Identifier: MIT */
/* owns the list of keys in lxc.container.conf(5) */
/* never has a sentence that is not in a table; only in builds with CONFIG_DOCGEN */
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"

void doc_text(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '-')
			fd_printf(1, *s == '-' ? "\\-" : "\\e");
		else
			fd_printf(1, "%c", *s);
	}
}

/* Its name in bold, what stands for a number or a name in italics. */
static void print_name(const struct key *k, const char *name)
{
	const char *rest = str_after(name, "net.N.");

	fd_printf(1, "\\fB%s", str_after(name, "lxcbox.") ? "" : "lxc.");
	if (rest)
		fd_printf(1, "net.\\fIN\\fB.");
	doc_text(rest ? rest : name);
	fd_printf(1, "%s\\fR", key_is_family(k) ? ".\\fINAME" : "");
}

static void print_value(const struct key *k)
{
	const char *symbol = str_after(key_built(k), "CFG_");
	char buf[24];
	const char *value = key_default(k, buf, sizeof(buf));

	if (*type_accepts(k->type)) {
		fd_printf(1, "Value: ");
		doc_text(type_accepts(k->type));
		fd_printf(1, ".");
	}
	if (key_is_family(k))
		fd_printf(1, " One for each \\fINAME\\fR%s.",
			  k->type == TYPE_CGROUP || k->type == TYPE_FORWARD ?
				  "; lines of one name add up" :
				  "");
	else if (key_is_list(k))
		fd_printf(1, " Lines add up.");
	if (*value && !str_eq(value, "0"))
		fd_printf(1, " Default: %s.", value);
	if (symbol)
		fd_printf(1, " Needs CONFIG_%s.", symbol);
	else if (!k->is_built)
		fd_printf(1, " Not in this version: refused by name.");
	fd_printf(1, "\n");
}

static void print_key(const struct key *k)
{
	const char *name = key_name(k), *old = key_old(k), *help = key_help(k);

	fd_printf(1, ".TP\n");
	if (*name)
		print_name(k, name);
	if (*old) {
		fd_printf(1, *name ? " (before 2.1: " : "");
		print_name(k, old);
		fd_printf(1, *name ? ")" : " (before 2.1)");
	}
	/* A sentence of its own: the help begins with a small letter. */
	fd_printf(1, "\n%c", *help >= 'a' && *help <= 'z' ? *help - 'a' + 'A' : *help);
	doc_text(*help ? help + 1 : "");
	fd_printf(1, ".\n");
	print_value(k);
	fd_printf(1, ".\\\" KEY %s%s\n", str_after(name, "lxcbox.") ? "" : "lxc.",
		  *name ? name : old);
}

void conf_sys_doc(void)
{
	unsigned int i;

	for (i = 0; CFG_SYSTEM_CONF && i < SYS_COUNT; i++) {
		const char *help = sys_help(i), *value = conf_sys_value(i);

		fd_printf(1, ".TP\n\\fBlxc.%s\\fR\n%c", conf_sys_name(i), *help - 'a' + 'A');
		doc_text(help + 1);
		fd_printf(1, ".\nValue: ");
		doc_text(sys_accepts(i));
		fd_printf(1, ".");
		if (value)
			fd_printf(1, " Default: %s.", value);
		if (sys_below_home(i))
			fd_printf(1, " Of who is not root: ~%s.", sys_below_home(i));
		if (!conf_sys_is_built(i))
			fd_printf(1, " Kept and shown by lxc\\-config; this version has no such storage.");
		fd_printf(1, "\n.\\\" KEY lxc.%s\n", conf_sys_name(i));
	}
}

void conf_keys_doc(void)
{
	const char *group = "";
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		if (!str_eq(group, key_group(k)))
			fd_printf(1, ".\\\" GROUP %s\n", key_group(k));
		group = key_group(k);
		print_key(k);
	}
}

/* The words that a type takes, when they can be told; NULL: any text. */
static const char *words_of(enum type type)
{
	if (conf_types[type].flags & WORDS || type == TYPE_NET_KIND || type == TYPE_NET_UP ||
	    type == TYPE_NS)
		return type_accepts(type);
	if (type == TYPE_BOOL || type == TYPE_AUTODEV)
		return "0 1";
	if (type == TYPE_LEVEL)
		return "TRACE DEBUG INFO NOTICE WARN ERROR CRIT ALERT FATAL";
	if (type == TYPE_AUTO)
		return "proc:mixed proc:rw sys:mixed sys:ro sys:rw cgroup:mixed cgroup:ro cgroup:rw";
	return NULL;
}

static void print_words(const struct key *k, const char *name)
{
	const char *words = words_of(k->type);
	int i;

	fd_printf(1, "K\t%s%s%s\t%s", str_after(name, "lxcbox.") ? "" : "lxc.", name,
		  key_is_family(k) ? "." : "", words ? words : "");
	if (k->type == TYPE_CAPS || k->type == TYPE_CAPS_KEEP)
		for (i = 0; cap_name(i); i++)
			fd_printf(1, "%s%s", i ? " " : "", cap_name(i));
	fd_printf(1, "\n");
}

void conf_words_doc(void)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		if (*key_name(k))
			print_words(k, key_name(k));
		if (*key_old(k))
			print_words(k, key_old(k));
	}
}
