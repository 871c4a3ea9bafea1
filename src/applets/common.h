/* SPDX-License-Identifier: MIT */
/*
 * What several applets share.
 */
#ifndef APPLETS_COMMON_H
#define APPLETS_COMMON_H

#include <errno.h>
#include <stddef.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/opt.h"
#include "lib/str.h"
#include "monitor/monitor.h"

/* A start as lxc-start and lxc-execute ask for it; what is NULL or false was not asked. */
struct launch {
	struct opt_common *common;
	const struct opt_list *define;
	char **argv;
	bool execute, foreground, plan, json;
	const char *pidfile, *console, *console_log, *uid, *gid;
	const struct criu *restore;
	const char *const *share;	/* [LAUNCH_SHARED], in the order of SHARE_OPTIONS */
};

/*
 * Namespaces of another container, NAME, or of a process: members share[] of an argument structure.
 */
#define LAUNCH_SHARED 4
#define SHARE_OPTION(at, i, ns) \
	{ 0, OPT_STR, (at) + (i) * sizeof(char *), CFG_NAMESPACE_SHARE ? "share-" ns : NULL, \
		"NAME", OPT_HELP("share the " ns " namespace of a container or process") }
#define SHARE_OPTIONS(at) SHARE_OPTION(at, 0, "net"), SHARE_OPTION(at, 1, "ipc"), \
	SHARE_OPTION(at, 2, "uts"), SHARE_OPTION(at, 3, "pid")

/*
 * Of a command that runs another one: its exit status is the result, and where there is an err with
 * it, which says why that could not be executed, it is printed.
 */
int applet_told(int ret, const char *who, const char *name) MUST_CHECK;

/* Configuration, log and plan, then monitor_start. Exit status, or -errno with err. */
int launch_container(const struct launch *l) MUST_CHECK;

/* Whether that program, first in a container, would be the init of the host's own tree. */
bool is_host_init(const struct conf *c, const char *program);

/* The LXCPATHs of a command that takes several, by what their containers' directories end in. */
struct lxcpaths {
	char suffix[OPT_LIST_MAX][RUN_ENTRY_MAX];	/* "@HASH" */
	unsigned int n;
};

/* None given: that of lxc.conf or of the build. */
void lxcpaths_init(struct lxcpaths *p, const struct opt_list *given);
/* suffix: from the '@' on. */
bool lxcpaths_have(const struct lxcpaths *p, const char *suffix);

#endif
