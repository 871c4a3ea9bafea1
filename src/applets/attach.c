/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-attach */
/* never enters a container itself: container/attach.c does */
//config:config LXC_ATTACH
//config:	bool "lxc-attach (8.2 KB)"
//config:	default y
//config:	help
//config:	  Run a program, a shell by default, in a running container.
//applet:APPLET(attach, "lxc-attach", LXC_ATTACH, "run a program in a running container")
/*
 * Exit status: that of the program, 128+signal when it was killed; 126 cannot be executed, 127 not
 * found; 1 when the container does not run or cannot be entered.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applets/common.h"
#include "container/attach.h"
#include "lib/log.h"

struct attach_args {
	struct opt_common common;
	const char *elevated, *arch, *namespaces, *pty_log, *uid, *gid, *context;
	bool remount, clear_env, keep_env;
	struct opt_list keep_vars, set_vars;
};

#define ARG(m) offsetof(struct attach_args, m)

static const struct opt options[] = {
	{ 'e', OPT_MAYBE, ARG(elevated), "elevated-privileges", "CGROUP|CAP|LSM",
		OPT_HELP("keep all or these of the caller's privileges") },
	{ 's', OPT_STR, ARG(namespaces), "namespaces", "LIST",
		OPT_HELP("join only these, as MOUNT|PID|NETWORK; implies -e") },
	{ 'R', OPT_FLAG, ARG(remount), "remount-sys-proc", NULL,
		OPT_HELP("mount /proc and /sys anew where the mounts are not joined") },
	{ 'a', OPT_STR, ARG(arch), "arch", "ARCH", OPT_HELP("architecture that uname shows") },
	{ 0, OPT_FLAG, ARG(clear_env), "clear-env", NULL,
		OPT_HELP("begin with an empty environment, but for TERM (the default)") },
	{ 0, OPT_FLAG, ARG(keep_env), "keep-env", NULL, OPT_HELP("keep the caller's environment") },
	{ 0, OPT_LIST, ARG(keep_vars), "keep-var", "NAME", OPT_HELP("keep this variable") },
	{ 'v', OPT_LIST, ARG(set_vars), "set-var", "NAME=VALUE", OPT_HELP("set this variable") },
	{ 'L', OPT_STR, ARG(pty_log), "pty-log", "FILE",
		OPT_HELP("append what the terminal shows to FILE") },
	{ 'f', OPT_STR, ARG(common.rcfile), "rcfile", "FILE",
		OPT_HELP("take architecture and environment from FILE") },
	{ 'u', OPT_STR, ARG(uid), "uid", "UID", OPT_HELP("run the program with this user id") },
	{ 'g', OPT_STR, ARG(gid), "gid", "GID", OPT_HELP("run the program with this group id") },
	{ 'c', OPT_STR, ARG(context), "context", "CONTEXT", OPT_HELP("SELinux context") },
};

static int parse_elevated(const char *s, unsigned int *keep)
{
	static const char names[][8] = { "CGROUP", "CAP", "LSM" };
	unsigned int i;
	size_t n;

	if (!*s)
		*keep = ATTACH_KEEP_CGROUP | ATTACH_KEEP_CAP | ATTACH_KEEP_LSM;
	for (; *s; s += n + (s[n] == '|')) {
		n = strcspn(s, "|");
		for (i = 0; i < ARRAY_SIZE(names); i++)
			if (strlen(names[i]) == n && !strncmp(s, names[i], n))
				break;
		if (i == ARRAY_SIZE(names))
			return err_set(EINVAL, "unknown privilege '%.*s' (CGROUP CAP LSM, joined with |)",
				       (int)n, s);
		*keep |= 1U << i;
	}
	return 0;
}

/* As much as a pipe holds, which bounds what a monitor may tell. */
#define VALUES_MAX (64 << 10)

/* The values that a running container has of a key, one a line; memory of the caller's. */
static int ask_monitor(const struct conf *c, const char *key, char **text)
{
	int pipe_fd[2], ret;
	ssize_t n = 0;

	*text = calloc(1, VALUES_MAX + 1);
	if (!*text)
		return err_set(ENOMEM, "out of memory");
	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK))
		return err_sys("cannot make a pipe");
	ret = client_config(c->name, c->lxcpath, key, true, pipe_fd[1]);
	close(pipe_fd[1]);
	if (ret > 0)
		n = fd_read_all(pipe_fd[0], *text, VALUES_MAX);
	close(pipe_fd[0]);
	if (ret == -ESRCH)
		return err_set(ESRCH, "the container is not running");
	return ret < 0 || n < 0 ? err_code(ret < 0 ? ret : (int)n, "the monitor did not tell '%s'", key)
				: 0;
}

