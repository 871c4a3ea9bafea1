/* SPDX-License-Identifier: MIT */
//link: net/address.c net/addresses.c net/link.c net/text.c net/netlink.c lib/str.c lib/err.c lib/fd.c lib/sys.c
/* owns tests of addresses, routes and gateways given to an interface, in a namespace of its own */
/* never touches a network but one of its own */
#define UNIT_PREFIX "net-address-"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/address.h"
#include "net/net.h"
#include "net/netlink.h"

static const struct {
	const char *text;
	int prefix;	/* < 0: none of them */
	const char *broadcast;
} texts[] = {
	{ "10.0.3.2/24", 24, "10.0.3.255" }, { "10.0.3.2/24 10.0.3.7", 24, "10.0.3.7" },
	{ "10.0.3.2/30", 30, "10.0.3.3" },   { "10.0.3.2/31", 31, "0.0.0.0" },
	{ "10.0.3.2/32", 32, "0.0.0.0" },    { "10.0.3.2/32 10.0.3.2", 32, "10.0.3.2" },
	{ "10.0.3.2", 32, "0.0.0.0" },	     { "10.0.3.2/0", 0, "255.255.255.255" },
	{ "10.0.3.2/9", 9, "10.127.255.255" },
	{ "fd00::2/64", 64, "0.0.0.0" },     { "fd00::2", 128, "0.0.0.0" },
	{ "fd00::2/0", 0, "0.0.0.0" },	     { "", -1, NULL },
	{ " ", -1, NULL },		     { "10.0.3.2/33", -1, NULL },
	{ "10.0.3/24", -1, NULL },	     { "10.0.3.2/", -1, NULL },
	{ "10.0.3.2/-1", -1, NULL },	     { "fd00::2/129", -1, NULL },
	{ "fd00::2/64 fd00::3", -1, NULL },  { "fd00::2/64 10.0.0.1", -1, NULL },
	{ "10.0.3.2/24 x", -1, NULL },	     { "host/24", -1, NULL },
	{ "fd00:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", -1, NULL },
};

static bool texts_are_read(void)
{
	char buf[NET_ADDRESS_MAX];
	struct net_addr a;
	bool good = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		int ret = net_addr_parse(texts[i].text, &a);

		if (texts[i].prefix < 0 ? !ret :
		    ret || a.prefix != texts[i].prefix ||
			    !str_eq(net_address_text(AF_INET, a.broadcast, buf), texts[i].broadcast)) {
			printf("# %s: %d /%u %s\n", texts[i].text, ret, a.prefix, buf);
			good = false;
		}
	}
	return good && !err_is_set();
}

/* ---- with a kernel ---- */

static bool is_ready(void)
{
	return !unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0));
}

static bool bring_up(const char *name)
{
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct ifreq r = { .ifr_flags = IFF_UP };

	strcpy(r.ifr_name, name);
	return !ioctl(s, SIOCSIFFLAGS, &r) && !close(s);
}

/* An interface that needs no module of its own; its number, 0: none. */
static int make_tap(const char *name)
{
	int tap = open("/dev/net/tun", O_RDWR);
	struct ifreq r = { .ifr_flags = 0x1002 };	/* IFF_TAP | IFF_NO_PI */

	strcpy(r.ifr_name, name);
	return tap < 0 || ioctl(tap, 0x400454ca, &r) ? 0 : (int)if_nametoindex(name);
}

/* A line of /proc/net/route or ipv6_route that begins so. */
static bool has_line(const char *file, const char *begins)
{
	char line[256];
	FILE *f = fopen(file, "r");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, begins, strlen(begins));
	if (f)
		fclose(f);
	return found;
}

static bool tells(int ret, int err, const char *text)
{
	bool good = ret == -err && str_eq(err_text(), text);

	if (!good)
		printf("# %d: %s\n", ret, err_text());
	err_clear();
	return good;
}

static char seen[256];

static int note(int family, const char *address, void *arg)
{
	(void)arg;
	str_format(seen + strlen(seen), sizeof(seen) - strlen(seen), "%d %s;", family == AF_INET6 ? 6 : 4,
		   address);
	return 0;
}

/* By a socket of the other namespace, as the steps do it. */
static int gives(void)
{
	int index = make_tap("t0"), ns = open("/proc/self/ns/net", O_RDONLY), sock;
	char buf[NET_ADDRESS_MAX];

	if (!index)
		return 99;
	if (unshare(CLONE_NEWNET))
		return 99;
	sock = nl_open(NETLINK_ROUTE, ns);
	if (net_addr_add(sock, index, "10.1.2.3/24") || net_addr_add(sock, index, "10.9.0.1/32 10.9.0.255") ||
	    net_addr_add(sock, index, "fd00::3/64"))
		return 1;
	if (net_each_address(sock, note, NULL) || !str_eq(seen, "4 10.1.2.3;4 10.9.0.1;6 fd00::3;"))
		return 2;
	if (net_gateway_find(sock, index, "t0", AF_INET, buf) || !str_eq(buf, "10.1.2.3") ||
	    net_gateway_find(sock, index, "t0", AF_INET6, buf) || !str_eq(buf, "fd00::3"))
		return 3;
	if (!tells(net_gateway_find(sock, 1, "lo", AF_INET6, buf), EADDRNOTAVAIL,
		   "'lo' has no IPv6 address that could be the gateway"))
		return 4;
	if (net_addr_add(sock, index, "10.1.2.3/24") != -EEXIST ||
	    !str_after(err_text(), "cannot add the address '10.1.2.3/24': File exists"))
		return 5;
	return 0;
}

