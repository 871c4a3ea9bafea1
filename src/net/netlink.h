/* SPDX-License-Identifier: MIT */
/*
 * Messages of netlink(7): made, sent, answered. Shared by rtnetlink(7) and nf_tables, so that
 * none of their files counts bytes.
 *
 * A message that does not fit is noticed when it is sent (-EMSGSIZE): no nl_put needs to be
 * checked.
 */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* One message, or several that are sent together (a batch of nf_tables). */
struct nl {
	char *buf;		/* aligned as struct nlmsghdr */
	uint32_t room, n;	/* bytes */
	struct nlmsghdr *head;	/* of the message that is being made */
	uint32_t first;		/* nlmsg_seq of the first message */
	bool full;
};

/* NL(m, bytes): an empty struct nl m with a buffer of its own on the stack. */
#define NL(m, bytes) \
	_Alignas(struct nlmsghdr) char m##_buf[bytes]; \
	struct nl m = { .buf = m##_buf, .room = sizeof(m##_buf) }

/* Begins a message: NLM_F_REQUEST and flags; its fixed part (struct ifinfomsg ...) is copied. */
void nl_begin(struct nl *m, uint16_t type, uint16_t flags, const void *fixed, size_t n);

void nl_put(struct nl *m, uint16_t type, const void *data, size_t n);
void nl_put_u8(struct nl *m, uint16_t type, uint8_t v);
void nl_put_u16(struct nl *m, uint16_t type, uint16_t v);
void nl_put_u32(struct nl *m, uint16_t type, uint32_t v);
void nl_put_str(struct nl *m, uint16_t type, const char *s);	/* with its NUL */
/* Bytes without a type, as some kinds have at the beginning of an attribute of attributes. */
void nl_put_raw(struct nl *m, const void *data, size_t n);

/* An attribute of attributes: nl_nest() begins it (NLA_F_NESTED is the caller's to set, for
 * nf_tables), nl_nest_end() with its result ends it. */
uint32_t nl_nest(struct nl *m, uint16_t type);
void nl_nest_end(struct nl *m, uint32_t nest);

/*
 * A socket of a protocol (NETLINK_ROUTE, NETLINK_NETFILTER) in the network namespace that a
 * descriptor names; < 0: our own. What is sent through it acts there, wherever this process is.
 * The kernel is asked for its own words in errors (NETLINK_EXT_ACK, 4.12) and not to send a
 * request back (NETLINK_CAP_ACK, 4.3); an answer that has not come three seconds after it was
 * asked for is an error. -errno with err.
 */
int nl_open(int protocol, int ns_fd) MUST_CHECK;

/*
 * Sends what was made, with NLM_F_ACK on the last message, and waits for the kernel's answer. 0
 * or -errno of the first message that failed. nl_ask sets err to the words of errno and, behind
 * them, the kernel's own where it has some, for err_in() to put before it what was wanted;
 * nl_try sets none.
 */
int nl_ask(int sock, struct nl *m) MUST_CHECK;
int nl_try(int sock, struct nl *m) MUST_CHECK;

/*
 * Sends what was made and calls each() for every message of that type in the answer (of a dump,
 * with NLM_F_DUMP in its flags, or of one object) until it returns non-zero, which is returned
 * then. Messages of others than the kernel are not heard. -ETIMEDOUT when there is no end within
 * three seconds, -EINTR when a dump changed on the way, other -errno; no err text.
 * What is left when each() ends it is not read: no list can be asked of that socket then.
 */
int nl_list(int sock, struct nl *m, uint16_t type, int (*each)(const struct nlmsghdr *m, void *arg),
	    void *arg) MUST_CHECK;

/*
 * The attributes behind a fixed part of that size, out[type]; NULL: not there. n: types below
 * that. A message that is too short for its fixed part has none.
 */
void nl_attrs(const struct nlmsghdr *m, size_t size, const struct rtattr **out, unsigned int n);

/* The same of the attributes within one. */
void nl_nested(const struct rtattr *a, const struct rtattr **out, unsigned int n);

/* An attribute of 4 bytes in the machine's order; none when it is not there or shorter. */
uint32_t nl_u32(const struct rtattr *a, uint32_t none);

#endif
