/* SPDX-License-Identifier: MIT */
/* owns the VLANs of a container's port at a bridge */
/* never changes the bridge itself */
#include "net/bridge_vlan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <sys/socket.h>

#include "conf/conf.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "net/netlink.h"

/* veth_vlan_id: a number, or one of these. */
#define VLAN_NONE -1
#define VLAN_UNSET -2

bool bridge_vlan_is_set(const struct conf_net *n)
{
	return n->veth_vlan_id.v != VLAN_UNSET || n->veth_vlan_tagged_id.first;
}

static int tagged(const struct conf_item *it)
{
	uint64_t id = 0;

	/* conf has read it. */
	return str_to_u64(it->v, 4094, &id) ? -1 : (int)id;
}

/* A number of the bridge's own, from sysfs, which is of this network as LXC takes it. */
static int read_number(const char *bridge, const char *name, uint64_t *v)
{
	char path[96], text[16];

	str_format(path, sizeof(path), "/sys/class/net/%s/bridge/%s", bridge, name);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	    str_to_u64(str_trim(text), 4096, v))
		return err_set(ENOENT, "cannot read '%s' (CONFIG_BRIDGE_VLAN_FILTERING)", path);
	return 0;
}

static int change(int sock, uint16_t type, int port, int id, uint16_t flags)
{
	struct ifinfomsg head = { .ifi_family = AF_BRIDGE, .ifi_index = port };
	struct bridge_vlan_info vlan = { .flags = flags, .vid = (uint16_t)id };
	uint32_t spec;
	NL(m, 128);

	nl_begin(&m, type, 0, &head, sizeof(head));
	spec = nl_nest(&m, IFLA_AF_SPEC);
	nl_put_u16(&m, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_MASTER);
	nl_put(&m, IFLA_BRIDGE_VLAN_INFO, &vlan, sizeof(vlan));
	nl_nest_end(&m, spec);
	return nl_ask(sock, &m);
}

static int set_untagged(int sock, int port, const char *bridge, int id)
{
	uint64_t own;
	int ret = read_number(bridge, "default_pvid", &own);

	/* 0: the bridge gives its ports none. */
	if (!ret && own && (int)own != id)
		ret = change(sock, RTM_DELLINK, port, (int)own, 0);
	if (!ret && id != VLAN_NONE)
		ret = change(sock, RTM_SETLINK, port, id,
			     BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	return ret ? err_in(ret, "cannot set the untagged VLAN") : 0;
}

int bridge_vlan_set(int sock, int port, const char *bridge, const struct conf_net *n)
{
	const struct conf_item *it;
	uint64_t filters;
	int ret = read_number(bridge, "vlan_filtering", &filters);

	if (ret)
		return ret;
	if (filters != 1)
		return err_set(EPERM, "the bridge '%s' does not filter VLANs (vlan_filtering)",
			       bridge);
	if (n->veth_vlan_id.v != VLAN_UNSET)
		ret = set_untagged(sock, port, bridge, (int)n->veth_vlan_id.v);
	for (it = n->veth_vlan_tagged_id.first; !ret && it; it = it->next) {
		ret = change(sock, RTM_SETLINK, port, tagged(it), 0);
		if (ret)
			return err_in(ret, "cannot add the tagged VLAN %s", it->v);
	}
	return ret;
}
