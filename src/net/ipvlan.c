/* SPDX-License-Identifier: MIT */
/* owns interfaces of kind ipvlan */
/* never touches the link that they are of */
#include "lib/str.h"
#include "net/kind.h"

/* <linux/if_link.h>: 3.19, 4.15 */
#define MODE 1
#define FLAGS 2

/* Its place in a list of words of one length. */
static uint16_t place(const char (*words)[8], const char *word)
{
	uint16_t i = 0;

	while (!str_eq(words[i], word))
		i++;
	return i;
}

static void put_mode(struct nl *m, const void *arg)
{
	static const char modes[][8] = { "l2", "l3", "l3s" };
	static const char isolations[][8] = { "bridge", "private", "vepa" };
	const struct conf_net *n = arg;

	nl_put_u16(m, MODE, n->ipvlan_mode.v ? place(modes, n->ipvlan_mode.v) : 1);
	/* IPVLAN_F_PRIVATE is 1, IPVLAN_F_VEPA 2; an older kernel has no flags, and is a bridge. */
	if (n->ipvlan_isolation.v && !str_eq(n->ipvlan_isolation.v, "bridge"))
		nl_put_u16(m, FLAGS, place(isolations, n->ipvlan_isolation.v));
}

static int make(struct net_iface *i, int sock, int ns)
{
	return net_make_of_link(i, sock, ns, "ipvlan", put_mode);
}

/* Another life may have the same addresses, of which a link takes each once. */
const struct net_ops net_ipvlan = { .is_pinned = true, .make = make, .undo = net_delete_inside };
