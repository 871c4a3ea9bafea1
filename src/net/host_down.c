/* SPDX-License-Identifier: MIT */
/* owns taking the host's network back, and telling what there is of it */
/* never reads the file that it was made from */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "net/bridge.h"
#include "net/host_internal.h"
#include "net/nat.h"

static bool find_bridge(int dir, char *name, bool *is_found)
{
	*is_found = host_record_get(dir, "found", name, IFNAMSIZ, NULL, 0);
	return *is_found || host_record_get(dir, "bridge", name, IFNAMSIZ, NULL, 0);
}

/* ---- down ---- */

struct guests {
	int dir;
	char names[128];
	size_t n;
};

static int note_guest(const struct net_link *l, void *arg)
{
	struct guests *g = arg;

	/* Ports that were there before are whoever's the bridge is. */
	if (host_record_has(g->dir, "port", l->name) || host_record_has(g->dir, "had", l->name))
		return 0;
	g->n += str_format(
		g->names + g->n, sizeof(g->names) - g->n, "%s%s", g->n ? " " : "", l->name);
	if (g->n >= sizeof(g->names))
		g->n = sizeof(g->names) - 1;
	return 0;
}

static int check_guests(int dir)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	struct guests g = { .dir = dir };
	char bridge[IFNAMSIZ];
	struct net_link l;
	bool is_found;
	int ret;

	if (sock < 0)
		return sock;
	if (!find_bridge(dir, bridge, &is_found) || link_look(sock, bridge, &l) <= 0)
		return 0;
	ret = bridge_each_port(sock, l.index, note_guest, &g);
	if (ret || !g.n)
		return ret;
	return err_set(EBUSY, "'%s' is in use by %s: it stays (--force takes it down all the same)",
		bridge, g.names);
}

static int stop_server(const char *kind, char **f, void *arg)
{
	int ret = str_eq(kind, "server") ? host_dhcp_stop(f) : 0;

	if (ret)
		*(int *)arg = ret;
	return 0;
}

int host_net_down(int dir, bool force)
{
	int ret = host_record_is_ours(dir), failed = 0;

	if (ret == -EXDEV && !force)
		return err_set(
			EBUSY, "it was made in another network namespace (--force forgets it)");
	if (ret < 0 && ret != -EXDEV)
		return ret;
	/* Of the other namespace only what runs can be reached from here. */
	if (ret == -EXDEV && host_record_each(dir, 0, true, stop_server, &failed) < 0)
		failed = -EIO;
	if (ret > 0) {
		failed = force ? 0 : check_guests(dir);
		if (!failed)
			failed = host_undo(dir, 0, false);
	}
	if (failed)
		return failed;
	host_remove(dir);
	return !!ret;
}

/* ---- status ---- */

static void miss(struct host_net_status *s, const char *what)
{
	if (!*s->missing)
		str_format(s->missing, sizeof(s->missing), "%s", what);
}

struct look {
	struct host_net_status *s;
	int sock;
};

static bool has_gateway(const struct look *k, const char *text)
{
	struct default_route r;
	uint8_t via[4];

	return inet_pton(AF_INET, text, via) == 1 && route_find_default(k->sock, &r) > 0 &&
	       r.index == k->s->link.index && !memcmp(r.via, via, sizeof(via));
}

/* Somebody has put back what was before. */
static bool is_as_before(const char *path, const char *was)
{
	char now[16];

	return fd_read_file(AT_FDCWD, path, now, sizeof(now)) >= 0 && str_eq(str_trim(now), was);
}

static int look_at_line(const char *kind, char **f, void *arg)
{
	struct look *k = arg;
	struct host_net_status *s = k->s;
	struct net_link l;

	if (str_eq(kind, "addr")) {
		struct net_addr a;
		bool is_v6 = strchr(f[0], ':');

		str_format(s->addr[is_v6], sizeof(s->addr[0]), "%s", f[0]);
		if (net_addr_parse(f[0], &a) ||
			link_has_addr(k->sock, s->link.index, a.family, &a) <= 0)
			miss(s, f[0]);
	} else if (str_eq(kind, "port")) {
		str_format(s->uplink, sizeof(s->uplink), "%s", f[0]);
		if (link_look(k->sock, f[0], &l) <= 0 || l.master != s->link.index)
			miss(s, f[0]);
	} else if (str_eq(kind, "gateway")) {
		str_format(s->gateway, sizeof(s->gateway), "%s", f[0]);
		if (!has_gateway(k, f[0]))
			miss(s, f[0]);
	} else if (str_eq(kind, "sysctl")) {
		if (is_as_before(f[0], f[1]))
			miss(s, f[0]);
	} else if (str_eq(kind, "nat")) {
		str_format(s->network[0], sizeof(s->network[0]), "%s", f[1]);
		str_format(s->network[1], sizeof(s->network[1]), "%s", f[2]);
		if (nat_count(f[0]) <= 0)
			miss(s, "address translation");
	} else if (str_eq(kind, "server")) {
		/* The last one counts. */
		str_format(s->server, sizeof(s->server), "%s", f[2]);
		s->server_pid = host_dhcp_process(f);
	} else if (str_eq(kind, "config")) {
		str_format(s->file, sizeof(s->file), "%s", f[1]);
	}
	err_clear();
	return 0;
}

int host_net_status(int dir, struct host_net_status *s)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	struct look k = { s, sock };
	int ret = sock < 0 ? sock : host_record_is_ours(dir);

	memset(s, 0, sizeof(*s));
	s->is_elsewhere = ret == -EXDEV;
	if (ret <= 0)
		return s->is_elsewhere ? 0 : ret;
	s->is_partial = true;
	if (find_bridge(dir, s->bridge, &s->is_found) &&
		(link_look(sock, s->bridge, &s->link) <= 0 || !str_eq(s->link.kind, "bridge")))
		miss(s, s->bridge);
	ret = host_record_each(dir, 0, false, look_at_line, &k);
	if (ret < 0)
		return ret;
	if (*s->server && !s->server_pid)
		miss(s, s->server);
	if (!s->link.is_up)
		miss(s, "up");
	if (!host_record_has(dir, "done", ""))
		miss(s, "the end of lxcbox net up");
	s->is_up = !*s->missing;
	return 0;
}
