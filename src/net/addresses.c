/* SPDX-License-Identifier: MIT */
/* owns reading the addresses and devices of a network namespace, by rtnetlink(7) */
/* never changes one, never believes a message that is not the kernel's */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/net.h"
#include "net/netlink.h"

/* <linux/net_namespace.h>, 4.0 */
#define GET_NSID 90
#define NSID_ID 1
#define NSID_FD 3

#define LOOPBACK_INDEX 1

struct each {
	int (*call)(int family, const char *address, void *arg);
	void *arg;
};

/* ---- addresses ---- */

static int take_address(const struct nlmsghdr *m, void *arg)
{
	const struct each *to = arg;
	const struct ifaddrmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[IFA_LOCAL + 1], *a;
	bool is_v6 = head->ifa_family == AF_INET6;
	char text[NET_ADDRESS_MAX];

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->ifa_index == LOOPBACK_INDEX ||
	    (is_v6 ? head->ifa_scope == RT_SCOPE_LINK : head->ifa_family != AF_INET))
		return 0;
	nl_attrs(m, sizeof(*head), attr, IFA_LOCAL + 1);
	/* Of a link from point to point the other one is the far end's. */
	a = attr[IFA_LOCAL] ? attr[IFA_LOCAL] : attr[IFA_ADDRESS];
	if (!a || RTA_PAYLOAD(a) < (is_v6 ? 16 : 4))
		return 0;
	net_address_text(head->ifa_family, RTA_DATA(a), text);
	return to->call(head->ifa_family, text, to->arg);
}

int net_each_address(int sock, int (*each)(int family, const char *address, void *arg), void *arg)
{
	struct each to = { each, arg };
	NL(m, NLMSG_SPACE(sizeof(struct ifaddrmsg)));

	nl_begin(&m, RTM_GETADDR, NLM_F_DUMP, &(struct ifaddrmsg){ 0 }, sizeof(struct ifaddrmsg));
	return nl_list(sock, &m, RTM_NEWADDR, take_address, &to);
}

/* ---- the other ends of its devices ---- */

static int take_id(const struct nlmsghdr *m, void *arg)
{
	const struct rtattr *attr[NSID_ID + 1];

	nl_attrs(m, sizeof(struct rtgenmsg), attr, NSID_ID + 1);
	*(int *)arg = (int)nl_u32(attr[NSID_ID], -1U);
	return 0;
}

/* The number by which the namespace of the socket knows our own: RTM_GETNSID; -1: by none. */
static int own_id(int sock)
{
	AUTO_FD int own = fd_open("/proc/self/ns/net", O_RDONLY);
	NL(m, 64);
	int id = -1;

	nl_begin(&m, GET_NSID, 0, &(struct rtgenmsg){ 0 }, sizeof(struct rtgenmsg));
	nl_put_u32(&m, NSID_FD, (uint32_t)own);
	return own < 0 || nl_list(sock, &m, GET_NSID - 2, take_id, &id) ? -1 : id;
}

#define ENDS_MAX 32

struct ends {
	int own, n;
	struct { int index, ns; } end[ENDS_MAX];
	int (*each)(const struct net_link *l, void *arg);
	void *arg;
};

static int note_end(const struct net_link *l, void *arg)
{
	struct ends *e = arg;

	if (!l->peer || l->peer_ns < 0 || e->n == ENDS_MAX)
		return 0;
	e->end[e->n].index = l->peer;
	e->end[e->n++].ns = l->peer_ns;
	return 0;
}

static int show_end(const struct net_link *l, void *arg)
{
	const struct ends *e = arg;
	int i;

	for (i = 0; i < e->n; i++)
		if (e->end[i].index == l->index && e->end[i].ns == e->own)
			return e->each(l, e->arg);
	return 0;
}

int net_each_host_end(int sock, int (*each)(const struct net_link *l, void *arg), void *arg)
{
	struct ends e = { .each = each, .arg = arg };
	int ret = net_each_link(sock, note_end, &e);
	AUTO_FD int here = -1;

	if (ret || !e.n)
		return ret;
	/* Not before: an id may be given only when the list that has it is made. */
	e.own = own_id(sock);
	here = e.own < 0 ? -1 : nl_open(NETLINK_ROUTE, -1);
	return here < 0 ? 0 : net_each_link(here, show_end, &e);
}
