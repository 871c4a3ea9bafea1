/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-create */
/* never makes anything itself: store/create.c does */
//config:config LXC_CREATE
//config:	bool "lxc-create (38.6 KB)"
//config:	depends on STORE
//config:	default y
//config:	help
//config:	  Make a container by a template: one built in, or a program of the templates
//config:	  directory as LXC has them.
//applet:APPLET(create, "lxc-create", LXC_CREATE, "make a container from a template")
/*
 * Exit status: 0 made; 1 failed, or there is one of that name.
 */
#include <limits.h>

#include "applets/common.h"
#include "store/create.h"
#include "store/template.h"

struct create_args {
	struct opt_common common;
	const char *bdev, *config, *template, *dir;
	const char *fstype, *fssize, *lvname, *vgname, *thinpool, *zfsroot;
	const char *rbdname, *rbdpool, *rbduser;
};

#define ARG(m) offsetof(struct create_args, m)

static const struct opt options[] = {
	{ 't', OPT_STR, ARG(template), "template", "TEMPLATE",
		OPT_HELP("what fills the tree: busybox, a name in the templates directory, the "
			 "absolute path of a program; none: there is no tree to be made") },
	{ 'f', OPT_STR, ARG(config), "config", "FILE",
		OPT_HELP("configuration to begin with instead of lxc.default_config") },
	{ 'B', OPT_STR, ARG(bdev), "bdev", "KIND",
		OPT_HELP("kind of storage (dir, the default; best)") },
	{ 0, OPT_STR, ARG(dir), "dir", "DIR",
		OPT_HELP("the tree is DIR instead of LXCPATH/NAME/rootfs") },
	{ 0, OPT_STR, ARG(fstype), "fstype", "TYPE",
		OPT_HELP("file system, for kinds that are not built") },
	{ 0, OPT_STR, ARG(fssize), "fssize", "SIZE",
		OPT_HELP("its size, for kinds that are not built") },
	{ 0, OPT_STR, ARG(lvname), "lvname", "NAME", OPT_HELP("for lvm, which is not built") },
	{ 0, OPT_STR, ARG(vgname), "vgname", "NAME", OPT_HELP("for lvm, which is not built") },
	{ 0, OPT_STR, ARG(thinpool), "thinpool", "NAME", OPT_HELP("for lvm, which is not built") },
	{ 0, OPT_STR, ARG(zfsroot), "zfsroot", "PATH", OPT_HELP("for zfs, which is not built") },
	{ 0, OPT_STR, ARG(rbdname), "rbdname", "NAME", OPT_HELP("for rbd, which is not built") },
	{ 0, OPT_STR, ARG(rbdpool), "rbdpool", "NAME", OPT_HELP("for rbd, which is not built") },
	{ 0, OPT_STR, ARG(rbduser), "rbduser", "NAME", OPT_HELP("for rbd, which is not built") },
};

/* An option of another kind of storage. */
static int check_options(const struct create_args *a)
{
	const struct {
		const char *value, *option, *kinds;
	} foreign[] = {
		{ a->fstype, "--fstype", "lvm, loop and rbd" },
		{ a->fssize, "--fssize", "lvm, loop and rbd" },
		{ a->lvname, "--lvname", "lvm" },
		{ a->vgname, "--vgname", "lvm" },
		{ a->thinpool, "--thinpool", "lvm" },
		{ a->zfsroot, "--zfsroot", "zfs" },
		{ a->rbdname, "--rbdname", "rbd" },
		{ a->rbdpool, "--rbdpool", "rbd" },
		{ a->rbduser, "--rbduser", "rbd" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(foreign); i++)
		if (foreign[i].value)
			return err_set(EINVAL,
				       "%s is only for storage of kind %s, which this version does "
				       "not make", foreign[i].option, foreign[i].kinds);
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct create_args *a = args;
	int ret;

	if (a->common.help)
		return a->template ? template_help(a->template) : 0;
	ret = check_options(a);
	if (!ret && !a->template)
		ret = err_set(EINVAL,
			      "a template must be specified (-t NAME; \"none\" if you really want a "
			      "container without a rootfs)");
	if (ret)
		return ret;
	struct create c = {
		.name = a->common.name,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)),
		.config = a->config,
		.template = str_eq(a->template, "none") ? NULL : a->template,
		.storage = a->bdev,
		.dir = a->dir,
		.argv = argv,
		.quiet = a->common.quiet,
	};

	ret = store_create(&c);
	if (*c.note && !c.quiet)
		fd_printf(2, "lxc-create: %s: %s\n", c.name, c.note);
	return ret;
}

const struct applet create_applet = {
	.synopsis = "[-n] NAME -t TEMPLATE [OPTION]... [-- TEMPLATE-OPTION...]",
	.about = OPT_HELP(
		"Makes the container NAME: LXCPATH/NAME/config, and by the template its tree "
		"LXCPATH/NAME/rootfs. What fails or is interrupted leaves nothing."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME | APPLET_MAKES | APPLET_HELPS,
	.args_size = sizeof(struct create_args),
	.run = run,
};
