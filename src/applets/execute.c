/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-execute */
/* never starts anything itself: monitor/ does */
//config:config LXC_EXECUTE
//config:	bool "lxc-execute (0.8 KB)"
//config:	default y
//config:	help
//config:	  Run one command in a container under a built-in PID 1 that reaps and forwards
//config:	  signals.
//applet:APPLET(execute, "lxc-execute", LXC_EXECUTE, "run a command in a new container")
/*
 * Exit status: that of the command, 128+signal when it was killed; 126 cannot be executed, 127 not
 * found; 1 the start failed.
 */
#include "applets/common.h"

struct execute_args {
	struct opt_common common;
	bool daemon;
	const char *uid, *gid;
	const char *share[LAUNCH_SHARED];
	struct opt_list define;
};

#define ARG(m) offsetof(struct execute_args, m)

static const struct opt options[] = {
	{ 'd', OPT_FLAG, ARG(daemon), "daemon", NULL, OPT_HELP("run in the background") },
	{ 'f', OPT_STR, ARG(common.rcfile), "rcfile", "FILE",
		OPT_HELP("configuration file instead of LXCPATH/NAME/config") },
	{ 's', OPT_LIST, ARG(define), "define", "KEY=VALUE",
		OPT_HELP("a line of configuration, after the file") },
	SHARE_OPTIONS(ARG(share)),
	{ 'u', OPT_STR, ARG(uid), "uid", "UID", OPT_HELP("run the command with this user id") },
	{ 'g', OPT_STR, ARG(gid), "gid", "GID", OPT_HELP("run the command with this group id") },
};

static int run(void *args, int argc, char **argv)
{
	struct execute_args *a = args;
	struct launch l = {
		.common = &a->common,
		.define = &a->define,
		.argv = argc ? argv : NULL,
		.execute = true,
		.foreground = !a->daemon,
		.uid = a->uid,
		.gid = a->gid,
		.share = a->share,
	};

	return launch_container(&l);
}

const struct applet execute_applet = {
	.synopsis = "[-n] NAME [OPTION]... [-- COMMAND [ARG]...]",
	.about = OPT_HELP(
		"Runs COMMAND, else lxc.execute.cmd, in a new container under a built-in PID 1; "
		"nothing has to be installed in the rootfs."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME | APPLET_PROTECT | APPLET_MAKES,
	.args_size = sizeof(struct execute_args),
	.run = run,
};
