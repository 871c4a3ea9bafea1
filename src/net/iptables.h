/* SPDX-License-Identifier: MIT */
/*
 * Rules of nat.h in table "nat" of iptables, for kernels without nf_tables: the socket options of
 * <linux/netfilter_ipv4/ip_tables.h>, which read and replace a whole table. IPv4 alone; 127.0.0.1
 * is not forwarded.
 *
 * An owner's rules are in two chains that are called by a hash of his name, "lxcbox-HASH-d" and
 * "-s"; PREROUTING, OUTPUT and POSTROUTING jump to them from their ends. All else stays as it is,
 * counters included.
 */
#ifndef NET_IPTABLES_H
#define NET_IPTABLES_H

#include <stdbool.h>

#include "net/nat.h"

/* Makes these the owner's rules; 0 of them removes his. -errno with err; -ENOENT: the kernel has
 * no table, match or target for it. */
int iptables_set(const char *owner, const struct nat_rule *rules, unsigned int n) MUST_CHECK;

/* How many rules an owner has in his chains. */
int iptables_count(const char *owner) MUST_CHECK;

#endif
