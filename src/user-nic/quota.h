/* SPDX-License-Identifier: MIT */
/*
 * Who may have how many devices: the lines of lxc-usernet(5) and those of the list of devices that
 * were made. Functions of bytes: no file, no system call.
 */
#ifndef USER_NIC_QUOTA_H
#define USER_NIC_QUOTA_H

#include <stdbool.h>

#include "lib/err.h"

/* More lines are in no list that is read. */
#define QUOTA_DEVICES_MAX 4096

/* One line of the list: OWNER TYPE BRIDGE NAME, OWNER being a user or @GROUP. */
struct quota_device {
	const char *owner, *type, *bridge, *name;
};

struct quota_caller {
	const char *user;
	bool (*in_group)(const char *group, void *arg);
	void *arg;
};

struct quota_want {
	const struct quota_caller *caller;
	const char *type, *bridge;
};

/* Is a word of such a line the caller, by name or by group? */
bool quota_is_caller(const struct quota_caller *c, const char *owner);

/*
 * The list, cut in place: lines that are not four words are none. How many, at most max; out
 * points into text.
 */
unsigned int quota_read(char *text, struct quota_device *out, unsigned int max);

/*
 * Looks through the lines USER|@GROUP TYPE BRIDGE NUMBER (cut in place) for the first that allows
 * one more, as LXC counts: what there is of one type at one bridge counts for whom it was made.
 * Words are compared as a whole. 0 and *owner (which points into text) is for whom, -ENOENT: no
 * line is for the caller, -EDQUOT: all of those are used up; no err. *bad_line: the first that
 * could not be read, 0: none.
 */
int quota_choose(char *text, const struct quota_want *want, const struct quota_device *made,
		 unsigned int n, const char **owner, unsigned int *bad_line) MUST_CHECK;

/* May a word stand in such a line, and be an interface's name? At most 15 printable bytes. */
bool quota_is_ifname(const char *s);

#endif
