/* SPDX-License-Identifier: MIT */
/* owns the rows of the step table that give a container its interfaces and take them back */
/* never makes one before its line is in the record, never deletes one that is not the record's */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "container/hooks.h"
#include "container/steps.h"
#include "container/user_nic.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/kind.h"

/* Names that are our own choice and were taken: so many in a row are no accident. */
#define TRIES 16

/* ---- which ones ---- */

/* None where the network is another's: plan_namespaces says so. */
static const struct conf_net *first_of(const struct start *s)
{
	return start_namespaces(s->conf) & CLONE_NEWNET ? s->conf->net : NULL;
}

static bool is_named(const struct start *s, const char *name)
{
	const struct conf_net *n;

	for (n = s->conf->net; n; n = n->next)
		if (str_eq(n->name.v ? n->name.v : n->kind.v == NET_PHYS ? n->link.v : "", name))
			return true;
	return false;
}

/* The name inside; without one of its own the first of eth0, eth1 ... that is nobody's. */
static void name_of(const struct start *s, const struct conf_net *n, char *buf)
{
	const struct conf_net *before = s->conf->net;
	unsigned int i = 0;

	if (n->name.v || n->kind.v == NET_PHYS) {
		str_format(buf, IFNAMSIZ, "%s", n->name.v ? n->name.v : n->link.v);
		return;
	}
	for (;; i++) {
		str_format(buf, IFNAMSIZ, "eth%u", i);
		if (is_named(s, buf))
			continue;
		while (before != n && (before->name.v || before->kind.v == NET_PHYS ||
				       !net_ops_of((int)before->kind.v)))
			before = before->next;
		if (before == n)
			break;
		before = before->next;
	}
}

static int in_line(int ret, const struct conf_net *n, struct origin where)
{
	char at[ORIGIN_MAX];

	return ret ? err_in(ret, "%slxc.net.%d", origin_text(where, at), n->index) : 0;
}

/* ---- interfaces: what they need of the host, before anything is made ---- */

int plan_interfaces(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = first_of(s); n; n = n->next)
		if (net_ops_of((int)n->kind.v))
			return plan_add(p, k, n->at, PLAN_TEXT("names, and what the host has of them")) ?
				       0 :
				       -ENOMEM;
	return 0;
}

/*
 * An address that nobody has asked for is the same at each start, so that who has spoken to the
 * last life finds this one, and of no other container: until the next boot of this machine, and
 * for as long as the network is the same one that the host has now.
 */
static uint64_t hwaddr_seed(const struct start *s, const struct conf_net *n)
{
	char boot[17], text[RUN_ENTRY_MAX + 64];
	struct stat st;

	if (sys_boot_id(boot) || str_eq(boot, "0") || stat("/proc/self/ns/net", &st))
		return 0;
	str_format(text, sizeof(text), "%s:%llx:%d:%s", boot, (unsigned long long)st.st_ino,
		   n->index, str_base(s->dir->path));
	return str_hash(text);
}

static struct net_iface *add(struct start *s, const struct conf_net *n)
{
	struct net_iface *more = realloc(s->nets, (s->n_nets + 1) * sizeof(*more)), *i;

	if (!more) {
		err_set(ENOMEM, "out of memory");
		return NULL;
	}
	s->nets = more;
	i = &more[s->n_nets++];
	*i = (struct net_iface){ .conf = (struct conf_net *)n,
				 .ops = net_ops_of((int)n->kind.v),
				 .seed = hwaddr_seed(s, n) };
	name_of(s, n, i->name);
	return i;
}

struct matching {
	struct start *s;
	const struct conf_net *n;
	size_t len;
};

static int take_match(const struct net_link *l, void *arg)
{
	struct matching *m = arg;
	struct net_iface *i;

	if (l->index == 1 || strncmp(l->name, m->n->link.v, m->len))
		return 0;
	i = add(m->s, m->n);
	if (i)
		i->link = l->index;
	return i ? 0 : -ENOMEM;
}

/* phys with "eth+": every interface of the host whose name begins so. */
static int add_matching(struct start *s, const struct conf_net *n, int sock)
{
	struct matching m = { s, n, strlen(n->link.v) - 1 };
	unsigned int before = s->n_nets;
	int ret = net_each_link(sock, take_match, &m);

	if (ret || s->n_nets > before)
		return ret && !err_is_set() ? err_code(ret, "cannot list the interfaces") : ret;
	return err_set(ENODEV, "there is no interface '%s'", n->link.v);
}

static bool is_pattern(const struct conf_net *n)
{
	return CFG_NET_PHYS && n->kind.v == NET_PHYS && n->link.v[strlen(n->link.v) - 1] == '+';
}

