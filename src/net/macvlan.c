/* SPDX-License-Identifier: MIT */
/* owns interfaces of kind macvlan */
/* never touches the link that they are of */
#include <linux/if_link.h>

#include "lib/str.h"
#include "net/kind.h"

static void put_mode(struct nl *m, const void *arg)
{
	static const char modes[][12] = { "private", "vepa", "bridge", "passthru" };
	const struct conf_net *n = arg;
	unsigned int i = 0;

	/* MACVLAN_MODE_PRIVATE is 1, each further one twice that. */
	while (n->macvlan_mode.v && !str_eq(modes[i], n->macvlan_mode.v))
		i++;
	nl_put_u32(m, IFLA_MACVLAN_MODE, 1U << i);
}

static int make(struct net_iface *i, int sock, int ns)
{
	return net_make_of_link(i, sock, ns, "macvlan", put_mode);
}

/* Another life may have the same hardware address, and passthru has the link for itself. */
const struct net_ops net_macvlan = { .is_pinned = true, .make = make, .undo = net_delete_inside };
