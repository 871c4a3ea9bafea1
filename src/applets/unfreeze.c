/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-unfreeze */
/* never touches a cgroup itself: monitor/control.c does */
//config:config LXC_UNFREEZE
//config:	bool "lxc-unfreeze (0.1 KB)"
//config:	default y
//config:	help
//config:	  Thaw a frozen container.
//applet:APPLET(unfreeze, "lxc-unfreeze", LXC_UNFREEZE, "let a frozen container go on")
/*
 * Exit status: 0 it is thawed, also when it was before; 1 error, or it does not run.
 */
#include <limits.h>

#include "applets/common.h"

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	const struct opt_common *o = args;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	return client_freeze(o->name, container_lxcpath(o, lxcpath, sizeof(lxcpath)), false);
}

const struct applet unfreeze_applet = {
	.synopsis = "[-n] NAME [OPTION]...",
	.about = OPT_HELP(
		"Thaws the container NAME. One that is not frozen goes on as it does."),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct opt_common),
	.run = run,
};
