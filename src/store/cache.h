/* SPDX-License-Identifier: MIT */
/*
 * Images that were fetched, below /var/cache/lxc/download as LXC has them (LXC_CACHE_PATH in its
 * place): DIST/RELEASE/ARCH/VARIANT with build_id, the tree, the metadata's archive, SHA256SUMS,
 * its signature and the server (source). What is in it is checked again each time; without build_id
 * it is worth nothing.
 */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "lib/err.h"
#include "store/fetch.h"

struct cache {
	int fd;			/* the directory, locked; -1: not open */
	char path[640];
};

/* Opens and locks that of an image, making it; waits for another who is at it. -errno with err. */
int cache_open(struct cache *c, const struct image_name *i) MUST_CHECK;
void cache_close(struct cache *c);

/* A file of it to be read; -ENOENT without err, or -errno with err. */
int cache_get(const struct cache *c, const char *name) MUST_CHECK;
/* A text of at most max bytes; NULL: not there, or no text. free(). */
char *cache_get_text(const struct cache *c, const char *name, size_t max);

/*
 * A new file, which has no name until cache_put gives it one in place of what is there: who is
 * killed leaves nothing. Descriptor, or -errno with err.
 */
int cache_new(const struct cache *c) MUST_CHECK;
int cache_put(const struct cache *c, int fd, const char *name) MUST_CHECK;
int cache_put_text(const struct cache *c, const char *text, size_t n, const char *name) MUST_CHECK;
/* Takes one away that may be there. */
void cache_drop(const struct cache *c, const char *name);

#endif