static int take_key(struct conf *c, const char *key)
{
	AUTO_FREE char *text = NULL;
	int ret = ask_monitor(c, key, &text);
	char *at = text, *value;

	while (!ret && (value = str_word(&at, "\n"))) {
		AUTO_FREE char *line = str_make("%s=%s", key, value);

		ret = line ? conf_set(c, line, 0) : -ENOMEM;
	}
	return ret;
}

static int set_key(struct conf *c, const char *key, const char *value)
{
	AUTO_FREE char *line = value ? str_make("%s=%s", key, value) : NULL;

	return !value ? 0 : line ? conf_set(c, line, 0) : -ENOMEM;
}

static int load(struct conf *c, const struct attach_args *a)
{
	bool found;
	int ret;

	if (a->common.rcfile) {
		ret = container_load(c, &a->common, NULL, &found);
	} else {
		ret = take_key(c, "lxc.arch");
		if (!ret)
			ret = take_key(c, "lxc.environment");
		if (!ret)
			ret = take_key(c, "lxc.keyring.session");
		if (CFG_LSM && !ret)
			ret = take_key(c, "lxc.selinux.context.keyring");
	}
	/* The program's own, not those of the first process. */
	if (!ret)
		ret = set_key(c, "lxc.init.groups", "");
	if (!ret)
		ret = set_key(c, "lxc.init.uid", a->uid ? a->uid : "0");
	if (!ret)
		ret = set_key(c, "lxc.init.gid", a->gid ? a->gid : "0");
	return ret ? ret : set_key(c, "lxc.arch", a->arch);
}

static int check_vars(const struct opt_list *l)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (!strchr(l->v[i], '=') || *l->v[i] == '=')
			return err_set(EINVAL, "'%s' is not NAME=VALUE", l->v[i]);
	return 0;
}

/* Of a container that is frozen not even the way in would come to an end. */
static int check_state(const char *name, const char *lxcpath)
{
	struct container_status st;
	int ret = client_status(name, lxcpath, &st);

	if (ret)
		return ret;
	if (st.state == STATE_RUNNING)
		return 0;
	return st.state == STATE_STOPPED ? err_set(ESRCH, "the container is not running")
		: err_set(EBUSY, "the container is %s", state_name(st.state));
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	static struct conf c;
	struct attach_args *o = args;
	struct attach a = { .name = o->common.name, .conf = &c, .argv = argc ? argv : NULL,
		.remount = o->remount, .keep_env = o->keep_env,
		.keep_vars = &o->keep_vars, .set_vars = &o->set_vars, .pty_log = o->pty_log,
		.context = o->context,
		.lxcpath = container_lxcpath(&o->common, lxcpath, sizeof(lxcpath)) };
	int ret = o->elevated ? parse_elevated(o->elevated, &a.keep) : 0;

	if (!ret && o->namespaces) {
		a.keep = ATTACH_KEEP_CGROUP | ATTACH_KEEP_CAP | ATTACH_KEEP_LSM;
		ret = namespaces_parse(o->namespaces, &a.namespaces);
	}
	if (!CFG_LSM && !ret && o->context)
		ret = err_set(EINVAL, "option '--context' is not in this build (CONFIG_LSM is off)");
	if (!ret)
		ret = check_vars(&o->set_vars);
	conf_init(&c, a.name, a.lxcpath);
	if (!ret)
		ret = check_state(a.name, a.lxcpath);
	if (!ret)
		ret = load(&c, o);
	if (!ret)
		ret = attach_run(&a);
	return applet_told(ret, "lxc-attach: ", a.name);
}

const struct applet attach_applet = {
	.synopsis = "[-n] NAME [OPTION]... [-- COMMAND [ARG]...]",
	.about = OPT_HELP(
		"Runs COMMAND, else the user's shell, in the running container NAME, with no more "
		"privileges than its first process may have. The environment is that of "
		"lxc.environment; --keep-env asks for the caller's, which is the default in LXC."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME | APPLET_PROTECT,
	.args_size = sizeof(struct attach_args),
	.run = run,
};
