/* SPDX-License-Identifier: MIT */
//link: net/link.c net/netlink.c lib/str.c lib/err.c lib/fd.c lib/sys.c
/* owns tests of links: made, found, changed, moved, deleted, in network namespaces of their own; the kernel's words */
/* never touches a network but one of its own */
#define UNIT_PREFIX "link-"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "lib/str.h"
#include "net/link.h"

static bool is_ready(void)
{
	return !unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0));
}

static int make(int sock, const char *kind, const char *name)
{
	struct link_new l = { .kind = kind, .name = name, .mtu = 1400,
			      .hwaddr = (const uint8_t[]){ 2, 0xab, 0, 0xcd, 9, 0xf } };

	return link_create(sock, &l);
}

static int life(void)
{
	struct net_link l;
	int sock = nl_open(NETLINK_ROUTE, -1), bridge, ret;
	char text[18];

	if (sock < 0)
		return 1;
	ret = make(sock, "bridge", "br%d");
	if (ret == -EOPNOTSUPP)
		return 99;
	bridge = link_find(sock, "br0", &l);
	if (ret || bridge <= 0 || !str_eq(l.kind, "bridge") || l.mtu != 1400 || l.is_up || l.master)
		return 2;
	if (!l.has_hwaddr || !str_eq(link_hwaddr_text(l.hwaddr, text), "02:ab:00:cd:09:0f"))
		return 3;
	if (make(sock, "bridge", "br0") != -EEXIST)
		return 4;
	err_clear();
	if (make(sock, "veth", "v0") || link_look(sock, "v0", &l) != 1 || !str_eq(l.kind, "veth") || !l.peer)
		return 5;
	if (link_set(sock, l.index, &(struct link_change){ .master = bridge, .up = 1 }) ||
	    link_get(sock, l.index, &l) != l.index || !l.is_up || l.master != bridge)
		return 6;
	if (link_set(sock, l.index, &(struct link_change){ .master = -1, .up = -1, .name = "v1", .mtu = 1300 }) ||
	    link_find(sock, "v1", &l) != l.index || l.is_up || l.master || l.mtu != 1300)
		return 7;
	if (link_delete(sock, l.index) || link_look(sock, "v1", NULL) || link_get(sock, l.index, &l) != -ENODEV)
		return 8;
	if (link_find(sock, "v1", NULL) != -ENODEV || !str_eq(err_text(), "there is no interface 'v1'"))
		return 9;
	return 0;
}

/* Some words are the kernel's alone. */
static int words(void)
{
	int sock = nl_open(NETLINK_ROUTE, -1);

	if (sock < 0 || make(sock, "nosuch", "x0") != -EOPNOTSUPP || !strstr(err_text(), "Unknown device type"))
		return 1;
	err_clear();
	if (link_set(sock, 1, &(struct link_change){ .mtu = 1 << 30, .master = 4711 }) >= 0)
		return 2;
	return !err_is_set();
}

/* A socket acts in its own namespace; a link goes to another and has a new name there. */
static int move(void)
{
	int first = open("/proc/self/ns/net", O_RDONLY), here, there;
	struct net_link l;

	if (unshare(CLONE_NEWNET))
		return 99;
	here = nl_open(NETLINK_ROUTE, -1);
	there = nl_open(NETLINK_ROUTE, first);
	if (here < 0 || there < 0)
		return 1;
	if (make(here, "veth", "v0") == -EOPNOTSUPP)
		return 99;
	if (net_link_move("v0", first, "inside") || link_look(here, "v0", NULL) ||
	    link_find(there, "inside", &l) <= 0 || l.peer_ns < 0)
		return 2;
	if (net_link_move("v0", first, NULL) != -ENODEV)
		return 3;
	err_clear();
	/* Both ends go with one. */
	if (link_delete(there, l.index) || link_look(here, "veth0", NULL))
		return 4;
	return 0;
}

static bool hwaddrs_agree(void)
{
	static const char *const list[] = { "00:16:3e:ff:0a:b1", "ff:ff:ff:ff:ff:ff", "01:23:45:67:89:ab" };
	uint8_t bytes[LINK_HWADDR], upper[LINK_HWADDR];
	char text[18];
	bool good = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		link_hwaddr_parse(list[i], bytes);
		good &= str_eq(link_hwaddr_text(bytes, text), list[i]);
	}
	link_hwaddr_parse("01:23:45:67:89:AB", upper);
	return good && !memcmp(upper, bytes, sizeof(bytes));
}

int main(void)
{
	alarm(20);
	result("hwaddr", hwaddrs_agree(), "text and bytes differ");
	in_child("life", is_ready, life, "no network namespace, bridge or veth");
	in_child("kernel-words", is_ready, words, "no network namespace");
	in_child("move", is_ready, move, "no network namespace or veth");
	return unit_status();
}
