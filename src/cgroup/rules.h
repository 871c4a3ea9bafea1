/* SPDX-License-Identifier: MIT */
/*
 * What the kernel makes of device rules (security/device_cgroup.c since 3.9): a default and a list
 * of exceptions, which are merged and taken back by exact match of type, major and minor. Pure: no
 * kernel is asked.
 */
#ifndef CGROUP_RULES_H
#define CGROUP_RULES_H

#include "conf/conf.h"

struct device_set {
	bool allow; /* the default; the exceptions are the opposite */
	unsigned int n, size;
	struct device_rule *rule; /* of type 'b' or 'c' */
};

void device_set_free(struct device_set *s);

/*
 * One rule written to devices.allow or devices.deny. -EINVAL with err when the kernel would take it
 * without its having the effect that it says: an exception that it does not match exactly goes on
 * saying the opposite. -ENOMEM.
 */
int device_set_apply(struct device_set *s, bool allow, const struct device_rule *r) MUST_CHECK;

/*
 * Reads the text of devices.list (which is cut up) into an empty set. "a *:* rwm": allowed by
 * default; exceptions are not shown then.
 */
int device_set_read(struct device_set *s, char *list) MUST_CHECK;

/*
 * Whether devices.list would show the same, in whatever order. *odd: a rule that only one of them
 * has.
 */
bool device_set_equal(const struct device_set *a, const struct device_set *b,
		      const struct device_rule **odd);

/* "c 1:3 rwm" as the kernel writes it; buf of DEVICE_TEXT bytes. */
#define DEVICE_TEXT 32
const char *device_rule_text(const struct device_rule *r, char *buf);

/*
 * bpf.c: puts the set in force for a v2 cgroup by a program, and reads back that it is. dir_fd is
 * O_RDONLY. -errno with err.
 */
int bpf_devices(int dir_fd, const struct device_set *s) MUST_CHECK;

#endif
