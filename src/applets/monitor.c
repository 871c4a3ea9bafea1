/* SPDX-License-Identifier: MIT */
/* owns the command line and output of lxc-monitor */
/* never asks for a state again and again: it is told */
//config:config LXC_MONITOR
//config:	bool "lxc-monitor (2.9 KB)"
//config:	depends on STATE_NEWS
//config:	default y
//config:	help
//config:	  Print every change of state of containers, one a line.
//config:
//config:config REGEX
//config:	bool "lxc-monitor takes regular expressions (2.1 KB)"
//config:	depends on LXC_MONITOR
//config:	help
//config:	  For lxc-monitor -n 'web.*|db'. Without it -n is one name, or '.*' for all.
//applet:APPLET(monitor, "lxc-monitor", LXC_MONITOR, "print what happens to containers")
/*
 * Exit status: 0 its output was closed, or -Q; 1 error. It ends by a signal otherwise.
 */
#include <limits.h>
#include <string.h>

#include "applets/common.h"
#include "lib/match.h"
#include "monitor/news.h"

struct monitor_args {
	struct opt_common common;
	struct opt_list paths;
	bool quit;
};

#define ARG(m) offsetof(struct monitor_args, m)

static const struct opt options[] = {
	{ 'n', OPT_STR, ARG(common.name), "name", "NAME",
		CFG_REGEX ? OPT_HELP("only containers of this name, an extended regular expression")
			  : OPT_HELP("only the container of this name ('.*': all)") },
	{ 'P', OPT_LIST, ARG(paths), "lxcpath", "DIR",
		OPT_HELP("directory of the containers; may be given several times") },
	{ 'Q', OPT_FLAG, ARG(quit), "quit", NULL,
		OPT_HELP("accepted: there is no daemon that could be told to quit") },
};

struct filter {
	const char *name;	/* an expression with CONFIG_REGEX; NULL: all */
	struct lxcpaths paths;
};

static int make_filter(struct filter *f, const struct monitor_args *a)
{
	const char *name = a->common.name;

	*f = (struct filter){ 0 };
	lxcpaths_init(&f->paths, &a->paths);
	if (!name || str_eq(name, ".*"))
		return 0;
	f->name = name;
	if (CFG_REGEX)
		return match_whole(name, "") < 0 ? -EINVAL : 0;
	if (container_check_name(name)) {
		err_clear();
		return err_set(EINVAL,
			       "'%s' is no name, and this build takes no regular expressions "
			       "(CONFIG_REGEX)",
			       name);
	}
	return 0;
}

static bool is_wanted(const struct filter *f, const char *name, const char *suffix)
{
	if (!lxcpaths_have(&f->paths, suffix))
		return false;
	if (!f->name)
		return true;
	return CFG_REGEX ? match_whole(f->name, name) > 0 : str_eq(name, f->name);
}

/* What has happened, behind the name. */
static void tell(char *buf, size_t n, const struct news *news)
{
	unsigned int cause = (unsigned int)news->value & 511;

	if (news->kind == NEWS_EXIT)
		str_format(buf, n, "exited with status [%d]", news->value);
	else if (news->kind == NEWS_STATE)
		str_format(buf, n, "changed state to [%s]", state_name((enum state)news->value));
	else if (CFG_RESTART_POLICY && news->kind == NEWS_RESTART)
		str_format(buf, n, cause == NEWS_START_FAILED
				   ? "restart [%d] after a failed start"
				   : "restart [%d] after exit status [%u]", news->value >> 9, cause);
	else if (CFG_OOM_NOTICE && news->kind == NEWS_OOM)
		str_format(buf, n, "processes killed for lack of memory: [%d]", news->value);
	else if (CFG_READINESS && news->kind == NEWS_READY)
		str_format(buf, n, news->value ? "is ready" : "has not become ready");
	else
		str_format(buf, n, "news of kind [%d]", news->kind);
}

static int print(const struct filter *f, const struct news *n)
{
	const char *suffix = strchr(n->entry, '@');
	char name[RUN_ENTRY_MAX], text[64], line[sizeof(name) + sizeof(text)];
	size_t len;

	str_format(name, sizeof(name), "%.*s", (int)strcspn(n->entry, "@"), n->entry);
	if (!suffix || !is_wanted(f, name, suffix))
		return 0;
	tell(text, sizeof(text), n);
	len = str_format(line, sizeof(line), "'%s' %s\n", name, text);
	return fd_write_all(1, line, len);
}

static int run(void *args, int argc, char **argv)
{
	struct monitor_args *a = args;
	struct filter f;
	struct news n;
	struct watch *w;
	int ret;

	if (argc && !a->common.name) {
		a->common.name = *argv++;
		argc--;
	}
	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (a->quit)
		return 0;
	ret = make_filter(&f, a);
	if (ret)
		return ret;
	w = watch_open(NULL, 1);
	if (!w)
		return -EIO;
	do
		ret = watch_next(w, &n, -1);
	while (!ret && !(ret = print(&f, &n)));
	watch_close(w);
	/* Whoever read has enough. */
	return ret == -EPIPE || ret == -EINTR ? 0 : err_code(ret, "cannot write");
}

const struct applet monitor_applet = {
	.synopsis = CFG_REGEX ? "[[-n] EXPRESSION] [OPTION]..." : "[[-n] NAME] [OPTION]...",
	.about = OPT_HELP(
		"Prints a line for every change of state and every end of containers, also of ones "
		"that start later, until it is interrupted."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.args_size = sizeof(struct monitor_args),
	.run = run,
};
