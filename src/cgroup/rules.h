/* SPDX-License-Identifier: MIT */
/*
 * What the kernel makes of device rules (security/device_cgroup.c since 3.9): a default and a list
 * of exceptions, which are merged and taken back by exact match of type, major and minor. Pure: no
 * kernel is asked.
 */
#ifndef CGROUP_RULES_H
#define CGROUP_RULES_H

#include "cgroup/cgroup.h"

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

/*
 * Takes just these bits from the exception for just these numbers; that others go on to say the
 * same is no fault.
 */
void device_set_take(struct device_set *s, const struct device_rule *r);

/* Room for so many exceptions more; -ENOMEM with err. */
int device_set_reserve(struct device_set *s, unsigned int more) MUST_CHECK;

/* Whether the access of r, which is one device, is allowed; the kernel asks one exception for all
 * of it. */
bool device_set_allows(const struct device_set *s, const struct device_rule *r);
/* What the exception for just these numbers has, 0: there is none. */
unsigned int device_set_access(const struct device_set *s, const struct device_rule *r);

/*
 * bpf.c: puts the set in force for a v2 cgroup by a program, in place of s->program, and reads back
 * that it is. There is no moment at which what either forbids is allowed. dir_fd is O_RDONLY. On
 * failure s->program is the one that is in force still. Allocates nothing. -errno with err.
 */
int bpf_devices(int dir_fd, struct device_set *s) MUST_CHECK;
/* No more rules than this in a program. */
#define BPF_RULES_MAX 1000

#endif
