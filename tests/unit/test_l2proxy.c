/* SPDX-License-Identifier: MIT */
//link: net/l2proxy.c net/address.c net/text.c net/netlink.c lib/str.c lib/err.c lib/fd.c lib/sys.c
/* owns tests of what the host answers and routes for containers, in a namespace of its own */
/* never touches a network but one of its own */
#define UNIT_PREFIX "net-l2proxy-"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "conf/conf.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "net/l2proxy.h"
#include "net/net.h"
#include "net/netlink.h"

static bool is_ready(void)
{
	return !unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0));
}

static int make_tap(const char *name)
{
	int tap = open("/dev/net/tun", O_RDWR), s = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct ifreq r = { .ifr_flags = 0x1002 };	/* IFF_TAP | IFF_NO_PI */

	strcpy(r.ifr_name, name);
	if (tap < 0 || ioctl(tap, 0x400454ca, &r))
		return 0;
	r.ifr_flags = IFF_UP;
	strcpy(r.ifr_name, "lo");
	if (ioctl(s, SIOCSIFFLAGS, &r))
		return 0;
	strcpy(r.ifr_name, name);
	if (ioctl(s, SIOCSIFFLAGS, &r))
		return 0;
	close(s);
	return (int)if_nametoindex(name);
}

static char seen[256];

static int note(const struct nlmsghdr *m, void *arg)
{
	const struct ndmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[NDA_DST + 1];
	char buf[NET_ADDRESS_MAX];

	(void)arg;
	nl_attrs(m, sizeof(*head), attr, NDA_DST + 1);
	if (head->ndm_flags & NTF_PROXY)
		str_format(seen + strlen(seen), sizeof(seen) - strlen(seen), "%d %s;", head->ndm_ifindex,
			   net_address_text(head->ndm_family, RTA_DATA(attr[NDA_DST]), buf));
	return 0;
}

static const char *entries(int sock)
{
	struct ndmsg head = { .ndm_flags = NTF_PROXY };
	int families[2] = { AF_INET, AF_INET6 }, i;

	*seen = '\0';
	for (i = 0; i < 2; i++) {
		NL(m, 64);

		head.ndm_family = (uint8_t)families[i];
		nl_begin(&m, RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));
		if (nl_list(sock, &m, RTM_NEWNEIGH, note, NULL))
			return "?";
	}
	return seen;
}

static bool has_line(const char *file, const char *part)
{
	char line[256];
	FILE *f = fopen(file, "r");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, part);
	if (f)
		fclose(f);
	return found;
}

static int answers(void)
{
	int index = make_tap("t0"), sock = nl_open(NETLINK_ROUTE, -1);
	char want[64];

	if (!index)
		return 99;
	if (l2proxy_add(sock, index, "10.1.2.3/24 10.1.2.255", true) || l2proxy_add(sock, index, "fd00::3/64", false))
		return 1;
	str_format(want, sizeof(want), "%d 10.1.2.3;%d fd00::3;", index, index);
	if (!str_eq(entries(sock), want))
		return 2;
	if (!has_line("/proc/net/route", "lo\t0302010A\t") && !has_line("/proc/net/route", "lo\t0A010203\t"))
		return 3;
	/* Another's is told and stays. */
	if (l2proxy_is_there(sock, index, "10.1.2.3") != 1 || l2proxy_is_there(sock, 1, "10.1.2.3") || err_is_set())
		return 4;
	if (l2proxy_remove(sock, index, "10.1.2.3/24", true) || l2proxy_remove(sock, index, "fd00::3/64", true))
		return 5;
	if (!str_eq(entries(sock), "") || has_line("/proc/net/route", "lo\t"))
		return 6;
	/* Twice, and of a link that is gone. */
	if (l2proxy_remove(sock, index, "10.1.2.3/24", true) || l2proxy_remove(sock, 4711, "10.1.2.3/24", false))
		return 7;
	return l2proxy_add(sock, index, "x", false) == -EINVAL ? 0 : 8;
}

static bool tells(int ret, const char *text)
{
	bool good = ret == -EINVAL && str_eq(err_text(), text);

	if (!good)
		printf("# %d: %s\n", ret, err_text());
	err_clear();
	return good;
}

static int checks(void)
{
	struct conf_item four = { .v = "10.1.2.3/24" }, six = { .v = "fd00::3/64" };
	struct conf_net n = { .kind.v = NET_VETH };

	if (!make_tap("t0"))
		return 99;
	if (l2proxy_check(&n, "t0"))
		return 1;
	n.ipv4.first = &four;
	if (fd_write_file(AT_FDCWD, "/proc/sys/net/ipv4/conf/t0/forwarding", "0"))
		return 99;
	if (!tells(l2proxy_check(&n, "t0"), "needs net.ipv4.conf.t0.forwarding = 1 on the host"))
		return 2;
	if (fd_write_file(AT_FDCWD, "/proc/sys/net/ipv4/conf/t0/forwarding", "1") || l2proxy_check(&n, "t0"))
		return 3;
	n.ipv6.first = &six;
	if (!tells(l2proxy_check(&n, "t0"), "needs net.ipv6.conf.t0.proxy_ndp = 1 on the host") ||
	    fd_write_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/t0/proxy_ndp", "1") ||
	    !tells(l2proxy_check(&n, "t0"), "needs net.ipv6.conf.t0.forwarding = 1 on the host") ||
	    fd_write_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/t0/forwarding", "1") || l2proxy_check(&n, "t0"))
		return 4;
	return 0;
}

static int routes(void)
{
	struct conf_item four = { .v = "10.1.2.3/24" }, six = { .v = "fd00::3/64" };
	struct conf_net n = { .kind.v = NET_VETH, .ipv4.first = &four, .ipv6.first = &six };
	int index = make_tap("t0"), sock = nl_open(NETLINK_ROUTE, -1);
	char want[64], text[8];

	if (!index)
		return 99;
	if (fd_write_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/forwarding", "0"))
		return 99;
	if (!tells(router_set(sock, index, "t0", &n, NULL, "fe80::1"), "needs net.ipv6.conf.all.forwarding = 1 on the host"))
		return 1;
	if (fd_write_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/forwarding", "1") ||
	    router_set(sock, index, "t0", &n, "169.254.1.1", "fe80::1"))
		return 2;
	str_format(want, sizeof(want), "%d 169.254.1.1;%d fe80::1;", index, index);
	if (!str_eq(entries(sock), want))
		return 3;
	if (fd_read_file(AT_FDCWD, "/proc/sys/net/ipv4/conf/t0/forwarding", text, sizeof(text)) < 0 || *text != '1')
		return 4;
	if (fd_read_file(AT_FDCWD, "/proc/sys/net/ipv6/conf/t0/proxy_ndp", text, sizeof(text)) < 0 || *text != '1')
		return 5;
	if (!has_line("/proc/net/route", "t0\t0302010A\t00000000") && !has_line("/proc/net/route", "t0\t0A010203\t00000000"))
		return 6;
	return has_line("/proc/net/ipv6_route", "fd000000000000000000000000000003 80 ") ? 0 : 7;
}

int main(void)
{
	alarm(20);
	in_child("answers", is_ready, answers, "no network namespace or no tap");
	in_child("checks", is_ready, checks, "no network namespace, no tap or sysctls that are read-only");
	in_child("router", is_ready, routes, "no network namespace, no tap or sysctls that are read-only");
	return unit_status();
}
