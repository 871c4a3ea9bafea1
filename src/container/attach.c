/* SPDX-License-Identifier: MIT */
/* owns the caller's side of an attach: the container found, its cgroups, the terminal, the end */
/* never believes what comes from inside, but for the kernel's word on who sent it */
#include "container/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/userns.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"

#define CGROUPS_MAX 24

struct session {
	const struct attach *a;
	struct attach_target target;
	struct { char *mount, *dir; } cgroups[CGROUPS_MAX];
	unsigned int n_cgroups;
	struct attach_stdio io;
	int sync, signals;
	struct console_log log;
	pid_t joiner, program;
	int pidfd;		/* of the program */
	int failure;		/* < 0: err says why the program did not run */
	bool is_executed;	/* it is not the joiner that failed but the exec */
	struct relay relay;
};

/* ---- the container ---- */

struct status {
	struct attach_target *t;
	bool is_told;
};

static int read_status_line(char *line, void *arg)
{
	struct status *s = arg;
	const char *v = str_after(line, "CapBnd:\t");

	if (v)
		s->is_told = true;
	for (; v && *v; v++)
		s->t->bounding = s->t->bounding << 4 |
				 (cap_set)(*v <= '9' ? *v - '0' : *v - 'a' + 10);
	v = str_after(line, "NoNewPrivs:\t");
	if (v)
		s->t->no_new_privs = *v != '0';
	return 0;
}

static int keep_cgroup(const char *kind, char **fields, void *arg)
{
	struct session *s = arg;
	int n = 1;

	if (str_eq(kind, "void") && (!fields[0] || !str_to_int(fields[0], &n)))
		s->n_cgroups -= (unsigned int)n < s->n_cgroups ? (unsigned int)n : s->n_cgroups;
	if (!str_eq(kind, "cgroup") || !fields[0] || !fields[1] || s->n_cgroups == CGROUPS_MAX)
		return 0;
	s->cgroups[s->n_cgroups].mount = str_dup(fields[0]);
	s->cgroups[s->n_cgroups].dir = fields[2] ? str_make("%s/%s", fields[1], fields[2])
						 : str_dup(fields[1]);
	return s->cgroups[s->n_cgroups].mount && s->cgroups[s->n_cgroups++].dir ? 0 : -ENOMEM;
}

/* Its first process by the record, and the same one still when its directory of /proc is open. */
static int find_target(struct session *s, const struct run_dir *d)
{
	struct status status = { .t = &s->target };
	AUTO_FD int proc = -1;
	int ret;

	proc = record_open_process(d, "init", &s->target.pid);
	if (proc < 0 || fd_each_line(proc, "status", read_status_line, &status))
		return err_set(ESRCH, "the container is not running");
	if (!status.is_told)
		return err_set(EINVAL, "'/proc/%d/status' does not tell its capabilities",
			       s->target.pid);
	ret = namespaces_open(proc, s->a->namespaces, s->target.ns);
	if (CFG_LSM && !ret && !(s->a->keep & ATTACH_KEEP_LSM))
		ret = labels_of_process(proc, &s->target.labels);
	if (CFG_LSM && !ret && s->a->context)
		ret = labels_set_context(&s->target.labels, s->a->context);
	if (!ret && CFG_IDMAP && s->target.ns[NAMESPACE_USER] >= 0)
		ret = userns_look(&s->target.userns, s->a->conf, proc);
	/* As LXC: -e LSM is without it. */
	if (CFG_SECCOMP && !ret && !(s->a->keep & ATTACH_KEEP_LSM))
		ret = container_filter(d, &s->target.filter);
	if (!ret && !(s->a->keep & ATTACH_KEEP_CGROUP)) {
		ret = record_each(d, keep_cgroup, s);
		if (ret)
			err_code(ret, "cannot read the record");
	}
	return ret;
}

static int open_target(struct session *s)
{
	struct run_dir d;
	int ret = run_dir_open(&d, s->a->name, s->a->lxcpath);

	if (ret)
		return ret == -ENOENT ? err_set(ESRCH, "the container is not running") : ret;
	ret = find_target(s, &d);
	run_dir_close(&d);
	return ret;
}

