/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-start-ephemeral, as LXC had it before 2.0 */
/* never copies or starts anything itself: applets/copying.c asks for it */
//config:config LXC_START_EPHEMERAL
//config:	bool "lxc-start-ephemeral (0.9 KB)"
//config:	depends on STORE
//config:	default y
//config:	help
//config:	  The older spelling of lxc-copy -e.
//applet:APPLET(start_ephemeral, "lxc-start-ephemeral", LXC_START_EPHEMERAL, "start a copy of a container that lives once")
/*
 * Exit status: 0 started, or with a command or in the foreground its own; 1 failed.
 */
#include "applets/copying.h"
#include "lib/log.h"

struct ephemeral_args {
	struct opt_common common;
	struct copying c;
	const char *orig, *user, *key, *storage, *kind;
	struct opt_list binds, overlays;
	bool daemon, keepdata;
};

#define ARG(m) offsetof(struct ephemeral_args, m)

static const struct opt options[] = {
	{ 'o', OPT_STR, ARG(orig), "orig", "NAME", OPT_HELP("the original") },
	{ 'n', OPT_STR, ARG(c.newname), "name", "NAME",
		OPT_HELP("name of the copy instead of a random one") },
	{ 'b', OPT_LIST, ARG(binds), "bdir", "/SRC[:/DST]",
		OPT_HELP("a directory that is bind mounted in it") },
	{ 'c', OPT_LIST, ARG(overlays), "cdir", "/SRC",
		OPT_HELP("a directory that is mounted in it as an overlay") },
	{ 'u', OPT_STR, ARG(user), "user", "USER", OPT_HELP("who runs COMMAND (root)") },
	{ 'S', OPT_STR, ARG(key), "key", "FILE", OPT_HELP("key for ssh: no effect") },
	{ 'd', OPT_FLAG, ARG(daemon), "daemon", NULL, OPT_HELP("in the background") },
	{ 's', OPT_STR, ARG(storage), "storage-type", "tmpfs|dir",
		OPT_HELP("where it writes to; tmpfs, and dir with -k") },
	{ 'U', OPT_STR, ARG(kind), "union-type", "overlayfs", OPT_HELP("how: overlayfs") },
	{ 'k', OPT_FLAG, ARG(keepdata), "keep-data", NULL,
		OPT_HELP("it is not removed when it stops") },
};

static int check(const struct ephemeral_args *a, int argc)
{
	if (!a->orig)
		return err_set(EINVAL, "the original is missing (-o NAME)");
	if (argc && a->daemon)
		return err_set(EINVAL, "you can't use -d and a command at the same time");
	if (a->storage && !str_eq(a->storage, "tmpfs") && !str_eq(a->storage, "dir"))
		return err_set(EINVAL, "-s: '%s' is neither tmpfs nor dir", a->storage);
	if (a->keepdata && a->storage && str_eq(a->storage, "tmpfs"))
		return err_set(EINVAL, "you can't use -k with the tmpfs storage type");
	if (a->kind && !str_eq(a->kind, "overlayfs") && !str_eq(a->kind, "overlay"))
		return err_set(EINVAL, "-U: '%s' is not made by this version (overlayfs)", a->kind);
	if (a->user && !str_eq(a->user, "root"))
		return err_set(ENOSYS, "-u: the command runs as root; lxc-attach -u runs one as '%s'",
			       a->user);
	if (a->key)
		log_warn("-S has no effect: the command is attached, not sent by ssh");
	return container_check_name(a->orig);
}

static int add_mounts(struct copying *c, const char *kind, const struct opt_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		if (c->mounts.n == OPT_LIST_MAX)
			return err_set(EINVAL, "more than %d mounts", OPT_LIST_MAX);
		c->mounts.v[c->mounts.n] = str_make("%s=%s", kind, l->v[i]);
		if (!c->mounts.v[c->mounts.n++])
			return -ENOMEM;
	}
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	struct ephemeral_args *a = args;
	int ret = check(a, argc);

	if (!ret)
		ret = add_mounts(&a->c, "bind", &a->binds);
	if (!ret)
		ret = add_mounts(&a->c, "overlay", &a->overlays);
	if (ret)
		return ret;
	a->common.name = a->orig;
	a->c.common = &a->common;
	a->c.mark = '-';
	a->c.ephemeral = true;
	a->c.keepdata = a->keepdata;
	a->c.tmpfs = a->storage ? str_eq(a->storage, "tmpfs") : !a->keepdata;
	a->c.foreground = !a->daemon && !argc;
	a->c.argv = argc ? argv : NULL;
	return copying_run(&a->c);
}

const struct applet start_ephemeral_applet = {
	.synopsis = "-o ORIG [OPTION]... [-- COMMAND [ARG]...]",
	.about = OPT_HELP(
		"Starts a snapshot of the container ORIG that is removed when it stops, as lxc-copy -e "
		"does. With COMMAND it runs as long as that does, else the console is on this "
		"terminal, or with -d it runs in the background."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PROTECT | APPLET_MAKES,
	.args_size = sizeof(struct ephemeral_args),
	.run = run,
};
