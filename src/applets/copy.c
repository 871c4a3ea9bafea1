/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-copy */
/* never copies or starts anything itself: applets/copying.c asks for it */
//config:config LXC_COPY
//config:	bool "lxc-copy (0.5 KB)"
//config:	depends on STORE
//config:	default y
//config:	help
//config:	  Copies a container, whole or as an overlay over the original; starts copies that
//config:	  live once; renames.
//applet:APPLET(copy, "lxc-copy", LXC_COPY, "copy, snapshot or rename a container")
/*
 * Exit status: 0 done; 1 failed; with -e in the foreground, or with a command, that of the first
 * process or of the command, 128+signal when it was killed.
 */
#include "applets/copying.h"

struct copy_args {
	struct opt_common common;
	struct copying c;
};

#define ARG(m) offsetof(struct copy_args, m)

static const struct opt options[] = {
	{ 'N', OPT_STR, ARG(c.newname), "newname", "NAME", OPT_HELP("name of the copy") },
	{ 'p', OPT_STR, ARG(c.newpath), "newpath", "DIR", OPT_HELP("LXCPATH of the copy") },
	{ 'R', OPT_FLAG, ARG(c.rename), "rename", NULL, OPT_HELP("rename instead of copy") },
	{ 's', OPT_FLAG, ARG(c.snapshot), "snapshot", NULL,
		OPT_HELP("an overlay over the original, which keeps what differs") },
	{ 'a', OPT_FLAG, ARG(c.allowrunning), "allowrunning", NULL,
		OPT_HELP("also of a container that runs") },
	{ 'e', OPT_FLAG, ARG(c.ephemeral), "ephemeral", NULL,
		OPT_HELP("start a snapshot that is removed when it stops; COMMAND is attached to it") },
	{ 'F', OPT_FLAG, ARG(c.foreground), "foreground", NULL,
		OPT_HELP("with -e: the console on this terminal") },
	{ 'd', OPT_FLAG, ARG(c.daemon), "daemon", NULL,
		OPT_HELP("with -e: in the background (the default)") },
	{ 'm', OPT_LIST, ARG(c.mounts), "mount", "MOUNT,...",
		OPT_HELP("with -e: bind=/SRC[:/DST][:ro] or overlay=/SRC[:/DST]") },
	{ 't', OPT_FLAG, ARG(c.tmpfs), "tmpfs", NULL,
		OPT_HELP("with -e: what it writes goes to a tmpfs") },
	{ 'D', OPT_FLAG, ARG(c.keepdata), "keepdata", NULL,
		OPT_HELP("with -e: it is not removed when it stops") },
	{ 'B', OPT_STR, ARG(c.storage), "backingstorage", "KIND",
		OPT_HELP("kind of storage (dir, overlay)") },
	{ 0, OPT_STR, ARG(c.storage), "backingstore", "KIND", OPT_HELP("the same") },
	{ 'L', OPT_STR, ARG(c.fssize), "fssize", "SIZE", OPT_HELP("of block devices: no effect") },
	{ 'K', OPT_FLAG, ARG(c.keepname), "keepname", NULL,
		OPT_HELP("the host name stays the original's") },
	{ 'M', OPT_FLAG, ARG(c.keepmac), "keepmac", NULL,
		OPT_HELP("hardware addresses stay the original's") },
	{ 'f', OPT_STR, ARG(common.rcfile), "rcfile", "FILE",
		OPT_HELP("configuration of the original instead of LXCPATH/NAME/config") },
};

static int run(void *args, int argc, char **argv)
{
	struct copy_args *a = args;

	a->c.common = &a->common;
	a->c.mark = '_';
	a->c.argv = argc ? argv : NULL;
	return copying_run(&a->c);
}

const struct applet copy_applet = {
	.synopsis = "[-n] NAME -N NEWNAME [OPTION]... [-- ARG...]",
	.about = OPT_HELP(
		"Copies the stopped container NAME to NEWNAME: its tree, its configuration with new "
		"paths, host name and hardware addresses. ARGs go to its hooks (lxc.hook.clone). "
		"With -e a snapshot of it is started, and COMMAND, given as ARGs, attached to it."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME | APPLET_PROTECT,
	.args_size = sizeof(struct copy_args),
	.run = run,
};
