// SPDX-License-Identifier: MIT
// owns: a client that a monitor must not trust: requests of every number, size, version and count of descriptors, half-open
//       connections, a plain question
// never: sends a well-formed request to stop anything
//
// usage: sock ask PATH COMMAND VALUE     prints "reply VALUE" or the name of the error
//        sock fuzz PATH EACH             each EACH-th of them; prints how many requests were sent and how many were answered with something >= 0
//        sock half PATH COUNT SECONDS    says "open" when all are, and keeps them open
//        sock config PATH KEY VALUE      asks for a key from byte VALUE on: prints "bytes N left M" or "reply -ERRNO"
//        sock greedy PATH KEY COUNT SECONDS   says "open" when COUNT clients have asked for a key until nothing more goes, and reads nothing
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* As in src/monitor/monitor.h. */
struct header {
	uint16_t version, command;
	int32_t value, pid, status;
};
#define VERSION 1
#define CMD_STATE 0
#define CMD_SIGNAL 1
#define CMD_WATCH 2
#define CMD_CONFIG 3
#define COMMANDS 7

static int dial(const char *path, int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int hear(int fd, struct header *h, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[8192];
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return -1;
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < (ssize_t)sizeof(*h))
		return -1;
	memcpy(h, buf, sizeof(*h));
	return 0;
}

static int ask(const char *path, int command, int value)
{
	struct header h = { .version = VERSION, .command = (uint16_t)command, .value = value };
	int fd = dial(path, SOCK_SEQPACKET);

	if (fd < 0) {
		printf("connect: %s\n", errno == EPERM ? "EPERM" : errno == EACCES ? "EACCES" : strerror(errno));
		return 0;
	}
	if (send(fd, &h, sizeof(h), MSG_NOSIGNAL) < 0 && errno != EPIPE) {
		printf("send: %s\n", strerror(errno));
		return 0;
	}
	if (hear(fd, &h, 20000))
		printf("closed\n");
	else if (h.value == -EPERM)
		printf("reply EPERM\n");
	else
		printf("reply %d\n", (int)h.value);
	return 0;
}

static int send_with_fds(int fd, const void *buf, size_t n, int fds)
{
	union {
		char room[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int i;

	memset(&control, 0, sizeof(control));
	if (fds) {
		m.msg_control = control.room;
		m.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
		for (i = 0; i < fds; i++)
			memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &(int){ 0 }, sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0;
}

/* A request that asks for a signal and is well-formed would be obeyed. */
static int obeyed(const struct header *h, size_t n)
{
	return h->version == VERSION && h->command == CMD_SIGNAL && n == sizeof(*h) && h->value >= 0 && h->value <= 2;
}

static int fuzz(const char *path, unsigned long each)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 4, 8, 15, 16, 17, 18, 20, 31, 32, 100, 255, 256, 270, 271, 272, 273, 274,
					512, 4095, 4096, 4097, 40000 };
	static const int values[] = { 0, 1, 2, 3, -1, 255, INT_MAX, INT_MIN };
	static const uint16_t versions[] = { VERSION, 0, 2, 0xffff };
	static const int fds[] = { 0, 1, 8 };
	static char buf[40000];
	unsigned long sent = 0, good = 0, no = 0, turn = 0;
	struct header h, r;
	size_t i, j;
	int command, fd;

	for (command = -1; command <= 64; command++) {
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			for (j = 0; j < sizeof(fds) / sizeof(*fds); j++) {
				/* Values and versions go round: all of them meet each command and size. */
				h = (struct header){ .version = versions[turn % 7 < 4 ? 0 : turn % 7 - 3],
						     .command = (uint16_t)command, .value = values[turn % 8] };
				turn++;
				if (turn % each || obeyed(&h, sizes[i]))
					continue;
				memset(buf, "\0\xffl%"[turn % 4], sizeof(buf));
				memcpy(buf, &h, sizeof(h));
				fd = dial(path, SOCK_SEQPACKET);
				if (fd < 0) {
					no++;
					continue;
				}
				sent++;
				/* Those that are no request at all may be closed or left; nobody waits for them here. */
				if (!send_with_fds(fd, buf, sizes[i], fds[j]) && sizes[i] >= sizeof(h) && !hear(fd, &r, 2000) &&
				    r.value >= 0)
					good += command < 0 || command >= COMMANDS || h.version != VERSION ||
						(command == CMD_SIGNAL) || (command != CMD_CONFIG && sizes[i] != sizeof(h));
				close(fd);
			}
		}
	}
	/* Streams and datagrams are not served. */
	no += dial(path, SOCK_STREAM) >= 0;
	no += dial(path, SOCK_DGRAM) >= 0;
	printf("sent %lu accepted %lu unreachable %lu\n", sent, good, no);
	return good || no;
}

static int half(const char *path, int count, int seconds)
{
	struct rlimit l = { 4096, 4096 };
	char part[3] = { 1, 0, 0 };
	int i, fd, n = 0;

	setrlimit(RLIMIT_NOFILE, &l);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < count; i++) {
		fd = dial(path, SOCK_SEQPACKET);
		n += fd >= 0;
		/* Some say nothing, some the begin of a header, some ask and never read. */
		if (fd >= 0 && i % 4 == 1 && send(fd, part, sizeof(part), MSG_NOSIGNAL) < 0)
			close(fd);
		if (fd >= 0 && i % 4 == 2) {
			struct header h = { .version = VERSION, .command = CMD_WATCH };

			while (send(fd, &h, sizeof(h), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
				;
		}
	}
	printf("open %d\n", n);
	fflush(stdout);
	sleep((unsigned int)seconds);
	return 0;
}

static size_t request(char *buf, const char *key, int value)
{
	struct header h = { .version = VERSION, .command = CMD_CONFIG, .value = value };

	memcpy(buf, &h, sizeof(h));
	strcpy(buf + sizeof(h), key);
	return sizeof(h) + strlen(key);
}

static int config(const char *path, const char *key, int value)
{
	int fd = dial(path, SOCK_SEQPACKET);
	char buf[8192];
	struct header h;
	ssize_t n;

	if (fd < 0 || send(fd, buf, request(buf, key, value), MSG_NOSIGNAL) < 0)
		return 1;
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < (ssize_t)sizeof(h))
		return 1;
	memcpy(&h, buf, sizeof(h));
	if (h.value < 0)
		printf("reply %d\n", (int)h.value);
	else
		printf("bytes %d left %d\n", (int)(n - (ssize_t)sizeof(h)), (int)h.value);
	return 0;
}

static int greedy(const char *path, const char *key, int count, int seconds)
{
	char buf[512];
	int i, fd, n = 0;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < count; i++) {
		fd = dial(path, SOCK_SEQPACKET);
		if (fd < 0)
			break;
		/* Waits while the monitor is to read; ends when it has had enough of a client that does not. */
		while (n < 100000 && send(fd, buf, request(buf, key, 0), MSG_NOSIGNAL) > 0)
			n++;
	}
	printf("open %d sent %d\n", i, n);
	fflush(stdout);
	sleep((unsigned int)seconds);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "ask"))
		return ask(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 4 && !strcmp(argv[1], "fuzz") && atoi(argv[3]) > 0)
		return fuzz(argv[2], (unsigned long)atoi(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "half"))
		return half(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "config") && strlen(argv[3]) < 256)
		return config(argv[2], argv[3], atoi(argv[4]));
	if (argc == 6 && !strcmp(argv[1], "greedy") && strlen(argv[3]) < 256)
		return greedy(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
	return 2;
}
