/* SPDX-License-Identifier: MIT */
/* owns interfaces of kind vlan */
/* never touches the link that they are of */
#include <linux/if_link.h>

#include "net/kind.h"

static void put_id(struct nl *m, const void *arg)
{
	const struct conf_net *n = arg;

	nl_put_u16(m, IFLA_VLAN_ID, (uint16_t)n->vlan_id.v);
}

static int make(struct net_iface *i, int sock, int ns)
{
	return net_make_of_link(i, sock, ns, "vlan", put_id);
}

/* A link has each number once, so that of the last life has to be gone. */
const struct net_ops net_vlan = { .is_pinned = true, .make = make, .undo = net_delete_inside };
