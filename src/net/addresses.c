/* SPDX-License-Identifier: MIT */
/* owns reading the addresses and devices of a network namespace, by rtnetlink(7) */
/* never changes one, never believes a message that is not the kernel's */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/net.h"

/* <linux/net_namespace.h>, 4.0 */
#define GET_NSID 90
#define NSID_ID 1
#define NSID_FD 3

#define LOOPBACK_INDEX 1
/* A container that has a hundred thousand addresses is not waited for. */
#define LIST_MS 1000

int net_open(int ns_fd)
{
	AUTO_FD int own = ns_fd < 0 ? -1 : fd_open("/proc/self/ns/net", O_RDONLY);
	struct timeval limit = { .tv_sec = LIST_MS / 1000 };
	AUTO_FD int sock = -1;
	int failed;

	if (ns_fd >= 0 && (own < 0 || setns(ns_fd, CLONE_NEWNET)))
		return err_sys("cannot enter the network namespace");
	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	failed = sock < 0 ? errno : 0;
	if (ns_fd >= 0 && setns(own, CLONE_NEWNET))
		return err_sys("cannot leave the container's network namespace");
	if (sock < 0)
		return err_code(-failed, "cannot open a netlink socket");
	if (setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return err_sys("cannot set up a netlink socket");
	return take_fd(&sock);
}

/* ---- messages ---- */

struct request {
	struct nlmsghdr head;
	union {
		struct rtgenmsg any;
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	struct rtattr attr;	/* of GET_NSID alone */
	int32_t value;
};

struct list {
	uint16_t type;		/* of the messages that are wanted */
	int (*take)(struct list *l, const struct nlmsghdr *m);
	void *each, *arg;
};

/* One part of the answer: 1 there is more, 0 that was the last, or what take said. */
static int take_part(struct list *l, const struct nlmsghdr *m, size_t left)
{
	for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
		int ret;

		if (m->nlmsg_type == NLMSG_DONE)
			return 0;
		if (m->nlmsg_type == NLMSG_ERROR)
			return m->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))
				       ? -EPROTO
				       : ((const struct nlmsgerr *)NLMSG_DATA(m))->error;
		if (m->nlmsg_type != l->type)
			continue;
		ret = l->take(l, m);
		if (ret || !(m->nlmsg_flags & NLM_F_MULTI))
			return ret;
	}
	return 1;
}

static int ask(int sock, struct request *q, struct list *l)
{
	int64_t end = sys_now_ms() + LIST_MS;
	_Alignas(struct nlmsghdr) char buf[8192];
	int ret = 1;

	q->head.nlmsg_flags |= NLM_F_REQUEST;
	if (send(sock, q, q->head.nlmsg_len, 0) < 0)
		return -errno;
	while (ret == 1) {
		struct sockaddr_nl from;
		ssize_t n = recvfrom(sock, buf, sizeof(buf), 0, (struct sockaddr *)&from,
				     &(socklen_t){ sizeof(from) });

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (sys_now_ms() > end)
			return -ETIMEDOUT;
		/* Whoever may manage that network can write to our socket as well. */
		if (n > 0 && !from.nl_pid)
			ret = take_part(l, (const struct nlmsghdr *)buf, (size_t)n);
	}
	return ret;
}

static int list(int sock, uint16_t type, size_t size, struct list *l)
{
	struct request q = { .head = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
		.nlmsg_type = type, .nlmsg_flags = NLM_F_DUMP } };

	return ask(sock, &q, l);
}

/* The attributes behind a fixed part of that size, by their type; those that are too short for
 * least bytes are not there. */
static void find_attributes(const struct nlmsghdr *m, size_t size, const struct rtattr **out,
			    unsigned int n)
{
	const struct rtattr *a = (const void *)((const char *)NLMSG_DATA(m) + NLMSG_ALIGN(size));
	size_t left = NLMSG_SPACE(size) < m->nlmsg_len ? m->nlmsg_len - NLMSG_SPACE(size) : 0;

	memset(out, 0, n * sizeof(*out));
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type < n)
			out[a->rta_type] = a;
}

static int get_int(const struct rtattr *a, int none)
{
	int32_t v = none;

	if (a && RTA_PAYLOAD(a) >= sizeof(v))
		memcpy(&v, RTA_DATA(a), sizeof(v));
	return v;
}

/* ---- addresses ---- */

