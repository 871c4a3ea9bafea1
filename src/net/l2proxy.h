/* SPDX-License-Identifier: MIT */
/*
 * The host answers for a container's addresses (lxc.net.N.l2proxy), and routes to a container
 * that is at no bridge (lxc.net.N.veth.mode = router): entries of neighbours with NTF_PROXY,
 * routes, and what LXC wants of sysctls.
 *
 * sock is of nl_open(NETLINK_ROUTE) in the host's network. 0 or -errno with err.
 */
#ifndef NET_L2PROXY_H
#define NET_L2PROXY_H

#include <stdbool.h>

#include "lib/err.h"

struct conf_net;

/*
 * What LXC asks for before it answers on a link: forwarding there, for IPv6 proxy_ndp too. It is
 * not set here, since it would hold for the whole link.
 */
int l2proxy_check(const struct conf_net *n, const char *link) MUST_CHECK;

/* Whether an address ("ADDR/PREFIX...") is answered for there: by another, whose entry stays. 1, 0,
 * -errno. */
int l2proxy_is_there(int sock, int link, const char *address) MUST_CHECK;

/*
 * Has answers on the link for an address, and with to_lo a route of it to lo, without which an
 * ipvlan's is not asked for.
 */
int l2proxy_add(int sock, int link, const char *address, bool to_lo) MUST_CHECK;
/* Both are taken away; what is not there is no error. link 0: the link is gone. */
int l2proxy_remove(int sock, int link, const char *address, bool to_lo) MUST_CHECK;

/*
 * The host's end of a veth in router mode, which is up: forwarding and answers for the gateways
 * ("ADDR"; NULL or "dev": none), routes to the container's addresses. All goes with the device.
 */
int router_set(int sock, int index, const char *name, const struct conf_net *n,
	       const char *gateway4, const char *gateway6) MUST_CHECK;

#endif
