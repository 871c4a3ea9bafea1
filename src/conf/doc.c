/* SPDX-License-Identifier: MIT */
/* owns the list of keys in lxc.container.conf(5) */
/* never has a sentence that is not in a table; only in builds with CONFIG_DOCGEN */
#include <signal.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

static void print_name(const char *name, bool is_net)
{
	const char *rest = is_net ? str_after(name, "net.N.") : NULL;

	if (rest)
		fd_printf(1, "\\fBlxc.net.\\fIN\\fB.%s\\fR", rest);
	else
		fd_printf(1, "\\fB%s%s\\fR", str_after(name, "lxcbox.") ? "" : "lxc.", name);
}

/* Those that a row has for a default; the numbers differ on MIPS. */
static const char *signal_of(int32_t number)
{
	return number == SIGPWR ? "SIGPWR" : number == SIGINT ? "SIGINT" : "SIGKILL";
}

/* What holds when no line says otherwise, where that is not nothing. */
static void print_default(const struct key *k)
{
	if ((k->shape != SHAPE_INT && k->shape != SHAPE_NET_INT) || !k->is_built)
		return;
	if (k->type == TYPE_SIGNAL || k->type == TYPE_PDEATH)
		fd_printf(1, " Default: %s.", signal_of(k->def));
	else if (k->type == TYPE_LEVEL)
		fd_printf(1, " Default: %s.", log_level_name(k->def));
	else if (k->def)
		fd_printf(1, " Default: %lld.", (long long)k->def);
}

static void print_value(const struct key *k)
{
	bool is_list = k->shape == SHAPE_LIST || k->shape == SHAPE_NET_LIST;
	bool is_many = is_list || k->shape == SHAPE_MAP;
	const char *symbol = str_after(key_built(k), "CFG_");

	if (k->type != TYPE_REFUSED && k->type != TYPE_NONE)
		fd_printf(1, " Value: %s.", type_accepts(k->type));
	if (is_many)
		fd_printf(1, " May be given more than once.");
	print_default(k);
	if (symbol)
		fd_printf(1, " Needs CONFIG_%s.", symbol);
	else if (!k->is_built)
		fd_printf(1, " Not in this version: refused by name.");
}

void conf_keys_doc(void)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		bool is_net = k->shape >= SHAPE_NET_STR && k->shape <= SHAPE_NET_NONE;
		bool is_map = k->shape == SHAPE_MAP || k->shape == SHAPE_FAMILY;
		const char *name = key_name(k), *old = key_old(k), *help = key_help(k);

		fd_printf(1, ".TP\n");
		if (*name) {
			print_name(name, is_net);
			fd_printf(1, "%s", is_map ? "\\fB.\\fINAME\\fR" : "");
		}
		if (*old)
			fd_printf(1, "%s\\fBlxc.%s%s\\fR%s", *name ? " (before 2.1: " : "", old,
				  is_map ? ".\\fINAME" : "", *name ? ")" : " (before 2.1)");
		/* A sentence of its own: the help begins with a small letter. */
		fd_printf(1, "\n%c%s.", *help >= 'a' && *help <= 'z' ? *help - 'a' + 'A' : *help,
			  *help ? help + 1 : "");
		print_value(k);
		fd_printf(1, "\n");
	}
}
