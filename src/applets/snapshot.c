/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-snapshot */
/* never makes or removes anything itself: store/snapshot.c does */
//config:config LXC_SNAPSHOT
//config:	bool "lxc-snapshot (7.3 KB)"
//config:	depends on STORE
//config:	default y
//config:	help
//config:	  Keeps a container as it is now, lists what was kept, goes back to it.
//applet:APPLET(snapshot, "lxc-snapshot", LXC_SNAPSHOT, "make, list, restore and remove snapshots of a container")
/*
 * Exit status: 0 done; 1 failed.
 */
#include <limits.h>

#include "applets/common.h"
#include "store/snapshot.h"

struct snapshot_args {
	struct opt_common common;
	bool list, comments;
	const char *restore, *destroy, *comment, *newname;
};

#define ARG(m) offsetof(struct snapshot_args, m)

static const struct opt options[] = {
	{ 'L', OPT_FLAG, ARG(list), "list", NULL, OPT_HELP("list them: NAME (PATH) TIME") },
	{ 'C', OPT_FLAG, ARG(comments), "showcomments", NULL, OPT_HELP("with -L: their comments") },
	{ 'c', OPT_STR, ARG(comment), "comment", "FILE",
		OPT_HELP("the new one gets what is in FILE as its comment") },
	{ 'r', OPT_STR, ARG(restore), "restore", "SNAPSHOT",
		OPT_HELP("put SNAPSHOT in the place of the container") },
	{ 'N', OPT_STR, ARG(newname), "newname", "NAME",
		OPT_HELP("with -r: make a container NAME of it instead") },
	{ 'd', OPT_STR, ARG(destroy), "destroy", "SNAPSHOT",
		OPT_HELP("remove SNAPSHOT; ALL: all of them") },
};

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct snapshot_args *a = args;
	const struct opt_common *o = &a->common;

	if (a->restore && !a->newname && argc)
		a->newname = (argc--, *argv++);
	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (a->list + !!a->restore + !!a->destroy > 1)
		return err_set(EINVAL, "-L, -r and -d are mutually exclusive");
	if (a->newname && !a->restore)
		return err_set(EINVAL, "-N goes only with -r");
	a->common.lxcpath = container_lxcpath(o, lxcpath, sizeof(lxcpath));
	if (a->list)
		return snapshot_list(o, a->comments, 1);
	if (a->restore)
		return snapshot_restore(o, a->restore, a->newname);
	return a->destroy ? snapshot_destroy(o, a->destroy) : snapshot_make(o, a->comment);
}

const struct applet snapshot_applet = {
	.synopsis = "[-n] NAME [OPTION]... [-r SNAPSHOT [NEWNAME]]",
	.about = OPT_HELP(
		"Makes a snapshot of the stopped container NAME: snap0, snap1 ... in LXCPATH/NAME/snaps. "
		"Of a directory it is a whole copy, of an overlay a copy of what it has written."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct snapshot_args),
	.run = run,
};