/* ---- what the joiner and the program say ---- */

/* Text from inside may be anything. */
static void set_failure(struct session *s, struct attach_report *r)
{
	char *p;

	r->text[sizeof(r->text) - 1] = '\0';
	for (p = r->text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	if (s->failure)
		return;
	s->is_executed = r->event == ATTACH_NOT_EXECUTED;
	s->failure = err_set(r->value > 0 ? r->value : EIO, "%s", r->text);
}

static bool is_child_of(pid_t pid, pid_t parent)
{
	char path[32], text[512], *at;
	int n;

	str_format(path, sizeof(path), "/proc/%d/stat", pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	/* "PID (anything) S PPID ..." */
	at = strrchr(text, ')');
	if (!at || strlen(at) < 4)
		return false;
	at += 4;
	at[strcspn(at, " ")] = '\0';
	return !str_to_int(at, &n) && n == parent;
}

static int check_filter(pid_t pid)
{
	char path[32];
	AUTO_FD int proc = -1;
	int ret;

	str_format(path, sizeof(path), "/proc/%d", pid);
	proc = fd_open(path, O_PATH | O_DIRECTORY);
	ret = proc < 0 ? err_sys("cannot open '%s'", path) : seccomp_is_on(proc);
	return ret ? ret < 0 ? ret : 0
		   : err_set(EPERM, "the program is not under the container's seccomp filter");
}

static int enter_cgroups(const struct session *s, pid_t pid)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < s->n_cgroups; i++)
		ret = cgroup_enter_below(s->cgroups[i].mount, s->cgroups[i].dir, pid,
					 s->target.pid);
	return ret;
}

/*
 * Who is not root moves processes of his own only, which one of the container's is no more: the
 * joiner has gone there before.
 */
static bool joiner_enters(void)
{
	return CFG_UNPRIVILEGED && sys_euid();
}

/* The program is there: it goes on when it is in the container's cgroups. */
static int let_go(struct session *s, pid_t sender)
{
	int ret;

	if (s->program || !is_child_of(sender, s->joiner))
		return err_set(EPROTO, "somebody else answers from inside the container");
	s->program = sender;
	s->pidfd = sys_pidfd_open(sender);
	ret = joiner_enters() ? 0 : enter_cgroups(s, sender);
	if (CFG_SECCOMP && !ret && s->target.filter.at)
		ret = check_filter(sender);
	if (!ret && send(s->sync, "", 1, MSG_NOSIGNAL) != 1)
		ret = err_set(ESRCH, "the container has just ended");
	return ret;
}

static int start_relay(struct session *s, int master)
{
	int in = s->io.terminals & 1 ? 0 : -1;
	int out = s->io.terminals & 2 ? 1 : s->io.terminals & 4 ? 2 : 0;

	if (fcntl(master, F_SETFL, O_NONBLOCK))
		return err_sys("cannot use the container's terminal");
	relay_init(&s->relay, master, in, out);
	s->relay.log = &s->log;
	return relay_attach_tty(&s->relay);
}

static void send_signal(const struct session *s, int sig)
{
	if (s->program && sys_kill(s->pidfd, s->program, sig))
		log_debug("signal %d did not reach the program", sig);
}

/* False: nothing more will come. */
static bool hear(struct session *s, int flags)
{
	struct attach_report r;
	struct ucred who;
	int with, ret = 0;

	/* Anything but a whole report: no more will come. */
	if (fd_receive(s->sync, &r, sizeof(r), &with, &who, flags) != (ssize_t)sizeof(r)) {
		fd_close(&with);
		return false;
	}
	if (r.event == ATTACH_FAILED || r.event == ATTACH_NOT_EXECUTED)
		set_failure(s, &r);
	else if (r.event == ATTACH_PTY && who.pid == s->joiner && s->relay.master < 0 && with >= 0)
		ret = start_relay(s, take_fd(&with));
	else if (r.event == ATTACH_RUNS)
		ret = let_go(s, who.pid);
	fd_close(&with);
	if (ret && !s->failure)
		s->failure = ret;
	/* Both, so that the joiner does not wait for a program that will not be. */
	if (ret) {
		send_signal(s, SIGKILL);
		kill(s->joiner, SIGKILL);
	}
	return true;
}

