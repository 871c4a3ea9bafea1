/* SPDX-License-Identifier: MIT */
/* owns manual pages, which there are and the options of commands, and the tables for completion */
/* never has a sentence that is not in a table */
#include "docgen.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "conf/conf.h"
#include "lib/fd.h"
#include "lib/opt.h"
#include "lib/str.h"

#define APPLET(id, name, symbol, help) extern const struct applet id##_applet;
#include "applets.def"
#undef APPLET

static const struct entry {
	const char *name;
	const text_t *help;
	const struct applet *applet;
} entries[] = {
#define APPLET(id, name, symbol, help) { name, TEXT(help), CFG_##symbol ? &id##_applet : NULL },
#include "applets.def"
#undef APPLET
};

/* The page of a command, and its title: lxcbox's own commands have lxcbox before their names. */
static const char *page_name(const struct entry *e)
{
	static char buf[32];

	str_format(buf, sizeof(buf), "%s%s", str_after(e->name, "lxc-") ? "" : "lxcbox-", e->name);
	return buf;
}

/* Words in capitals are what the user puts in: italic, everything else bold. */
static void print_synopsis(const char *s)
{
	size_t n;

	for (; *s; s += n) {
		n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (n) {
			fd_printf(1, "\\fI%.*s\\fR", (int)n, s);
			continue;
		}
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (n) {
			char word[64];

			str_format(word, sizeof(word), "%.*s", (int)n, s);
			fd_printf(1, "\\fB");
			doc_text(word);
			fd_printf(1, "\\fR");
			continue;
		}
		fd_printf(1, "%c", *s);
		n = 1;
	}
}

static void print_option(const struct opt *o)
{
	bool maybe = o->type == OPT_MAYBE;

	fd_printf(1, ".TP\n");
	if (o->letter)
		fd_printf(1, "\\fB\\-%c\\fR%s", o->letter, o->name ? ", " : "");
	if (o->name) {
		fd_printf(1, "\\fB\\-\\-");
		doc_text(o->name);
		fd_printf(1, "\\fR");
	}
	if (o->arg)
		fd_printf(1, "%s%s\\fI%s\\fR%s", maybe ? "[" : "", o->name ? "=" : " ", o->arg,
			  maybe ? "]" : "");
	fd_printf(1, "\n");
	doc_text(text_str(o->help));
	fd_printf(1, "%s\n", o->type == OPT_LIST ? "; may be given more than once" : "");
}

static bool has_own(const struct applet *a, const struct opt *common)
{
	unsigned int i;

	for (i = 0; i < a->n_opts; i++)
		if (a->opts[i].name && str_eq(a->opts[i].name, common->name))
			return true;
	return false;
}

static void print_applet(const struct entry *e, const char *version)
{
	const struct applet *a = e->applet;
	unsigned int i, n_common = a->flags & APPLET_PLAIN ? opt_plain_count : opt_common_count;
	const char *rest = str_after(e->name, "lxc-");
	char title[32];

	str_format(title, sizeof(title), "%s", page_name(e));
	for (i = 0; title[i]; i++)
		title[i] = (char)toupper((unsigned char)title[i]);
	fd_printf(1, ".TH %s 1 \"\" \"lxcbox %s\" lxcbox\n.SH NAME\n", title, version);
	doc_text(page_name(e));
	fd_printf(1, " \\- ");
	doc_text(text_str(e->help));
	fd_printf(1, "\n.SH SYNOPSIS\n\\fB");
	doc_text(rest ? e->name : "lxcbox ");
	doc_text(rest ? "" : e->name);
	fd_printf(1, "\\fR ");
	print_synopsis(a->synopsis);
	if (rest)
		fd_printf(1, "\n.br\n\\fBlxcbox\\fR \\fB%s\\fR ...", rest);
	fd_printf(1, "\n.SH DESCRIPTION\n");
	doc_text(text_str(a->about));
	fd_printf(1, "\n.SH OPTIONS\n");
	for (i = 0; i < a->n_opts; i++)
		print_option(&a->opts[i]);
	fd_printf(1, ".SS of every command\n");
	for (i = 0; i < n_common; i++)
		if (!has_own(a, &opt_common_table[i]))
			print_option(&opt_common_table[i]);
}

static void print_commands(void)
{
	const struct entry *e;

	for (e = entries; e < entries + ARRAY_SIZE(entries); e++) {
		if (!e->applet)
			continue;
		fd_printf(1, ".TP\n.BR ");
		doc_text(page_name(e));
		fd_printf(1, " (1)\n");
		doc_text(text_str(e->help));
		fd_printf(1, "\n");
	}
}

static bool is_page(const char *page, const char *name, const char *section)
{
	const char *rest = str_after(page, name);

	return rest && str_eq(rest, section);
}

static void print_row(const struct entry *e, const struct opt *o)
{
	fd_printf(1, "O\t%s\t%.*s\t%s\t%s\t%d\t%s\n", e->name, !!o->letter, &o->letter,
		  o->name ? o->name : "", o->arg ? o->arg : "", o->type == OPT_MAYBE, text_str(o->help));
}

/* What tools/completion makes shell completion of, lines of words with tabs between them. */
static void print_tables(void)
{
	const struct entry *e;
	unsigned int i;

	for (e = entries; e < entries + ARRAY_SIZE(entries); e++) {
		const struct applet *a = e->applet;
		unsigned int n_common;

		if (!a)
			continue;
		n_common = a->flags & APPLET_PLAIN ? opt_plain_count : opt_common_count;
		fd_printf(1, "C\t%s\t%d\t%s\t%s\n", e->name, !!(a->flags & APPLET_NEEDS_NAME),
			  a->synopsis, text_str(e->help));
		for (i = 0; i < a->n_opts; i++)
			if (a->opts[i].name || a->opts[i].letter)
				print_row(e, &a->opts[i]);
		for (i = 0; i < n_common; i++)
			if (!has_own(a, &opt_common_table[i]))
				print_row(e, &opt_common_table[i]);
	}
	fd_printf(1, "V\tSTATE\t");
#define STATE(name, ...) fd_printf(1, #name " ");
#include "monitor/states.def"
#undef STATE
	fd_printf(1, "\n");
	conf_words_doc();
}

int docgen_print(const char *page, const char *version)
{
	const struct entry *e;

	if (!page)
		fd_printf(1, "lxcbox.1\nlxc.container.conf.5\nlxc.conf.5\n");
	for (e = entries; e < entries + ARRAY_SIZE(entries); e++) {
		if (!e->applet)
			continue;
		if (!page) {
			fd_printf(1, "%s.1\n", page_name(e));
		} else if (is_page(page, page_name(e), ".1")) {
			print_applet(e, version);
			return 0;
		}
	}
	if (!page)
		return 0;
	if (str_eq(page, "lxcbox.1"))
		print_commands();
	else if (str_eq(page, "lxc.container.conf.5"))
		conf_keys_doc();
	else if (str_eq(page, "lxc.conf.5"))
		conf_sys_doc();
	else if (str_eq(page, "completion"))
		print_tables();
	else
		return err_set(ENOENT, "no page '%s'", page);
	return 0;
}
