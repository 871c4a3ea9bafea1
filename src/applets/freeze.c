/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-freeze */
/* never touches a cgroup itself: monitor/control.c does */
//config:config LXC_FREEZE
//config:	bool "lxc-freeze (0.1 KB)"
//config:	default y
//config:	help
//config:	  Freeze a running container by the freezer of cgroup v1, or by cgroup v2.
//applet:APPLET(freeze, "lxc-freeze", LXC_FREEZE, "stop all processes of a container for a while")
/*
 * Exit status: 0 it is frozen, also when it was before; 1 error, or it does not run.
 */
#include <limits.h>

#include "applets/common.h"

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	const struct opt_common *o = args;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	return client_freeze(o->name, container_lxcpath(o, lxcpath, sizeof(lxcpath)), true);
}

const struct applet freeze_applet = {
	.synopsis = "[-n] NAME [OPTION]...",
	.about = OPT_HELP(
		"Freezes the container NAME: none of its processes runs until lxc-unfreeze. "
		"It is an error when they do not stand still within 10 seconds; they are thawed then."),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct opt_common),
	.run = run,
};
