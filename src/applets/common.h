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
};

/* Configuration, log and plan, then monitor_start. Exit status, or -errno with err. */
int launch_container(const struct launch *l) MUST_CHECK;

/* Whether that program, first in a container, would be the init of the host's own tree. */
bool is_host_init(const struct conf *c, const char *program);

#endif
