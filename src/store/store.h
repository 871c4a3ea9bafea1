/* SPDX-License-Identifier: MIT */
/*
 * A container's directory on disk, LXCPATH/NAME: made, filled by a template, copied, destroyed.
 *
 * While it is being made or removed it holds a file "partial", as with LXC, which whoever works on
 * it has locked (fcntl(2), F_OFD_SETLK: LXC looks for just that): it is no container then. When
 * nobody has it locked, the one who did was killed, and the next lxc-create or lxc-destroy of that
 * name finishes the removal.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* ---- the directory (dir.c) ---- */

struct store_dir {
	int base;		/* LXCPATH; -1: closed */
	int fd;			/* LXCPATH/NAME */
	int mark;		/* its file "partial", locked; -1: none */
	const char *name;
	char path[PATH_MAX];	/* LXCPATH/NAME */
};

/*
 * Makes LXCPATH, LXCPATH/NAME (0770, as LXC) and the mark in it. What a killed one left is removed
 * first; an empty directory is taken. 0 or -errno with err, nothing is left then. -EEXIST: there is
 * a container, or a directory with something else in it. -EBUSY: somebody is at it.
 */
int store_begin(struct store_dir *d, const char *lxcpath, const char *name) MUST_CHECK;
/* A tree outside of LXCPATH/NAME that is about to be made, or to be removed: with the mark written
 * to it, so that it goes with the rest. */
int store_note(struct store_dir *d, const char *tree) MUST_CHECK;
/* What was begun is a container now: synced, the mark removed. Closes. */
int store_commit(struct store_dir *d) MUST_CHECK;
/* Removes what was begun with all that was noted. Closes. 0 or -errno with err. */
int store_abort(struct store_dir *d) MUST_CHECK;

/*
 * Opens one that is there. -ENOENT (no err text): there is none; -ELOOP: it is a link; others with
 * err. No mark is made: store_mark does that, before something is removed.
 */
int store_open(struct store_dir *d, const char *lxcpath, const char *name) MUST_CHECK;
/*
 * Locks the mark, which is made when it is not there; with the note of a tree it must not be there.
 * tree NULL: none. -EBUSY with err: somebody is at it.
 */
int store_mark(struct store_dir *d, const char *tree) MUST_CHECK;
void store_close(struct store_dir *d);

/* ---- removal (remove.c) ---- */

/*
 * Removes `name` in the directory at_fd, and everything below it when it is a directory; what is
 * not there is no error. No link is followed, no mount point crossed nor removed (-EBUSY), names of
 * any length and trees of any depth are removed with 24 descriptors at most, and whoever moves
 * things around meanwhile is not followed. The first that cannot be removed ends it, with err that
 * names it: shown is at_fd's path for that.
 */
int store_remove(int at_fd, const char *name, const char *shown) MUST_CHECK;
/* The same of what is in a directory; but NULL, or a name in it that stays. */
int store_remove_content(int dir_fd, const char *but, const char *shown) MUST_CHECK;
/* The same by an absolute path, which must not be "/", nor the root of a mount. */
int store_remove_path(const char *path) MUST_CHECK;

#endif
