/* SPDX-License-Identifier: MIT */
/* owns the one poll in which a monitor sleeps, and its signals */
/* never allocates */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/device.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

/* How soon a freezer that is not done is looked at again. */
#define FREEZING_FIRST_MS 4
#define FREEZING_LAST_MS 1000

/* SIGRTMIN+n as a glibc's program means it, which systemd is. */
#define RT(n) (34 + (n))

/*
 * What a first process takes for "halt" and "reboot" when no key says. LXC's SIGPWR and SIGINT are
 * known to sysvinit; these know others. The name is what the kernel says it executes: nothing of
 * the container's tree is read.
 */
static const struct {
	const char *program;
	int halt, reboot;
} inits[] = {
	{ "busybox", SIGUSR1, SIGTERM },
	{ "toybox", SIGUSR1, SIGTERM },
	{ "procd", SIGUSR1, SIGTERM },
	{ "systemd", RT(3), RT(5) },
	{ "lxc-init", SIGTERM, SIGTERM },
};

int loop_open_signals(struct monitor *m)
{
	m->signals = sys_signal_fd();
	return m->signals < 0 ? m->signals : 0;
}

/* The name of the program that runs as first process: its file, or its command name for our own
 * PID 1. */
static void program_of(pid_t pid, char *buf, size_t n)
{
	char path[40], target[PATH_MAX];
	ssize_t len;

	str_format(path, sizeof(path), "/proc/%d/comm", pid);
	len = fd_read_file(AT_FDCWD, path, buf, n);
	if (len > 0 && buf[len - 1] == '\n')
		buf[len - 1] = '\0';
	if (len > 0 && str_eq(buf, "lxc-init"))
		return;
	str_format(path, sizeof(path), "/proc/%d/exe", pid);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	str_format(buf, n, "%s", str_base(target));
}

struct catching {
	int sig;
	bool yes;
};

static int look_at_line(char *line, void *arg)
{
	const char *mask = str_after(line, "SigCgt:\t");
	struct catching *c = arg;
	size_t digit;

	if (!mask)
		return 0;
	/* Hexadecimal, signal 1 is the lowest bit of the last digit. */
	digit = strlen(mask) - 1 - (size_t)(c->sig - 1) / 4;
	if (digit < strlen(mask)) {
		unsigned int bits = mask[digit] <= '9' ? (unsigned int)mask[digit] - '0'
		                                       : (unsigned int)mask[digit] - 'a' + 10;

		c->yes = bits >> (c->sig - 1) % 4 & 1;
	}
	return 1;
}

/* A first process gets only signals that it has a handler for, see pid_namespaces(7). */
static bool catches(pid_t pid, int sig)
{
	struct catching c = { .sig = sig };
	char path[40];

	str_format(path, sizeof(path), "/proc/%d/status", pid);
	return fd_each_line(AT_FDCWD, path, look_at_line, &c) > 0 && c.yes;
}

static int number_of(struct monitor *m, enum stop_signal which)
{
	const struct conf *c = m->start->conf;
	const struct conf_int *key = which == STOP_KILL     ? &c->signal_stop
	                             : which == STOP_REBOOT ? &c->signal_reboot
	                                                    : &c->signal_halt;
	char program[64] = "";
	unsigned int i;

	if (key->set)
		return (int)key->v;
	if (which == STOP_KILL)
		return SIGKILL;
	program_of(m->start->pid, program, sizeof(program));
	for (i = 0; i < ARRAY_SIZE(inits); i++)
		if (str_eq(program, inits[i].program))
			return which == STOP_HALT ? inits[i].halt : inits[i].reboot;
	if (which == STOP_REBOOT)
		return SIGINT;
	return !catches(m->start->pid, SIGPWR) && catches(m->start->pid, SIGTERM) ? SIGTERM
	                                                                          : SIGPWR;
}

int monitor_signal(struct monitor *m, enum stop_signal which)
{
	bool held = err_hold();
	int sig, ret;

	m->is_stopped |= which == STOP_HALT || which == STOP_KILL;
	if (CFG_RESTART_POLICY && which == STOP_WAKE && m->pause_until)
		m->pause_until = 1;
	/* Between two lives there is nobody to tell. */
	if (m->start->pid <= 0 || which == STOP_WAKE) {
		err_release(held);
		return 0;
	}
	sig = number_of(m, which);
	log_info("signal %d to the first process (pid %d)", sig, m->start->pid);
	ret = sys_kill(m->start->pidfd, m->start->pid, sig);
	/* A frozen task takes no signal, not even SIGKILL on cgroup v1. */
	if (cgroup_is_frozen(&m->start->layout, m->start->cgroup_dir) &&
	    cgroup_freeze(&m->start->layout, m->start->cgroup_dir, false, 1000))
		log_warn("cannot thaw: %s", err_text());
	err_release(held);
	return ret;
}

/*
 * reboot(2) with a halt or power-off command ends a pid namespace as if SIGINT had killed its first
 * process, which no other SIGINT can (kernel/pid_namespace.c): a clean end.
 */
static bool is_halt(const struct monitor *m, int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGINT &&
	       start_namespaces(m->start->conf) & CLONE_NEWPID;
}

/* The same with a reboot command, and SIGHUP. */
static bool is_reboot(const struct monitor *m, int status)
{
	return CFG_REBOOT && WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP &&
	       start_namespaces(m->start->conf) & CLONE_NEWPID;
}

