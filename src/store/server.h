/* SPDX-License-Identifier: MIT */
/*
 * An image server of the layout that LXC's download template reads: meta/1.0/index-system, and for
 * each image a directory with the tree, the metadata, SHA256SUMS and its signature.
 */
#ifndef STORE_SERVER_H
#define STORE_SERVER_H

#include <stdbool.h>

#include "store/cache.h"
#include "store/fetch.h"

#define IMAGE_LEVEL 7	/* of LXC's lxc-download */

struct server {
	char url[256];		/* without a slash at its end */
	const char *keyring, *keyid;	/* NULL: no signature is asked for */
	bool no_validate;
};

/*
 * Takes "host", which is https, or a URL. -EINVAL with err: neither; -EKEYREJECTED with err: plain
 * http, where nothing says that what comes is what the server sent (CVE-2017-18641).
 */
int server_set(struct server *s, const char *name) MUST_CHECK;

/* The index, NUL-terminated, verified; free(). NULL with err. */
char *server_index(const struct server *s) MUST_CHECK;

/* All of an image into its cache, each file checked before it has a name there. */
int server_fetch(const struct server *s, const struct image_name *i,
		 const struct cache *c) MUST_CHECK;

/*
 * Opens tree and metadata of the cache after they were checked as if they had just come; name:
 * theirs, for messages. 0; -ENOENT without err: it does not hold an image; -errno with err:
 * what it holds is not good.
 */
int server_open_cached(const struct server *s, const struct cache *c, int fd[2],
		       char name[2][24]) MUST_CHECK;

#endif
