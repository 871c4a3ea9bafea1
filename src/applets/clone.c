/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-clone, as LXC had it before 2.0 */
/* never copies anything itself: applets/copying.c asks for it */
//config:config LXC_CLONE
//config:	bool "lxc-clone (0.5 KB)"
//config:	depends on STORE
//config:	default y
//config:	help
//config:	  The older spelling of lxc-copy.
//applet:APPLET(clone, "lxc-clone", LXC_CLONE, "copy a container (older spelling of lxc-copy)")
/*
 * Exit status: 0 done; 1 failed.
 */
#include "applets/copying.h"

struct clone_args {
	struct opt_common common;
	struct copying c;
	const char *orig, *vgname, *fstype;
	bool copyhooks;
};

#define ARG(m) offsetof(struct clone_args, m)

static const struct opt options[] = {
	{ 'o', OPT_STR, ARG(orig), "orig", "NAME", OPT_HELP("the original") },
	{ 'n', OPT_STR, ARG(c.newname), "new", "NAME", OPT_HELP("name of the copy") },
	{ 's', OPT_FLAG, ARG(c.snapshot), "snapshot", NULL,
		OPT_HELP("an overlay over the original, which keeps what differs") },
	{ 'B', OPT_STR, ARG(c.storage), "backingstore", "KIND",
		OPT_HELP("kind of storage (dir, overlay)") },
	{ 'L', OPT_STR, ARG(c.fssize), "size", "SIZE", OPT_HELP("of block devices: no effect") },
	{ 'v', OPT_STR, ARG(vgname), "vgname", "NAME", OPT_HELP("refused") },
	{ 't', OPT_STR, ARG(fstype), "fstype", "TYPE", OPT_HELP("refused") },
	{ 'K', OPT_FLAG, ARG(c.keepname), "keepname", NULL,
		OPT_HELP("the host name stays the original's") },
	{ 'M', OPT_FLAG, ARG(c.keepmac), "keepmac", NULL,
		OPT_HELP("hardware addresses stay the original's") },
	{ 'H', OPT_FLAG, ARG(copyhooks), "copyhooks", NULL,
		OPT_HELP("copy hooks of the container (always done)") },
	{ 'p', OPT_STR, ARG(common.lxcpath), "lxcpath", "DIR",
		OPT_HELP("where the original is") },
	{ 'P', OPT_STR, ARG(c.newpath), "newpath", "DIR", OPT_HELP("where the copy goes") },
	{ 'R', OPT_FLAG, ARG(c.rename), "rename", NULL, OPT_HELP("rename instead of copy") },
};

static int run(void *args, int argc, char **argv)
{
	struct clone_args *a = args;
	int ret;

	if (!a->orig && argc)
		a->orig = (argc--, *argv++);
	if (!a->c.newname && argc)
		a->c.newname = (argc--, *argv++);
	if (!a->orig || !a->c.newname)
		return err_set(EINVAL, "you must provide orig and new names");
	if (a->vgname || a->fstype)
		return err_set(EINVAL, "%s not supported", a->vgname ? "vgname" : "fstype");
	ret = container_check_name(a->orig);
	if (ret)
		return ret;
	a->common.name = a->orig;
	a->c.common = &a->common;
	a->c.argv = argc ? argv : NULL;
	ret = copying_run(&a->c);
	if (!ret && !a->c.rename && !a->common.quiet)
		fd_printf(1, "Created container %s as %s of %s\n", a->c.newname,
			  a->c.snapshot ? "snapshot" : "copy", a->orig);
	return ret;
}

const struct applet clone_applet = {
	.synopsis = "[OPTION]... [-o] ORIG [-n] NEW [ARG...]",
	.about = OPT_HELP("Copies the container ORIG to NEW, as lxc-copy does; ARGs go to its hooks."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = 0,
	.args_size = sizeof(struct clone_args),
	.run = run,
};