/* True once the first process is reaped. */
static bool reap(struct monitor *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (CFG_READINESS && pid == m->looker)
			m->looker = 0;
		if (pid != m->start->pid)
			continue;
		m->rebooted = is_reboot(m, status);
		m->exit_status = m->rebooted || is_halt(m, status) ? 0 : status_to_exit(status);
		log_info("the first process ended with status %d%s", m->exit_status,
			 m->rebooted ? ": a reboot" : "");
		if (CFG_STATE_NEWS)
			news_tell(&m->dir, NEWS_EXIT, m->exit_status);
		return true;
	}
	return false;
}

/*
 * The caller's terminal is gone, and with it whom he started on it, as with LXC; it is asked to
 * halt where it would listen.
 */
static void hang_up(struct monitor *m)
{
	bool listens = m->start->pid > 0 && catches(m->start->pid, number_of(m, STOP_HALT));

	if (monitor_signal(m, listens ? STOP_HALT : STOP_KILL))
		log_debug("the first process is gone");
}

static bool read_signals(struct monitor *m)
{
	struct signalfd_siginfo si;

	while (read(m->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		switch ((int)si.ssi_signo) {
		case SIGCHLD:
			if (reap(m))
				return true;
			break;
		case SIGWINCH:
			relay_resize(&m->relay);
			break;
		case SIGHUP:
			m->is_told = true;
			hang_up(m);
			break;
		case SIGPIPE:
		case SIGTSTP:
		case SIGTTIN:
		case SIGTTOU:
		case SIGCONT:
			break;
		case SIGINT:
		case SIGQUIT:
		case SIGTERM:
			m->is_told = true;
			/* fall through */
		default:
			if (m->start->pid <= 0)
				m->is_stopped = true;
			else if (sys_kill(m->start->pidfd, m->start->pid, (int)si.ssi_signo))
				log_debug("signal %d was not passed on", (int)si.ssi_signo);
		}
	}
	return false;
}

/* Until something has to be done without being asked. A v1 kernel does not tell that it is done
 * freezing. */
static int timeout(struct monitor *m)
{
	const int64_t at[] = { m->pause_until, CFG_OOM_NOTICE ? m->oom_at : 0,
			       CFG_READINESS ? m->ready_until : 0 };
	int ms = server_timeout(m), wait = CFG_LXC_CONSOLE ? relay_timeout(&m->relay) : -1;
	unsigned int i;

	if (wait >= 0 && (ms < 0 || wait < ms))
		ms = wait;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		int64_t left = at[i] ? at[i] - sys_now_ms() : INT_MAX;

		if (left < 0)
			left = 0;
		if (at[i] && (ms < 0 || ms > left))
			ms = (int)left;
	}
	if (m->state != STATE_FREEZING) {
		m->freezing_ms = FREEZING_FIRST_MS;
		return ms;
	}
	return ms < 0 || ms > m->freezing_ms ? m->freezing_ms : ms;
}

static void step_freezer(struct monitor *m, const struct pollfd *p)
{
	char events[512];

	if (p->revents)
		while (read(m->freezer, events, sizeof(events)) > 0)
			;
	else if (m->state != STATE_FREEZING)
		return;
	monitor_look(m);
	if (m->freezing_ms < FREEZING_LAST_MS)
		m->freezing_ms *= 2;
}

/* What is polled whoever is there; behind these the console and the clients. */
enum { POLL_SIGNALS, POLL_FREEZER, POLL_OOM, POLL_READY, POLL_DEVICES, POLL_FIXED };

void loop_run(struct monitor *m)
{
	struct pollfd p[POLL_FIXED + RELAY_POLL_MAX + 1 + CLIENT_MAX];

	/* A start goes deeper than anything from now on. */
	sys_drop_stack();
	while (!m->pause_until || (!m->is_stopped && sys_now_ms() < m->pause_until)) {
		const int fixed[POLL_FIXED] = { m->signals, m->freezer, m->oom_at ? -1 : m->oom,
						m->ready, m->start->uevents };
		unsigned int n_relay, n_server, i;

		for (i = 0; i < POLL_FIXED; i++)
			p[i] = (struct pollfd){ .fd = fixed[i], .events = POLLIN };
		n_relay = m->relay.master >= 0 ? relay_poll(&m->relay, p + POLL_FIXED) : 0;
		n_server = server_poll(m, p + POLL_FIXED + n_relay);
		if (poll(p, POLL_FIXED + n_relay + n_server, timeout(m)) < 0 && errno != EINTR) {
			log_error("poll: %s", err_words(errno));
			continue;
		}
		if (n_relay && relay_step(&m->relay, p + POLL_FIXED, n_relay) == -EPIPE)
			log_debug("the console has no reader inside");
		if (CFG_LXC_CONSOLE && m->relay.side[RELAY_CLIENT].out < 0)
			server_end_ttys(m, true);
		step_freezer(m, p + POLL_FREEZER);
		if (CFG_OOM_NOTICE)
			oom_step(m, p[POLL_OOM].revents);
		if (CFG_READINESS)
			ready_step(m, p[POLL_READY].revents);
		if (CFG_DEVICE_EVENTS && p[POLL_DEVICES].revents)
			device_events_read(m->start);
		server_step(m, p + POLL_FIXED + n_relay, n_server);
		if (p[POLL_SIGNALS].revents && read_signals(m))
			return;
	}
}

void loop_pause(struct monitor *m, int ms)
{
	m->pause_until = sys_now_ms() + ms;
	loop_run(m);
	m->pause_until = 0;
}
