/* SPDX-License-Identifier: MIT */
/* owns which namespaces a container gets, and what the running kernel has of them */
/* never assumes one: /proc/self/ns is asked */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "container/settings.h"
#include "container/steps.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/netlink.h"

struct namespace {
	const char *name;	/* as lxc.namespace.clone and /proc/self/ns have it */
	unsigned long flag;
};

/* In the order in which they are joined, but for that of users: see namespaces_join. */
static const struct namespace namespaces[NAMESPACE_MAX] = {
	{ "time", CLONE_NEWTIME },
	{ "user", CLONE_NEWUSER },
	{ "mnt", CLONE_NEWNS },
	{ "pid", CLONE_NEWPID },
	{ "uts", CLONE_NEWUTS },
	{ "ipc", CLONE_NEWIPC },
	{ "net", CLONE_NEWNET },
	{ "cgroup", CLONE_NEWCGROUP },
};

/* Of the network in that. */
#define NAMESPACE_NET 6

static bool kernel_has(const struct namespace *n)
{
	static unsigned long has;
	char path[40];

	str_format(path, sizeof(path), "/proc/self/ns/%s", n->name);
	/* Only what is surely not there is done without. */
	if (!(has & n->flag) && (!access(path, F_OK) || errno != ENOENT))
		has |= n->flag;
	return has & n->flag;
}

/* The network that a container gets: its own unless the only interface is "none", or none is named
 * and the build says host. */
static bool shares_network(const struct conf *c, struct origin *why)
{
	const struct conf_net *n;

	for (n = c->net; n; n = n->next) {
		*why = n->at;
		if (n->kind.v != NET_NONE)
			return false;
	}
	return c->net ? true : CFG_NET_DEFAULT_HOST;
}

/* Those that are another's. */
static unsigned long shared(const struct conf *c)
{
	const struct conf_item *it;
	unsigned long flags = 0;

	for (it = c->ns_share.first; CFG_NAMESPACE_SHARE && it; it = it->next)
		flags |= namespace_flag(it->key, strlen(it->key));
	return flags;
}

/* Offsets ask for clocks of its own. */
static unsigned long clocks(const struct conf *c)
{
	return CFG_TIME_OFFSET && (c->time_boot.v || c->time_monotonic.v) ? CLONE_NEWTIME : 0;
}

unsigned long start_namespaces(const struct conf *c)
{
	unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | clocks(c);
	struct origin why;
	unsigned int i;

	if (c->ns_clone.set)
		return ((unsigned long)c->ns_clone.v | CLONE_NEWNS | clocks(c)) & ~shared(c);
	if (CFG_IDMAP && c->idmap.first)
		flags |= CLONE_NEWUSER;
	if (!shares_network(c, &why))
		flags |= CLONE_NEWNET;
	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (namespaces[i].flag == CLONE_NEWCGROUP && kernel_has(&namespaces[i]))
			flags |= CLONE_NEWCGROUP;
	return flags & ~((c->ns_keep.set ? (unsigned long)c->ns_keep.v : 0) | shared(c));
}

bool start_has_userns(const struct conf *c)
{
	return (start_namespaces(c) | shared(c)) & CLONE_NEWUSER;
}

bool start_may_nest(void)
{
	static int may = -1;
	static const char limit[] = "/proc/sys/user/max_user_namespaces";
	char most[16];
	unsigned int i, have = 0;

	/* Read once: each step of a start hears the same. */
	if (may >= 0)
		return may;
	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		have += namespaces[i].flag & (CLONE_NEWUSER | CLONE_NEWCGROUP) &&
			kernel_has(&namespaces[i]);
	may = have == 2 && (fd_read_file(AT_FDCWD, limit, most, sizeof(most)) < 0 ||
			    !str_eq(most, "0\n"));
	return may;
}

static struct origin origin_of(const struct conf *c)
{
	return c->ns_clone.set ? c->ns_clone.at : c->ns_keep.at;
}

