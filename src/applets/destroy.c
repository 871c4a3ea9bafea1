/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-destroy */
/* never removes anything itself: store/destroy.c does */
//config:config LXC_DESTROY
//config:	bool "lxc-destroy (0.2 KB)"
//config:	depends on STORE
//config:	default y
//config:	help
//config:	  Remove a container with its tree; also what killed ones of these left.
//applet:APPLET(destroy, "lxc-destroy", LXC_DESTROY, "remove a container")
/*
 * Exit status: 0 removed; 1 failed, or it runs, or there is none.
 */
#include <limits.h>

#include "applets/common.h"
#include "store/destroy.h"

struct destroy_args {
	struct opt_common common;
	bool force, snapshots;
};

#define ARG(m) offsetof(struct destroy_args, m)

static const struct opt options[] = {
	{ 'f', OPT_FLAG, ARG(force), "force", NULL, OPT_HELP("a running one is killed first") },
	{ 's', OPT_FLAG, ARG(snapshots), "snapshots", NULL,
		OPT_HELP("also its snapshots and clones") },
};

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct destroy_args *a = args;
	struct destroy o = {
		.common = &a->common,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)),
		.force = a->force,
		.snapshots = a->snapshots,
	};

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	return store_destroy(&o);
}

const struct applet destroy_applet = {
	.synopsis = "[-n] NAME [OPTION]...",
	.about = OPT_HELP(
		"Removes the container NAME: LXCPATH/NAME, and its tree where that is elsewhere, unless "
		"lxc.rootfs.managed is 0. What was interrupted is finished by another lxc-destroy."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct destroy_args),
	.run = run,
};
