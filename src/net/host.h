/* SPDX-License-Identifier: MIT */
/*
 * The network that the host gives its containers: the bridge of /etc/default/lxc-net with all that
 * belongs to it, made, taken back, told. With CFG_LXCBOX_NET.
 *
 * What is made is written before it is made to a record, a file in the directory that
 * host_net_open gives; taking it back needs nothing else. There is one such network at a time.
 */
#ifndef NET_HOST_H
#define NET_HOST_H

#include <stdbool.h>

#include "conf/lxcnet.h"
#include "net/link.h"

/*
 * The directory, locked until it is closed. base: the runtime directory. -ENOENT without err: there
 * is none, and it was not to be made; other -errno with err.
 */
int host_net_open(int base, bool make) MUST_CHECK;

/*
 * Makes what the file says and what is not there yet. After a failure all that this call made is
 * taken back. A network that is up with another text of the file is changed, its bridge is kept.
 */
int host_net_up(int dir, const struct lxcnet *l) MUST_CHECK;

/*
 * Takes everything back and the directory away. 1: done; 0: nothing was up. Links of others on the
 * bridge are an error unless forced. After a failure the record stays.
 */
int host_net_down(int dir, bool force) MUST_CHECK;

/* What there is. */
struct host_net_status {
	bool is_up;		/* all of it was made, and nothing is missing */
	bool is_partial;	/* something is recorded, not all of it is there */
	bool is_found;		/* the bridge was there before */
	bool is_elsewhere;	/* it belongs to another network namespace */
	char bridge[IFNAMSIZ], file[256];
	struct net_link link;	/* of the bridge; index 0: there is none */
	char missing[64];	/* what first was found to be missing */
	char addr[2][64];	/* IPv4, IPv6, with their prefixes; "": none */
	char network[2][64];	/* that are masqueraded */
	char uplink[IFNAMSIZ];
	char gateway[16];
	char server[16];	/* of DHCP: its program; "": none */
	int server_pid;		/* 0: it does not run */
};

/* 0 or -errno with err. */
int host_net_status(int dir, struct host_net_status *s) MUST_CHECK;

#endif
