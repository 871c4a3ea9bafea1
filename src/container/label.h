/* SPDX-License-Identifier: MIT */
/*
 * The labels of a start, by its child: with CFG_LSM.
 */
#ifndef CONTAINER_LABEL_H
#define CONTAINER_LABEL_H

#include "container/container.h"
#include "secure/lsm.h"

/* Opens what the labels are taken by, while /proc is the host's; takes that of keys. */
int label_enter(struct start *s) MUST_CHECK;
/* Of a process 1 that is this program, with lxc-execute: the last thing before it is that. */
int label_last(struct start *s) MUST_CHECK;

#endif
