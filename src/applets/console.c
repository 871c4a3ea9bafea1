/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-console */
/* never touches a terminal itself: monitor/terminal.c does */
//config:config LXC_CONSOLE
//config:	bool "lxc-console (3.5 KB)"
//config:	default y
//config:	help
//config:	  Connect the terminal with a tty of a running container, or with its console.
//applet:APPLET(console, "lxc-console", LXC_CONSOLE, "use a terminal of a container")
/*
 * Exit status: 0 left by the escape sequence or SIGTERM, or the container has ended; 1 it does not
 * run, there is no such tty, it is busy; 128+signal.
 */
#include <limits.h>

#include "applets/common.h"

struct console_args {
	struct opt_common common;
	struct opt_int tty;
	const char *escape;
	bool show, clear;
};

#define ARG(m) offsetof(struct console_args, m)

static const struct opt options[] = {
	{ 't', OPT_INT, ARG(tty), "tty", "NUMBER",
		OPT_HELP("this tty, 0: the console; without it the first that is free") },
	{ 'e', OPT_STR, ARG(escape), "escape", "^X",
		OPT_HELP("Ctrl+X begins the way out in place of ^a") },
	{ 0, OPT_FLAG, ARG(show), CFG_CONSOLE_RING ? "show-log" : NULL, NULL,
		OPT_HELP("print the console's ring buffer instead") },
	{ 0, OPT_FLAG, ARG(clear), CFG_CONSOLE_RING ? "clear-log" : NULL, NULL,
		OPT_HELP("empty the ring buffer, once it is printed if that is asked for too") },
};

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct console_args *a = args;
	const char *path = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath));
	int key = escape_parse(a->escape ? a->escape : "^a");
	const struct console_options o = { .tty = a->tty.set ? a->tty.v : -1,
		.escape = (unsigned char)key, .quiet = a->common.quiet };

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (a->tty.set && a->tty.v < 0)
		return err_set(EINVAL, "bad tty '%d' (0: the console; 1 and up)", a->tty.v);
	if (key < 0)
		return err_set(EINVAL, "bad escape '%s' (^x or x)", a->escape);
	if (CFG_CONSOLE_RING && (a->show || a->clear))
		return client_console_log(a->common.name, path, a->show ? 1 : -1, a->clear);
	return client_console(a->common.name, path, &o);
}

const struct applet console_applet = {
	.synopsis = "[-n] NAME [-t NUMBER] [-e ^X] [OPTION]...",
	.about = OPT_HELP("Connects the terminal with a tty of the running container NAME, or its "
			  "console, until ^a q is typed. ^a twice is ^a."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct console_args),
	.run = run,
};
