/* SPDX-License-Identifier: MIT */
/* owns the list of keys in lxc.container.conf(5) */
/* never has a sentence that is not in a table; only in builds with CONFIG_DOCGEN */
#include <string.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"

static void print_name(const char *name, bool is_net)
{
	const char *rest = is_net ? str_after(name, "net.N.") : NULL;

	if (rest)
		fd_printf(1, "\\fBlxc.net.\\fIN\\fB.%s\\fR", rest);
	else
		fd_printf(1, "\\fB%s%s\\fR", str_after(name, "lxcbox.") ? "" : "lxc.", name);
}

static void print_value(const struct key *k)
{
	char buf[24];
	const char *value = k->is_built ? key_default(k, buf, sizeof(buf)) : "";
	const char *symbol = str_after(key_built(k), "CFG_");

	if (k->type != TYPE_REFUSED && k->type != TYPE_NONE)
		fd_printf(1, " Value: %s.", type_accepts(k->type));
	if (key_is_list(k))
		fd_printf(1, " May be given more than once.");
	if (*value && !str_eq(value, "0"))
		fd_printf(1, " Default: %s.", value);
	if (symbol)
		fd_printf(1, " Needs CONFIG_%s.", symbol);
	else if (!k->is_built)
		fd_printf(1, " Not in this version: refused by name.");
}

void conf_sys_doc(void)
{
	unsigned int i;

	for (i = 0; CFG_SYSTEM_CONF && i < SYS_COUNT; i++) {
		const char *help = sys_help(i), *value = conf_sys_value(i);

		fd_printf(1, ".TP\n\\fBlxc.%s\\fR\n%c%s. Value: %s.", conf_sys_name(i),
			  *help - 'a' + 'A', help + 1, sys_accepts(i));
		if (value)
			fd_printf(1, " Default: %s.", value);
		if (sys_below_home(i))
			fd_printf(1, " Of who is not root: ~%s.", sys_below_home(i));
		if (!conf_sys_is_built(i))
			fd_printf(1, " Kept and shown by lxc-config; this version has no such storage.");
		fd_printf(1, "\n");
	}
}

void conf_keys_doc(void)
{
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		bool is_net = k->shape >= SHAPE_NET_STR && k->shape <= SHAPE_NET_NONE;
		bool is_map = key_is_family(k);
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