/* ---- until the end ---- */

/* True when the joiner has ended: its exit status is the program's. */
static bool read_signals(struct session *s, int *status)
{
	struct signalfd_siginfo si;
	int wait_status;

	while (read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		switch ((int)si.ssi_signo) {
		case SIGCHLD:
			if (waitpid(s->joiner, &wait_status, WNOHANG) == s->joiner) {
				*status = status_to_exit(wait_status);
				return true;
			}
			break;
		case SIGWINCH:
			relay_resize(&s->relay);
			break;
		case SIGPIPE:
		case SIGTSTP:
		case SIGTTIN:
		case SIGTTOU:
		case SIGCONT:
			break;
		default:
			if (s->program)
				send_signal(s, (int)si.ssi_signo);
			else
				kill(s->joiner, SIGKILL);
		}
	}
	return false;
}

static int wait_for_end(struct session *s)
{
	struct pollfd p[2 + RELAY_POLL_MAX];
	int status = 1;
	bool ended = false;

	while (!ended) {
		unsigned int n;

		p[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = s->sync, .events = POLLIN };
		n = s->relay.master >= 0 ? relay_poll(&s->relay, p + 2) : 0;
		if (poll(p, 2 + n, -1) < 0)
			continue;
		if (n && relay_step(&s->relay, p + 2, n) == -EPIPE)
			log_debug("nobody has the terminal any more");
		if (p[1].revents && !hear(s, 0))
			fd_close(&s->sync);
		if (p[0].revents)
			ended = read_signals(s, &status);
	}
	/* What the program said before. */
	while (s->sync >= 0 && hear(s, MSG_DONTWAIT))
		;
	if (s->relay.master >= 0)
		relay_drain(&s->relay);
	return status;
}

static int look_at_stdio(struct session *s)
{
	int ret = fd_look_at_stdio(&s->io.terminals, &s->io.unfit);

	if (ret)
		return ret;
	if (s->a->pty_log && !s->io.terminals)
		return err_set(EINVAL, "there is no terminal whose output could be logged");
	return s->a->pty_log ? console_log_open(&s->log, s->a->pty_log) : 0;
}

static int start_joiner(struct session *s)
{
	int pair[2], one = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys("cannot make a socket pair");
	/* By which the kernel tells who sends. */
	if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)))
		return err_sys("cannot use a socket pair");
	s->joiner = sys_clone(0);
	if (!s->joiner) {
		int ours[] = { pair[0], s->signals, s->log.fd };

		fd_close_all(ours, ARRAY_SIZE(ours));
		log_leave_host();
		if (joiner_enters())
			s->target.failure = enter_cgroups(s, getpid());
		attach_join(s->a, &s->target, &s->io, pair[1]);
	}
	close(pair[1]);
	s->sync = pair[0];
	fd_close_all(s->target.ns, NAMESPACE_MAX);
	return s->joiner < 0 ? err_code(s->joiner, "cannot fork") : 0;
}

int attach_run(const struct attach *a)
{
	static struct session s;
	int ret;

	s = (struct session){ .a = a, .sync = -1, .signals = -1, .log = { .fd = -1 }, .pidfd = -1 };
	relay_init(&s.relay, -1, -1, -1);
	if (CFG_LSM)
		labels_init(&s.target.labels);
	ret = open_target(&s);
	if (!ret)
		ret = look_at_stdio(&s);
	if (!ret) {
		s.signals = sys_signal_fd();
		ret = s.signals < 0 ? s.signals : start_joiner(&s);
	}
	if (ret)
		return ret;
	ret = wait_for_end(&s);
	relay_restore(&s.relay);
	return s.failure && !s.is_executed ? s.failure : ret;
}
