/* SPDX-License-Identifier: MIT */
/* owns the monitor's side of a start: clone, the handshake with the child, its death on failure */
/* never returns success before the kernel has closed the child's socket by exec */
/*
 * The socket pair between both is closed on exec. The child sends: warnings at any time, READY
 * after its set-up, EXECS right before exec, FAILED with errno and text. The monitor sends one byte
 * to let it go on: when its limits and device rules hold, and before its set-up when there is
 * something to be done for it from outside by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/child.h"
#include "container/container.h"
#include "container/device.h"
#include "container/criu.h"
#include "container/hooks.h"
#include "container/settings.h"
#include "container/userns.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "secure/lsm.h"

/* A set-up that takes longer hangs in the kernel (a dead block device, for one). */
#define SETUP_S 60

void start_init(struct start *s, const struct conf *c)
{
	*s = (struct start){
		.conf = c, .uevents = -1, .pidfd = -1, .sync = -1, .ready = -1, .root.fd = -1,
		.root.userns = -1, .userns.fd = -1, .netns = -1,
		.console = { .master = -1, .held = -1 },
		.console_file = -1, .console_log = { .fd = -1 },
	};
	memset(s->foreign, -1, sizeof(s->foreign));
	memset(s->stdio, -1, sizeof(s->stdio));
	memset(s->ns, -1, sizeof(s->ns));
	memset(s->share, -1, sizeof(s->share));
}

void start_release(struct start *s)
{
	unsigned int i;

	plan_free(&s->plan);
	for (i = 0; i < s->n_ttys; i++)
		pty_close(&s->ttys[i]);
	free(s->ttys);
	s->ttys = NULL;
	s->n_ttys = 0;
	pty_close(&s->console);
	fd_close(&s->console_file);
	fd_close(&s->console_log.fd);
	if (CFG_CONSOLE_RING)
		ring_close(&s->ring);
	fd_close(&s->sync);
	fd_close(&s->ready);
	fd_close(&s->pidfd);
	if (CFG_ROOTFS_LOOP)
		rootfs_release(&s->root);
	fd_close(&s->userns.fd);
	fd_close(&s->netns);
	free(s->nets);
	s->nets = NULL;
	s->n_nets = 0;
	fd_close_all(s->ns, NAMESPACE_MAX);
	fd_close_all(s->share, NAMESPACE_MAX);
	cgroup_layout_free(&s->layout);
	device_set_free(&s->devices);
	if (CFG_DEVICE_EVENTS)
		device_events_close(s);
	if (CFG_SECCOMP)
		seccomp_filter_free(&s->filter);
}

void start_reset(struct start *s)
{
	const struct start was = *s;

	s->ring.at = NULL;
	start_release(s);
	start_init(s, was.conf);
	s->argv = was.argv;
	s->execute = was.execute;
	s->foreground = was.foreground;
	s->terminals = was.terminals;
	s->unfit = was.unfit;
	s->pidfile = was.pidfile;
	s->dir = was.dir;
	s->ring = was.ring;
	s->at_end = was.at_end;
}

/* One that has failed already says why by the socket. */
static int record_init(struct start *s)
{
	bool held = err_hold();
	int ret = record_add_process(s->dir, "init", s->pid);

	if (ret != -ESRCH)
		return ret;
	err_release(held);
	return 0;
}

/* Of the console, which is number 0, or a tty: the master, and for an odd number the peer. */
static void take_pty(struct start *s, unsigned int number, int fd)
{
	unsigned int i = number / 2;
	struct pty *p = !i ? &s->console : i <= s->n_ttys ? &s->ttys[i - 1] : NULL;
	int *to = !p ? &fd : number % 2 ? &p->held : &p->master;

	if (p)
		fd_close(to);
	*to = fd;
	if (!p)
		fd_close(&fd);
}

/*
 * Next message that is not a warning: its kind, or -errno when the child failed or is gone (-EPIPE:
 * plain end of file).
 */
