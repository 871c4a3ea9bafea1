/* SPDX-License-Identifier: MIT */
/* owns the command line and output of lxc-info */
/* never changes anything */
//config:config LXC_INFO
//config:	bool "lxc-info (1.1 KB)"
//config:	default y
//config:	help
//config:	  Show state, pid and configuration values of a container.
//applet:APPLET(info, "lxc-info", LXC_INFO, "show a container's state")
/*
 * Exit status: 0; 1 when the container does not exist or a key is not known.
 */
#include <limits.h>
#include <unistd.h>

#include "applets/common.h"

struct info_args {
	struct opt_common common;
	bool state, pid, no_humanize;
	struct opt_list config;
};

#define ARG(m) offsetof(struct info_args, m)

static const struct opt options[] = {
	{ 's', OPT_FLAG, ARG(state), "state", NULL, OPT_HELP("only the state") },
	{ 'p', OPT_FLAG, ARG(pid), "pid", NULL, OPT_HELP("only the pid of the first process") },
	{ 'c', OPT_LIST, ARG(config), "config", "KEY",
		OPT_HELP("the value of a configuration key") },
	{ 'H', OPT_FLAG, ARG(no_humanize), "no-humanize", NULL, OPT_HELP("bare values") },
};

struct keys {
	const struct info_args *a;
	const char *lxcpath;
	const struct conf *c;	/* of a stopped container, NULL: ask the monitor */
	bool bare;
};

/* As LXC shows a key that has no value. */
static int print_unset(const struct keys *k, const char *key)
{
	return k->bare ? fd_printf(1, "\n") : fd_printf(1, "%s =\n", key);
}

static int print_key(const struct keys *k, const char *key)
{
	int ret = k->c ? conf_print(k->c, key, k->bare, 1)
	               : client_config(k->a->common.name, k->lxcpath, key, k->bare, 1);

	if (ret == -ENOENT)
		return err_set(ENOENT, "unknown configuration key '%s'", key);
	if (ret < 0)
		return k->c ? err_code(ret, "cannot print '%s'", key) :
			      err_code(ret, "the monitor did not tell '%s'", key);
	return ret ? 0 : print_unset(k, key);
}

static void print_line(bool bare, const char *title, const char *value)
{
	fd_printf(1, bare ? "%.0s%s\n" : "%-15s %s\n", title, value);
}

/* A container is there when it runs or has a configuration. */
static int load(struct conf *c, const struct info_args *a, const char *lxcpath, bool *found)
{
	conf_init(c, a->common.name, lxcpath);
	/* A key that this build does not act on hides no other. */
	c->keeps_unbuilt = true;
	return container_load(c, &a->common, NULL, found);
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	static struct conf c;
	struct info_args *a = args;
	struct container_status st;
	struct keys k = { .a = a,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)) };
	bool all = !a->state && !a->pid && !a->config.n, found = true;
	char pid[16];
	bool bare;
	unsigned int i;
	int ret = client_status(a->common.name, lxcpath, &st);

	if (!ret && argc)
		ret = err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (!ret && st.state == STATE_STOPPED) {
		ret = load(&c, a, lxcpath, &found);
		k.c = &c;
	}
	if (!ret && !found)
		ret = err_set(ENOENT, "the container does not exist (no '%s/%s/config')", lxcpath,
			a->common.name);
	if (ret)
		return ret;
	/* As LXC: one thing that is asked for is told without its name. */
	k.bare = a->no_humanize && a->config.n == 1;
	bare = a->no_humanize && a->state + a->pid == 1;
	if (all)
		print_line(bare, "Name:", a->common.name);
	if (all || a->state)
		print_line(bare, "State:", state_name(st.state));
	str_format(pid, sizeof(pid), "%d", st.init);
	if ((all || a->pid) && st.init)
		print_line(bare, "PID:", pid);
	if (CFG_READINESS && all && st.more.ready != READY_NONE)
		print_line(bare, "Ready:", st.more.ready == READY_YES ? "yes" : "no");
	if (CFG_RESTART_POLICY && all && st.more.restarts) {
		str_format(pid, sizeof(pid), "%d", st.more.restarts);
		print_line(bare, "Restarts:", pid);
	}
	for (i = 0; i < a->config.n && !ret; i++)
		ret = print_key(&k, a->config.v[i]);
	return ret;
}

const struct applet info_applet = {
	.synopsis = "[-n] NAME [OPTION]...",
	.about = OPT_HELP(
		"Shows what is known of the container NAME. A running one answers with the "
		"configuration that it was started with."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct info_args),
	.run = run,
};
