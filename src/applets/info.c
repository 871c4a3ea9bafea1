/* SPDX-License-Identifier: MIT */
/* owns the command line and output of lxc-info */
/* never changes anything */
//config:config LXC_INFO
//config:	bool "lxc-info (2.9 KB)"
//config:	default y
//config:	help
//config:	  Show state, pid and configuration values of a container.
//applet:APPLET(info, "lxc-info", LXC_INFO, "show a container's state")
/*
 * Exit status: 0; 1 when the container does not exist or a key is not known.
 */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "applets/common.h"
#include "lib/json.h"
#include "lib/sys.h"
#include "lib/units.h"
#include "net/net.h"

struct info_args {
	struct opt_common common;
	bool state, pid, ips, stats, no_humanize, json;
	struct opt_list config;
};

#define ARG(m) offsetof(struct info_args, m)

static const struct opt options[] = {
	{ 's', OPT_FLAG, ARG(state), "state", NULL, OPT_HELP("only the state") },
	{ 'p', OPT_FLAG, ARG(pid), "pid", NULL, OPT_HELP("only the pid of the first process") },
	{ CFG_NET_ADDRESSES ? 'i' : 0, OPT_FLAG, ARG(ips), CFG_NET_ADDRESSES ? "ips" : NULL, NULL,
		OPT_HELP("only the addresses") },
	{ CFG_CGROUP_STAT ? 'S' : 0, OPT_FLAG, ARG(stats), CFG_CGROUP_STAT ? "stats" : NULL, NULL,
		OPT_HELP("only what it has used: processor, block I/O, memory, network") },
	{ 'c', OPT_LIST, ARG(config), "config", "KEY",
		OPT_HELP("the value of a configuration key") },
	{ 'H', OPT_FLAG, ARG(no_humanize), "no-humanize", NULL, OPT_HELP("bare values") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL, OPT_HELP("all of it as JSON") },
};

/* What there is to tell of a container. */
struct info {
	const struct info_args *a;
	const char *lxcpath;
	const struct conf *c;	/* of a stopped container, NULL: ask the monitor */
	struct container_status st;
	int sock;		/* in its network; -1: it has none, or is not asked */
	bool bare;		/* one thing is asked for, and -H */
};

/* ---- lines as LXC has them ---- */

static void print_line(const struct info *n, const char *title, const char *value)
{
	fd_printf(1, n->bare ? "%.0s%s\n" : "%-15s %s\n", title, value);
}

static int print_address(int family, const char *address, void *arg)
{
	(void)family;
	print_line(arg, "IP:", address);
	return 0;
}

/* Statistics have their names whatever else is asked for. */
static void print_size(const struct info *n, const char *title, uint64_t v)
{
	char buf[UNITS_MAX];

	if (n->a->no_humanize)
		str_format(buf, sizeof(buf), "%llu", (unsigned long long)v);
	else
		units_size(buf, v, " bytes");
	fd_printf(1, "%-15s %s\n", title, buf);
}

static int print_link(const struct net_link *l, void *arg)
{
	const struct info *n = arg;

	fd_printf(1, "%-15s %s\n", "Link:", l->name);
	/* What the host's end has received the container has sent. */
	print_size(n, " TX bytes:", l->received);
	print_size(n, " RX bytes:", l->sent);
	print_size(n, " Total bytes:", l->received + l->sent);
	return 0;
}

static const struct {
	uint8_t what;		/* enum cgroup_count */
	char title[12];
	const char *member;	/* of JSON */
} counts[] = {
	{ COUNT_CPU, "CPU use:", "cpu_ns" },
	{ COUNT_IO, "BlkIO use:", "blkio_bytes" },
	{ COUNT_MEMORY, "Memory use:", "memory_bytes" },
	{ COUNT_KERNEL, "KMem use:", "kernel_memory_bytes" },
};

static int read_counts(const struct info *n, struct cgroup_counts *c)
{
	struct cgroup_layout l;
	struct run_dir d;
	int ret = run_dir_open(&d, n->a->common.name, n->lxcpath);

	*c = (struct cgroup_counts){ 0 };
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = cgroup_layout_read(&l);
	if (!ret)
		ret = container_count(&d, &l,
			1U << COUNT_CPU | 1U << COUNT_IO | 1U << COUNT_MEMORY |
				1U << COUNT_KERNEL, c);
	cgroup_layout_free(&l);
	run_dir_close(&d);
	/* It has ended meanwhile. */
	return ret == -ESRCH ? 0 : ret;
}