const char *net_ipv6_text(const uint8_t *address, char *buf)
{
	unsigned int i, run = 0, best = 0, at = 8;
	uint16_t part[8];
	size_t n = 0;

	for (i = 0; i < 8; i++) {
		part[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
		run = part[i] ? 0 : run + 1;
		/* The first of the longest, and never a single one. */
		if (run > 1 && run > best) {
			best = run;
			at = i + 1 - run;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == at) {
			n += str_format(buf + n, NET_ADDRESS_MAX - n, "::");
			i += best - 1;
			continue;
		}
		n += str_format(buf + n, NET_ADDRESS_MAX - n, i && i != at + best ? ":%x" : "%x",
				part[i]);
	}
	return buf;
}

static int take_address(struct list *l, const struct nlmsghdr *m)
{
	int (*each)(int family, const char *address, void *arg) = l->each;
	const struct ifaddrmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[IFA_LOCAL + 1], *a;
	bool is_v6 = head->ifa_family == AF_INET6;
	char text[NET_ADDRESS_MAX];
	const uint8_t *byte;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->ifa_index == LOOPBACK_INDEX ||
	    (is_v6 ? head->ifa_scope == RT_SCOPE_LINK : head->ifa_family != AF_INET))
		return 0;
	find_attributes(m, sizeof(*head), attr, IFA_LOCAL + 1);
	/* Of a link from point to point the other one is the far end's. */
	a = attr[IFA_LOCAL] ? attr[IFA_LOCAL] : attr[IFA_ADDRESS];
	if (!a || RTA_PAYLOAD(a) < (is_v6 ? 16 : 4))
		return 0;
	byte = RTA_DATA(a);
	if (is_v6)
		net_ipv6_text(byte, text);
	else
		str_format(text, sizeof(text), "%u.%u.%u.%u", byte[0], byte[1], byte[2], byte[3]);
	return each(head->ifa_family, text, l->arg);
}

int net_each_address(int sock, int (*each)(int family, const char *address, void *arg), void *arg)
{
	struct list l = { .type = RTM_NEWADDR, .take = take_address, .each = each, .arg = arg };

	return list(sock, RTM_GETADDR, sizeof(struct ifaddrmsg), &l);
}

/* ---- devices ---- */

#define LINK_ATTR_MAX (IFLA_STATS64 > IFLA_LINK_NETNSID ? IFLA_STATS64 : IFLA_LINK_NETNSID)

static int take_link(struct list *l, const struct nlmsghdr *m)
{
	int (*each)(const struct net_link *link, void *arg) = l->each;
	const struct ifinfomsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[LINK_ATTR_MAX + 1], *a;
	struct rtnl_link_stats64 stats = { 0 };
	struct net_link link = { .index = head->ifi_index };

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)))
		return 0;
	find_attributes(m, sizeof(*head), attr, LINK_ATTR_MAX + 1);
	a = attr[IFLA_IFNAME];
	if (!a)
		return 0;
	str_format(link.name, sizeof(link.name), "%.*s", (int)RTA_PAYLOAD(a),
		   (const char *)RTA_DATA(a));
	str_printable(link.name);
	link.peer = get_int(attr[IFLA_LINK], 0);
	link.peer_ns = get_int(attr[IFLA_LINK_NETNSID], -1);
	a = attr[IFLA_STATS64];
	if (a)
		memcpy(&stats, RTA_DATA(a),
		       RTA_PAYLOAD(a) < sizeof(stats) ? RTA_PAYLOAD(a) : sizeof(stats));
	link.received = stats.rx_bytes;
	link.sent = stats.tx_bytes;
	return each(&link, l->arg);
}

int net_each_link(int sock, int (*each)(const struct net_link *l, void *arg), void *arg)
{
	struct list l = { .type = RTM_NEWLINK, .take = take_link, .each = each, .arg = arg };

	return list(sock, RTM_GETLINK, sizeof(struct ifinfomsg), &l);
}

static int take_id(struct list *l, const struct nlmsghdr *m)
{
	const struct rtattr *attr[NSID_ID + 1];

	find_attributes(m, sizeof(struct rtgenmsg), attr, NSID_ID + 1);
	*(int *)l->arg = get_int(attr[NSID_ID], -1);
	return 0;
}

/* The number by which the namespace of the socket knows our own: RTM_GETNSID; -1: by none. */
static int own_id(int sock)
{
	AUTO_FD int own = fd_open("/proc/self/ns/net", O_RDONLY);
	struct request q = { .head = { .nlmsg_type = GET_NSID } };
	int id = -1;
	struct list l = { .type = GET_NSID - 2, .take = take_id, .arg = &id };
	struct rtattr *a = (void *)((char *)&q + NLMSG_SPACE(sizeof(struct rtgenmsg)));

	a->rta_type = NSID_FD;
	a->rta_len = RTA_LENGTH(sizeof(int32_t));
	memcpy(RTA_DATA(a), &own, sizeof(own));
	q.head.nlmsg_len = (uint32_t)(NLMSG_SPACE(sizeof(struct rtgenmsg)) + a->rta_len);
	return own < 0 || ask(sock, &q, &l) ? -1 : id;
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
	here = e.own < 0 ? -1 : net_open(-1);
	return here < 0 ? 0 : net_each_link(here, show_end, &e);
}
