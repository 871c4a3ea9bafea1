/* SPDX-License-Identifier: MIT */
/*
 * Checkpoint and restore by the program criu(8), which does the work.
 */
#ifndef CONTAINER_CRIU_H
#define CONTAINER_CRIU_H

#include "container/container.h"

/* As the command line of lxc-checkpoint has it. */
struct criu {
	const char *dir;		/* of the images and of criu's log */
	const char *predump_dir;	/* relative to dir, NULL: none */
	const char *action_script;	/* NULL: none */
	bool stop, verbose, pre_dump;
};

/*
 * Writes the processes of a running container to files. c: its configuration, whose bind mounts
 * criu has to know. 0; -ESRCH: not running; -ENOENT: no criu; what it says is in DIR/dump.log.
 */
int criu_dump(const struct criu *how, const struct conf *c) MUST_CHECK;

/*
 * In place of the clone of a start: the first process comes from s->restore, as a child of this
 * process. s->pid, 0 or -errno with err.
 */
int criu_restore(struct start *s) MUST_CHECK;

#endif
