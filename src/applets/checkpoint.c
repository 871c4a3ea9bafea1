/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-checkpoint */
/* never does the work itself: the program criu does */
//config:config LXC_CHECKPOINT
//config:	bool "lxc-checkpoint (3.4 KB)"
//config:	default y
//config:	help
//config:	  Write the processes of a running container to files and start a container from
//config:	  them. Needs the program criu, and a kernel with CHECKPOINT_RESTORE.
//applet:APPLET(checkpoint, "lxc-checkpoint", LXC_CHECKPOINT, "write a running container to files, or start it from them")
/*
 * Exit status: 0; 1 error; with -r -F that of the first process.
 */
#include <limits.h>

#include "applets/common.h"
#include "container/criu.h"
#include "lib/sys.h"

struct checkpoint_args {
	struct opt_common common;
	bool restore, foreground;
	struct criu criu;
};

#define ARG(m) offsetof(struct checkpoint_args, m)

static const struct opt options[] = {
	{ 'r', OPT_FLAG, ARG(restore), "restore", NULL, OPT_HELP("start it from the files") },
	{ 'D', OPT_STR, ARG(criu.dir), "checkpoint-dir", "DIR", OPT_HELP("where the files are") },
	{ 's', OPT_FLAG, ARG(criu.stop), "stop", NULL, OPT_HELP("end the container then") },
	{ 'p', OPT_FLAG, ARG(criu.pre_dump), "pre-dump", NULL,
		OPT_HELP("write only its memory, of which a later dump writes what has changed") },
	{ 0, OPT_STR, ARG(criu.predump_dir), "predump-dir", "DIR",
		OPT_HELP("files of a --pre-dump, relative to the directory of -D") },
	{ 'A', OPT_STR, ARG(criu.action_script), "action-script", "FILE",
		OPT_HELP("script that criu runs on its way") },
	{ 'v', OPT_FLAG, ARG(criu.verbose), "verbose", NULL, OPT_HELP("criu logs all it does") },
	{ 'd', OPT_CLEAR, ARG(foreground), "daemon", NULL,
		OPT_HELP("with -r: run in the background (the default)") },
	{ 'F', OPT_FLAG, ARG(foreground), "foreground", NULL,
		OPT_HELP("with -r: stay in the foreground") },
	{ 'f', OPT_STR, ARG(common.rcfile), NULL, "FILE",
		OPT_HELP("configuration file instead of LXCPATH/NAME/config") },
};

static int dump(struct checkpoint_args *a)
{
	static char lxcpath[PATH_MAX];
	static struct conf c;
	bool found;
	int ret;

	conf_init(&c, a->common.name, container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)));
	ret = container_load(&c, &a->common, NULL, &found);
	return ret ? ret : criu_dump(&a->criu, &c);
}

static int check(const struct checkpoint_args *a)
{
	if (!a->criu.dir)
		return err_set(EINVAL, "-D DIR is missing");
	if (*a->criu.dir != '/')
		return err_set(EINVAL, "'%s' is not an absolute path", a->criu.dir);
	if (a->restore && (a->criu.stop || a->criu.pre_dump || a->criu.predump_dir))
		return err_set(EINVAL, "-s, -p and --predump-dir are not for -r");
	if (!a->restore && a->foreground)
		return err_set(EINVAL, "-F is for -r only");
	return sys_euid() ? err_set(EPERM, "must be root to run criu") : 0;
}

static int run(void *args, int argc, char **argv)
{
	struct checkpoint_args *a = args;
	struct launch l = { .common = &a->common, .foreground = a->foreground,
		.restore = &a->criu };
	int ret = argc ? err_set(EINVAL, "unexpected argument '%s'", argv[0]) : check(a);

	if (ret)
		return ret;
	return a->restore ? launch_container(&l) : dump(a);
}

const struct applet checkpoint_applet = {
	.synopsis = "[-n] NAME -D DIR [OPTION]...",
	.about = OPT_HELP("Writes the processes of the running container NAME to files in DIR, or "
			  "starts it from them, by criu(8)."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME | APPLET_PROTECT,
	.args_size = sizeof(struct checkpoint_args),
	.run = run,
};
