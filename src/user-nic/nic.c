/* SPDX-License-Identifier: MIT */
/* owns the pair of devices of lxc-user-nic: made, joined to a bridge, removed */
/* never touches a device that it has not made, but the one that is to be deleted */
#include "user-nic/nic.h"

#include <errno.h>
#include <linux/veth.h>
#include <string.h>

#include "lib/str.h"
#include "lib/sys.h"
#include "net/link.h"

/* <linux/net_namespace.h>, 4.0 */
#define GET_NSID 90
#define NSID_ID 1
#define NSID_FD 3

int nic_find_bridge(int host, const char *bridge, int *index, unsigned int *mtu)
{
	struct net_link l = { .index = 0 };
	int ret = 0;

	if (!str_eq(bridge, "none")) {
		ret = link_find(host, bridge, &l);
		if (ret < 0)
			return ret;
		if (!str_eq(l.kind, "bridge"))
			return err_set(ENODEV, "'%s' is no bridge", bridge);
	}
	*index = l.index;
	*mtu = l.mtu;
	return 0;
}

bool nic_exists(int host, const char *name)
{
	/* Kept in doubt: it is counted then. */
	return link_look(host, name, NULL) != 0;
}

int nic_choose_name(int host, char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char random[6];
	unsigned int i, tries;
	int ret;

	for (tries = 0; tries < 100; tries++) {
		ret = sys_random(random, sizeof(random));
		if (ret < 0)
			return err_code(ret, "no random numbers");
		strcpy(name, "veth");
		for (i = 0; i < sizeof(random); i++)
			name[4 + i] = letters[random[i] % (sizeof(letters) - 1)];
		name[4 + i] = '\0';
		if (!nic_exists(host, name))
			return 0;
	}
	return err_set(EEXIST, "no name of a device is free");
}

/* What the kernel has to know of the other end begins as a message does. */
static void put_peer(struct nl *m, const void *arg)
{
	uint32_t at = m->n;

	nl_put(m, VETH_INFO_PEER, &(struct ifinfomsg){ 0 }, sizeof(struct ifinfomsg));
	link_put(m, arg);
	nl_nest_end(m, at);
}

static int make_pair(int host, int ns, unsigned int mtu, const struct nic *n)
{
	const struct link_new peer = {
		.name = n->peer, .mtu = mtu, .is_elsewhere = true, .ns = ns,
	};
	uint8_t hwaddr[LINK_HWADDR];
	const struct link_new pair = {
		.kind = "veth", .name = n->name, .mtu = mtu, .hwaddr = hwaddr, .put = put_peer,
		.arg = &peer,
	};
	int ret = sys_random(hwaddr, sizeof(hwaddr));

	if (ret < 0)
		return err_code(ret, "no random numbers");
	/* A bridge takes the lowest address of its ports for its own: not this one. */
	hwaddr[0] = 0xfe;
	ret = link_create(host, &pair);
	return ret ? err_in(ret, "cannot make a veth pair") : 0;
}

/* The other end is his: it is named by the socket that was made in his name. */
static int name_peer(int inside, const char *as, struct nic *n)
{
	const char *name = as ? as : "eth%d";
	struct net_link l;
	int ret = link_find(inside, n->peer, &l);

	if (ret < 0)
		return ret;
	n->peer_index = l.index;
	ret = link_set(inside, l.index, &(struct link_change){ .name = name });
	if (ret)
		return err_in(ret, "cannot name the interface '%s'", name);
	ret = link_get(inside, n->peer_index, &l);
	if (ret < 0)
		return err_code(ret, "cannot find the interface");
	strcpy(n->peer, l.name);
	return 0;
}

static int set_up(int host, int index, int bridge)
{
	int ret = bridge ? link_set(host, index, &(struct link_change){ .master = bridge }) : 0;

	if (!ret)
		ret = link_set(host, index, &(struct link_change){ .up = 1 });
	return ret ? err_in(ret, "cannot set up the device") : 0;
}

int nic_make(int host, int inside, int ns, int bridge, unsigned int mtu, const char *as,
	     struct nic *n)
{
	bool held;
	int ret;

	/* Under a name that it can only have by this, until it has its own. */
	str_format(n->peer, sizeof(n->peer), "%sp", n->name);
	ret = make_pair(host, ns, mtu, n);
	if (ret)
		return ret;
	n->index = link_find(host, n->name, NULL);
	if (n->index < 0)
		return n->index;
	ret = set_up(host, n->index, bridge);
	if (!ret)
		ret = name_peer(inside, as, n);
	held = err_hold();
	if (ret)
		(void)!link_delete(host, n->index);
	err_release(held);
	return ret;
}

/* ---- delete ---- */

static int take_id(const struct nlmsghdr *m, void *arg)
{
	const struct rtattr *attr[NSID_ID + 1];

	nl_attrs(m, sizeof(struct rtgenmsg), attr, NSID_ID + 1);
	*(int *)arg = (int)nl_u32(attr[NSID_ID], -1U);
	return 0;
}

int nic_delete(int host, int ns, const char *name)
{
	struct net_link l;
	int id = -1, ret = link_find(host, name, &l);
	NL(m, 64);

	if (ret < 0)
		return ret;
	nl_begin(&m, GET_NSID, 0, &(struct rtgenmsg){ 0 }, sizeof(struct rtgenmsg));
	nl_put_u32(&m, NSID_FD, (uint32_t)ns);
	ret = nl_list(host, &m, GET_NSID - 2, take_id, &id);
	/* Without such numbers (before Linux 4.0) nothing tells whose it is. */
	if (ret || id < 0 || l.peer_ns != id)
		return err_set(EPERM, "'%s' does not lead to that network", name);
	ret = link_delete(host, l.index);
	return ret ? err_in(ret, "cannot remove '%s'", name) : 0;
}
