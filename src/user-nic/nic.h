/* SPDX-License-Identifier: MIT */
/*
 * The pair of devices: rtnetlink(7). host is a socket of the own network, inside one of the
 * caller's. Names are what quota_is_ifname() takes. -errno with err.
 */
#ifndef USER_NIC_NIC_H
#define USER_NIC_NIC_H

#include <net/if.h>
#include <stdbool.h>

#include "lib/err.h"

struct nic {
	char name[IFNAMSIZ], peer[IFNAMSIZ];	/* here; there */
	int index, peer_index;
};

/* What a bridge is: its number and MTU; "none": 0 and 0. -ENODEV: no bridge has that name. */
int nic_find_bridge(int host, const char *bridge, int *index, unsigned int *mtu) MUST_CHECK;

/* A name that no device has. */
int nic_choose_name(int host, char *name) MUST_CHECK;

bool nic_exists(int host, const char *name);

/*
 * Makes n->name, its other end in ns, where it gets the name as (NULL: the next free ethN); joins
 * the bridge with its MTU and sets it up. On failure nothing is left.
 */
int nic_make(int host, int inside, int ns, int bridge, unsigned int mtu, const char *as,
	     struct nic *n) MUST_CHECK;

/* Removes it when its other end is in that namespace; -EPERM when it is not. */
int nic_delete(int host, int ns, const char *name) MUST_CHECK;

#endif