static int routes(void)
{
	int index = make_tap("t0"), sock = nl_open(NETLINK_ROUTE, -1);

	if (!index)
		return 99;
	if (net_addr_add(sock, index, "10.1.2.3/24") || net_addr_add(sock, index, "fd00::3/64"))
		return 1;
	/* The kernel wants the interface up, and says so. */
	if (net_route_add(sock, index, "10.7.0.0/16") != -ENETDOWN)
		return 2;
	err_clear();
	if (!bring_up("t0") || net_route_add(sock, index, "10.7.0.0/16") || net_route_add(sock, index, "fd07::/16"))
		return 3;
	if (!has_line("/proc/net/route", "t0\t0000070A\t00000000\t0001\t") &&
	    !has_line("/proc/net/route", "t0\t0A070000\t00000000\t0001\t"))
		return 4;
	if (!has_line("/proc/net/ipv6_route", "fd070000000000000000000000000000 10 "))
		return 5;
	if (net_route_delete(sock, index, "10.7.0.0/16") || net_route_delete(sock, index, "10.7.0.0/16") ||
	    net_route_delete(sock, index, "fd07::/16"))
		return 6;
	if (has_line("/proc/net/ipv6_route", "fd070000000000000000000000000000 10 "))
		return 7;
	return net_route_add(sock, index, "10.7.0.9/16") == -EINVAL ? 0 : 8;
}

static bool has_default(const char *hex)
{
	char line[64];

	str_format(line, sizeof(line), "t0\t00000000\t%s\t", hex);
	return has_line("/proc/net/route", line);
}

static bool little(void)
{
	return *(const char *)&(const int){ 1 };
}

static int gateway_on_link(void)
{
	int index = make_tap("t0"), sock = nl_open(NETLINK_ROUTE, -1);

	if (!index)
		return 99;
	if (!bring_up("t0") || net_addr_add(sock, index, "10.1.2.3/24") || net_addr_add(sock, index, "fd00::3/64") ||
	    net_gateway_add(sock, index, AF_INET, "10.1.2.1") || net_gateway_add(sock, index, AF_INET6, "fd00::1"))
		return 1;
	if (!has_default(little() ? "0102010A" : "0A010201"))
		return 2;
	/* No route of its own to it. */
	if (has_line("/proc/net/route", "t0\t0102010A") || has_line("/proc/net/route", "t0\t0A010201"))
		return 3;
	if (!tells(net_gateway_add(sock, index, AF_INET, "10.1.2.1"), EEXIST,
		   "cannot add the default route by '10.1.2.1': File exists"))
		return 4;
	return tells(net_gateway_add(sock, index, AF_INET, "fd00::1"), EINVAL, "'fd00::1' is no gateway") ? 0 : 5;
}

static int gateway_elsewhere(void)
{
	int index = make_tap("t0"), sock = nl_open(NETLINK_ROUTE, -1);

	if (!index)
		return 99;
	if (!bring_up("t0") || net_addr_add(sock, index, "10.1.2.3/32") || net_addr_add(sock, index, "fd00::3/128") ||
	    net_gateway_add(sock, index, AF_INET, "169.254.1.1") || net_gateway_add(sock, index, AF_INET6, "fd99::1"))
		return 1;
	if (!has_default(little() ? "0101FEA9" : "A9FE0101"))
		return 2;
	if (!has_line("/proc/net/route", little() ? "t0\t0101FEA9\t00000000\t0005" : "t0\tA9FE0101\t00000000\t0005"))
		return 3;
	return has_line("/proc/net/ipv6_route", "fd990000000000000000000000000001 80 ") ? 0 : 4;
}

static int gateway_dev(void)
{
	int index = make_tap("t0"), sock = nl_open(NETLINK_ROUTE, -1);

	if (!index)
		return 99;
	if (!bring_up("t0") || net_addr_add(sock, index, "10.1.2.3/32") ||
	    net_gateway_add(sock, index, AF_INET, "dev") || net_gateway_add(sock, index, AF_INET6, "dev"))
		return 1;
	return has_default("00000000") ? 0 : 2;
}

int main(void)
{
	alarm(20);
	result("texts", texts_are_read(), "read otherwise");
	in_child("given", is_ready, gives, "no network namespace or no tap");
	in_child("routes", is_ready, routes, "no network namespace or no tap");
	in_child("gateway-on-link", is_ready, gateway_on_link, "no network namespace or no tap");
	in_child("gateway-elsewhere", is_ready, gateway_elsewhere, "no network namespace or no tap");
	in_child("gateway-dev", is_ready, gateway_dev, "no network namespace or no tap");
	return unit_status();
}
