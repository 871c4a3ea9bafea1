/* SPDX-License-Identifier: MIT */
/*
 * Address translation of the host: networks that leave it under its own address, ports that lead
 * into a container. By nf_tables(netlink), Linux 3.18 and later, in tables "lxcbox" of families ip
 * and ip6 of this process's network namespace; where the kernel has none and CFG_NET_IPTABLES is
 * built, by the socket option of iptables. No program is run.
 *
 * Each rule bears the name of its owner (nft shows it as a comment), by which it is found again.
 */
#ifndef NET_NAT_H
#define NET_NAT_H

#include <stdint.h>

#include "lib/err.h"
#include "net/address.h"

struct nat_rule {
	/*
	 * IPPROTO_TCP, IPPROTO_UDP: host:host_port leads to to:port, for who comes from elsewhere,
	 * from the host itself and from the network of to.
	 * 0: what comes from the network of to and leaves by another interface than bridge gets the
	 * host's address: masquerading.
	 */
	uint8_t protocol;
	uint16_t host_port, port;	/* 1 to 65535, in the machine's order */
	/* Of net_addr_parse. host is of a forward, its prefix the whole address; family 0: every
	 * address of the host. */
	struct net_addr host, to;
	const char *bridge;	/* name of the interface; NULL: none, not for masquerading */
};

/*
 * Makes these the owner's rules, in place of those that it has: again and again without harm. The
 * owner is a word of at most NAT_OWNER_MAX - 1 bytes that says to a person whose they are ("net
 * lxcbr0", "c1@0123456789abcdef"). IPv4 forwards with a bridge act for 127.0.0.1, too: its
 * route_localnet is set then, as long as one of them is there, and what comes in by it for
 * 127.0.0.0/8 dropped. Other sysctls, such as ip_forward, are the caller's. -errno with err, which
 * names what the kernel lacks; none of the owner's rules is left then.
 */
#define NAT_OWNER_MAX 112
int nat_set(const char *owner, const struct nat_rule *rules, unsigned int n) MUST_CHECK;

/* Takes all of an owner's back. 0, also when there are none or the kernel knows no rules; -errno
 * with err. */
int nat_remove(const char *owner) MUST_CHECK;

/* How many rules of the kernel an owner has; -errno with err. */
int nat_count(const char *owner) MUST_CHECK;

#endif
