/* SPDX-License-Identifier: MIT */
/*
 * A command in new namespaces, without a container around it: no record, no cgroup, no monitor.
 */
#ifndef CONTAINER_UNSHARE_H
#define CONTAINER_UNSHARE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/opt.h"
#include "secure/idmap.h"

struct unshare {
	unsigned long namespaces;	/* CLONE_NEW* */
	const struct id_maps *maps;	/* of a new user namespace; NULL: none */
	bool is_root;			/* there: user and group 0, no others */
	const uid_t *uid, *gid;		/* set last, NULL: they stay */
	const char *hostname;		/* NULL: stays */
	const struct opt_list *interfaces;	/* moved there, NULL: none */
	bool remount;			/* /proc, /dev/shm and /dev/mqueue anew */
	bool daemon;			/* does not wait for its end */
	char **argv;
};

/*
 * Exit status of the command, 128+signal when it was killed, 126 or 127 when it cannot be executed
 * or is not found; 0 for a daemon; -errno with err: it did not come to that.
 */
int unshare_run(const struct unshare *u) MUST_CHECK;

#endif
