/* SPDX-License-Identifier: MIT */
/* owns messages of netlink(7): bytes, sockets, answers */
/* never knows what is asked, never believes a message that is not the kernel's */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/netlink.h"

/* <linux/netlink.h>: 4.3, 4.12 */
#define CAP_ACK 10
#define EXT_ACK 11
#define F_CAPPED 0x100
#define F_ACK_TLVS 0x200
#define ACK_TEXT 1

/* A container that has a hundred thousand addresses is not waited for. */
#define ANSWER_MS 3000

/* ---- bytes ---- */

static void *take_room(struct nl *m, size_t n)
{
	void *at = m->buf + m->n;

	/* n is a few KiB at most: sums do not overflow. */
	if (m->full || m->n + NLMSG_ALIGN(n) > m->room) {
		m->full = true;
		return NULL;
	}
	memset(at, 0, NLMSG_ALIGN(n));
	m->n += (uint32_t)NLMSG_ALIGN(n);
	return at;
}

void nl_begin(struct nl *m, uint16_t type, uint16_t flags, const void *fixed, size_t n)
{
	/* Of the process, so that an answer that comes late is not taken for another's. */
	static uint32_t seq;
	struct nlmsghdr *head = take_room(m, NLMSG_LENGTH(n));

	if (!head)
		return;
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_seq = ++seq;
	if (!m->head)
		m->first = seq;
	head->nlmsg_len = (uint32_t)NLMSG_SPACE(n);
	memcpy(NLMSG_DATA(head), fixed, n);
	m->head = head;
}

void nl_put(struct nl *m, uint16_t type, const void *data, size_t n)
{
	struct rtattr *a = take_room(m, RTA_LENGTH(n));

	if (!a)
		return;
	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(n);
	if (n)
		memcpy(RTA_DATA(a), data, n);
	m->head->nlmsg_len += (uint32_t)RTA_ALIGN(a->rta_len);
}

void nl_put_u8(struct nl *m, uint16_t type, uint8_t v)
{
	nl_put(m, type, &v, sizeof(v));
}

void nl_put_u16(struct nl *m, uint16_t type, uint16_t v)
{
	nl_put(m, type, &v, sizeof(v));
}

void nl_put_u32(struct nl *m, uint16_t type, uint32_t v)
{
	nl_put(m, type, &v, sizeof(v));
}

void nl_put_str(struct nl *m, uint16_t type, const char *s)
{
	nl_put(m, type, s, strlen(s) + 1);
}

void nl_put_raw(struct nl *m, const void *data, size_t n)
{
	void *at = take_room(m, n);

	if (!at)
		return;
	memcpy(at, data, n);
	m->head->nlmsg_len += (uint32_t)NLMSG_ALIGN(n);
}

uint32_t nl_nest(struct nl *m, uint16_t type)
{
	uint32_t at = m->n;

	nl_put(m, type, NULL, 0);
	return at;
}

void nl_nest_end(struct nl *m, uint32_t nest)
{
	struct rtattr *a = (struct rtattr *)(m->buf + nest);

	if (!m->full)
		a->rta_len = (unsigned short)(m->n - nest);
}

/* ---- sockets ---- */