static int print_counts(const struct info *n)
{
	struct cgroup_counts c;
	char buf[UNITS_MAX];
	unsigned int i;
	int ret = read_counts(n, &c);

	for (i = 0; !ret && i < ARRAY_SIZE(counts); i++) {
		if (!(c.has & 1U << counts[i].what))
			continue;
		if (counts[i].what == COUNT_CPU && !n->a->no_humanize)
			fd_printf(1, "%-15s %s seconds\n", counts[i].title,
				  units_seconds(buf, c.v[COUNT_CPU]));
		else
			print_size(n, counts[i].title, c.v[counts[i].what]);
	}
	return ret;
}

/* ---- configuration ---- */

/* As LXC shows a key that has no value. */
static int print_unset(bool bare, const char *key)
{
	return bare ? fd_printf(1, "\n") : fd_printf(1, "%s =\n", key);
}

static int print_key(const struct info *n, const char *key, bool bare, int fd)
{
	int ret = n->c ? conf_print(n->c, key, bare, fd)
	               : client_config(n->a->common.name, n->lxcpath, key, bare, fd);

	if (ret == -ENOENT)
		return err_set(ENOENT, "unknown configuration key '%s'", key);
	if (ret < 0)
		return n->c ? err_code(ret, "cannot print '%s'", key) :
			      err_code(ret, "the monitor did not tell '%s'", key);
	return ret || fd != 1 ? 0 : print_unset(bare, key);
}

static int print_keys(const struct info *n)
{
	/* As LXC: one thing that is asked for is told without its name. */
	bool bare = n->a->no_humanize && n->a->config.n == 1;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n->a->config.n && !ret; i++) {
		ret = print_key(n, n->a->config.v[i], bare, 1);
		if (ret > 0)
			ret = 0;
	}
	return ret;
}

/* ---- JSON ---- */

static int put_address(int family, const char *address, void *arg)
{
	(void)family;
	json_string(arg, NULL, address);
	return 0;
}

static int put_link(const struct net_link *l, void *arg)
{
	struct json *j = arg;

	json_object(j, NULL);
	json_string(j, "name", l->name);
	json_number(j, "tx_bytes", (int64_t)l->received);
	json_number(j, "rx_bytes", (int64_t)l->sent);
	return json_end(j);
}

/* The value as it is printed, without the newline that ends it. */
static int put_key(struct json *j, const struct info *n, const char *key)
{
	AUTO_FD int fd = sys_memfd("config");
	AUTO_FREE char *text = NULL;
	char path[FD_PATH_MAX];
	int ret = fd < 0 ? err_code(fd, "cannot keep '%s'", key) : print_key(n, key, true, fd);
	ssize_t len;

	if (ret < 0)
		return ret;
	AUTO_FD int again = fd_open(fd_path(fd, path), O_RDONLY);

	len = again < 0 ? -errno : lseek(again, 0, SEEK_END);
	text = len < 0 ? NULL : calloc(1, (size_t)len + 1);
	if (!text || pread(again, text, (size_t)len, 0) != len)
		return err_set(EIO, "cannot keep '%s'", key);
	if (len)
		text[len - 1] = '\0';
	json_object(j, NULL);
	json_string(j, "key", key);
	json_string(j, "value", len ? text : NULL);
	return json_end(j);
}