static int find(struct start *s, const struct conf_net *n, int sock)
{
	unsigned int at = s->n_nets;
	int ret = is_pattern(n) ? add_matching(s, n, sock) : add(s, n) ? 0 : -ENOMEM;

	if (CFG_USER_NIC && !ret && sys_euid())
		ret = user_nic_check(n);
	else if (CFG_UNPRIVILEGED && sys_euid())
		return err_set(EPERM, "only root gets an interface of kind %s",
			       net_kind_name(n->kind.v));
	for (; !ret && at < s->n_nets; at++)
		ret = net_prepare(&s->nets[at], sock);
	return ret;
}

int act_interfaces(struct start *s, const struct step *step)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	const struct conf_net *n;
	int ret = sock < 0 ? sock : 0;

	for (n = s->conf->net; !ret && n; n = n->next)
		if (net_ops_of((int)n->kind.v))
			ret = in_line(find(s, n, sock), n, n->link.v ? n->link.at : n->at);
	return ret;
}

/* ---- net: made, by the host, in the container's network ---- */

int plan_net(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = first_of(s); n; n = n->next) {
		char name[IFNAMSIZ];
		struct step *step;

		if (!net_ops_of((int)n->kind.v))
			continue;
		name_of(s, n, name);
		step = plan_add(p, k, n->at,
				PLAN_TEXT("%s %s%s%s", net_kind_name(n->kind.v), name,
					  n->link.v ? ", of the host's " : "",
					  n->link.v ? n->link.v : ""));
		if (!step)
			return -ENOMEM;
		step->net = n;
	}
	return 0;
}

/* A mount holds the network until what is in it has been taken back, whoever dies before that. */
static int pin(struct start *s)
{
	AUTO_FREE char *path = str_make("%s/net", s->dir->path);
	AUTO_FD int file = -1;
	char from[FD_PATH_MAX];
	int ret = path ? record_add(s->dir, "netns", (const char *[]){ path, NULL }) : -ENOMEM;

	if (ret)
		return ret;
	file = openat(s->dir->fd, "net", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	fd_path(s->netns, from);
	if (file < 0 || mount(from, path, NULL, MS_BIND, NULL))
		return err_sys("cannot mount the container's network on '%s'", path);
	return 0;
}

static int open_net(struct start *s)
{
	char path[32];
	unsigned int i = 0;

	str_format(path, sizeof(path), "/proc/%d/ns/net", s->pid);
	s->netns = fd_open(path, O_RDONLY);
	if (s->netns < 0)
		return err_sys("cannot open '%s'", path);
	while (i < s->n_nets && !s->nets[i].ops->is_pinned)
		i++;
	return i < s->n_nets ? pin(s) : 0;
}

static int record(const struct start *s, const struct net_iface *i)
{
	const char *kind = net_kind_name(i->conf->kind.v);
	char hwaddr[18], mtu[12];

	link_hwaddr_text(i->host_hwaddr, hwaddr);
	str_format(mtu, sizeof(mtu), "%u", i->host_mtu);
	return record_add(s->dir, "net", (const char *[]){ kind, i->name, i->host, hwaddr,
							   i->host_kind, mtu, NULL });
}

static int make(struct start *s, struct net_iface *i, int sock)
{
	unsigned int tries;
	int ret = 0;

	for (tries = 0; tries < TRIES; tries++) {
		ret = record(s, i);
		if (!ret)
			ret = i->ops->make(i, sock, s->netns);
		if (ret != -EEXIST || err_is_set())
			break;
	}
	i->is_made = !ret;
	if (CFG_NET_PHYS && !ret && i->lent) {
		char index[12];

		str_format(index, sizeof(index), "%d", i->lent);
		ret = record_add(s->dir, "lent", (const char *[]){ index, NULL });
	}
	return ret == -EEXIST && !err_is_set() ?
		       err_set(EEXIST, "every name for the host's end is taken") :
		       ret;
}

int act_net(struct start *s, const struct step *step)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	bool is_users = CFG_USER_NIC && sys_euid();
	int ret = sock < 0 ? sock : s->netns < 0 && !is_users ? open_net(s) : 0;
	unsigned int i;

	for (i = 0; !ret && i < s->n_nets; i++)
		if (s->nets[i].conf == step->net)
			ret = is_users ? user_nic_make(s, &s->nets[i]) :
					 make(s, &s->nets[i], sock);
	return in_line(ret, step->net, step->at);
}

/* Of a line; what was cut off has less. */
static void read_line(char **fields, struct net_iface *i)
{
	uint64_t mtu = 0;

	*i = (struct net_iface){ .ops = net_ops_of(net_kind_parse(fields[0])) };
	str_format(i->name, sizeof(i->name), "%s", fields[1]);
	str_format(i->host, sizeof(i->host), "%s", fields[2]);
	link_hwaddr_parse(fields[3], i->host_hwaddr);
	str_format(i->host_kind, sizeof(i->host_kind), "%s", fields[4]);
	i->host_mtu = str_to_u64(fields[5], 65535, &mtu) ? 0 : (unsigned int)mtu;
}