static int receive(struct start *s, struct child_report *r)
{
	ssize_t n;
	int fd;

	for (;;) {
		n = fd_receive(s->sync, r, sizeof(*r), &fd, NULL, 0);
		if (n == -ECONNRESET)
			return -EPIPE;
		if (n < 0)
			return n == -EAGAIN ?
				       err_set(ETIMEDOUT, "the set-up did not end within %d s",
					       SETUP_S) :
				       err_code((int)n, "cannot read from the first process");
		if (n != (ssize_t)sizeof(*r)) {
			fd_close(&fd);
			return -EPIPE;
		}
		r->text[sizeof(r->text) - 1] = '\0';
		if (CFG_UNPRIVILEGED && r->message == CHILD_PTY) {
			take_pty(s, (unsigned int)r->err, fd);
			continue;
		}
		fd_close(&fd);
		if (r->message == CHILD_FAILED)
			return err_set(r->err > 0 ? r->err : EIO, "%s", r->text);
		if (r->message != CHILD_WARNS)
			return r->message;
		log_warn("%s", r->text);
	}
}

static int expect(struct start *s, enum child_message m, struct child_report *r)
{
	int ret = receive(s, r);

	if (ret == -EPIPE)
		return err_set(ECHILD,
			       "the container's first process was killed during its set-up");
	return ret < 0	       ? ret :
	       ret == (int)m ? 0 :
			       err_set(EPROTO, "unexpected message from the child");
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* -EINVAL and the like of a clone that the kernel refuses; err says which namespace it lacks. */
static int clone_directly(struct start *s, unsigned long flags, int cgroup_fd, int pair[2])
{
	int own = -1, clocks = -1, ret = 0;

	if (CFG_NAMESPACE_SHARE && share_has_pid(s)) {
		own = share_enter_pid(s);
		if (own < 0)
			return own;
	}
	if (start_namespaces(s->conf) & CLONE_NEWTIME) {
		clocks = clocks_enter(s->conf);
		if (clocks < 0) {
			if (CFG_NAMESPACE_SHARE && own >= 0 && share_leave_pid(own))
				log_debug("stays in the pid namespace that is shared");
			return clocks;
		}
	}
	s->pid = CFG_CGROUP_V2 && cgroup_fd >= 0 ? sys_clone_into(flags, cgroup_fd) : -ENOSYS;
	if (s->pid < 0)
		s->pid = sys_clone(flags);
	if (!s->pid) {
		s->foreign[ARRAY_SIZE(s->foreign) - 1] = pair[0];
		s->foreign[ARRAY_SIZE(s->foreign) - 2] = cgroup_fd;
		s->sync = pair[1];
		child_run(s);
	}
	if (CFG_NAMESPACE_SHARE && own >= 0)
		ret = share_leave_pid(own);
	if (clocks >= 0 && clocks_leave(clocks))
		ret = -EPERM;
	if (s->pid < 0)
		return start_ask_namespaces(s->conf) ?
			       -EOPNOTSUPP :
			       err_code(s->pid, "cannot make the container's namespaces");
	return ret;
}

/* With a process in between, which makes the first one as ours: see userns.c. */
static int clone_staged(struct start *s, unsigned long flags, int cgroup_fd, int pair[2])
{
	struct child_report r;
	pid_t stage;
	int ret;

	s->root.userns = s->userns.fd;
	s->root.in_userns = true;
	stage = sys_clone(0);
	if (!stage) {
		s->foreign[ARRAY_SIZE(s->foreign) - 1] = pair[0];
		s->foreign[ARRAY_SIZE(s->foreign) - 2] = cgroup_fd;
		s->sync = pair[1];
		userns_stage(s, flags, cgroup_fd);
	}
	/* Its end tells the end of the stage. */
	fd_close(&pair[1]);
	if (stage < 0)
		return err_code(stage, "cannot fork");
	ret = expect(s, CHILD_BORN, &r);
	if (ret && kill(stage, SIGKILL))
		log_debug("the process between is gone already");
	reap(stage);
	if (!ret)
		s->pid = r.err;
	return ret;
}

static int clone_child(struct start *s)
{
	bool is_staged = CFG_IDMAP && s->userns.fd >= 0;
	unsigned long flags = start_namespaces(s->conf);
	AUTO_FD int cgroup_fd = -1;
	int pair[2], ret;

	/* The child makes its cgroup namespace itself, once it is in its cgroups. */
	flags &= ~(unsigned long)(CLONE_NEWCGROUP | CLONE_NEWTIME | CLONE_NEWUSER);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys("cannot make a socket pair");
	s->sync = pair[0];
	/* A hook may take as long as it likes. */
	if (!CFG_HOOKS || !hooks_in_child(s->conf))
		setsockopt(s->sync, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = SETUP_S },
			   sizeof(struct timeval));
	/* Born in its cgroup of v2, since to be moved there takes a grace period of RCU, some 10
	 * ms. */
	if (CFG_CGROUP_V2)
		cgroup_fd = cgroup_open_v2(&s->layout, s->cgroup_dir);
	ret = is_staged ? clone_staged(s, flags, cgroup_fd, pair) :
			  clone_directly(s, flags, cgroup_fd, pair);
	fd_close(&pair[1]);
	fd_close(&s->userns.fd);
	fd_close_all(s->share, CFG_NAMESPACE_SHARE ? NAMESPACE_MAX : 0);
	if (ret && s->pid <= 0)
		return ret;
	s->pidfd = sys_pidfd_open(s->pid);
	return ret ? ret : record_init(s);
}

