/* SPDX-License-Identifier: MIT */
/* owns the command line of lxcbox keys */
/* never reads a file */
//config:config LXCBOX_KEYS
//config:	bool "lxcbox keys (7.6 KB)"
//config:	default y
//config:	help
//config:	  List the keys of the configuration language: both names, what each takes, whether
//config:	  this build acts on it. The help text of each key is CONF_HELP.
//applet:APPLET(keys, "keys", LXCBOX_KEYS, "list the keys of the configuration language")
/*
 * Exit status: 0; 1 no key has the words that are asked for; 2 a mistake in the command line.
 */
#include <unistd.h>

#include "applets/common.h"

struct keys_args {
	struct opt_common common;
	bool tabs, json;
};

#define ARG(m) offsetof(struct keys_args, m)

static const struct opt options[] = {
	{ 't', OPT_FLAG, ARG(tabs), "tabs", NULL,
		OPT_HELP("a line for each key, for scripts: as when the output is no terminal") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL, OPT_HELP("JSON, for programs") },
};

static int run(void *args, int argc, char **argv)
{
	struct keys_args *a = args;
	int n;

	if (CFG_JSON && a->json) {
		n = conf_keys_json(1, argv);
		return n < 0 ? err_code(n, "cannot write") : !n;
	}
	if (conf_keys_print(1, argv, a->tabs || !isatty(1)))
		return 0;
	return err_set(ENOENT, "no key has '%s'%s", argv[0],
		       argc > 1 ? " and the other words" : "");
}

const struct applet keys_applet = {
	.synopsis = "[OPTION]... [WORD]...",
	.about = OPT_HELP(
		"Lists the keys of configuration files: on a terminal as a table, otherwise a line "
		"for each with tabs between name, name before LXC 2.1, number and kind of values, "
		"help, section, default and what it needs. With WORDs only the keys that have all "
		"of them in a name or in the help, each with all that is known of it. A key in "
		"brackets is known and refused: this build or version does not act on it."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PLAIN,
	.args_size = sizeof(struct keys_args),
	.run = run,
};
