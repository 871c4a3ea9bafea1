/* SPDX-License-Identifier: MIT */
/* owns a command in new namespaces, without a container around it */
/* never leaves the command behind when it ends before it, unless it is a daemon */
#include "container/unshare.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/net.h"

/* What the child says when there is no command; code: its exit status, 0: there was no exec. */
struct child_end {
	int code;
	char text[ERR_MAX];
};

static int mount_anew(const char *type, const char *where)
{
	return mount(type, where, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ?
		       err_sys("cannot mount %s on '%s'", type, where) :
		       0;
}

/* What belongs to namespaces, as LXC does: a /dev without one of these goes without it. */
static int remount(const struct unshare *u)
{
	bool held;
	int ret = mount_anew("proc", "/proc");

	if (ret)
		return ret;
	held = err_hold();
	if (mount_anew("tmpfs", "/dev/shm") ||
	    (u->namespaces & CLONE_NEWIPC && mount_anew("mqueue", "/dev/mqueue")))
		log_info("%s", err_text());
	err_release(held);
	return 0;
}

static int become(const struct unshare *u)
{
	int ret;

	if (u->is_root) {
		ret = sys_set_groups(0, NULL);
		/* Who has no privilege over groups has nothing to drop there either. */
		if (ret && ret != -EPERM)
			return err_code(ret, "cannot drop the supplementary groups");
	}
	ret = u->gid || u->is_root ? sys_set_gid(u->gid ? *u->gid : 0) : 0;
	if (ret)
		return err_code(ret, "cannot set the group id");
	ret = u->uid || u->is_root ? sys_set_uid(u->uid ? *u->uid : 0) : 0;
	return ret ? err_code(ret, "cannot set the user id") : 0;
}

static int set_up(const struct unshare *u)
{
	/* Or what is mounted here would be mounted on the host. */
	if (u->namespaces & CLONE_NEWNS && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return err_sys("cannot separate the mounts from the host's");
	if (u->hostname && sethostname(u->hostname, strlen(u->hostname)))
		return err_sys("cannot set the host name '%s'", u->hostname);
	return u->remount ? remount(u) : 0;
}

/* Last, since a change of credentials resets it. */
static int bind_to_parent(int sync)
{
	struct pollfd p = { .fd = sync };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_sys("cannot set the parent death signal");
	/* It may have died before: then its end of the socket is closed. */
	return poll(&p, 1, 0) > 0 && p.revents & POLLHUP ?
		       err_set(ESRCH, "the caller is gone") :
		       0;
}

static void run_child(const struct unshare *u, int sync)
{
	struct child_end end = { 0 };
	int ret = 0;
	char go;

	if (recv(sync, &go, 1, 0) != 1)
		_exit(1);
	/* The maps are there; the rest needs the rights that they give. */
	if (u->is_root)
		ret = become(&(struct unshare){ .is_root = true });
	if (!ret)
		ret = set_up(u);
	if (!ret)
		ret = become(&(struct unshare){ .uid = u->uid, .gid = u->gid });
	if (!ret && !u->daemon)
		ret = bind_to_parent(sync);
	if (!ret) {
		fd_cloexec_from(3);
		ret = command_exec(u->argv, environ);
		end.code = ret == -ENOENT ? 127 : 126;
	}
	str_format(end.text, sizeof(end.text), "%s", err_text());
	if (send(sync, &end, sizeof(end), MSG_NOSIGNAL) < 0)
		_exit(126);
	_exit(end.code ? end.code : 1);
}

static int move_interfaces(const struct unshare *u, pid_t pid)
{
	AUTO_FD int netns = -1;
	char path[32];
	unsigned int i;
	int ret = 0;

	if (!u->interfaces || !u->interfaces->n)
		return 0;
	str_format(path, sizeof(path), "/proc/%d/ns/net", pid);
	netns = fd_open(path, O_RDONLY);
	if (netns < 0)
		return err_sys("cannot open '%s'", path);
	for (i = 0; !ret && i < u->interfaces->n; i++)
		ret = net_link_move(u->interfaces->v[i], netns, NULL);
	return ret;
}

/* 0: it runs; what the child says: exit status, or -errno, both with err. */
static int let_go(const struct unshare *u, pid_t pid, int sync)
{
	struct child_end end;
	int ret = u->maps ? id_maps_write(u->maps, pid) : 0;
	ssize_t n;

	if (!ret)
		ret = move_interfaces(u, pid);
	if (!ret && send(sync, "", 1, MSG_NOSIGNAL) != 1)
		ret = err_set(ESRCH, "the command's process is gone");
	if (ret)
		return ret;
	do
		n = recv(sync, &end, sizeof(end), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(end))
		return 0;
	end.text[sizeof(end.text) - 1] = '\0';
	ret = err_set(EIO, "%s", end.text);
	return end.code ? end.code : ret;
}

int unshare_run(const struct unshare *u)
{
	int pair[2], ret, status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys("cannot make a socket pair");
	pid = sys_clone(u->namespaces);
	if (!pid) {
		close(pair[0]);
		run_child(u, pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_code(pid, "cannot make the namespaces");
	}
	ret = let_go(u, pid, pair[0]);
	close(pair[0]);
	if (ret < 0)
		kill(pid, SIGKILL);
	if (!ret && u->daemon)
		return 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for the command");
	return ret ? ret : status_to_exit(status);
}
