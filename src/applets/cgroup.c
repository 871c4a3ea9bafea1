/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-cgroup */
/* never touches a cgroup itself: monitor/control.c does */
//config:config LXC_CGROUP
//config:	bool "lxc-cgroup (0.6 KB)"
//config:	default y
//config:	help
//config:	  Read and write the cgroup files of a running container.
//applet:APPLET(cgroup, "lxc-cgroup", LXC_CGROUP, "read or write a cgroup file of a container")
/*
 * Exit status: 0; 1 error: it does not run, there is no such file, the kernel refuses the value.
 */
#include <limits.h>

#include "applets/common.h"

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	const struct opt_common *o = args;

	container_lxcpath(o, lxcpath, sizeof(lxcpath));
	if (!argc)
		return err_set(EINVAL, "missing file, like memory.limit_in_bytes");
	if (argc > 2)
		return err_set(EINVAL, "unexpected argument '%s'", argv[2]);
	return argc == 1 ? client_cgroup_print(o->name, lxcpath, argv[0], 1)
			 : client_cgroup_write(o->name, lxcpath, argv[0], argv[1]);
}

const struct applet cgroup_applet = {
	.synopsis = "[-n] NAME [OPTION]... FILE [VALUE]",
	.about = OPT_HELP(
		"Prints the cgroup file FILE (CONTROLLER.NAME) of the running container NAME, or "
		"writes VALUE to it. The name is that of the version of cgroups that the controller "
		"is on here, and the directory the one that limits the container: its processes may be "
		"in one below."),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct opt_common),
	.run = run,
};
