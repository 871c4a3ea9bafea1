/* SPDX-License-Identifier: MIT */
/*
 * What lxc-copy, lxc-clone and lxc-start-ephemeral have in common: one engine, three command lines.
 */
#ifndef APPLETS_COPYING_H
#define APPLETS_COPYING_H

#include "applets/common.h"

struct copying {
	const struct opt_common *common;	/* name and place of the original */
	const char *newname, *newpath;		/* NULL: a random name; where the original is */
	const char *storage, *fssize;
	bool rename, snapshot, keepname, keepmac, allowrunning;
	/* A copy that is started. */
	bool ephemeral, foreground, daemon, tmpfs, keepdata;
	char mark;		/* of a random name: behind the original's */
	struct opt_list mounts;			/* -m: bind=SRC:DST:ro,overlay=SRC:DST ... */
	char **argv;		/* for the hooks; ephemeral: the command to attach */
};

/* Does it; what it says goes to standard output. Exit status, or -errno with err. */
int copying_run(struct copying *c) MUST_CHECK;

#endif
