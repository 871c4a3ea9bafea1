/* SPDX-License-Identifier: MIT */
/*
 * What the walk through a tree (copy.c) and the copy of one thing in it (copy_file.c) share.
 */
#ifndef STORE_COPY_INTERNAL_H
#define STORE_COPY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "store/copy.h"

/* The first name of a file that has more, in what was copied. */
struct seen {
	dev_t dev;
	ino_t ino;
	nlink_t left;		/* names that are to come */
	char *path;		/* below the top; NULL: all have come, or the place is free */
};

struct copy {
	struct tree_copy *t;
	char *path;		/* of what is at work, below the top */
	size_t room;
	int top;		/* of the copy */
	bool no_clone, no_range, no_holes;	/* refused once, not asked again */
	char *buf;
	uint64_t told;		/* bytes, at the last time that progress was asked */
	struct seen *seen;
	size_t n_seen, seen_room;	/* a power of two */
};

void copy_init(struct copy *c, struct tree_copy *t);
void copy_free(struct copy *c);

/* Asks progress. */
int copy_tell(struct copy *c) MUST_CHECK;
/* The path for a message: "." is the top. */
const char *copy_name(const struct copy *c);

/*
 * Copies what is no directory, of which st is: handle is an O_PATH descriptor of it. 0 or -errno
 * with err.
 */
int copy_file(struct copy *c, int handle, const struct stat *st, int to_dir,
	      const char *name) MUST_CHECK;

/* Gives to, a directory or regular file that is open, what from has, of which st is. */
int copy_attributes(struct copy *c, int from, int to, const struct stat *st) MUST_CHECK;

#endif
