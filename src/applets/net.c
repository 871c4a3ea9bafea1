/* SPDX-License-Identifier: MIT */
/* owns the command line of lxcbox net, and how the host's network is told */
/* never makes or removes anything itself */
//config:config LXCBOX_NET
//config:	bool "lxcbox net (20.8 KB)"
//config:	default y
//config:	select NET_KEYS
//config:	select NET_LINK
//config:	select NET_ASSIGN
//config:	select NAT
//config:	help
//config:	  Makes the host's bridge for containers from /etc/default/lxc-net and takes it
//config:	  back: addresses, uplink, masquerading by nf_tables, DHCP by dnsmasq or udhcpd of
//config:	  BusyBox. It stands for LXC's script lxc-net with the iptables and iproute2 that
//config:	  that needs.
//applet:APPLET(net, "net", LXCBOX_NET, "make the host's bridge and take it back")
/*
 * Exit status: 0 it is as asked; 1 it is not, and a message says why; of status: 0 all of it is up,
 * 1 it is not, or not all of it; 2 a mistake in the command line.
 */
#include "applets/common.h"
#include "conf/lxcnet.h"
#include "lib/json.h"
#include "lib/sys.h"
#include "net/bridge.h"
#include "net/host.h"

struct net_args {
	struct opt_common common;
	const char *file;
	bool force, json;
};

#define ARG(m) offsetof(struct net_args, m)

static const struct opt options[] = {
	{ 'f', OPT_STR, ARG(file), "file", "FILE", OPT_HELP("read this in place of " LXCNET_FILE) },
	{ 'F', OPT_FLAG, ARG(force), "force", NULL,
		OPT_HELP("down: also when others are on the bridge, or when it was made in another "
			"network namespace") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL, OPT_HELP("status: as JSON") },
};

/* ---- up, down ---- */

static int open_dir(bool make)
{
	AUTO_FD int base = run_dir_base(make);

	return base < 0 ? base : host_net_open(base, make);
}

static int up(const struct net_args *a)
{
	static struct lxcnet l;
	AUTO_FD int dir = -1;
	int ret = lxcnet_load(&l, a->file ? a->file : LXCNET_FILE);

	if (!ret && !lxcnet_is_true(&l, LXCNET_USE)) {
		fd_tell(1, "USE_LXC_BRIDGE of '%s' is false: nothing is made\n", l.file);
	} else if (!ret) {
		dir = open_dir(true);
		ret = dir < 0 ? dir : host_net_up(dir, &l);
	}
	lxcnet_free(&l);
	return ret;
}

static int down(const struct net_args *a)
{
	AUTO_FD int dir = open_dir(false);
	int ret;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	ret = host_net_down(dir, a->force);
	return ret < 0 ? ret : 0;
}

/* ---- status ---- */

struct ports {
	struct json *json;
	unsigned int n;
};

static int tell_port(const struct net_link *l, void *arg)
{
	struct ports *p = arg;

	if (CFG_JSON && p->json)
		json_string(p->json, NULL, l->name);
	else
		fd_printf(1, p->n++ ? " %s" : "Ports:          %s", l->name);
	return 0;
}

static int each_port(const struct host_net_status *s, struct ports *p)
{
	AUTO_FD int sock = nl_open(NETLINK_ROUTE, -1);

	if (sock < 0 || !s->link.index)
		return sock < 0 ? sock : 0;
	return bridge_each_port(sock, s->link.index, tell_port, p);
}

static const char *state_of(const struct host_net_status *s)
{
	if (s->is_partial)
		return s->is_up ? "UP" : "INCOMPLETE";
	return s->is_elsewhere ? "ELSEWHERE" : "DOWN";
}

static void print_line(const char *what, const char *value, const char *more)
{
	if (*value)
		fd_printf(1, "%-15s %s%s%s\n", what, value, *more ? " " : "", more);
}

