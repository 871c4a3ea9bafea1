/* SPDX-License-Identifier: MIT */
/*
 * The user namespace of a container with lxc.idmap, or with lxc.namespace.share.user: see userns.c.
 * With CFG_IDMAP.
 */
#ifndef CONTAINER_USERNS_H
#define CONTAINER_USERNS_H

#include "container/container.h"

/* By the monitor: the container gets the namespace of a descriptor. -errno with err. */
int userns_share(struct start *s, int fd) MUST_CHECK;

/*
 * Who sets up a container, its root or, where 0 is no id inside, the user of lxc.init.uid: by the
 * directory in /proc of a process in its namespace, which stays as it is in u. -errno with err.
 */
int userns_look(struct userns *u, const struct conf *c, int proc) MUST_CHECK;

/*
 * Whether its terminals are those of its own devpts, which it opens itself: who is not root cannot
 * give away what the host's has. With CFG_UNPRIVILEGED.
 */
bool userns_has_ptys(const struct start *s);

/* The pty's other end becomes the container's root's; nothing without a user namespace. */
int userns_own(const struct start *s, const struct pty *p) MUST_CHECK;

/*
 * In a child of the monitor: makes the container's namespaces but that of users, for which flags
 * are CLONE_NEW*, and its first process in them, and reports that one's number by s->sync
 * (CHILD_BORN), or why there is none.
 */
void userns_stage(struct start *s, unsigned long flags, int cgroup_fd) __attribute__((noreturn));

/* By the first process: mounts its root, or takes what the stage has mounted, and becomes root. */
int userns_enter(struct start *s) MUST_CHECK;

/* By a process in the namespace: its ids become the container's root's, groups are dropped. */
int userns_become(const struct userns *u) MUST_CHECK;

#endif