int start_ask_namespaces(const struct conf *c)
{
	unsigned long flags = start_namespaces(c);
	char where[ORIGIN_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (flags & namespaces[i].flag && !kernel_has(&namespaces[i]))
			return err_set(EOPNOTSUPP, "%sthis kernel has no %s namespaces",
				       origin_text(origin_of(c), where), namespaces[i].name);
	return 0;
}

/* What is another's is not changed. */
static int check_shared(const struct conf *c, struct origin *at, const char **key)
{
	const struct conf_item *it;

	for (it = c->ns_share.first; it; it = it->next) {
		unsigned long flag = namespace_flag(it->key, strlen(it->key));

		*at = it->at;
		*key = "lxc.namespace.share";
		if (flag == CLONE_NEWNS)
			return err_set(EINVAL, "mnt cannot be shared: the container's mounts would "
					       "be those of '%s'", it->v);
		if (flag == CLONE_NEWUSER && !CFG_IDMAP)
			return err_set(EOPNOTSUPP, "user cannot be shared by this build (CONFIG_IDMAP is off)");
		if (flag == CLONE_NEWUSER && c->idmap.first)
			return err_set(EINVAL, "user cannot be shared by a container with lxc.idmap");
		if (flag == CLONE_NEWUTS && c->uts_name.v)
			return err_set(EINVAL, "lxc.uts.name '%s' would rename '%s'",
				       c->uts_name.v, it->v);
	}
	return 0;
}

/* A user namespace has ids of both kinds, and ids have a user namespace. */
static int check_user(const struct conf *c, struct origin *at, const char **key)
{
	bool is_made = c->ns_clone.set && c->ns_clone.v & CLONE_NEWUSER;
	const struct conf_item *it, *first = c->idmap.first;
	unsigned int kinds = 0;

	for (it = first; it; it = it->next)
		kinds |= *it->v == 'g' ? 2 : 1;
	*at = first ? first->at : c->ns_clone.at;
	*key = first ? "lxc.idmap" : "lxc.namespace.clone";
	if (is_made && !first)
		return err_set(EINVAL, "user needs lxc.idmap");
	if (!first)
		return 0;
	if (kinds != 3)
		return err_set(EINVAL, "there is no line for %s", kinds == 1 ? "groups (g)" :
									       "users (u)");
	if (c->ns_keep.set && c->ns_keep.v & CLONE_NEWUSER)
		return err_set(EINVAL, "lxc.namespace.keep has user");
	if (c->ns_clone.set && !is_made)
		return err_set(EINVAL, "lxc.namespace.clone has no user");
	return 0;
}

int start_check_kept(const struct conf *c, struct origin *at, const char **key)
{
	unsigned long flags = start_namespaces(c);
	int ret = 0;

	if (CFG_NAMESPACE_SHARE)
		ret = check_shared(c, at, key);
	if (!ret && CFG_IDMAP)
		ret = check_user(c, at, key);
	if (ret)
		return ret;
	*at = origin_of(c);
	*key = c->ns_clone.set ? "lxc.namespace.clone" : "lxc.namespace.keep";
	if (clocks(c) & ~flags) {
		*at = c->time_boot.v ? c->time_boot.at : c->time_monotonic.at;
		*key = "lxc.time.offset";
		return err_set(EINVAL, "the time namespace is not the container's own");
	}
	if (CFG_SYSCTL) {
		ret = settings_check(c, flags, at, key);
		if (ret)
			return ret;
		*at = origin_of(c);
		*key = c->ns_clone.set ? "lxc.namespace.clone" : "lxc.namespace.keep";
	}
	if (!(flags & CLONE_NEWNS))
		return err_set(EINVAL, "mnt cannot be kept: the container's mounts would be the "
				       "host's");
	if (c->uts_name.v && !(flags & CLONE_NEWUTS))
		return err_set(EINVAL,
			"the host's uts namespace is kept, and lxc.uts.name '%s' would rename the "
			"host",
			c->uts_name.v);
	return 0;
}

int start_check_namespaces(const struct conf *c)
{
	char where[ORIGIN_MAX];
	struct origin at;
	const char *key;
	int ret = start_check_kept(c, &at, &key);

	if (ret)
		return err_in(ret, "%s%s", origin_text(at, where), key);
	return c->ns_clone.set ? start_ask_namespaces(c) : 0;
}

int plan_namespaces(struct plan *p, const struct step_kind *k, const struct start *s)
{
	unsigned long flags = start_namespaces(s->conf);
	bool is_shared = CFG_NAMESPACE_SHARE && shared(s->conf) & CLONE_NEWNET;
	const char *net = flags & CLONE_NEWNET ? "a network of its own" :
			  is_shared            ? "another's network" :
						 "the host's network";
	struct origin why = { 0 };
	char list[64] = "";
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (flags & namespaces[i].flag)
			n += str_format(list + n, sizeof(list) - n, " %s", namespaces[i].name);
	shares_network(s->conf, &why);
	if (is_shared && s->conf->net && s->conf->net->kind.v != NET_NONE)
		log_warn("the network is shared: no line of lxc.net has an effect");
	log_info("network: %s%s", net,
		s->conf->net || is_shared ? ""
		: CFG_NET_DEFAULT_HOST ? " (no lxc.net line, CONFIG_NET_DEFAULT_HOST)"
				       : " (no lxc.net line, CONFIG_NET_DEFAULT_EMPTY)");
	return plan_add(p, k, why,
		       PLAN_TEXT("new%s; %s%s", list, net,
				 s->conf->net || is_shared ? "" : " by default"))
	               ? 0
	               : -ENOMEM;
}

/* -1: it is our own one. */
static int open_foreign(int proc_fd, const struct namespace *n)
{
	char own[24], path[12];
	struct stat ours, theirs;
	AUTO_FD int fd = -1;

	str_format(path, sizeof(path), "ns/%s", n->name);
	str_format(own, sizeof(own), "/proc/self/%s", path);
	/* A kernel without it has one for all. */
	if (stat(own, &ours))
		return -1;
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &theirs))
		return err_sys("cannot open the container's %s namespace", n->name);
	return ours.st_ino == theirs.st_ino ? -1 : take_fd(&fd);
}

