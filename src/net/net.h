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

#endif