static int print_status(const struct host_net_status *s)
{
	char mac[18], server[48];
	struct ports p = { 0 };
	int ret;

	print_line("Bridge:", s->bridge, s->is_found ? "(was there before)" : "");
	print_line("State:", state_of(s), "");
	print_line("Missing:", s->missing, "");
	print_line("File:", s->file, "");
	if (s->link.index)
		print_line("Hwaddr:", link_hwaddr_text(s->link.hwaddr, mac), "");
	print_line("IP:", s->addr[0], "");
	print_line("IP:", s->addr[1], "");
	print_line("Masquerade:", s->network[0], s->network[1]);
	print_line("Uplink:", s->uplink, "");
	print_line("Gateway:", s->gateway, "");
	str_format(server, sizeof(server), s->server_pid ? "%s (process %d)" : "%s", s->server,
		   s->server_pid);
	print_line("DHCP:", server, "");
	ret = each_port(s, &p);
	if (p.n)
		fd_printf(1, "\n");
	return ret;
}

static void json_text(struct json *j, const char *name, const char *v)
{
	json_string(j, name, *v ? v : NULL);
}

static int print_json(const struct host_net_status *s)
{
	struct json j;
	struct ports p = { .json = &j };
	char mac[18];
	int ret;

	json_init(&j, 1);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_string(&j, "state", state_of(s));
	json_text(&j, "missing", s->missing);
	json_text(&j, "file", s->file);
	json_text(&j, "bridge", s->bridge);
	json_bool(&j, "found", s->is_found);
	json_string(&j, "hwaddr", s->link.index ? link_hwaddr_text(s->link.hwaddr, mac) : NULL);
	json_text(&j, "ipv4", s->addr[0]);
	json_text(&j, "ipv6", s->addr[1]);
	json_text(&j, "masquerade_ipv4", s->network[0]);
	json_text(&j, "masquerade_ipv6", s->network[1]);
	json_text(&j, "uplink", s->uplink);
	json_text(&j, "gateway", s->gateway);
	json_text(&j, "dhcp", s->server);
	if (s->server_pid)
		json_number(&j, "dhcp_pid", s->server_pid);
	else
		json_string(&j, "dhcp_pid", NULL);
	json_array(&j, "ports");
	ret = each_port(s, &p);
	j.status |= json_end(&j);
	if (ret)
		return ret;
	ret = json_end(&j);
	return ret ? err_code(ret, "cannot write") : 0;
}

static int status(const struct net_args *a)
{
	static struct host_net_status s;
	AUTO_FD int dir = open_dir(false);
	int ret = dir < 0 ? dir : host_net_status(dir, &s);

	if (dir == -ENOENT)
		ret = 0;
	if (!ret)
		ret = CFG_JSON && a->json ? print_json(&s) : print_status(&s);
	return ret < 0 ? ret : !s.is_up;
}

static int run(void *args, int argc, char **argv)
{
	static const struct verb {
		const char *name;
		int (*run)(const struct net_args *a);
	} verbs[] = { { "up", up }, { "down", down }, { "status", status } };
	unsigned int i;

	for (i = 0; argc == 1 && i < ARRAY_SIZE(verbs); i++) {
		if (!str_eq(argv[0], verbs[i].name))
			continue;
		if (sys_euid())
			return err_set(EPERM, "must be root");
		return verbs[i].run(args);
	}
	if (argc == 1)
		fd_tell(2, "lxcbox net: unknown command '%s' (up, down, status)\n", argv[0]);
	else
		fd_tell(2, "lxcbox net: one of up, down, status is wanted\n");
	return 2;
}

const struct applet net_applet = {
	.synopsis = "[OPTION]... up|down|status",
	.about = OPT_HELP(
		"The bridge that the host gives its containers, as " LXCNET_FILE " describes it. up "
		"makes what is not there yet: the bridge, its addresses, what is on it of the host, "
		"masquerading, a server of DHCP. down takes all back that up made. status tells what "
		"there is."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PLAIN,
	.args_size = sizeof(struct net_args),
	.run = run,
};
