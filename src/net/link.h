/* SPDX-License-Identifier: MIT */
/*
 * Links (interfaces): what one is, made, changed, moved, deleted, by rtnetlink(7).
 *
 * sock is of nl_open(NETLINK_ROUTE, ns): all names and indices are those of that network
 * namespace. Functions return 0 or -errno with err, which has the kernel's own words where it has
 * some, unless it is said otherwise.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "net/netlink.h"

#define LINK_HWADDR 6	/* bytes of an Ethernet address */

struct net_link {
	char name[IFNAMSIZ];	/* printable */
	char kind[16];		/* IFLA_INFO_KIND: "veth"; "": a device of hardware, or lo */
	int index;
	int peer, peer_ns; /* IFLA_LINK: what it is linked to, of which namespace (net_id); 0, -1:
			      none */
	int master;		/* 0: none */
	unsigned int mtu;
	bool is_up;
	bool has_hwaddr;	/* of LINK_HWADDR bytes */
	uint8_t hwaddr[LINK_HWADDR];
	uint64_t received, sent;	/* bytes */
};

/* Calls each() for every link, in the order in which they were made, until it returns non-zero,
 * which is returned then. -errno as nl_list, no err text. */
int net_each_link(int sock, int (*each)(const struct net_link *l, void *arg),
		  void *arg) MUST_CHECK;

/* By name; -ENODEV with err when there is none. l may be NULL: the index alone. The index. */
int link_find(int sock, const char *name, struct net_link *l) MUST_CHECK;
/* By index; as that, but no err text. */
int link_get(int sock, int index, struct net_link *l) MUST_CHECK;
/* By name, no err text: 1 there is one, 0 there is none. */
int link_look(int sock, const char *name, struct net_link *l) MUST_CHECK;

/* What a new one is; what is 0 or NULL is not said to the kernel. */
struct link_new {
	const char *kind;	/* "bridge", "veth" ... */
	const char *name;	/* "eth%d": the first that is free; NULL: the kernel's */
	int parent;		/* index: IFLA_LINK */
	unsigned int mtu, rx_queues, tx_queues;
	const uint8_t *hwaddr;
	bool is_elsewhere;	/* made in another namespace: ns */
	int ns;			/* descriptor */
	/* Puts the attributes of the kind (IFLA_INFO_DATA); NULL: none. */
	void (*put)(struct nl *m, const void *arg);
	const void *arg;
};

/* -EEXIST: the name is taken. err is the kernel's words alone: the caller names what it makes. */
int link_create(int sock, const struct link_new *l) MUST_CHECK;

/* The same attributes (name, mtu, queues, address, namespace) into a message of one's own, for
 * the other end of a pair. */
void link_put(struct nl *m, const struct link_new *l);

/* What is to change; what is 0 or NULL stays. */
struct link_change {
	const char *name;	/* of a link that is down */
	unsigned int mtu;
	const uint8_t *hwaddr;
	int up;			/* 1, or -1: down */
	int master;		/* index, or -1: none any more */
	bool moves;		/* to the namespace ns, there under name: it is down then */
	int ns;			/* descriptor */
};

/* In one message: who changes something and moves says both. */
int link_set(int sock, int index, const struct link_change *c) MUST_CHECK;

int link_delete(int sock, int index) MUST_CHECK;

/*
 * Gives an interface of our own namespace to the network namespace that a descriptor names, there
 * under the name as (NULL: the same).
 */
int net_link_move(const char *name, int netns, const char *as) MUST_CHECK;

/* "52:54:00:12:34:56" to bytes, which parse_hwaddr has checked. */
void link_hwaddr_parse(const char *text, uint8_t hwaddr[LINK_HWADDR]);
/* And back, into 18 bytes, which it returns. */
const char *link_hwaddr_text(const uint8_t hwaddr[LINK_HWADDR], char *buf);

#endif
