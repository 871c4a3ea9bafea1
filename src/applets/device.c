/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-device */
/* never touches a container that is not running */
//config:config LXC_DEVICE
//config:	bool "lxc-device (1.7 KB)"
//config:	default y
//config:	select NET_LINK
//config:	help
//config:	  Give a device of the host to a running container, or take it back: a device node
//config:	  with its rule, or a network interface.
//applet:APPLET(device, "lxc-device", LXC_DEVICE, "give a device to a running container or take it back")
#include <limits.h>

#include "applets/common.h"
#include "lib/sys.h"

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	const struct opt_common *o = args;
	bool add = argc && str_eq(argv[0], "add");

	container_lxcpath(o, lxcpath, sizeof(lxcpath));
	if (!argc || (!add && !str_eq(argv[0], "del")))
		return err_set(EINVAL, "add or del is missing");
	if (argc < 2)
		return err_set(EINVAL, "no device is named");
	if (argc > 3)
		return err_set(EINVAL, "unexpected argument '%s'", argv[3]);
	if (sys_euid())
		return err_set(EPERM, "must be root to %s a device", argv[0]);
	return client_plug(o->name, lxcpath, add, argv[1], argv[2]);
}

const struct applet device_applet = {
	.synopsis = "[-n] NAME [OPTION]... add|del DEVICE [TARGET]",
	.about = OPT_HELP(
		"Gives DEVICE of the host to the running container NAME as TARGET, or takes it back. "
		"DEVICE is the path of a device node, for which a rule is made too, or a network "
		"interface, which del names as it is called in the container."),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct opt_common),
	.run = run,
};