static int put_all(const struct info *n)
{
	struct cgroup_counts c;
	struct json j;
	unsigned int i;
	int ret = CFG_CGROUP_STAT ? read_counts(n, &c) : 0;

	if (ret)
		return ret;
	json_init(&j, 1);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_string(&j, "name", n->a->common.name);
	json_string(&j, "state", state_name(n->st.state));
	if (n->st.init)
		json_number(&j, "pid", n->st.init);
	else
		json_string(&j, "pid", NULL);
	json_array(&j, "addresses");
	if (CFG_NET_ADDRESSES && n->sock >= 0)
		ret = net_each_address(n->sock, put_address, &j);
	json_end(&j);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		if (CFG_CGROUP_STAT && c.has & 1U << counts[i].what)
			json_number(&j, counts[i].member, (int64_t)c.v[counts[i].what]);
		else
			json_string(&j, counts[i].member, NULL);
	}
	json_array(&j, "links");
	if (CFG_NET_ADDRESSES && n->sock >= 0 && !ret)
		ret = net_each_host_end(n->sock, put_link, &j);
	json_end(&j);
	json_array(&j, "config");
	for (i = 0; i < n->a->config.n && !ret; i++)
		ret = put_key(&j, n, n->a->config.v[i]);
	json_end(&j);
	i = (unsigned int)json_end(&j);
	return ret ? ret : (int)i;
}

/* ---- all of it ---- */

static int print_all(struct info *n)
{
	const struct info_args *a = n->a;
	bool all = !a->state && !a->pid && !a->ips && !a->stats && !a->config.n;
	char pid[16];
	int ret = 0;

	n->bare = a->no_humanize && !a->stats && a->state + a->pid + a->ips == 1;
	if (all)
		print_line(n, "Name:", a->common.name);
	if (all || a->state)
		print_line(n, "State:", state_name(n->st.state));
	str_format(pid, sizeof(pid), "%d", n->st.init);
	if ((all || a->pid) && n->st.init)
		print_line(n, "PID:", pid);
	if (CFG_READINESS && all && n->st.more.ready != READY_NONE)
		print_line(n, "Ready:", n->st.more.ready == READY_YES ? "yes" : "no");
	if (CFG_RESTART_POLICY && all && n->st.more.restarts) {
		str_format(pid, sizeof(pid), "%d", n->st.more.restarts);
		print_line(n, "Restarts:", pid);
	}
	if (CFG_NET_ADDRESSES && n->sock >= 0 && (all || a->ips))
		ret = net_each_address(n->sock, print_address, n);
	if (CFG_CGROUP_STAT && !ret && n->st.init && (all || a->stats))
		ret = print_counts(n);
	if (CFG_NET_ADDRESSES && n->sock >= 0 && !ret && (all || a->stats))
		ret = net_each_host_end(n->sock, print_link, n);
	return ret ? ret : print_keys(n);
}

/* A container is there when it runs or has a configuration. */
static int load(struct conf *c, const struct info_args *a, const char *lxcpath, bool *found)
{
	conf_init(c, a->common.name, lxcpath);
	/* A key that this build does not act on hides no other. */
	c->keeps_unbuilt = true;
	return container_load(c, &a->common, NULL, found);
}

/* Who may not look into it is told all else. */
static int open_net(pid_t init)
{
	bool held = err_hold();
	int fd = init ? namespace_open_net(init) : -1;

	err_release(held);
	return fd < 0 ? -1 : fd;
}

static int run(void *args, int argc, char **argv)
{
	static char lxcpath[PATH_MAX];
	static struct conf c;
	struct info_args *a = args;
	struct info n = { .a = a, .sock = -1,
		.lxcpath = container_lxcpath(&a->common, lxcpath, sizeof(lxcpath)) };
	bool found = true;
	int ret = client_status(a->common.name, lxcpath, &n.st);

	if (!ret && argc)
		ret = err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (!ret && n.st.state == STATE_STOPPED) {
		ret = load(&c, a, lxcpath, &found);
		n.c = &c;
	}
	if (!ret && !found)
		ret = err_set(ENOENT, "the container does not exist (no '%s/%s/config')", lxcpath,
			a->common.name);
	if (ret)
		return ret;
	if (CFG_NET_ADDRESSES)
		n.sock = open_net(n.st.init);
	ret = CFG_JSON && a->json ? put_all(&n) : print_all(&n);
	fd_close(&n.sock);
	return ret < 0 && !err_is_set() ? err_code(ret, "cannot tell all of it") : ret;
}

const struct applet info_applet = {
	.synopsis = "[-n] NAME [OPTION]...",
	.about = OPT_HELP(
		"Shows what is known of the container NAME. A running one answers with the "
		"configuration that it was started with."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_NEEDS_NAME,
	.args_size = sizeof(struct info_args),
	.run = run,
};
