/* SPDX-License-Identifier: MIT */
/*
 * What the files that copy, rename and restore containers share.
 */
#ifndef STORE_CLONE_INTERNAL_H
#define STORE_CLONE_INTERNAL_H

#include <limits.h>

#include "conf/text.h"
#include "container/container.h"
#include "store/clone.h"

struct cloning {
	const struct clone *k;
	struct conf conf;		/* of the original */
	struct conf_text text;		/* of the copy */
	struct store_dir dir;		/* the copy's */
	struct run_dir lock;		/* the original's; fd -1: not held */
	int signals;			/* -1: nobody's */
	char from[PATH_MAX];		/* LXCPATH/NAME */
	char from_path[PATH_MAX], to_path[PATH_MAX];
	char to[PATH_MAX];
	char config[PATH_MAX];		/* of the copy */
};

/* The original: its paths, its configuration; it does not run and will not be started. */
int clone_load(struct cloning *m) MUST_CHECK;
void clone_unload(struct cloning *m);

/* The tree: copied or laid over, and lxc.rootfs.path of the text. */
int clone_storage(struct cloning *m) MUST_CHECK;

/* /etc/hostname and lxc.hook.clone, in the tree of the copy, of which the text is whole. */
int clone_finish_tree(struct cloning *m) MUST_CHECK;

/* Runs what() in a child with mounts of its own; its result and err are the caller's. */
int clone_apart(struct cloning *m, int (*what)(struct cloning *m)) MUST_CHECK;

/* Whether a signal that ends has come: -EINTR with err. */
int clone_look_up(const struct cloning *m) MUST_CHECK;

/* Lets go of a container's runtime directory, which goes unless it has a record. */
void clone_unlock(struct run_dir *d);

/* The origins that the directory dir names no longer know the copy. */
void clone_leave_origins(struct cloning *m, const char *dir);

/* The text of m becomes that of its container under m->to. */
int clone_move_config(struct cloning *m) MUST_CHECK;

/*
 * What store_settle goes on with, in the directory of a container: its next configuration, which
 * only the directory at that path takes for its own.
 */
#define SETTLE_NAME_MAX 32
const char *settle_name(char *buf, const char *path);
/* And what takes the place of what has the same names there. */
#define SETTLE_NEW ".restored"
#define SETTLE_OLD ".replaced"

#endif
