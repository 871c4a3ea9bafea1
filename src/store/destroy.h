/* SPDX-License-Identifier: MIT */
/*
 * A container removed, as lxc-destroy(1) does it: its directory, its tree where that is elsewhere,
 * what others know of it.
 */
#ifndef STORE_DESTROY_H
#define STORE_DESTROY_H

#include <stdbool.h>

#include "container/container.h"
#include "lib/err.h"

struct destroy {
	const struct opt_common *common;	/* name and rcfile */
	const char *lxcpath;
	bool force;				/* a running one is killed first */
	bool snapshots;				/* its clones and snapshots go first */
};

/*
 * What was left of one whose creation or removal did not come to its end goes as well. 0 or -errno
 * with err; -ENOENT: there is none. When it fails behind the hooks the container is none any more
 * (its mark stays), and another lxc-destroy goes on.
 */
int store_destroy(const struct destroy *o) MUST_CHECK;

/*
 * lxc.ephemeral, for start.at_end: called before the record is undone, the lock being held, it runs
 * the hooks and takes the name; afterwards it removes what there is.
 */
void store_ephemeral(const struct start *s, bool is_undone);

#endif
