/* SPDX-License-Identifier: MIT */
/* owns the ports of the host that lead into a container: claims, rules, their undo */
/* never takes a port that another container has, never sets a sysctl */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "net/nat.h"

#define HEX_MAX 33

int plan_forward(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it;
	char at[ORIGIN_MAX];

	it = s->conf->net_forward.first;
	if (it && !(start_namespaces(s->conf) & CLONE_NEWNET))
		return err_set(EINVAL, "%slxcbox.net.%s: the container has no network of its own",
			       origin_text(it->at, at), it->key);
	for (it = s->conf->net_forward.first; it; it = it->next) {
		struct step *step = plan_add(p, k, it->at, PLAN_TEXT("%s", it->v));

		if (!step)
			return -ENOMEM;
		step->item = it;
	}
	return 0;
}

/* ---- a port is one container's ---- */

static void host_text(const struct conf_forward *f, char *buf)
{
	unsigned int i;

	for (i = 0; i < sizeof(f->host); i++)
		str_format(buf + 2 * i, 3, "%02x", f->host[i]);
}

/* The same address, or one of them is every address. */
static bool overlaps(const char *rest, const void *arg)
{
	const char *own = arg;

	return str_eq(rest, own) || !rest[strspn(rest, "0")] || !own[strspn(own, "0")];
}

/* Two that claim every address and one of them at the same time may both be refused. */
static int claim_forward(const struct start *s, const struct conf_forward *f)
{
	char front[32], own[HEX_MAX], what[sizeof(front) + sizeof(own)];
	char who[CONTAINER_NAME_MAX + 1];
	int ret, found;

	str_format(front, sizeof(front), "port:%s%d:%u:", f->is_udp ? "udp" : "tcp",
		   f->is_ipv6 ? 6 : 4, f->host_port);
	host_text(f, own);
	str_format(what, sizeof(what), "%s%s", front, own);
	ret = record_add(s->dir, "claim", (const char *[]){ what, NULL });
	if (!ret)
		ret = claim_take(s->dir, what);
	if (ret && ret != -EBUSY)
		return ret;
	found = claim_other(s->dir, front, overlaps, own, who);
	if (found > 0)
		return err_set(EBUSY, "%s port %u is in use by container '%s'",
			       f->is_udp ? "udp" : "tcp", f->host_port, who);
	if (!found && ret)
		return err_set(EBUSY, "%s port %u is in use by another container",
			       f->is_udp ? "udp" : "tcp", f->host_port);
	return found;
}

/* ---- rules ---- */

/* Who comes from the host itself needs none. */
static void warn_of_routing(bool is_ipv6)
{
	const char *path = is_ipv6 ? "/proc/sys/net/ipv6/conf/all/forwarding" :
				     "/proc/sys/net/ipv4/ip_forward";
	char value[8];

	if (fd_read_file(AT_FDCWD, path, value, sizeof(value)) > 0 && *value == '0')
		log_warn("%s is 0: forwarded ports cannot be reached from outside", path);
}

static int make_rule(const struct start *s, const struct conf_item *it, struct nat_rule *r)
{
	static const uint8_t any[16];
	const struct conf_net *n;
	struct conf_forward f;
	int ret;

	conf_forward_get(s->conf, it, &f, &n);
	ret = net_addr_parse((f.is_ipv6 ? n->ipv6.first : n->ipv4.first)->v, &r->to);
	if (ret)
		return err_set(EINVAL, "lxc.net.%d has no address", f.net);
	r->protocol = f.is_udp ? IPPROTO_UDP : IPPROTO_TCP;
	r->host_port = f.host_port;
	r->port = f.port;
	if (n->link.v && (!n->veth_mode.v || str_eq(n->veth_mode.v, "bridge")))
		r->bridge = n->link.v;
	if (memcmp(f.host, any, sizeof(any))) {
		r->host = r->to;
		memcpy(r->host.bytes, f.host, sizeof(f.host));
		r->host.prefix = (uint8_t)(r->host.size * 8);
	}
	return 0;
}

static int make_rules(const struct start *s)
{
	const char *owner = str_base(s->dir->path);
	AUTO_FREE struct nat_rule *rules = NULL;
	unsigned int n = 0, max = 0;
	const struct conf_item *it;
	bool is_warned[2] = { false };
	int ret;

	for (it = s->conf->net_forward.first; it; it = it->next)
		max++;
	rules = calloc(max, sizeof(*rules));
	if (!rules)
		return err_set(ENOMEM, "out of memory");
	for (it = s->conf->net_forward.first; it; it = it->next, n++) {
		ret = make_rule(s, it, &rules[n]);
		if (ret)
			return ret;
		if (!is_warned[rules[n].to.size == 16])
			warn_of_routing(rules[n].to.size == 16);
		is_warned[rules[n].to.size == 16] = true;
	}
	ret = record_add(s->dir, "forward", (const char *[]){ owner, NULL });
	return ret ? ret : nat_set(owner, rules, n);
}

/* Ports are claimed one by one; the rules are made at the last. */
int act_forward(struct start *s, const struct step *step)
{
	const struct step *next = step + 1;
	const struct conf_net *n;
	struct conf_forward f;
	char at[ORIGIN_MAX];
	int ret;

	conf_forward_get(s->conf, step->item, &f, &n);
	ret = claim_forward(s, &f);
	if (!ret && (next >= s->plan.steps + s->plan.n || next->kind != step->kind))
		ret = make_rules(s);
	return ret ? err_in(ret, "%slxcbox.net.%s", origin_text(step->at, at), step->item->key) : 0;
}

int undo_forward(struct undo *u, char **fields)
{
	(void)u;
	return fields[0] ? nat_remove(fields[0]) : 0;
}
