/* SPDX-License-Identifier: MIT */
/* owns what the host answers and routes for a container's interfaces, and its undo */
/* never takes away what was there before */
#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "net/kind.h"
#include "net/l2proxy.h"

static int in_line(int ret, struct origin where, const char *key, int index)
{
	char at[ORIGIN_MAX];

	return ret ? err_in(ret, "%slxc.net.%d.%s", origin_text(where, at), index, key) : 0;
}

static bool has_network(const struct start *s)
{
	return start_namespaces(s->conf) & CLONE_NEWNET;
}

/* ---- l2proxy: on the link ---- */

int plan_l2proxy(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = has_network(s) ? s->conf->net : NULL; n; n = n->next) {
		struct step *step;

		if (!n->l2proxy.v || !n->link.v || (!n->ipv4.first && !n->ipv6.first))
			continue;
		step = plan_add(p, k, n->l2proxy.at,
				PLAN_TEXT("the host answers on %s for lxc.net.%d", n->link.v,
					  n->index));
		if (!step)
			return -ENOMEM;
		step->net = n;
	}
	return 0;
}

/* "lo" where the undo has to look there too. */
static const char *lo_word(bool to_lo)
{
	return to_lo ? "lo" : "-";
}

static int answer_for(struct start *s, int sock, const struct conf_net *n,
		      const struct conf_list *list)
{
	const struct conf_item *it;
	bool to_lo = n->kind.v == NET_IPVLAN;
	int index = link_find(sock, n->link.v, NULL), ret = index < 0 ? index : 0;

	for (it = list->first; ret >= 0 && it; it = it->next) {
		ret = l2proxy_is_there(sock, index, it->v);
		if (ret)
			continue;
		ret = record_add(s->dir, "l2proxy", (const char *[]){ n->link.v, it->v,
								      lo_word(to_lo), NULL });
		if (!ret)
			ret = l2proxy_add(sock, index, it->v, to_lo);
	}
	return ret < 0 ? ret : 0;
}

int act_l2proxy(struct start *s, const struct step *step)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	int ret = sock < 0 ? sock : answer_for(s, sock, step->net, &step->net->ipv4);

	if (!ret)
		ret = answer_for(s, sock, step->net, &step->net->ipv6);
	return in_line(ret, step->at, "l2proxy", step->net->index);
}

int undo_l2proxy(struct undo *u, char **fields)
{
	AUTO_FD int sock = -1;
	struct net_link l;
	int ret;

	(void)u;
	if (!fields[0] || !fields[1] || !fields[2])
		return 0;
	sock = nl_open(NETLINK_ROUTE, -1);
	ret = sock < 0 ? sock : link_look(sock, fields[0], &l);
	/* What was answered on a link that is gone went with it; the route has not. */
	return ret < 0 ? ret : l2proxy_remove(sock, ret ? l.index : 0, fields[1],
					      str_eq(fields[2], "lo"));
}

/* ---- router: on the container's own link ---- */

int plan_router(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = has_network(s) ? s->conf->net : NULL; n; n = n->next) {
		struct step *step;

		if (n->kind.v != NET_VETH || !n->veth_mode.v || !str_eq(n->veth_mode.v, "router"))
			continue;
		step = plan_add(p, k, n->veth_mode.at,
				PLAN_TEXT("the host routes to lxc.net.%d", n->index));
		if (!step)
			return -ENOMEM;
		step->net = n;
	}
	return 0;
}

/*
 * When the container's end is up: the kernel forgets what it answers on a link that has no
 * carrier, and learns of that some time after the device was made.
 */
int act_router(struct start *s, const struct step *step)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	int ret = sock < 0 ? sock : 0;
	unsigned int i;

	for (i = 0; !ret && i < s->n_nets; i++) {
		const struct net_iface *f = &s->nets[i];

		if (f->conf != step->net)
			continue;
		ret = link_find(sock, f->host, NULL);
		if (ret >= 0)
			ret = router_set(sock, ret, f->host, step->net,
					 *f->gateway[0] ? f->gateway[0] : NULL,
					 *f->gateway[1] ? f->gateway[1] : NULL);
	}
	return in_line(ret, step->at, "veth.mode", step->net->index);
}