int namespaces_open(int proc_fd, unsigned long which, int fds[NAMESPACE_MAX])
{
	unsigned int i;

	for (i = 0; i < NAMESPACE_MAX; i++)
		fds[i] = -1;
	for (i = 0; i < NAMESPACE_MAX; i++) {
		if (which && !(which & namespaces[i].flag))
			continue;
		fds[i] = open_foreign(proc_fd, &namespaces[i]);
		if (fds[i] < -1)
			return fds[i];
	}
	return 0;
}

int namespace_open_net(pid_t pid)
{
	int ns[NAMESPACE_MAX], ret;
	AUTO_FD int proc = -1;
	char path[24];

	str_format(path, sizeof(path), "/proc/%d", pid);
	proc = fd_open(path, O_RDONLY | O_DIRECTORY);
	if (proc < 0)
		return err_set(ESRCH, "the container is not running");
	ret = namespaces_open(proc, CLONE_NEWNET, ns);
	if (!ret)
		ret = nl_open(NETLINK_ROUTE, ns[NAMESPACE_NET]);
	fd_close_all(ns, NAMESPACE_MAX);
	return ret;
}

static int join(const int fds[NAMESPACE_MAX], unsigned int i)
{
	if (fds[i] < 0 || !setns(fds[i], 0))
		return 0;
	return err_sys("cannot join the container's %s namespace", namespaces[i].name);
}

int namespaces_join(const int fds[NAMESPACE_MAX])
{
	/* Who is privileged loses that with it; who is not has the right to the others by it. */
	const bool is_last = !CFG_UNPRIVILEGED || !sys_euid();
	unsigned int i;
	int ret = is_last ? 0 : join(fds, NAMESPACE_USER);

	for (i = 0; !ret && i < NAMESPACE_MAX; i++)
		ret = i == NAMESPACE_USER ? 0 : join(fds, i);
	return !ret && is_last ? join(fds, NAMESPACE_USER) : ret;
}

const char *namespace_name(unsigned int i)
{
	return namespaces[i].name;
}

const char *namespace_of_flag(unsigned long flag)
{
	unsigned int i = 0;

	while (namespaces[i].flag != flag)
		i++;
	return namespaces[i].name;
}

unsigned long namespace_flag(const char *name, size_t len)
{
	static const char old[NAMESPACE_MAX][8] = {
		"TIME", "USER", "MOUNT", "PID", "UTSNAME", "IPC", "NETWORK", "CGROUP",
	};
	unsigned int i;

	for (i = 0; i < NAMESPACE_MAX; i++)
		if ((strlen(old[i]) == len && !strncmp(old[i], name, len)) ||
		    (strlen(namespaces[i].name) == len &&
		     !strncmp(namespaces[i].name, name, len)))
			return namespaces[i].flag;
	return 0;
}

int namespaces_parse(const char *s, unsigned long *which)
{
	unsigned long flag;
	size_t n;

	for (; *s; s += n + (s[n] == '|')) {
		n = strcspn(s, "|");
		flag = namespace_flag(s, n);
		if (!flag)
			return err_set(EINVAL, "unknown namespace '%.*s' (MOUNT PID UTSNAME IPC "
					       "NETWORK USER CGROUP TIME, joined with |)", (int)n, s);
		*which |= flag;
	}
	return *which ? 0 : err_set(EINVAL, "no namespace is named");
}
