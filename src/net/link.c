/* SPDX-License-Identifier: MIT */
/* owns moving an interface from one network namespace to another */
/* never touches one but by its name in this process's own namespace */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "lib/fd.h"
#include "net/net.h"
#include "net/netlink.h"

int net_link_move(const char *name, int netns, const char *as)
{
	struct ifinfomsg link = { .ifi_index = (int)if_nametoindex(name) };
	AUTO_FD int sock = -1;
	NL(m, 128);
	int ret;

	if (strlen(name) >= IFNAMSIZ || !link.ifi_index)
		return err_set(ENODEV, "there is no interface '%s'", name);
	if (as && strlen(as) >= IFNAMSIZ)
		return err_set(EINVAL, "'%s' is no name of an interface", as);
	sock = nl_open(NETLINK_ROUTE, -1);
	if (sock < 0)
		return sock;
	nl_begin(&m, RTM_NEWLINK, 0, &link, sizeof(link));
	nl_put_u32(&m, IFLA_NET_NS_FD, (uint32_t)netns);
	if (as)
		nl_put_str(&m, IFLA_IFNAME, as);
	ret = nl_ask(sock, &m);
	return ret ? err_in(ret, "cannot move the interface '%s'", name) : 0;
}
