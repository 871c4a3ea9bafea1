/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-wait */
/* never asks for a state again and again: it is told */
//config:config LXC_WAIT
//config:	bool "lxc-wait (0.8 KB)"
//config:	depends on STATE_NEWS
//config:	default y
//config:	help
//config:	  Wait until a container is in one of several states.
//applet:APPLET(wait, "lxc-wait", LXC_WAIT, "wait for a state of a container")
/*
 * Exit status: 0 the container is in one of the states, or was since the command began; 1 it was in
 * none of them within the time, or an error.
 */
#include <limits.h>
#include <string.h>

#include "applets/common.h"
#include "monitor/news.h"

struct wait_args {
	struct opt_common common;
	const char *state;
	struct opt_int timeout;
	bool ready;
};

#define ARG(m) offsetof(struct wait_args, m)

static const struct opt options[] = {
	{ 's', OPT_STR, ARG(state), "state", "STATE[|STATE]...",
		OPT_HELP("STOPPED STARTING RUNNING STOPPING ABORTING FREEZING FROZEN THAWED") },
	{ 0, OPT_FLAG, ARG(ready), CFG_READINESS ? "ready" : NULL, NULL,
		OPT_HELP("in place of a state: until it says that it is ready (lxcbox.ready)") },
	{ 't', OPT_INT, ARG(timeout), "timeout", "SECONDS",
		OPT_HELP("wait no longer (-1, the default: for ever; 0: only look)") },
};

/* Bits (1 << enum state) of "STATE|STATE". */
static int parse_states(const char *list, unsigned int *mask)
{
	AUTO_FREE char *copy = str_dup(list);
	char *at = copy, *word;
	int s;

	if (!copy)
		return -ENOMEM;
	*mask = 0;
	while ((word = str_word(&at, "|"))) {
		if (!*word)
			continue;
		s = state_parse(word);
		if (s < 0)
			return err_set(EINVAL,
				       "unknown state '%s' (STOPPED STARTING RUNNING STOPPING "
				       "ABORTING FREEZING FROZEN THAWED)",
				       word);
		*mask |= 1U << s;
	}
	return *mask ? 0 : err_set(EINVAL, "no state in '%s'", list);
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	struct wait_args *a = args;
	int s = a->timeout.set ? a->timeout.v : -1, ret;
	unsigned int mask = 0;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (a->ready && a->state)
		return err_set(EINVAL, "--ready excludes -s");
	if (!a->state && !a->ready)
		return err_set(EINVAL, "missing state, use -s STATE");
	if (s < -1)
		return err_set(EINVAL, "bad timeout '%d' (seconds; -1: for ever)", s);
	ret = a->ready ? 0 : parse_states(a->state, &mask);
	if (ret)
		return ret;
	s = s < 0 || s > INT_MAX / 1000 ? -1 : s * 1000;
	container_lxcpath(&a->common, lxcpath, sizeof(lxcpath));
	ret = CFG_READINESS && a->ready ? watch_ready(a->common.name, lxcpath, true, s)
					: watch_wait(a->common.name, lxcpath, mask, s);
	/* As LXC: a time that is up is told by the exit status alone. */
	return (ret == -ETIMEDOUT || ret == -EINTR) && !err_is_set() ? 1 : ret;
}

const struct applet wait_applet = {
	.synopsis = "[-n] NAME -s STATE[|STATE]... [OPTION]...",
	.about = OPT_HELP(
		"Waits until the container NAME is in one of the states. It need not be there yet."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct wait_args),
	.run = run,
};
