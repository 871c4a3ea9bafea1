/* SPDX-License-Identifier: MIT */
/*
 * Network devices of a container.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "lib/err.h"

/*
 * Brings the loopback device of this process's network namespace up; the kernel gives it
 * 127.0.0.1 and ::1. A new namespace has it down, and LXC's containers have it up. Needs
 * CAP_NET_ADMIN there.
 */
int net_loopback_up(void) MUST_CHECK;

/*
 * Gives an interface to the network namespace that a descriptor names, there under the name as
 * (NULL: the same): rtnetlink(7), IFLA_NET_NS_FD.
 */
int net_link_move(const char *name, int netns, const char *as) MUST_CHECK;

#endif
