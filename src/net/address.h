/* SPDX-License-Identifier: MIT */
/*
 * Addresses, routes and gateways given to interfaces: rtnetlink(7), RTM_NEWADDR, RTM_NEWROUTE.
 *
 * sock is of nl_open(NETLINK_ROUTE): what is done is done in that socket's network namespace,
 * which may be another than this process's. index is the interface's number there. Texts are as
 * conf has them (struct conf_net). All return 0 or -errno with err, which begins with what was
 * wanted ("cannot add the address '10.0.3.2/24'") and ends with the kernel's own words; the caller
 * knows the interface's name.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdint.h>

#include "lib/err.h"

struct net_addr {
	uint8_t family;		/* AF_INET or AF_INET6 */
	uint8_t size;		/* of bytes: 4 or 16 */
	uint8_t prefix;		/* bits; of all of it when the text has none */
	uint8_t bytes[16];
	uint8_t broadcast[4];	/* all 0: none */
};

/*
 * "ADDR", "ADDR/PREFIX" or "ADDR/PREFIX BROADCAST". Without a broadcast address IPv4 gets the
 * last one of its network, none where that has no room for one (/31, /32). -EINVAL without err.
 */
int net_addr_parse(const char *text, struct net_addr *out) MUST_CHECK;

/* One of conf_net's ipv4 or ipv6. IPv6 looks for duplicates first (DAD), as it does in LXC. */
int net_addr_add(int sock, int index, const char *text) MUST_CHECK;

/*
 * What is behind the interface itself: "ADDR/PREFIX" of veth.ipv4.route, or an "ADDR" alone. The
 * route goes with the interface; net_route_delete is for one that stays (lo). One that is not
 * there is no error of it.
 */
int net_route_add(int sock, int index, const char *text) MUST_CHECK;
int net_route_delete(int sock, int index, const char *text) MUST_CHECK;

/*
 * The default route: by "ADDR", to which a route of its own is made first when none leads there,
 * or "dev": whoever it is for is behind the interface. family is AF_INET or AF_INET6. The
 * interface is up by then, as the kernel wants it. "auto" is the caller's to resolve.
 */
int net_gateway_add(int sock, int index, int family, const char *text) MUST_CHECK;

/*
 * What "auto" stands for: the first address of that family that the host's interface has, as the
 * kernel lists them (IPv6's of one link last). buf is of NET_ADDRESS_MAX bytes (net/net.h). index
 * 0 is none that has an address. link is its name for the error.
 */
int net_gateway_find(int sock, int index, const char *link, int family, char *buf) MUST_CHECK;

#endif