static int let_go(struct start *s)
{
	return send(s->sync, "", 1, MSG_NOSIGNAL) == 1
	               ? 0
	               : err_sys("the container's first process is gone");
}

/* By a line of the configuration or from above: what enters does not come back, and on v1 not even
 * SIGKILL reaches it. */
static int refuse_frozen(struct start *s)
{
	if (cgroup_is_frozen(&s->layout, s->cgroup_dir))
		return err_set(EBUSY, "the cgroup '%s' is frozen, or one above it", s->cgroup_dir);
	return 0;
}

/* criu makes the child and its set-up; what is the host's to say comes after it. */
static int run_restore(struct start *s)
{
	unsigned int at;
	int ret = criu_restore(s);

	if (!ret) {
		s->pidfd = sys_pidfd_open(s->pid);
		ret = record_init(s);
	}
	return ret ? ret : plan_run(s, SIDE_HOST_LATE, &at);
}

static int run_start(struct start *s)
{
	struct child_report r;
	unsigned int at;
	int ret = plan_run(s, SIDE_HOST_BEFORE, &at);

	if (!ret)
		ret = refuse_frozen(s);
	if (!ret && CFG_LXC_CHECKPOINT && s->restore)
		return run_restore(s);
	if (!ret)
		ret = clone_child(s);
	if (!ret && child_waits(s)) {
		ret = plan_run(s, SIDE_HOST_AFTER, &at);
		if (!ret)
			ret = let_go(s);
	}
	if (!ret)
		ret = expect(s, CHILD_READY, &r);
	if (!ret)
		ret = plan_run(s, SIDE_HOST_LATE, &at);
	if (!ret)
		ret = let_go(s);
	if (!ret)
		ret = expect(s, CHILD_EXECS, &r);
	if (ret)
		return ret;
	ret = receive(s, &r);
	fd_close(&s->sync);
	/* Mounted by now, and gone with the mount. */
	if (CFG_ROOTFS_LOOP)
		rootfs_release(&s->root);
	if (ret != -EPIPE)
		return ret < 0 ? ret : err_set(EPROTO, "unexpected message from the child");
	ret = CFG_SYSCTL ? settings_verify(s->conf, s->pid) : 0;
	if (CFG_LSM && !ret)
		ret = labels_verify(s->conf, s->pid);
	return CFG_SECCOMP && !ret && s->filter.at ? start_check_filter(s) : ret;
}

int container_spawn(struct start *s)
{
	int ret = run_start(s);

	if (CFG_SECCOMP)
		seccomp_filter_free(&s->filter);
	/* Who undoes what was made may need the descriptors that are left. */
	if (ret)
		fd_close(&s->sync);
	if (CFG_NET_SCRIPT && ret && s->netns >= 0)
		start_net_down(s);
	if (ret && s->pid > 0) {
		if (sys_kill(s->pidfd, s->pid, SIGKILL))
			log_debug("the child is gone already");
		fd_close(&s->pidfd);
		if (cgroup_freeze(&s->layout, s->cgroup_dir, false, 1000))
			log_debug("there is nothing to thaw");
		reap(s->pid);
		s->pid = 0;
	}
	return ret;
}
