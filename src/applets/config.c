/* SPDX-License-Identifier: MIT */
/* owns the command line and output of lxc-config */
/* never changes anything, never needs root */
//config:config LXC_CONFIG
//config:	bool "lxc-config (0.5 KB)"
//config:	depends on SYSTEM_CONF
//config:	default y
//config:	help
//config:	  Show what holds of lxc.conf: where containers are, their cgroups.
//applet:APPLET(config, "lxc-config", LXC_CONFIG, "show a value of lxc.conf")
/*
 * Exit status: 0, also for an item that is not set and without one; 1 for an unknown one, or one
 * whose line in lxc.conf is wrong.
 */
#include "applets/common.h"
#include "lib/log.h"

extern const struct applet config_applet;

struct config_args {
	struct opt_common common;
	bool list;
};

static const struct opt options[] = {
	{ 'l', OPT_FLAG, offsetof(struct config_args, list), NULL, NULL,
		OPT_HELP("list the items") },
};

/* As LXC, which does not list the last one. */
static int print_list(void)
{
	int key;

	for (key = 0; key < SYS_RBD_POOL; key++)
		fd_printf(1, "lxc.%s\n", conf_sys_name(key));
	return 0;
}

static int print_value(enum sys_key key)
{
	const char *value = conf_sys_value(key);
	struct origin at = conf_sys_at(key);
	char where[ORIGIN_MAX];

	if (at.file && !conf_sys_is_built(key))
		log_warn("%slxc.%s: this version has no storage that it is for",
			 origin_text(at, where), conf_sys_name(key));
	if (value)
		fd_printf(1, "%s\n", value);
	else
		fd_printf(1, "lxc.%s is not set.\n", conf_sys_name(key));
	return 0;
}

static int run(void *args, int argc, char **argv)
{
	struct config_args *a = args;
	int key, ret;

	if (argc > !a->list)
		return err_set(EINVAL, "unexpected argument '%s'", argv[!a->list]);
	if (a->list)
		return print_list();
	/* As LXC since 2.0. */
	if (!argc) {
		opt_help(1, &config_applet, "lxc-config", true);
		return 0;
	}
	key = conf_sys_find(argv[0]);
	if (key < 0)
		return err_set(EINVAL, "unknown item '%s' (-l lists them)", argv[0]);
	/* What is wrong elsewhere in the file does not touch this one. */
	ret = conf_sys_load();
	if (ret == -ENOMEM || (ret && conf_sys_is_bad(key)))
		return ret;
	if (ret)
		container_warn_system();
	return print_value(key);
}

const struct applet config_applet = {
	.synopsis = "-l | ITEM",
	.about = OPT_HELP("Shows the value that holds of an item of lxc.conf: that of the file, else "
			  "the default."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PLAIN,
	.args_size = sizeof(struct config_args),
	.run = run,
};
