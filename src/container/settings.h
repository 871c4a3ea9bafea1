/* SPDX-License-Identifier: MIT */
/*
 * Kernel settings and clocks of a start.
 */
#ifndef CONTAINER_SETTINGS_H
#define CONTAINER_SETTINGS_H

#include "container/container.h"

/*
 * Whether each lxc.sysctl is of a namespace that the container has of its own (own: CLONE_NEW*);
 * *at and *key are the line, not named by err. With CFG_SYSCTL.
 */
int settings_check(const struct conf *c, unsigned long own, struct origin *at,
		   const char **key) MUST_CHECK;
/*
 * Whether each lxc.proc holds in the program that the first process has executed, by now maybe to
 * its end. With CFG_SYSCTL.
 */
int settings_verify(const struct conf *c, int pid) MUST_CHECK;

/*
 * By the monitor, round the clone: its children have the clocks of a new time namespace, with the
 * offsets of lxc.time.offset. A descriptor of its own one, for clocks_leave, which closes it.
 */
int clocks_enter(const struct conf *c) MUST_CHECK;
int clocks_leave(int own) MUST_CHECK;

#endif
