/* SPDX-License-Identifier: MIT */
/*
 * Which containers use the storage of another: LXC's files, two lines for each, LXCPATH and NAME.
 * LXCPATH/NAME/lxc_snapshots of the origin names its clones, lxc_rdepends of the clone its origins.
 */
#ifndef STORE_DEPEND_H
#define STORE_DEPEND_H

#include <stdbool.h>

#include "lib/err.h"

#define DEPEND_CLONES "lxc_snapshots"
#define DEPEND_ORIGINS "lxc_rdepends"

/*
 * Calls each() for what such a file of the directory path (LXCPATH/NAME) names; stops when it is
 * not 0 and returns that. 0: there is no file. -EINVAL with err: it has the number of LXC 1.0.
 */
int depend_each(const char *path, const char *file,
		int (*each)(const char *lxcpath, const char *name, void *arg),
		void *arg) MUST_CHECK;

/* Adds a line pair, once. Whole or not at all; to an origin before the clone is made. */
int depend_add(const char *path, const char *file, const char *lxcpath,
	       const char *name) MUST_CHECK;
/* Takes it away, and the file with the last one. What is not there is no error. */
int depend_drop(const char *path, const char *file, const char *lxcpath,
		const char *name) MUST_CHECK;

/* Whether there is such a container: an entry of one that is gone, or was never made, is void. */
bool depend_is_there(const char *lxcpath, const char *name);

#endif