int undo_net(struct undo *u, char **fields)
{
	AUTO_FD int pinned = openat(u->dir->fd, "net", O_RDONLY | O_CLOEXEC);
	AUTO_FD int sock = -1, inside = -1;
	struct net_iface i;
	int ret;

	if (!fields[0] || !fields[5])
		return 0;
	read_line(fields, &i);
	i.lent = u->lent;
	u->lent = 0;
	if (!i.ops)
		return 0;
	sock = nl_open(NETLINK_ROUTE, -1);
	if (sock < 0)
		return sock;
	if (pinned >= 0) {
		bool held = err_hold();

		/* No network yet, or not any more: a plain file. */
		inside = nl_open(NETLINK_ROUTE, pinned);
		if (inside < 0)
			err_release(held);
	}
	ret = i.ops->undo(&i, sock, inside);
	return ret < 0 ? err_in(ret, "the interface '%s'", *i.host ? i.host : i.name) : ret;
}

/* Which one inside it is, of the line before: the container may have changed all but that. */
int undo_lent(struct undo *u, char **fields)
{
	if (!fields[0] || str_to_int(fields[0], &u->lent))
		u->lent = 0;
	return 0;
}

int undo_netns(struct undo *u, char **fields)
{
	if (!fields[0])
		return 0;
	if (umount2(fields[0], MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL && errno != ENOENT)
		return -errno;
	return unlinkat(u->dir->fd, "net", 0) && errno != ENOENT ? -errno : 0;
}

/* ---- address: by the child, in its network ---- */

int plan_address(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = first_of(s); n; n = n->next) {
		const struct conf_item *a4 = n->ipv4.first, *a6 = n->ipv6.first;
		struct origin at = a4 ? a4->at : a6 ? a6->at : n->up.at;
		char name[IFNAMSIZ];
		struct step *step;

		if (!net_ops_of((int)n->kind.v))
			continue;
		name_of(s, n, name);
		step = plan_add(p, k, at.file ? at : n->at,
				PLAN_TEXT("%s%s%s%s%s%s%s%s%s", name, a4 ? " " : "", a4 ? a4->v : "",
					  a6 ? " " : "", a6 ? a6->v : "", n->up.v ? " up" : " down",
					  n->ipv4_gateway.v || n->ipv6_gateway.v ? ", by" : "",
					  n->ipv4_gateway.v ? " " : "",
					  n->ipv4_gateway.v ? n->ipv4_gateway.v : ""));
		if (!step)
			return -ENOMEM;
		step->net = n;
	}
	return 0;
}

int act_address(struct start *s, const struct step *step)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);
	int ret = sock < 0 ? sock : 0;
	unsigned int i;

	for (i = 0; !ret && i < s->n_nets; i++)
		if (s->nets[i].conf == step->net) {
			if (CFG_USER_NIC && sys_euid())
				ret = user_nic_settle(&s->nets[i], sock);
			if (!ret)
				ret = net_set_up(&s->nets[i], sock);
		}
	return in_line(ret, step->net, step->at);
}

/* ---- script: lxc.net.N.script.up and .down ---- */

int plan_script(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_net *n;

	for (n = first_of(s); n; n = n->next) {
		struct step *step;

		if (!n->script_up.v || n->kind.v == NET_NONE)
			continue;
		step = plan_add(p, k, n->script_up.at, PLAN_TEXT("%s", n->script_up.v));
		if (!step)
			return -ENOMEM;
		step->net = n;
	}
	return 0;
}

/* TYPE, the host's interface and, of a pair, its end, as LXC gives them. */
static int run_script(struct start *s, const struct conf_net *n, const struct conf_str *script,
		      const char *kind)
{
	const struct conf_item hook = { .v = script->v, .at = script->at };
	char *words[4] = { (char *)net_kind_name(n->kind.v) };
	unsigned int i = 0, last = 1;
	int ret = 0;

	if (!CFG_NET_SCRIPT)
		return 0;
	if (!net_ops_of((int)n->kind.v))
		return hook_run_net(s, kind, &hook, words);
	for (; !ret && i < s->n_nets; i++) {
		const struct net_iface *f = &s->nets[i];

		if (f->conf != n || !f->is_made)
			continue;
		last = 1;
		words[last++] = (char *)(n->kind.v == NET_PHYS ? f->host : n->link.v ? n->link.v : "");
		if (n->kind.v == NET_VETH)
			words[last++] = (char *)f->host;
		words[last] = NULL;
		ret = hook_run_net(s, kind, &hook, words);
	}
	return ret;
}

int act_script(struct start *s, const struct step *step)
{
	return run_script(s, step->net, &step->net->script_up, "up");
}

void start_net_down(struct start *s)
{
	const struct conf_net *n;
	char first[ERR_MAX];

	/* The error of a start that failed stays the one that is told. */
	str_format(first, sizeof(first), "%s", err_text());
	err_clear();
	for (n = first_of(s); n; n = n->next) {
		if (!n->script_down.v || n->kind.v == NET_NONE)
			continue;
		if (run_script(s, n, &n->script_down, "down"))
			log_error("%s", err_text());
		err_clear();
	}
	if (*first)
		err_set(0, "%s", first);
}
