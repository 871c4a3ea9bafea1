/* SPDX-License-Identifier: MIT */
/* owns messages that carry a descriptor, see unix(7) */
/* never leaves one open that nobody asked for */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"

ssize_t fd_send(int sock, const void *buf, size_t n, int with, int flags)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = n };
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t ret;

	if (with >= 0) {
		m.msg_control = room;
		m.msg_controllen = sizeof(room);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &with, sizeof(with));
	}
	do
		ret = sendmsg(sock, &m, MSG_NOSIGNAL | flags);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

ssize_t fd_receive(int sock, void *buf, size_t n, int *with, struct ucred *who, int flags)
{
	struct iovec iov = { .iov_base = buf, .iov_len = n };
	/* For one descriptor: the kernel drops what there is no room for. */
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(*who))];
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
		.msg_controllen = sizeof(room) };
	const struct cmsghdr *c;
	ssize_t ret;
	size_t at;

	*with = -1;
	if (who)
		who->pid = 0;
	do
		ret = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | flags);
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	/* By hand: musl's CMSG_NXTHDR compares signed with unsigned, which clang does not pass. */
	for (at = 0; at + sizeof(*c) <= m.msg_controllen; at += CMSG_ALIGN(c->cmsg_len)) {
		c = (const struct cmsghdr *)(room + at);
		if (c->cmsg_len < sizeof(*c))
			break;
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			memcpy(with, CMSG_DATA(c), sizeof(*with));
		else if (c->cmsg_type == SCM_CREDENTIALS && who)
			memcpy(who, CMSG_DATA(c), sizeof(*who));
	}
	return ret;
}
