/* SPDX-License-Identifier: MIT */
/* owns moving an interface from one network namespace to another */
/* never touches one but by its name in this process's own namespace */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "net/net.h"

struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char attributes[2 * RTA_SPACE(IFNAMSIZ) + RTA_SPACE(sizeof(int))];
};

static void add(struct request *r, unsigned short type, const void *data, size_t n)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), data, n);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (unsigned int)RTA_ALIGN(a->rta_len);
}

/* The kernel's answer: 0 or -errno. */
static int ask(const struct request *r)
{
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[256];
	} answer;
	ssize_t n;

	if (fd < 0 || send(fd, r, r->head.nlmsg_len, 0) < 0)
		return -errno;
	do
		n = recv(fd, &answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(answer.head) + sizeof(answer.err.error) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.err.error;
}

int net_link_move(const char *name, int netns, const char *as)
{
	struct request r = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)), .nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.link.ifi_index = (int)if_nametoindex(name),
	};
	int ret;

	if (strlen(name) >= IFNAMSIZ || !r.link.ifi_index)
		return err_set(ENODEV, "there is no interface '%s'", name);
	if (as && strlen(as) >= IFNAMSIZ)
		return err_set(EINVAL, "'%s' is no name of an interface", as);
	add(&r, IFLA_NET_NS_FD, &netns, sizeof(netns));
	if (as)
		add(&r, IFLA_IFNAME, as, strlen(as) + 1);
	ret = ask(&r);
	return ret ? err_code(ret, "cannot move the interface '%s'", name) : 0;
}
