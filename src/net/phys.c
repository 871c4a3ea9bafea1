/* SPDX-License-Identifier: MIT */
/* owns interfaces that the host lends: moved in, moved back */
/* never takes the host's loopback, never takes a name from another */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "net/kind.h"

/* How long the end of a namespace gets to bring a device back. */
#define RETURN_MS 2000
#define TICK_MS 20

static int find(struct net_iface *i, int sock)
{
	struct net_link l;
	int ret = link_get(sock, i->link, &l);

	if (ret < 0)
		return err_code(ret, "cannot look up the interface '%s'", i->conf->link.v);
	if (l.index == 1)
		return err_set(EINVAL, "the host's '%s' cannot be lent", l.name);
	str_format(i->host, sizeof(i->host), "%s", l.name);
	if (!i->conf->name.v)
		str_format(i->name, sizeof(i->name), "%s", l.name);
	memcpy(i->host_hwaddr, l.hwaddr, LINK_HWADDR);
	str_format(i->host_kind, sizeof(i->host_kind), "%s", l.kind);
	i->host_mtu = l.mtu;
	return 0;
}

static int make(struct net_iface *i, int sock, int ns)
{
	const struct link_change c = {
		.name = i->name, .mtu = i->mtu, .hwaddr = i->has_hwaddr ? i->hwaddr : NULL,
		.moves = true, .ns = ns, .up = -1, .master = -1,
	};
	int ret = link_set(sock, i->link, &c);
	AUTO_FD int inside = -1;

	if (ret)
		return err_in(ret, "cannot lend the interface '%s'", i->host);
	inside = nl_open(NETLINK_ROUTE, ns);
	ret = inside < 0 ? inside : link_find(inside, i->name, NULL);
	i->lent = ret > 0 ? ret : 0;
	return ret < 0 ? ret : 0;
}

static const uint8_t *known_hwaddr(const struct net_iface *i)
{
	static const uint8_t none[LINK_HWADDR];

	return memcmp(i->host_hwaddr, none, LINK_HWADDR) ? i->host_hwaddr : NULL;
}

/*
 * Under its name, or as the kernel would call it when that is taken. Asked before: where only the
 * name is refused the device has moved already. sock is of where it is, host of where it goes.
 */
static int give_back(const struct net_iface *i, int sock, const struct net_link *l, int host,
		     int to)
{
	struct link_change c = { .name = i->host, .up = -1, .moves = to >= 0, .ns = to };
	const struct link_change was = { .mtu = i->host_mtu, .hwaddr = known_hwaddr(i) };
	bool is_taken = link_look(host, i->host, NULL) > 0;
	char other[IFNAMSIZ];
	int ret;

	str_format(other, sizeof(other), "dev%d", l->index);
	if (is_taken)
		c.name = other;
	/* Before it is moved: afterwards it has another number. */
	ret = link_set(sock, l->index, &(struct link_change){ .up = -1 });
	if (!ret && link_set(sock, l->index, &was))
		log_warn("'%s' keeps the mtu and the hardware address that it had in the container",
			 i->host);
	err_clear();
	if (!ret)
		ret = link_set(sock, l->index, &c);
	if (!ret && is_taken)
		log_warn("the host's interface '%s' is back as '%s': its name has been taken", i->host,
			 other);
	return ret;
}

/* It has come by the end of its namespace, or will: the kernel gives hardware back by itself. */
static int wait_for(const struct net_iface *i, int sock)
{
	int ms = *i->host_kind ? 0 : RETURN_MS, ret;
	struct net_iface ours = *i;
	struct net_link l;

	/* An interface of the host may have the name that this one had inside. */
	*ours.name = '\0';
	ours.lent = 0;

	while (1) {
		ret = net_recognize(&ours, sock, &l);
		if (ret || ms <= 0)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = TICK_MS * 1000000L }, NULL);
		ms -= TICK_MS;
	}
	if (ret < 0)
		return ret;
	if (!ret) {
		log_warn("the host's interface '%s' has not come back", i->host);
		return 0;
	}
	return str_eq(l.name, i->host) ? 0 : give_back(i, sock, &l, sock, -1);
}

static int undo(const struct net_iface *i, int sock, int inside)
{
	AUTO_FD int own = fd_open("/proc/self/ns/net", O_RDONLY);
	struct net_link l;
	int ret = 0;

	if (own < 0)
		return -errno;
	if (inside >= 0)
		ret = net_recognize(i, inside, &l);
	if (ret > 0)
		return give_back(i, inside, &l, sock, own);
	return ret ? ret : wait_for(i, sock);
}

const struct net_ops net_phys = { .is_pinned = true, .find = find, .make = make, .undo = undo };
