/* SPDX-License-Identifier: MIT */
/* owns the interfaces of ordinary users' containers: lxc-user-nic is run for them */
/* never runs another program than the one that was named when this one was built */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "container/user_nic.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/kind.h"

/* It waits for other ones of itself. */
#define ANSWER_MS 20000
/* The kernel takes a network apart some time after its last process. */
#define GONE_MS 3000

static void exec(const struct start *s, const struct net_iface *i, int out)
{
	char pid[12];
	char *argv[] = {
		CFG_USER_NIC_PATH, "create", (char *)s->conf->lxcpath, (char *)s->conf->name, pid,
		"veth", i->conf->link.v ? i->conf->link.v : "none", (char *)i->name, NULL,
	};
	char *env[] = { NULL };

	str_format(pid, sizeof(pid), "%d", s->pid);
	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)
		execve(CFG_USER_NIC_PATH, argv, env);
	_exit(127);
}

/* All that it says, to its end. */
static ssize_t listen_to(int in, char *buf, size_t size)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	int64_t end = sys_now_ms() + ANSWER_MS;
	size_t n = 0;

	while (n < size - 1) {
		int64_t left = end - sys_now_ms();
		ssize_t got;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return -ETIMEDOUT;
		if (!p.revents)
			continue;
		got = read(in, buf + n, size - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	buf[n] = '\0';
	return (ssize_t)n;
}

static int run(const struct start *s, const struct net_iface *i, char *said, size_t size)
{
	int pair[2], status = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC))
		return err_sys("cannot make a pipe");
	pid = sys_clone(0);
	if (!pid)
		exec(s, i, pair[1]);
	close(pair[1]);
	n = pid < 0 ? pid : listen_to(pair[0], said, size);
	close(pair[0]);
	if (pid < 0)
		return err_code(pid, "cannot fork");
	/* Root's by then, it cannot be killed: it ends by itself. */
	if (n < 0)
		return err_code((int)n, "'%s' does not end", CFG_USER_NIC_PATH);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for '%s'", CFG_USER_NIC_PATH);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && !n)
		return err_set(ENOENT, "'%s' is not there", CFG_USER_NIC_PATH);
	said[strcspn(said, "\n")] = '\0';
	return status ? err_set(EPERM, "%s", *said ? said : "lxc-user-nic failed") : 0;
}

int user_nic_check(const struct conf_net *n)
{
	if (n->kind.v != NET_VETH)
		return err_set(EPERM, "only root gets an interface of kind %s",
			       net_kind_name(n->kind.v));
	if ((n->veth_pair.v && n->veth_pair.v != n->veth_made) || n->veth_ipv4_route.first ||
	    n->veth_ipv6_route.first || n->veth_n_rxqueues.v || n->veth_n_txqueues.v ||
	    n->l2proxy.v || (n->veth_mode.v && !str_eq(n->veth_mode.v, "bridge")) ||
	    n->veth_vlan_id.set || n->veth_vlan_tagged_id.first)
		return err_set(EPERM, "only root chooses anything of the host's end (veth, l2proxy)");
	return 0;
}

int user_nic_make(struct start *s, struct net_iface *i)
{
	char said[256], *at = said, *word[4];
	unsigned int k;
	int ret = run(s, i, said, sizeof(said));

	if (ret)
		return ret;
	for (k = 0; k < 4; k++)
		word[k] = str_word(&at, ":");
	if (!word[2] || strlen(word[2]) >= IFNAMSIZ || !word[3] || !str_eq(word[0], i->name))
		return err_set(EPROTO, "lxc-user-nic does not say what it has made");
	str_format(i->host, sizeof(i->host), "%s", word[2]);
	str_format(i->conf->veth_made, sizeof(i->conf->veth_made), "%s", i->host);
	i->conf->veth_pair.v = i->conf->veth_made;
	/* After the fact: who does not know the name has nothing to wait for. */
	return record_add(s->dir, "user_nic", (const char *[]){ i->host, NULL });
}

int user_nic_settle(const struct net_iface *i, int sock)
{
	int index = link_find(sock, i->name, NULL), ret;

	if (index < 0)
		return index;
	ret = link_set(sock, index, &(struct link_change){ .mtu = i->mtu, .hwaddr = i->hwaddr });
	return ret ? err_in(ret, "cannot set mtu and address of '%s'", i->name) : 0;
}

/* It goes with the network; the next one counts when it is gone. */
int undo_user_nic(struct undo *u, char **fields)
{
	int64_t end = sys_now_ms() + GONE_MS;
	AUTO_FD int sock = -1;
	int ret;

	if (u->failed || !fields[0])
		return 0;
	sock = nl_open(NETLINK_ROUTE, -1);
	if (sock < 0)
		return sock;
	while ((ret = link_look(sock, fields[0], &(struct net_link){ 0 })) > 0) {
		if (sys_now_ms() > end) {
			log_warn("'%s' is still there: somebody holds the network", fields[0]);
			return 0;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return ret;
}