int nl_open(int protocol, int ns_fd)
{
	AUTO_FD int own = ns_fd < 0 ? -1 : fd_open("/proc/self/ns/net", O_RDONLY);
	struct timeval limit = { .tv_sec = ANSWER_MS / 1000 };
	AUTO_FD int sock = -1;
	int failed;

	if (ns_fd >= 0 && (own < 0 || setns(ns_fd, CLONE_NEWNET)))
		return err_sys("cannot enter the network namespace");
	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	failed = sock < 0 ? errno : 0;
	if (ns_fd >= 0 && setns(own, CLONE_NEWNET))
		return err_sys("cannot leave the container's network namespace");
	if (sock < 0)
		return err_code(-failed, "cannot open a netlink socket");
	if (setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return err_sys("cannot set up a netlink socket");
	/* Older kernels have neither, and answer without. */
	(void)setsockopt(sock, SOL_NETLINK, CAP_ACK, &(int){ 1 }, sizeof(int));
	(void)setsockopt(sock, SOL_NETLINK, EXT_ACK, &(int){ 1 }, sizeof(int));
	return take_fd(&sock);
}

static int send_all(int sock, struct nl *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	if (m->full || !m->head)
		return -EMSGSIZE;
	do
		n = sendto(sock, m->buf, m->n, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Bytes of a datagram of the kernel, or -errno. */
static ssize_t hear(int sock, void *buf, size_t room, int64_t end)
{
	while (1) {
		struct sockaddr_nl from = { .nl_pid = 1 };
		ssize_t n = recvfrom(sock, buf, room, 0, (struct sockaddr *)&from,
				     &(socklen_t){ sizeof(from) });

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (sys_now_ms() > end)
			return -ETIMEDOUT;
		/* Whoever may manage that network can write to our socket as well. */
		if (n > 0 && !from.nl_pid)
			return n;
	}
}

/* ---- answers ---- */

static void find(const struct rtattr *a, size_t left, const struct rtattr **out, unsigned int n)
{
	memset(out, 0, n * sizeof(*out));
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & NLA_TYPE_MASK) < n)
			out[a->rta_type & NLA_TYPE_MASK] = a;
}

void nl_attrs(const struct nlmsghdr *m, size_t size, const struct rtattr **out, unsigned int n)
{
	const char *at = (const char *)NLMSG_DATA(m) + NLMSG_ALIGN(size);

	find((const struct rtattr *)(const void *)at,
	     NLMSG_SPACE(size) < m->nlmsg_len ? m->nlmsg_len - NLMSG_SPACE(size) : 0, out, n);
}

void nl_nested(const struct rtattr *a, const struct rtattr **out, unsigned int n)
{
	find(a ? RTA_DATA(a) : NULL, a ? RTA_PAYLOAD(a) : 0, out, n);
}

uint32_t nl_u32(const struct rtattr *a, uint32_t none)
{
	uint32_t v = none;

	if (a && RTA_PAYLOAD(a) >= sizeof(v))
		memcpy(&v, RTA_DATA(a), sizeof(v));
	return v;
}

/* The kernel's own words, "" when it has none; they lie in m. */
static const char *words(const struct nlmsghdr *m)
{
	const struct nlmsgerr *e = NLMSG_DATA(m);
	size_t fixed = sizeof(*e);
	const struct rtattr *out[ACK_TEXT + 1], *a;

	if (!(m->nlmsg_flags & F_ACK_TLVS))
		return "";
	/* Without F_CAPPED the request stands between. */
	if (!(m->nlmsg_flags & F_CAPPED))
		fixed += e->msg.nlmsg_len - sizeof(e->msg);
	if (fixed > m->nlmsg_len)
		return "";
	nl_attrs(m, fixed, out, ACK_TEXT + 1);
	a = out[ACK_TEXT];
	return a && RTA_PAYLOAD(a) && !((char *)RTA_DATA(a))[RTA_PAYLOAD(a) - 1] ? RTA_DATA(a) : "";
}

static bool is_answer(const struct nl *asked, const struct nlmsghdr *m)
{
	return m->nlmsg_seq - asked->first <= asked->head->nlmsg_seq - asked->first;
}

/* 1: it is not the answer to the last message, nor a failure of an earlier one. */
static int answer(const struct nl *asked, const struct nlmsghdr *m, size_t left, bool tell)
{
	for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
		const struct nlmsgerr *e = NLMSG_DATA(m);
		const char *said;

		if (m->nlmsg_type != NLMSG_ERROR || m->nlmsg_len < NLMSG_LENGTH(sizeof(*e)) ||
		    !is_answer(asked, m) ||
		    (!e->error && m->nlmsg_seq != asked->head->nlmsg_seq))
			continue;
		said = words(m);
		if (e->error && tell && *said)
			err_set(-e->error, "%s (%s)", err_words(-e->error), said);
		else if (e->error && tell)
			err_set(-e->error, "%s", err_words(-e->error));
		return e->error;
	}
	return 1;
}

static int request(int sock, struct nl *m, bool tell)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	int64_t end;
	int ret;

	if (m->head)
		m->head->nlmsg_flags |= NLM_F_ACK;
	/* The kernel acts before this returns, and waits for who holds the links meanwhile. */
	ret = send_all(sock, m);
	end = sys_now_ms() + ANSWER_MS;
	for (ret = ret ? ret : 1; ret == 1;) {
		ssize_t n = hear(sock, buf, sizeof(buf), end);

		if (n < 0)
			ret = (int)n;
		else
			ret = answer(m, (const struct nlmsghdr *)buf, (size_t)n, tell);
	}
	if (ret && tell && !err_is_set())
		err_set(-ret, "%s", err_words(-ret));
	return ret;
}

int nl_ask(int sock, struct nl *m)
{
	return request(sock, m, true);
}

int nl_try(int sock, struct nl *m)
{
	return request(sock, m, false);
}

struct list {
	const struct nl *asked;
	uint16_t type;		/* of the messages that are wanted */
	int (*each)(const struct nlmsghdr *m, void *arg);
	void *arg;
};

/* No value that each() has. */
#define MORE (1 << 30)

/* One part of the answer: MORE, 0 that was the last, or what each said. */
static int take_part(const struct list *l, const struct nlmsghdr *m, size_t left)
{
	for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
		int ret;

		if (!is_answer(l->asked, m))
			continue;
		if (m->nlmsg_type == NLMSG_DONE)
			return 0;
		if (m->nlmsg_type == NLMSG_ERROR)
			return m->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))
				       ? -EPROTO
				       : ((const struct nlmsgerr *)NLMSG_DATA(m))->error;
		if (m->nlmsg_type != l->type)
			continue;
		ret = l->each(m, l->arg);
		if (ret || !(m->nlmsg_flags & NLM_F_MULTI))
			return ret;
	}
	return MORE;
}

int nl_list(int sock, struct nl *m, uint16_t type, int (*each)(const struct nlmsghdr *m, void *arg),
	    void *arg)
{
	struct list l = { .asked = m, .type = type, .each = each, .arg = arg };
	_Alignas(struct nlmsghdr) char buf[8192];
	int ret = send_all(sock, m);
	int64_t end = sys_now_ms() + ANSWER_MS;

	for (ret = ret ? ret : MORE; ret == MORE;) {
		ssize_t n = hear(sock, buf, sizeof(buf), end);

		ret = n < 0 ? (int)n : take_part(&l, (const struct nlmsghdr *)buf, (size_t)n);
	}
	return ret;
}
