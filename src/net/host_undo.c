/* SPDX-License-Identifier: MIT */
/* owns taking back what a record of the host's network tells */
/* never needs anything but the record, never touches a bridge that is another one by now */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "net/bridge.h"
#include "net/host_internal.h"
#include "net/nat.h"

struct undo {
	int sock, failed;
	bool keeps_bridge;
	char bridge[IFNAMSIZ];
	int index; /* of the bridge, 0: it is gone */
};

static int undo_bridge(struct undo *u, char **f)
{
	char mac[18];
	struct net_link l;

	if (u->keeps_bridge || !u->index || link_get(u->sock, u->index, &l) < 0)
		return 0;
	/* It is told by its kind and address, lest another of that name goes. */
	if (!str_eq(l.kind, "bridge") || !str_eq(link_hwaddr_text(l.hwaddr, mac), f[1]))
		return 0;
	return link_delete(u->sock, u->index) ? err_in(-EIO, "cannot remove the bridge '%s'", f[0])
	                                      : 0;
}

static int undo_delay(struct undo *u, char **f)
{
	int delay;

	if (!u->index || str_to_int(f[0], &delay))
		return 0;
	return bridge_set_delay(u->sock, u->bridge, (unsigned int)delay);
}

static int undo_mac(struct undo *u, char **f)
{
	uint8_t mac[LINK_HWADDR];

	if (!u->index)
		return 0;
	link_hwaddr_parse(f[0], mac);
	return link_set(u->sock, u->index, &(struct link_change){ .hwaddr = mac });
}

static int undo_promisc(struct undo *u, char **f)
{
	(void)f;
	return u->index ? link_set_promisc(u->bridge, false) : 0;
}

static int undo_up(struct undo *u, char **f)
{
	(void)f;
	if (!u->index || u->keeps_bridge)
		return 0;
	return link_set(u->sock, u->index, &(struct link_change){ .up = -1 });
}

static int undo_addr(struct undo *u, char **f)
{
	return u->index ? link_drop_addr(u->sock, u->index, f[0]) : 0;
}

static int undo_gateway(struct undo *u, char **f)
{
	return u->index ? route_drop_default(u->sock, u->index, f[0]) : 0;
}

static int undo_sysctl(struct undo *u, char **f)
{
	int ret = fd_write_file(AT_FDCWD, f[0], f[1]);

	(void)u;
	return ret && ret != -ENOENT ? err_code(ret, "cannot write '%s'", f[0]) : 0;
}

static int undo_port(struct undo *u, char **f)
{
	struct net_link l;

	/* Only from where it was put to. */
	if (link_look(u->sock, f[0], &l) <= 0 || !u->index || l.master != u->index)
		return 0;
	return link_set(u->sock, l.index,
		&(struct link_change){ .master = -1, .up = str_eq(f[1], "down") ? -1 : 0 });
}

static int undo_nat(struct undo *u, char **f)
{
	(void)u;
	return nat_remove(f[0]);
}

static int undo_server(struct undo *u, char **f)
{
	(void)u;
	return host_dhcp_stop(f);
}

static const struct row {
	const char *kind;
	int (*undo)(struct undo *u, char **f);
} rows[] = {
	{ "bridge", undo_bridge },   /* NAME, hardware address */
	{ "delay", undo_delay },     /* that was */
	{ "mac", undo_mac },         /* that was */
	{ "promisc", undo_promisc }, /* it was not */
	{ "up", undo_up },           /* it was not */
	{ "addr", undo_addr },       /* ADDRESS/PREFIX */
	{ "gateway", undo_gateway }, /* ADDRESS */
	{ "sysctl", undo_sysctl },   /* path, value that was */
	{ "port", undo_port },       /* NAME, up or down: what it was */
	{ "nat", undo_nat },         /* owner */
	{ "server", undo_server },   /* pid, its start, program */
};

static int undo_line(const char *kind, char **f, void *arg)
{
	struct undo *u = arg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int ret = str_eq(rows[i].kind, kind) ? rows[i].undo(u, f) : 0;

		if (ret && !u->failed)
			u->failed = ret;
	}
	return 0;
}

int host_undo(int dir, off_t from, bool keep)
{
	struct undo u = { .sock = -1, .keeps_bridge = keep };
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	struct net_link l;
	int ret;

	if (sock < 0)
		return sock;
	u.sock = sock;
	if ((host_record_get(dir, "bridge", u.bridge, sizeof(u.bridge), NULL, 0) ||
		    host_record_get(dir, "found", u.bridge, sizeof(u.bridge), NULL, 0)) &&
		link_look(sock, u.bridge, &l) > 0 && str_eq(l.kind, "bridge"))
		u.index = l.index;
	ret = host_record_each(dir, from, true, undo_line, &u);
	return ret && ret != -ENOENT ? ret : u.failed;
}
