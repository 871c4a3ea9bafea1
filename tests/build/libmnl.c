/* SPDX-License-Identifier: MIT */
/* owns the proof that libmnl, as tools/parts builds it, talks to the kernel: it asks for the links and finds lo */
/* never changes a link */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <libmnl/libmnl.h>

static int see_attr(const struct nlattr *attr, void *found)
{
	if (mnl_attr_get_type(attr) == IFLA_IFNAME && !strcmp(mnl_attr_get_str(attr), "lo"))
		*(int *)found = 1;
	return MNL_CB_OK;
}

static int see_link(const struct nlmsghdr *h, void *found)
{
	return mnl_attr_parse(h, sizeof(struct ifinfomsg), see_attr, found);
}

int main(void)
{
	static char buf[32768] __attribute__((aligned(8)));
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *i;
	int found = 0, more = 1;
	ssize_t n;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return 2;
	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = 1;
	i = mnl_nlmsg_put_extra_header(h, sizeof(*i));
	i->ifi_family = AF_UNSPEC;
	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return 3;
	while (more > 0 && (n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0)
		more = mnl_cb_run(buf, n, 1, mnl_socket_get_portid(nl), see_link, &found);
	mnl_socket_close(nl);
	return found ? 0 : 4;
}
