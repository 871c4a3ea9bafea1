/* SPDX-License-Identifier: MIT */
/*
 * Kinds of interfaces that a container gets. A further one is a file of its own with a struct
 * net_kind, a row of conf/net_kinds.def and a symbol in Kconfig.
 */
#ifndef NET_KIND_H
#define NET_KIND_H

#include "conf/conf.h"
#include "net/link.h"
#include "net/net.h"

struct net_ops;

/* One interface, from what is read of the host to what is undone. */
struct net_iface {
	struct conf_net *conf;
	const struct net_ops *ops;
	char name[IFNAMSIZ];	/* inside */
	uint8_t hwaddr[LINK_HWADDR];	/* the same; as has_hwaddr */
	bool has_hwaddr;
	uint64_t seed;	/* of an address that conf does not say; 0: it is random */
	unsigned int mtu;	/* 0: the kernel's */
	int link;		/* index of lxc.net.N.link; 0: none */
	/* The host's: the other end of a pair, or what it has lent. */
	char host[IFNAMSIZ];	/* "": it has none */
	uint8_t host_hwaddr[LINK_HWADDR];	/* by which it is known again, whatever its name */
	char host_kind[16];	/* struct net_link; the same */
	unsigned int host_mtu;
	int lent;		/* index that it has inside; 0: not known */
	char gateway[2][NET_ADDRESS_MAX];	/* of IPv4, IPv6; "": none */
	bool is_made;
};

/*
 * sock is of our own network namespace, ns a descriptor of the container's. All return 0 or -errno
 * with err, which does not say which line of the configuration it was.
 */
struct net_ops {
	/* It is taken out of its namespace again before that dies: see net_pins. */
	bool is_pinned;
	/* Before anything is made: what it needs of the host. Fills in what conf does not say. */
	int (*find)(struct net_iface *i, int sock);
	/* -EEXIST without err where the name of the host's end was its own choice, which is
	 * another one now: once more. */
	int (*make)(struct net_iface *i, int sock, int ns);
	/*
	 * From the record: kind, name, host's name, address, kind and mtu are known. inside is of
	 * its namespace, -1 where that is gone. Made or not, by whoever it was changed since.
	 */
	int (*undo)(const struct net_iface *i, int sock, int inside);
};

/* NULL: nothing is made of it. */
const struct net_ops *net_ops_of(int kind);

/*
 * What all kinds have in common before anything is made: the link is looked up, the name inside,
 * mtu, addresses and gateways are those of conf, then find() of the kind. i->conf and i->ops are
 * set, and i->name when conf has none.
 */
int net_prepare(struct net_iface *i, int sock) MUST_CHECK;

/* By a process in the container's network: what its interface has is as asked for; addresses, up,
 * gateways. */
int net_set_up(const struct net_iface *i, int sock) MUST_CHECK;

/* The link of the namespace that a taken or lent one of the record is by now; 1, 0: none, -errno
 * without err. */
int net_recognize(const struct net_iface *i, int sock, struct net_link *l) MUST_CHECK;

/* undo() of those that are gone with their namespace: at once, so that the link is free. */
int net_delete_inside(const struct net_iface *i, int sock, int inside) MUST_CHECK;

/* Random digits behind a beginning ("veth"). -errno with err. */
int net_random_name(char name[IFNAMSIZ], const char *begin) MUST_CHECK;

/* The make() of one that is made of its link in one message; words: "macvlan". */
int net_make_of_link(const struct net_iface *i, int sock, int ns, const char *kind,
		     void (*put)(struct nl *m, const void *arg)) MUST_CHECK;

extern const struct net_ops net_veth, net_macvlan, net_ipvlan, net_vlan, net_phys;

#endif
