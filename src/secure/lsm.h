/* SPDX-License-Identifier: MIT */
/*
 * Labels of security modules: lxc.apparmor.*, lxc.selinux.*. Which modules there are is told by
 * /proc/self/attr, not by /sys, which a host need not have mounted. With CFG_LSM.
 */
#ifndef SECURE_LSM_H
#define SECURE_LSM_H

#include "conf/conf.h"

enum lsm { LSM_APPARMOR, LSM_SELINUX, LSM_COUNT };

/* With its NUL; the longest that is believed to be one. */
#define LABEL_MAX 384

/* A label for each module, and the files by which this process takes them. */
struct labels {
	char want[LSM_COUNT][LABEL_MAX];	/* "": stays as it is */
	int fd[LSM_COUNT];			/* -1: none */
};

void labels_init(struct labels *l);

/* What a configuration asks for. Whether this kernel can: labels_check. */
void labels_wanted(const struct conf *c, struct labels *l);
/*
 * Whether the modules that the configuration names work here, and AppArmor mediates mounts unless
 * it may be incomplete. -EOPNOTSUPP with err that has the line.
 */
int labels_check(const struct conf *c) MUST_CHECK;
/*
 * What a process has, by its directory of /proc, where it is not what this process has: for who is
 * to become no more than that.
 */
int labels_of_process(int proc_fd, struct labels *l) MUST_CHECK;
/* SELinux's label of lxc-attach -c. -EOPNOTSUPP with err without SELinux. */
int labels_set_context(struct labels *l, const char *context) MUST_CHECK;

/*
 * Opens the files of /proc/self/attr for what is wanted, while /proc is the host's; is_now: of
 * labels_take for a process that will not execute another program.
 */
int labels_open(struct labels *l, bool is_now) MUST_CHECK;
/*
 * Takes them: with the next exec, else (is_now) at once. Read back by the same files, which are
 * closed. Touches no path. A child made between this and the exec takes them as well.
 */
int labels_take(struct labels *l, bool is_now) MUST_CHECK;

/*
 * Whether a child that has executed its program, and has not been waited for, has what the
 * configuration wants. By a process that sees the host's /proc.
 */
int labels_verify(const struct conf *c, int pid) MUST_CHECK;

/*
 * The SELinux context of keys that this process makes up to its next exec (attr/keycreate); while
 * /proc is the host's.
 */
int labels_key_context(const struct conf_str *context) MUST_CHECK;

#endif
