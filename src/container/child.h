/* SPDX-License-Identifier: MIT */
/*
 * Between the child's steps and the monitor: see spawn.c for the messages.
 */
#ifndef CONTAINER_CHILD_H
#define CONTAINER_CHILD_H

#include "container/container.h"

enum child_message { CHILD_WARNS, CHILD_FAILED, CHILD_BORN, CHILD_PTY, CHILD_READY, CHILD_EXECS };

struct child_report {
	int message;		/* enum child_message */
	int err;		/* errno of CHILD_FAILED, process of CHILD_BORN; of
					   CHILD_PTY, with which a descriptor comes: see pty_of */
	char text[ERR_MAX];
};

/* A warning for the log and the caller's standard error, said by the monitor. */
void child_warn(struct start *s, const char *text);
int child_report(struct start *s, enum child_message m, int err, const char *text) MUST_CHECK;

/* Dies with the monitor; changes of credentials reset this, so it is said again behind them. */
int child_bind(struct start *s) MUST_CHECK;

/* Whether it waits for the monitor before its set-up. */
bool child_waits(const struct start *s);

/*
 * A pty of the container's devpts, which the monitor gets: 0 is the console, N is ttyN. path: of
 * FD_PATH_MAX bytes, by which the peer can be bound.
 */
int child_open_pty(struct start *s, unsigned int number, char *path) MUST_CHECK;

/* Session, controlling terminal and descriptors 0 to 2. */
int child_set_stdio(struct start *s) MUST_CHECK;

/* lxc.environment and what is always there; NULL with err. */
char **child_environment(struct start *s) MUST_CHECK;

/* lxc.init.cwd, made inside the container when it is missing, else "/". Refuses a directory outside
 * of the root. */
int child_set_cwd(struct start *s) MUST_CHECK;

/* Says that exec is next and makes sure that no descriptor but 0 to 2 survives it. */
int child_last_words(struct start *s) MUST_CHECK;

/* Then that one, by which it says that it is ready, as the number that it is told. */
int child_give_ready(struct start *s) MUST_CHECK;

#endif
