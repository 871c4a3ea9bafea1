/* SPDX-License-Identifier: MIT */
/*
 * A tree copied by handles, as a container may have made it: hostile, and changing meanwhile.
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <stdint.h>

#include "lib/err.h"

struct tree_copy {
	/* Asked after each name and each MiB; what is not 0 ends the copying. NULL: nobody. */
	int (*progress)(struct tree_copy *t);
	void *arg;		/* for it alone */
	/* So far. */
	uint64_t bytes, names;
	unsigned int skipped;	/* sockets, what was gone before it was copied */
	unsigned int mounts;	/* below the top: an empty directory or file is in their place */
};

/*
 * Copies what is in the directory from into the directory to, which is empty and nobody else's, and
 * gives to itself the owner, mode, times and attributes of from. Kept: owners, all mode bits,
 * times, extended attributes (capabilities, ACLs, overlayfs's whiteouts and marks), hard links
 * between what is copied, holes, device nodes, fifos. Where the file system can, a file shares its
 * blocks with the old one.
 *
 * No link is followed, no mount entered, nothing but regular files and directories opened; names of
 * any length, trees of any depth, with 70 descriptors at most. Memory grows with the depth, and
 * with files that have more names than were seen yet. 0, or -errno with err that names what could
 * not be read or made; what was copied until then is left to the caller.
 */
int tree_copy(int from, int to, struct tree_copy *t) MUST_CHECK;

/* The same of one regular file's content, from where both are to the first one's end now. */
int file_copy(int in, int out, struct tree_copy *t) MUST_CHECK;

#endif
