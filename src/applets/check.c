/* SPDX-License-Identifier: MIT */
/* owns the command line of lxcbox check */
/* never asks anything of the machine but the files that are named, never starts anything */
//config:config LXCBOX_CHECK
//config:	bool "lxcbox check (0.8 KB)"
//config:	default y
//config:	help
//config:	  Reads configuration files and names everything that is wrong with them, without
//config:	  root and without the container. A box that only starts what was checked elsewhere
//config:	  can do without.
//applet:APPLET(check, "check", LXCBOX_CHECK, "name everything that is wrong with a configuration file")
/*
 * Exit status: 0 nothing is wrong; 1 something is; 2 a mistake in the command line.
 */
#include <limits.h>
#include <string.h>

#include "applets/common.h"

struct check_args {
	struct opt_common common;
	struct opt_list define;
};

#define ARG(m) offsetof(struct check_args, m)

static const struct opt options[] = {
	{ 's', OPT_LIST, ARG(define), "define", "KEY=VALUE",
		OPT_HELP("a line of configuration, after the file") },
};

static int check_file(const struct check_args *a, const char *file)
{
	struct opt_common o = a->common;
	char lxcpath[PATH_MAX];
	struct conf c;
	bool found;
	int ret;

	o.rcfile = file;
	conf_init(&c, o.name ? o.name : "NAME", container_lxcpath(&o, lxcpath, sizeof(lxcpath)));
	ret = container_load(&c, &o, &a->define, &found);
	if (ret) {
		fd_printf(1, "%s\n%s", err_text(), conf_problems());
		err_clear();
	}
	conf_free(&c);
	return ret;
}

static int run(void *args, int argc, char **argv)
{
	struct check_args *a = args;
	int status = 0, i;

	if (!argc) {
		fd_printf(2, "lxcbox check: no file is named\n");
		return 2;
	}
	for (i = 0; i < argc; i++)
		if (check_file(a, argv[i]))
			status = 1;
	return status;
}

const struct applet check_applet = {
	.synopsis = "[OPTION]... FILE...",
	.about = OPT_HELP(
		"Reads each FILE as a start would and prints a line for everything that is wrong "
		"with it."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_READS,
	.args_size = sizeof(struct check_args),
	.run = run,
};
