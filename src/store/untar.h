/* SPDX-License-Identifier: MIT */
/*
 * A tar archive unpacked below a directory handle.
 *
 * Every member is made from the handle of its parent, which is walked to from the root without
 * following a link (lib/path.h), always anew and never through what is there already: a file, link
 * or node of the same name is removed first, a directory is kept when it is a directory again.
 * "..", absolute names and targets of hard links that are so, and a parent that is a link or a file
 * are errors (CVE-2014-9356). Owners are numbers; set-id bits, times, and the extended attributes
 * user.*, security.capability and POSIX ACLs are restored.
 */
#ifndef STORE_UNTAR_H
#define STORE_UNTAR_H

#include <stdbool.h>

#include "store/tar.h"

enum untar_flags {
	UNTAR_NODES = 1,	/* device nodes are made; else they are left out and counted */
};

struct untar {
	int root_fd;
	unsigned int flags;
	/*
	 * Shell patterns ('*', '?', '[set]', which all match '/'; from the beginning of the name,
	 * "./" apart) of members that are left out, and all below them.
	 */
	const char *const *exclude;
	unsigned int n_exclude;
	/* Called after each piece of data; non-zero ends the work with that. May be NULL. */
	int (*tick)(void *arg);
	void *arg;

	/* Results: what was left out, for one notice each. */
	unsigned int n_members, n_nodes, n_xattrs;
	char xattr[64];			/* the first that was */
};

/*
 * All members of an archive. 0 or -errno with err, which names the member and its offset; what was
 * made until then stays. The reader is freed.
 */
int untar(struct untar *u, struct tar_reader *r) MUST_CHECK;

/* Whether a name matches such a pattern, or lies below one that does. */
bool untar_excludes(const char *pattern, const char *name);

#endif
