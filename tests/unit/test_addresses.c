/* SPDX-License-Identifier: MIT */
//link: net/addresses.c net/text.c net/link.c net/netlink.c lib/str.c lib/err.c lib/fd.c lib/sys.c
/* owns tests of what a network has: IPv6 text against libc's, addresses and devices of a namespace of its own */
/* never touches a network but one of its own */
#define UNIT_PREFIX "net-"
#include "unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/str.h"
#include "net/net.h"
#include "net/netlink.h"

static bool same_text(const char *address)
{
	uint8_t bytes[16];
	char ours[NET_ADDRESS_MAX], theirs[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, address, bytes) != 1)
		return false;
	inet_ntop(AF_INET6, bytes, theirs, sizeof(theirs));
	if (str_eq(net_ipv6_text(bytes, ours), theirs))
		return true;
	printf("# %s, wanted %s\n", ours, theirs);
	return false;
}

static bool texts_agree(void)
{
	static const char *const list[] = {
		"::", "::1", "1::", "fe80::1", "2001:db8::7:0:0:1", "2001:db8:0:1:1:1:1:1", "1:0:0:2:0:0:0:3",
		"1:0:0:2:2:0:0:3", "0:0:1::", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "a:b:c:d:e:f:0:1",
	};
	bool good = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++)
		good &= same_text(list[i]);
	return good;
}

static char seen[256];

static int note_address(int family, const char *address, void *arg)
{
	(void)arg;
	str_format(seen + strlen(seen), sizeof(seen) - strlen(seen), "%d %s;", family == AF_INET6 ? 6 : 4,
		   address);
	return 0;
}

static int note_link(const struct net_link *l, void *arg)
{
	(void)arg;
	str_format(seen + strlen(seen), sizeof(seen) - strlen(seen), "%d %s;", l->index, l->name);
	return 0;
}

static int stop(const struct net_link *l, void *arg)
{
	(void)l;
	(void)arg;
	return 77;
}

/* A second device with an address, by a tap: that needs no module of its own. */
static bool make_address(void)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), tap = open("/dev/net/tun", O_RDWR);
	struct ifreq r = { .ifr_flags = 0x1002 };	/* IFF_TAP | IFF_NO_PI */
	struct sockaddr_in *a = (struct sockaddr_in *)&r.ifr_addr;

	strcpy(r.ifr_name, "t\1t");
	if (tap < 0 || ioctl(tap, 0x400454ca, &r))	/* TUNSETIFF */
		return false;
	a->sin_family = AF_INET;
	a->sin_addr.s_addr = htonl(0x0a010203);
	return !ioctl(s, SIOCSIFADDR, &r);
}

static bool is_ready(void)
{
	return !unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0));
}

static int list_own(void)
{
	int sock = nl_open(NETLINK_ROUTE, -1);

	if (sock < 0 || net_each_link(sock, note_link, NULL) || !str_eq(seen, "1 lo;"))
		return 1;
	if (net_each_link(sock, stop, NULL) != 77)
		return 2;
	close(sock);
	if (!make_address())
		return 99;
	sock = nl_open(NETLINK_ROUTE, -1);
	*seen = '\0';
	if (net_each_link(sock, note_link, NULL) || !str_eq(seen, "1 lo;2 t?t;"))
		return 3;
	close(sock);
	sock = nl_open(NETLINK_ROUTE, -1);
	*seen = '\0';
	return net_each_address(sock, note_address, NULL) || !str_eq(seen, "4 10.1.2.3;") ? 4 : 0;
}

/* The socket belongs to the other namespace, and this process stays where it is. */
static int list_other(void)
{
	struct { char text[64]; } before, after;
	int ns = open("/proc/self/ns/net", O_RDONLY), sock;

	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	if (!make_address())
		return 99;
	if (unshare(CLONE_NEWNET) || readlink("/proc/self/ns/net", before.text, 63) < 0)
		return 99;
	sock = nl_open(NETLINK_ROUTE, ns);
	if (sock < 0 || readlink("/proc/self/ns/net", after.text, 63) < 0 || !str_eq(before.text, after.text))
		return 1;
	*seen = '\0';
	return net_each_address(sock, note_address, NULL) || !str_eq(seen, "4 10.1.2.3;") ? 2 : 0;
}

int main(void)
{
	alarm(20);
	result("ipv6-text", texts_agree(), "differs from inet_ntop");
	in_child("addresses", is_ready, list_own, "no network namespace or no tap");
	in_child("addresses-of-another", is_ready, list_other, "no network namespace or no tap");
	return unit_status();
}
