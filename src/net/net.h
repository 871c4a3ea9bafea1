/* SPDX-License-Identifier: MIT */
/*
 * Network devices of a container.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdint.h>

#include "lib/err.h"
#include "net/link.h"

/*
 * Brings the loopback device of this process's network namespace up; the kernel gives it
 * 127.0.0.1 and ::1. A new namespace has it down, and LXC's containers have it up. Needs
 * CAP_NET_ADMIN there.
 */
int net_loopback_up(void) MUST_CHECK;

/* ---- what a network has (addresses.c); sock is of nl_open(NETLINK_ROUTE) ---- */

/* "fe80:0:..." as RFC 5952 has it: "fe80::1". buf of NET_ADDRESS_MAX bytes, which it returns. */
#define NET_ADDRESS_MAX 48
const char *net_ipv6_text(const uint8_t *address, char *buf);
/* The same of either family: 4 or 16 bytes. */
const char *net_address_text(int family, const uint8_t *address, char *buf);

/*
 * Calls each() for every address but those of the loopback device and IPv6's of one link
 * (RT_SCOPE_LINK), first IPv4's; family is AF_INET or AF_INET6. Stops when it returns non-zero and
 * returns that. -ETIMEDOUT when there is no end to them, other -errno; no err text.
 */
int net_each_address(int sock, int (*each)(int family, const char *address, void *arg),
		     void *arg) MUST_CHECK;

/*
 * The devices of our own namespace that those of the socket's are linked to: the other ends of
 * veths, parents of macvlans and vlans; what they have received and sent is what went the other way
 * there. None before Linux 4.0. 0 or -errno, no err text.
 */
int net_each_host_end(int sock, int (*each)(const struct net_link *l, void *arg),
		      void *arg) MUST_CHECK;

#endif
