/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-unshare */
/* never makes a container: its command has no cgroup, no record and no monitor */
//config:config LXC_UNSHARE
//config:	bool "lxc-unshare (0.8 KB)"
//config:	default y
//config:	select UNSHARE
//config:	select NET_LINK
//config:	help
//config:	  Run a command in new namespaces, without a container around it.
//applet:APPLET(unshare, "lxc-unshare", LXC_UNSHARE, "run a command in new namespaces")
/*
 * Exit status: that of the command, 128+signal when it was killed, 126 cannot be executed, 127 not
 * found; 1 error; 0 as a daemon.
 */
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "applets/common.h"
#include "container/unshare.h"
#include "lib/compat.h"
#include "lib/log.h"

struct unshare_args {
	struct opt_common common;
	bool daemon, remount;
	const char *namespaces, *user, *hostname;
	struct opt_list interfaces;
};

#define ARG(m) offsetof(struct unshare_args, m)

static const struct opt options[] = {
	{ 's', OPT_STR, ARG(namespaces), "namespaces", "LIST",
		OPT_HELP("MOUNT PID UTSNAME IPC NETWORK USER CGROUP TIME, joined with |") },
	{ 'u', OPT_STR, ARG(user), "user", "USER",
		OPT_HELP("become USER, with USER in LIST as the only one there") },
	{ 'H', OPT_STR, ARG(hostname), "hostname", "NAME", OPT_HELP("host name, with UTSNAME") },
	{ 'i', OPT_LIST, ARG(interfaces), "ifname", "INTERFACE",
		OPT_HELP("move INTERFACE there, with NETWORK") },
	{ 'd', OPT_FLAG, ARG(daemon), "daemon", NULL, OPT_HELP("do not wait for the command") },
	{ 'M', OPT_FLAG, ARG(remount), "remount", NULL,
		OPT_HELP("mount /proc, /dev/shm and /dev/mqueue anew, with MOUNT") },
};

/* What an option works on is one of the new namespaces. */
static int check(const struct unshare_args *a, unsigned long which)
{
	if (a->interfaces.n && !(which & CLONE_NEWNET))
		return err_set(EINVAL, "-i needs NETWORK among the namespaces");
	if (a->hostname && !(which & CLONE_NEWUTS))
		return err_set(EINVAL, "-H needs UTSNAME among the namespaces");
	if (a->remount && !(which & CLONE_NEWNS))
		return err_set(EINVAL, "-M needs MOUNT among the namespaces");
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	struct unshare_args *a = args;
	struct unshare u = { .hostname = a->hostname, .interfaces = &a->interfaces,
		.remount = a->remount, .daemon = a->daemon, .argv = argv };
	struct id_maps maps = { 0 };
	uid_t uid = 0;
	int ret;

	if (!a->namespaces)
		return err_set(EINVAL, "-s NAMESPACES is missing");
	ret = namespaces_parse(a->namespaces, &u.namespaces);
	if (!ret)
		ret = argc ? check(a, u.namespaces) : err_set(EINVAL, "no command is given");
	if (!ret && a->user) {
		ret = user_find(a->user, &uid);
		u.uid = &uid;
	}
	/* As LXC: the caller is who is asked for. */
	if (!ret && u.namespaces & CLONE_NEWUSER) {
		ret = id_maps_add(&maps, false, (uint32_t)uid, (uint32_t)geteuid(), 1);
		if (!ret)
			ret = id_maps_add(&maps, true, 0, (uint32_t)getegid(), 1);
		u.maps = &maps;
		u.uid = &uid;
	}
	if (!ret)
		ret = unshare_run(&u);
	return applet_told(ret, "lxc-unshare", "");
}

const struct applet unshare_applet = {
	.synopsis = "-s LIST [OPTION]... [--] COMMAND [ARG]...",
	.about = OPT_HELP("Runs COMMAND in new namespaces of the kinds of LIST."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.args_size = sizeof(struct unshare_args),
	.run = run,
};
