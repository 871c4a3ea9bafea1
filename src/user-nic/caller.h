/* SPDX-License-Identifier: MIT */
/*
 * Who called this set-uid program, and what is done in his name.
 *
 * caller_begin() leaves the process with root's rights put aside (effective user is the caller,
 * no capability in effect); what he named is looked at like that. caller_end() gives it root's
 * back for good, so that he can no longer signal it, and nothing that it does not need.
 */
#ifndef USER_NIC_CALLER_H
#define USER_NIC_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/err.h"

#define CALLER_NAME_MAX 100
#define CALLER_GROUPS_MAX 1024

struct caller {
	uid_t uid;
	char name[CALLER_NAME_MAX];	/* of /etc/passwd, "" until caller_name() */
	gid_t groups[CALLER_GROUPS_MAX];
	int n_groups;
};

/*
 * The first thing of all: what he could have left to this process (limits, timers, signals,
 * closed descriptors, a dumpable image) is done away with. -errno with err: not set-uid root,
 * or something of that cannot be done.
 */
int caller_begin(struct caller *c) MUST_CHECK;

/*
 * The network namespace that he named: a process by number, or a path to one. Opened and asked in
 * his name, so that nothing is looked at that he could not look at; the kernel must grant him
 * CAP_NET_ADMIN over it. *ns and *sock (NETLINK_ROUTE, there) are the caller's of this. What is
 * not his is refused by one and the same text, whatever there is or is not at that path.
 */
int caller_open_network(const struct caller *c, const char *named, int *ns, int *sock) MUST_CHECK;

/* All ids root's, no groups, CAP_NET_ADMIN alone. */
int caller_end(void) MUST_CHECK;

/* His name by /etc/passwd, after caller_end(). -ENOENT with err. */
int caller_name(struct caller *c) MUST_CHECK;

/* Is he in a group of /etc/group, as this process was when it was started? arg: struct caller. */
bool caller_in_group(const char *group, void *arg);

#endif
