/* SPDX-License-Identifier: MIT */
/*
 * Snapshots of a container, as lxc-snapshot(1) keeps them: containers of their own in
 * LXCPATH/NAME/snaps (or LXCPATHsnaps/NAME, where LXC 1.0 has begun with that), snap0, snap1 and so
 * on, each with its time in a file "ts" and, when there is one, a file "comment".
 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include <stdbool.h>

#include "lib/err.h"

struct opt_common;

/* comment: a file, NULL: none. 0 or -errno with err. */
int snapshot_make(const struct opt_common *o, const char *comment) MUST_CHECK;

/* A line for each, "NAME (PATH) TIME", with its comment when that is asked for; to a descriptor. */
int snapshot_list(const struct opt_common *o, bool comments, int fd) MUST_CHECK;

/* One of them, or "ALL". */
int snapshot_destroy(const struct opt_common *o, const char *name) MUST_CHECK;

/*
 * Makes a container of it: of the name new, or, with NULL, in the place of its own. The old one is
 * whole until the new one is; when it is killed behind that, the next command that copies, renames
 * or restores the container ends it.
 */
int snapshot_restore(const struct opt_common *o, const char *name, const char *new) MUST_CHECK;

#endif
