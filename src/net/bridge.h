/* SPDX-License-Identifier: MIT */
/*
 * What a bridge of the host has beside what every link has (net/link.h), and what is asked of a
 * link before it is changed.
 *
 * sock is of nl_open(NETLINK_ROUTE, -1). 0 or -errno with err, unless it is said otherwise.
 */
#ifndef NET_BRIDGE_H
#define NET_BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "net/link.h"

/*
 * The forward delay in hundredths of a second, that a port waits before it takes part: by netlink
 * (IFLA_BR_FORWARD_DELAY, 3.18), else by sysfs. Setting it reads it back.
 */
int bridge_delay(int sock, const char *name) MUST_CHECK;
int bridge_set_delay(int sock, const char *name, unsigned int delay) MUST_CHECK;

/* IFF_PROMISC as it was asked for, netdevice(7). link_is_promisc: 1, 0. */
int link_is_promisc(const char *name) MUST_CHECK;
int link_set_promisc(const char *name, bool on) MUST_CHECK;

/* Whether the link has that address with that prefix; any of that family when it is NULL. 1, 0. */
int link_has_addr(int sock, int index, int family, const struct net_addr *a) MUST_CHECK;
/* Takes an address of net_addr_add away; one that is not there is no error. */
int link_drop_addr(int sock, int index, const char *text) MUST_CHECK;

/* The IPv4 default route of the main table: 1 there is one, 0 there is none. */
struct default_route {
	uint8_t via[4];	/* 0.0.0.0: none */
	int index;	/* of the interface */
};
int route_find_default(int sock, struct default_route *r) MUST_CHECK;
/* Takes it away; one that is not there is no error. */
int route_drop_default(int sock, int index, const char *via) MUST_CHECK;

/* Calls each() for the bridge's ports until that is not 0, which is returned then. */
int bridge_each_port(int sock, int index, int (*each)(const struct net_link *l, void *arg),
		     void *arg) MUST_CHECK;

#endif
