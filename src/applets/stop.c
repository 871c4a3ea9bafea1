/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-stop */
/* never ends a process itself: monitor/client.c does */
//config:config LXC_STOP
//config:	bool "lxc-stop (0.5 KB)"
//config:	default y
//config:	help
//config:	  Stop a container cleanly, or kill it; also removes what a killed monitor left.
//applet:APPLET(stop, "lxc-stop", LXC_STOP, "stop a container")
/*
 * Exit status: 0 stopped, 1 error, 2 was not running.
 */
#include <limits.h>

#include "applets/common.h"

struct stop_args {
	struct opt_common common;
	bool kill, nokill, nowait, nolock, reboot;
	struct opt_int timeout;
};

#define ARG(m) offsetof(struct stop_args, m)

static const struct opt options[] = {
	{ 'W', OPT_FLAG, ARG(nowait), "nowait", NULL,
		OPT_HELP("do not wait until it has stopped") },
	{ 't', OPT_INT, ARG(timeout), "timeout", "SECONDS",
		OPT_HELP("wait so long before it is killed (60; -1: for ever; 0: as -W)") },
	{ CFG_REBOOT ? 'r' : 0, OPT_FLAG, ARG(reboot), CFG_REBOOT ? "reboot" : NULL, NULL,
		OPT_HELP("reboot it, and wait until it runs again") },
	{ 'k', OPT_FLAG, ARG(kill), "kill", NULL, OPT_HELP("kill at once") },
	{ 0, OPT_FLAG, ARG(nokill), "nokill", NULL, OPT_HELP("only a clean shutdown, never kill") },
	{ 0, OPT_FLAG, ARG(nolock), "nolock", NULL,
		OPT_HELP("accepted with -k; no lock is waited for in any case") },
};

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct stop_args *a = args;
	struct stop_options o = {
		.kill = a->kill, .nokill = a->nokill,
		.nowait = a->nowait || (a->timeout.set && !a->timeout.v && !a->kill),
		.reboot = a->reboot,
		.timeout_s = a->timeout.set ? a->timeout.v : 60,
	};
	int ret;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (a->kill && (a->nokill || a->timeout.v || a->reboot))
		return err_set(EINVAL, "-k goes with none of --nokill, -r and -t");
	if (a->timeout.v < -1)
		return err_set(EINVAL, "bad timeout '%d' (seconds; -1: for ever)", a->timeout.v);
	if (a->nolock && !a->kill)
		return err_set(EINVAL, "--nolock goes only with -k");
	ret = client_stop(
		a->common.name, container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)), &o);
	if (ret != -ESRCH || err_is_set())
		return ret;
	if (!a->common.quiet)
		fd_tell(2, "lxc-stop: %s: the container is not running\n", a->common.name);
	return 2;
}

const struct applet stop_applet = {
	.synopsis = "[-n] NAME [OPTION]...",
	.about = OPT_HELP(
		"Stops the container NAME: by its halt signal, and by SIGKILL when it has not "
		"stopped in time. With -r it is asked to reboot, and never killed."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct stop_args),
	.run = run,
};
