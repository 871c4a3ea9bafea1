/* SPDX-License-Identifier: MIT */
/*
 * A container made of an image as LXC's servers and lxc-local have it: a tree, in an archive or a
 * squashfs, and an archive of metadata (config, config-user, excludes-user, templates, fstab,
 * create-message, expiry; each also with ".LEVEL" behind, for readers of at least that level).
 */
#ifndef STORE_IMAGE_H
#define STORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "store/input.h"
#include "store/template.h"

#define META_FILES 48

struct image_meta {
	unsigned int level;	/* of LXC's template: local 5, download 7 */
	bool is_user;		/* "config-user" and the like are wanted: in a user namespace */
	unsigned int n;
	struct meta_file {
		char name[40];
		char *text;
		size_t n;
	} file[META_FILES];
};

/* Reads the archive; level is set by the caller. 0 or -errno with err. Release with meta_free. */
int meta_load(struct image_meta *m, int fd, const char *shown) MUST_CHECK;
void meta_free(struct image_meta *m);
/* The file of that name that counts here, NULL: there is none. */
const struct meta_file *meta_find(const struct image_meta *m, const char *name);

struct image {
	const struct template_job *job;
	const struct image_meta *meta;	/* NULL: none was given */
	int tree_fd;			/* the archive or squashfs */
	const char *tree;		/* its name, for messages */
	bool no_dev;			/* nothing of dev/ */
};

/* Unpacks, puts the metadata's part into the configuration and the tree, prints its message. */
int image_install(const struct image *i) MUST_CHECK;

/* The tree of a squashfs into that of the job (squash.c). */
int squash_copy(const struct image *i, struct progress *bar) MUST_CHECK;

/* A line on standard output, as LXC's templates talk. */
void image_say(const char *text);

/* Whether this is a user namespace of somebody's: no device nodes there. */
bool image_in_userns(void);

#endif
