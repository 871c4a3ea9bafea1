/* SPDX-License-Identifier: MIT */
/* owns who called and in whose name things are done: ids, capabilities, what is inherited */
/* never opens with root's rights what the caller named, never looks at the environment */
#include "user-nic/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/netlink.h"

/* Before Linux 3.19 namespaces were files of /proc. */
#define PROC_NS_MAGIC PROC_SUPER_MAGIC

#define LOOPBACK_INDEX 1

/* ---- what was inherited ---- */

/* What goes to 0, 1 or 2 must not go into a file that is opened next. */
static int fill_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int shed(void)
{
	/* What would end it, or its writing, half-way. */
	static const int which[] = { RLIMIT_CPU, RLIMIT_FSIZE };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	const struct itimerval never = { 0 };
	sigset_t all;
	unsigned int i;

	if (prctl(PR_SET_DUMPABLE, 0) || fill_stdio())
		return err_sys("cannot begin");
	/* A signal could come between the list of devices and the device. */
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		return err_sys("cannot block signals");
	for (i = 0; i < 3; i++)
		(void)setitimer((int)i, &never, NULL);
	for (i = 0; i < ARRAY_SIZE(which); i++)
		if (setrlimit(which[i], &none))
			return err_sys("cannot set limits aside");
	umask(022);
	return 0;
}

/* Real, effective and saved user; (uid_t)-1: stays. */
static int set_user(uid_t real, uid_t effective, uid_t saved)
{
	return syscall(COMPAT_SETRESUID, real, effective, saved) ? -errno : 0;
}

static int become_root(void)
{
	int ret = set_user((uid_t)-1, 0, (uid_t)-1);

	return ret ? err_code(ret, "cannot become root") : 0;
}

/* With the effective user go all effective capabilities, and that of files. */
static int become_caller(const struct caller *c)
{
	int ret = set_user((uid_t)-1, c->uid, (uid_t)-1);

	return ret ? err_code(ret, "cannot become the caller") : 0;
}

int caller_begin(struct caller *c)
{
	gid_t group = getgid();
	int ret;

	c->uid = getuid();
	*c->name = '\0';
	if (geteuid())
		return err_set(EPERM, "this program must be set-uid root");
	ret = shed();
	if (ret)
		return ret;
	c->n_groups = getgroups(CALLER_GROUPS_MAX - 1, c->groups);
	if (c->n_groups < 0)
		return err_sys("cannot read the groups");
	c->groups[c->n_groups++] = group;
	return become_caller(c);
}

/* ---- the network ---- */

/* Looked up, and not opened before it is known to be a namespace: a fifo or a device would act. */
static int open_named(const char *named)
{
	char path[64];
	AUTO_FD int at = -1;
	struct statfs fs;
	uint64_t pid;

	if (!str_to_u64(named, INT32_MAX, &pid))
		str_format(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	else if (*named != '/')
		return -1;
	at = fd_open(*named == '/' ? named : path, O_PATH);
	if (at < 0 || fstatfs(at, &fs) ||
	    ((unsigned long)fs.f_type != NSFS_MAGIC && (unsigned long)fs.f_type != PROC_NS_MAGIC))
		return -1;
	return fd_open(fd_path(at, path), O_RDONLY);
}

/* Does the kernel let the socket's owner manage that network? Nothing of lo is changed. */
static bool may_manage(int sock)
{
	struct ifinfomsg nothing = { .ifi_index = LOOPBACK_INDEX };
	NL(m, 64);

	nl_begin(&m, RTM_SETLINK, 0, &nothing, sizeof(nothing));
	return !nl_try(sock, &m);
}

/*
 * A socket in it, made in the caller's name. Only root may enter, since the namespace need not be
 * of a user namespace that this process is in; whether it is one of a network the kernel knows.
 */
static int enter_and_open(const struct caller *c, int ns)
{
	AUTO_FD int own = fd_open("/proc/self/ns/net", O_RDONLY), sock = -1;
	bool is_in;
	int ret = own < 0 ? err_sys("cannot open the own network") : become_root();

	if (ret)
		return ret;
	is_in = !setns(ns, CLONE_NEWNET);
	ret = become_caller(c);
	if (!ret && is_in) {
		sock = nl_open(NETLINK_ROUTE, -1);
		if (sock >= 0 && !may_manage(sock))
			fd_close(&sock);
		ret = become_root();
		if (!ret && setns(own, CLONE_NEWNET))
			ret = err_sys("cannot return to the own network");
		if (!ret)
			ret = become_caller(c);
	}
	err_clear();
	return ret ? ret : take_fd(&sock);
}

int caller_open_network(const struct caller *c, const char *named, int *ns, int *sock)
{
	AUTO_FD int fd = open_named(named);

	*sock = fd < 0 ? -1 : enter_and_open(c, fd);
	if (*sock < 0) {
		err_clear();
		return err_set(EPERM, "'%.200s' is no network namespace of yours", named);
	}
	*ns = take_fd(&fd);
	return 0;
}

/* ---- root, for the rest ---- */

static int keep_capability(unsigned int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	data[cap / 32].permitted = data[cap / 32].effective = 1U << cap % 32;
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int caller_end(void)
{
	int ret = become_root();

	if (ret)
		return ret;
	ret = sys_set_groups(0, NULL);
	if (!ret)
		ret = sys_set_gid(0);
	if (!ret)
		ret = sys_set_uid(0);
	if (!ret)
		ret = keep_capability(CAP_NET_ADMIN);
	if (ret)
		return err_code(ret, "cannot become root");
	/* A change of ids gives it back to whoever it was taken from. */
	if (prctl(PR_SET_DUMPABLE, 0))
		return err_sys("cannot become undumpable");
	return 0;
}

/* ---- names ---- */

struct look {
	struct caller *caller;
	const char *group;
};

/* name:password:id:...: the id, in place; -1: it is no such line. */
static int64_t cut_entry(char *line, char **name)
{
	char *password = strchr(line, ':');
	char *number = password ? strchr(password + 1, ':') : NULL;
	uint64_t id;

	if (!number || password == line)
		return -1;
	*name = line;
	*password = '\0';
	number[1 + strcspn(number + 1, ":")] = '\0';
	return str_to_u64(number + 1, UINT32_MAX - 1, &id) ? -1 : (int64_t)id;
}

static int look_at_user(char *line, void *arg)
{
	struct caller *c = arg;
	char *name;

	if (cut_entry(line, &name) != (int64_t)c->uid)
		return 0;
	return str_format(c->name, sizeof(c->name), "%s", name) < sizeof(c->name) ? 1 : -ENAMETOOLONG;
}

int caller_name(struct caller *c)
{
	if (fd_each_line(AT_FDCWD, "/etc/passwd", look_at_user, c) == 1)
		return 0;
	return err_set(ENOENT, "user %u is not in /etc/passwd", c->uid);
}

static int look_at_group(char *line, void *arg)
{
	const struct look *l = arg;
	int64_t gid;
	char *name;
	int i;

	gid = cut_entry(line, &name);
	if (gid < 0 || !str_eq(name, l->group))
		return 0;
	for (i = 0; i < l->caller->n_groups; i++)
		if ((int64_t)l->caller->groups[i] == gid)
			return 1;
	return 0;
}

bool caller_in_group(const char *group, void *arg)
{
	struct look l = { arg, group };

	return fd_each_line(AT_FDCWD, "/etc/group", look_at_group, &l) == 1;
}
