/* SPDX-License-Identifier: MIT */
/*
 * VLANs of a bridge's port: lxc.net.N.veth.vlan.id and .tagged.id. RTM_SETLINK and RTM_DELLINK of
 * family AF_BRIDGE, Linux 3.9. They go with the port.
 */
#ifndef NET_BRIDGE_VLAN_H
#define NET_BRIDGE_VLAN_H

#include <stdbool.h>

#include "lib/err.h"

struct conf_net;

/* Does one of the two say something? */
bool bridge_vlan_is_set(const struct conf_net *n);

/*
 * Gives them to a port, which bridge (its name) has by then: the untagged one in place of the
 * bridge's own (none: it has none), tagged ones besides. The bridge must filter VLANs, which is
 * not set here since it is for all of its ports. sock is of nl_open(NETLINK_ROUTE). 0 or -errno
 * with err.
 */
int bridge_vlan_set(int sock, int port, const char *bridge, const struct conf_net *n) MUST_CHECK;

#endif
