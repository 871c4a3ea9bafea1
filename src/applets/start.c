/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-start */
/* never starts anything itself: monitor/ does */
//config:config LXC_START
//config:	bool "lxc-start (0.5 KB)"
//config:	default y
//config:	help
//config:	  Start a container, as a daemon or in the foreground.
//applet:APPLET(start, "lxc-start", LXC_START, "start a container")
/*
 * Exit status: 0 started, or running already; 1 failed; in the foreground that of the first
 * process, 128+signal when it was killed.
 */
#include <limits.h>

#include "applets/common.h"
#include "monitor/news.h"

struct start_args {
	struct opt_common common;
	bool foreground, close_fds, plan, json, wait_ready;
	const char *pidfile, *console, *console_log;
	const char *share[LAUNCH_SHARED];
	struct opt_list define;
};

#define ARG(m) offsetof(struct start_args, m)

static const struct opt options[] = {
	{ 'd', OPT_CLEAR, ARG(foreground), "daemon", NULL,
		OPT_HELP("run in the background (the default)") },
	{ 'F', OPT_FLAG, ARG(foreground), "foreground", NULL,
		OPT_HELP("stay in the foreground, the console on this terminal") },
	{ 'f', OPT_STR, ARG(common.rcfile), "rcfile", "FILE",
		OPT_HELP("configuration file instead of LXCPATH/NAME/config") },
	{ 's', OPT_LIST, ARG(define), "define", "KEY=VALUE",
		OPT_HELP("a line of configuration, after the file") },
	SHARE_OPTIONS(ARG(share)),
	{ 'p', OPT_STR, ARG(pidfile), "pidfile", "FILE",
		OPT_HELP("write the pid of the monitor to FILE") },
	{ 'c', OPT_STR, ARG(console), "console", "FILE",
		OPT_HELP("device or terminal for the console") },
	{ 'L', OPT_STR, ARG(console_log), "console-log", "FILE", OPT_HELP("log of the console") },
	{ 'C', OPT_FLAG, ARG(close_fds), "close-all-fds", NULL,
		OPT_HELP("close inherited files (always done)") },
	{ 0, OPT_FLAG, ARG(wait_ready), CFG_READINESS ? "wait-ready" : NULL, NULL,
		OPT_HELP("wait until the container says that it is ready (lxcbox.ready)") },
	{ 0, OPT_FLAG, ARG(plan), CFG_PLAN ? "plan" : NULL, NULL,
		OPT_HELP("print the ordered steps and where each comes from, do nothing") },
	{ 0, OPT_FLAG, ARG(json), CFG_PLAN && CFG_JSON ? "json" : NULL, NULL,
		OPT_HELP("with --plan: as JSON") },
};

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct start_args *a = args;
	int ret;
	struct launch l = {
		.common = &a->common,
		.define = &a->define,
		.argv = argc ? argv : NULL,
		.foreground = a->foreground,
		.plan = a->plan,
		.json = a->json,
		.pidfile = a->pidfile,
		.console = a->console,
		.console_log = a->console_log,
		.share = a->share,
	};

	if (a->json && !a->plan)
		return err_set(EINVAL, "--json is for --plan only");
	if (a->wait_ready && (a->foreground || a->plan))
		return err_set(EINVAL, "--wait-ready is for a start in the background");
	ret = launch_container(&l);
	if (!CFG_READINESS || ret || !a->wait_ready)
		return ret;
	return watch_ready(a->common.name,
			   container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)), false, -1);
}

const struct applet start_applet = {
	.synopsis = "[-n] NAME [OPTION]... [-- COMMAND [ARG]...]",
	.about = OPT_HELP(
		"Starts the container NAME with COMMAND, else lxc.init.cmd, else /sbin/init as "
		"its first process."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME | APPLET_PROTECT | APPLET_MAKES,
	.args_size = sizeof(struct start_args),
	.run = run,
};
