/* SPDX-License-Identifier: MIT */
/* owns the test of the loopback device, in a network namespace of its own */
//link: net/loopback.c lib/err.c lib/str.c lib/fd.c lib/sys.c
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"

static bool is_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool up = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &r) && r.ifr_flags & IFF_UP;

	close(fd);
	return up;
}

/* A datagram to oneself. */
static bool talks(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char c = 0;
	bool good = fd >= 0 && !bind(fd, (struct sockaddr *)&a, n) && !getsockname(fd, (struct sockaddr *)&a, &n) &&
		    sendto(fd, "x", 1, 0, (struct sockaddr *)&a, n) == 1 && recv(fd, &c, 1, 0) == 1 && c == 'x';

	close(fd);
	return good;
}

int main(void)
{
	bool was_up;

	if (unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0))) {
		printf("skip net: loopback: neither root nor a user namespace\n");
		return 0;
	}
	alarm(10);
	was_up = is_up();
	if (was_up || net_loopback_up() || !is_up() || !talks()) {
		printf("not ok net: loopback: %s\n", was_up ? "up before" : err_is_set() ? err_text() : "down, or deaf");
		return 1;
	}
	printf("ok net: loopback\n");
	return 0;
}
