/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-usernsexec */
/* never has a privilege that its caller has not: newuidmap and newgidmap may */
//config:config LXC_USERNSEXEC
//config:	bool "lxc-usernsexec (1.4 KB)"
//config:	default y
//config:	select UNSHARE
//config:	help
//config:	  Run a command as root of a new user namespace.
//applet:APPLET(usernsexec, "lxc-usernsexec", LXC_USERNSEXEC, "run a command as root of a new user namespace")
/*
 * Exit status: that of the command, 128+signal when it was killed, 126 cannot be executed, 127 not
 * found; 1 error.
 */
#include <sched.h>

#include "applets/common.h"
#include "container/unshare.h"

struct usernsexec_args {
	struct opt_common common;
	bool self;
	const char *uid, *gid;
	struct opt_list maps;
};

#define ARG(m) offsetof(struct usernsexec_args, m)

static const struct opt options[] = {
	{ 'm', OPT_LIST, ARG(maps), NULL, "MAP",
		OPT_HELP("[u|g|b]:INSIDE:OUTSIDE:COUNT, ids of users, groups or both; else the "
			 "caller's own of /etc/subuid and /etc/subgid") },
	{ 's', OPT_FLAG, ARG(self), NULL, NULL, OPT_HELP("map the caller's own ids, too") },
	{ 'u', OPT_STR, ARG(uid), NULL, "UID", OPT_HELP("run as user UID, not as root") },
	{ 'g', OPT_STR, ARG(gid), NULL, "GID", OPT_HELP("run as group GID, not as root's") },
};

static int parse_id(const char *s, uid_t *id)
{
	uint64_t n;

	if (str_to_u64(s, UINT32_MAX - 1, &n))
		return err_set(EINVAL, "bad id '%s'", s);
	*id = (uid_t)n;
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	static char *shell[] = { (char *)"/bin/sh", NULL };
	struct usernsexec_args *a = args;
	struct id_maps maps = { 0 };
	struct unshare u = { .namespaces = CLONE_NEWUSER | CLONE_NEWNS, .maps = &maps,
		.is_root = true, .argv = argc ? argv : shell };
	uid_t uid, gid;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < a->maps.n; i++)
		ret = id_maps_parse(&maps, a->maps.v[i]);
	if (!ret && !a->maps.n)
		ret = id_maps_add_own(&maps);
	if (!ret && a->self)
		ret = id_maps_add_self(&maps);
	if (!ret && a->uid) {
		ret = parse_id(a->uid, &uid);
		u.uid = &uid;
	}
	if (!ret && a->gid) {
		ret = parse_id(a->gid, &gid);
		u.gid = &gid;
	}
	if (!ret)
		ret = unshare_run(&u);
	return applet_told(ret, "lxc-usernsexec", "");
}

const struct applet usernsexec_applet = {
	.synopsis = "[-m MAP]... [-s] [-u UID] [-g GID] [--] [COMMAND [ARG]...]",
	.about = OPT_HELP("Runs COMMAND, else a shell, as root of a new user namespace."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PLAIN,
	.args_size = sizeof(struct usernsexec_args),
	.run = run,
};
