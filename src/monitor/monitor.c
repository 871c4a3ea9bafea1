/* SPDX-License-Identifier: MIT */
/* owns a monitor's life: lock, start, serve, end */
/* never leaves anything behind that is not in the record */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/hooks.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

/* How long a start waits for whoever holds the name: a start that may fail yet, a stop that is
 * about to end. */
#define LOCK_WAIT_MS 8000

/* A life that is shorter makes the next one wait, up to so long. */
#define QUICK_MS 5000
#define DELAY_MAX_MS 1000

/* What a daemon's starter hears: once, err 0 when the container runs. */
struct verdict {
	int err;
	char text[ERR_MAX];
};

/*
 * Somebody holds the name: -EALREADY when it is a container that runs, or comes to run. 0 when it
 * is worth another try: it ended, or is about to, or does not answer while it starts.
 */
static int wait_for_holder(const char *name, const char *lxcpath)
{
	bool held = err_hold();
	const unsigned int runs = 1U << STATE_RUNNING | 1U << STATE_FREEZING | 1U << STATE_FROZEN |
				  1U << STATE_THAWED;
	int ret;

	if (CFG_RESTART_POLICY)
		client_wake(name, lxcpath);
	ret = client_wait(name, lxcpath, runs, LOCK_WAIT_MS);

	err_release(held);
	return ret ? 0 : err_set(EALREADY, "the container is already running");
}

/* The lock, with the leftovers of an earlier life undone. */
static int take_over(struct run_dir *d, const char *name, const char *lxcpath)
{
	int64_t deadline = 0;
	char boot[24];
	int ret;

	for (;;) {
		ret = run_dir_lock(d, name, lxcpath, true, 50);
		if (ret == -EBUSY) {
			run_dir_close(d);
			if (!deadline)
				deadline = sys_now_ms() + LOCK_WAIT_MS;
			ret = wait_for_holder(name, lxcpath);
			if (!ret && sys_now_ms() >= deadline)
				ret = err_set(EBUSY, "'%s' is locked by another command", d->path);
			if (ret)
				return ret;
			continue;
		}
		if (ret)
			return ret;
		/* A record without its first line is of somebody who was killed before he made
		 * anything. */
		ret = record_get(d, "boot", boot, sizeof(boot));
		if (ret == -ENOENT)
			return 0;
		if (!ret) {
			log_info("an earlier run left a record: undoing it");
			ret = client_undo(d);
		} else {
			err_code(ret, "record '%s/record'", d->path);
			/* Only one without anything in it goes. */
			rmdir(d->path);
		}
		run_dir_close(d);
		if (ret < 0)
			return err_in(ret,
				"cannot remove what an earlier run of the container left");
	}
}

/* Everything that a caller may have opened is closed before: see main(). */
static void become_daemon(void)
{
	int null = fd_open("/dev/null", O_RDWR), i;

	for (i = 0; null >= 0 && i < 3; i++)
		if (dup2(null, i) < 0)
			log_debug("cannot redirect descriptor %d", i);
	fd_close(&null);
	log_no_stderr();
}

static int first_terminal(const int *fds, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (isatty(fds[i]))
			return fds[i];
	return -1;
}

/* The pty's other ends: what lxc.console.path names, or in the foreground the caller's terminal. */
static int open_relay(struct monitor *m)
{
	struct start *s = m->start;
	int in = -1, out = s->console_file;

	if (out >= 0) {
		in = isatty(out) ? out : -1;
	} else if (s->foreground) {
		in = isatty(0) ? 0 : -1;
		out = first_terminal((const int []){ 1, 2, 0 }, 3);
		if (out < 0)
			out = 1;
	}
	relay_init(&m->relay, s->console.master, in, out);
	m->relay.log = &s->console_log;
	m->relay.ring = &s->ring;
	return relay_attach_tty(&m->relay);
}

static int begin(struct monitor *m)
{
	int ret = loop_open_signals(m);
	struct rlimit core;

	/* Nobody traces it, and no core tells what it has in memory. */
	prctl(PR_SET_DUMPABLE, 0);
	if (!getrlimit(RLIMIT_CORE, &core)) {
		core.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &core);
	}
	if (!ret)
		ret = record_begin(&m->dir, m->start->conf);
	if (!ret)
		ret = server_open(m);
	if (ret)
		return ret;
	m->start->dir = &m->dir;
	monitor_event(m, EVENT_BEGINS);
	return 0;
}

/* To RUNNING. On failure the first process is dead. */
static int live(struct monitor *m)
{
	struct start *s = m->start;
	int *foreign = s->foreign;
	unsigned int i;
	int ret;

	m->is_between = false;
	_Static_assert(START_FOREIGN_MAX >= 5 + CLIENT_MAX + 2, "every client has its place");
	*foreign++ = m->dir.fd;
	*foreign++ = m->listen;
	*foreign++ = m->signals;
	*foreign++ = m->dir.record;
	for (i = 0; i < CLIENT_MAX; i++)
		*foreign++ = m->clients[i].fd;
	ret = CFG_READINESS ? ready_open(m) : 0;
	if (CFG_READINESS)
		*foreign = m->ready;
	if (!ret)
		ret = container_spawn(s);
	if (!ret && s->console.master >= 0)
		ret = open_relay(m);
	if (ret && s->pid > 0 && !kill(s->pid, SIGKILL))
		waitpid(s->pid, NULL, 0);
	if (!ret && CFG_STATE_NEWS)
		m->freezer = cgroup_freezer_watch(&s->layout, s->cgroup_dir);
	if (!ret && CFG_OOM_NOTICE)
		oom_open(m);
	if (!ret && CFG_READINESS)
		ready_begin(m);
	else if (CFG_READINESS)
		ready_end(m);
	if (ret)
		log_error("%s", err_text());
	else
		monitor_event(m, EVENT_RUNS);
	record_pause(&m->dir);
	m->since = sys_now_ms();
	if (!ret)
		plan_free(&s->plan);
	return ret;
}

/* What comes up for less than QUICK_MS waits longer each time: it must not spin the host. */
static int quick_delay(struct monitor *m)
{
	m->quick = sys_now_ms() - m->since < QUICK_MS ? m->quick + 1 : 0;
	if (m->quick <= 1)
		return 0;
	return m->quick > 6 ? DELAY_MAX_MS : 50 << (m->quick - 2);
}

/*
 * How long the next life has to wait, -1: there is none. failed: why the one that ended never ran,
 * 0: it did. lxc-execute runs a command once, whatever the policy is.
 */
static int delay_of(struct monitor *m, int failed)
{
	int quick = quick_delay(m), delay;

	if (m->is_stopped)
		return -1;
	if (CFG_REBOOT && !failed && m->rebooted)
		return quick;
	if (!CFG_RESTART_POLICY || m->is_told || m->start->execute)
		return -1;
	delay = policy_next(m->start->conf, &m->restarts, failed ? -1 : m->exit_status,
			    failed ? -1 : sys_now_ms() - m->since);
	return delay >= 0 && delay < quick ? quick : delay;
}

/* Why a life follows, in the log, and for those who listen when it is a restart by the policy. */
static void tell_next(struct monitor *m, int failed, int status, int delay)
{
	const unsigned int n = m->restarts.total;

	if (CFG_RESTART_POLICY)
		m->more.restarts = (int32_t)n;
	if (CFG_RESTART_POLICY && (failed || !m->rebooted)) {
		if (failed)
			log_warn("restart %u after a failed start, in %d ms", n, delay);
		else
			log_warn("restart %u after exit status %d, in %d ms", n, status, delay);
		if (CFG_STATE_NEWS)
			news_tell(&m->dir, NEWS_RESTART, NEWS_RESTART_VALUE(n, failed, status));
	} else if (delay) {
		log_info("rebooted %u times in a row: %d ms to the next life", m->quick, delay);
	}
}

/*
 * The next life, of a reboot or a restart, with the configuration that the first was started with.
 * Name, socket and those who watch stay; everything else is undone and made again. What cannot be
 * undone is tried again before the life after this.
 */
static int live_again(struct monitor *m, int failed, int delay)
{
	const char *target = m->rebooted && !failed ? "reboot" : "stop";
	int status = m->exit_status, ret;

	record_pause(&m->dir);
	fd_close(&m->freezer);
	monitor_event(m, failed ? EVENT_FAILS : EVENT_ENDS);
	ret = record_undo_life(&m->dir);
	if (CFG_HOOKS && !ret && !m->is_between)
		hooks_after(m->start, "post-stop", &m->start->conf->hook_post_stop, target);
	m->is_between |= !ret;
	start_reset(m->start);
	m->exit_status = -1;
	if (!ret)
		ret = record_begin(&m->dir, m->start->conf);
	if (!ret)
		monitor_event(m, EVENT_BEGINS);
	if (!ret || CFG_RESTART_POLICY) {
		tell_next(m, failed, status, delay);
		if (delay)
			loop_pause(m, delay);
	}
	m->rebooted = false;
	if (!ret && m->is_stopped) {
		m->exit_status = failed ? 0 : status;
		return 0;
	}
	if (!ret)
		ret = plan_build(&m->start->plan, m->start);
	if (ret)
		log_error("%s", err_text());
	return ret ? ret : live(m);
}

/* Whether it runs commands of the administrator, who counts on all that root may. */
static bool has_hooks(const struct conf *c)
{
	const struct conf_net *n;

	for (n = c->net; CFG_NET_SCRIPT && n; n = n->next)
		if (n->script_up.v || n->script_down.v)
			return true;
	return CFG_HOOKS &&
	       (c->hook_pre_start.first || c->hook_pre_mount.first || c->hook_mount.first ||
		c->hook_autodev.first || c->hook_start_host.first || c->hook_stop.first ||
		c->hook_post_stop.first || c->hook_destroy.first);
}

/*
 * Who gets hold of the monitor, by its socket or a terminal, gets no more than it needs. Without
 * success it runs as it was.
 */
static void lessen(const struct conf *c)
{
	int ret;

	if (has_hooks(c))
		return;
	ret = caps_lessen(c);
	/* Only a container that has it itself: a further life inherits it. */
	if (!ret && c->no_new_privs.v)
		ret = secure_no_new_privs();
	if (ret)
		log_warn("the monitor keeps its privileges: %s", err_text());
	err_clear();
}

/* From life to life; 0, or why there is no further one. */
static int live_on(struct monitor *m)
{
	int delay, ret;

	if (CFG_MONITOR_CAPS)
		lessen(m->start->conf);
	for (;;) {
		loop_run(m);
		if (CFG_OOM_NOTICE)
			oom_close(m);
		if (CFG_READINESS)
			ready_end(m);
		if (m->relay.master >= 0)
			relay_drain(&m->relay);
		relay_restore(&m->relay);
		if (CFG_LXC_CONSOLE)
			server_end_ttys(m, false);
		delay = delay_of(m, 0);
		if (CFG_HOOKS)
			hooks_after(m->start, "stop", &m->start->conf->hook_stop,
				    delay >= 0 && m->rebooted ? "reboot" : "stop");
		if (CFG_NET_SCRIPT)
			start_net_down(m->start);
		fd_close_all(m->start->ns, NAMESPACE_MAX);
		for (ret = 0; delay >= 0; delay = delay_of(m, ret)) {
			relay_init(&m->relay, -1, -1, -1);
			/* The first error that is told is of the life that was the last. */
			err_clear();
			ret = live_again(m, ret, delay);
			if (!ret)
				break;
		}
		if (delay < 0 || m->is_stopped)
			return ret;
	}
}

/*
 * Undo, then let go of the name, then tell those who wait: a start that follows the news finds
 * nothing in its way.
 */
static int end(struct monitor *m)
{
	bool held = err_hold(), is_removed;
	int ret;

	/* Where descriptors are few the undo needs this one. */
	fd_close(&m->signals);
	fd_close(&m->freezer);
	monitor_event(m, m->exit_status < 0 ? EVENT_FAILS : EVENT_ENDS);
	m->start->pid = 0;
	is_removed = CFG_STORE && m->exit_status >= 0 && m->start->at_end;
	if (is_removed)
		m->start->at_end(m->start, false);
	ret = record_undo(&m->dir);
	if (ret)
		log_error("%s", err_text());
	err_release(held);
	if (CFG_CGROUP_DIRS)
		start_pivot(m->start);
	if (CFG_HOOKS && !m->is_between)
		hooks_after(m->start, "post-stop", &m->start->conf->hook_post_stop, "stop");
	run_dir_close(&m->dir);
	/* Whoever unmounts a file system once he hears the news finds nothing open there. */
	fd_close(&m->start->console_file);
	fd_close(&m->start->console_log.fd);
	/* Before any connection ends, which without the news is a monitor that was killed. */
	monitor_event(m, EVENT_GONE);
	server_close(m);
	if (is_removed)
		m->start->at_end(m->start, true);
	return ret;
}

static int run(struct monitor *m, int starter)
{
	struct verdict v = { 0 };
	int ret = begin(m);

	if (ret)
		log_error("%s", err_text());
	else
		ret = live(m);
	if (starter >= 0) {
		v.err = -ret;
		str_format(v.text, sizeof(v.text), "%s", err_text());
		if (ret)
			end(m);
		become_daemon();
		if (write(starter, &v, sizeof(v)) < 0)
			log_debug("the starter is gone");
		fd_close(&starter);
	} else if (ret) {
		end(m);
	}
	if (ret)
		return ret;
	ret = live_on(m);
	end(m);
	return ret ? ret : m->exit_status;
}

/* Waits for the daemon's one message. What a daemon that was killed left is undone here: the lock
 * is still held. */
static int hear_verdict(struct monitor *m, int fd, pid_t daemon)
{
	struct verdict v;
	ssize_t n = fd_read_all(fd, &v, sizeof(v));

	if (n != (ssize_t)sizeof(v)) {
		kill(daemon, SIGKILL);
		while (waitpid(daemon, NULL, 0) < 0 && errno == EINTR)
			;
		err_set(ECHILD, "the monitor was killed before the container ran");
		if (record_undo(&m->dir))
			log_warn("not everything that it made could be removed");
		return -ECHILD;
	}
	v.text[sizeof(v.text) - 1] = '\0';
	return v.err ? err_set(v.err, "%s", v.text) : 0;
}

static int start_daemon(struct monitor *m)
{
	int pipe_fd[2] = { -1, -1 }, ret;
	pid_t pid = -1;

	if (pipe2(pipe_fd, O_CLOEXEC))
		ret = err_sys("cannot make a pipe");
	else if ((pid = sys_clone(0)) < 0)
		ret = err_sys("cannot fork");
	if (pid < 0) {
		run_dir_remove(&m->dir);
		fd_close(&pipe_fd[0]);
		fd_close(&pipe_fd[1]);
		return ret;
	}
	if (!pid) {
		close(pipe_fd[0]);
		setsid();
		if (chdir("/"))
			log_debug("cannot leave the working directory");
		_exit(run(m, pipe_fd[1]) < 0);
	}
	close(pipe_fd[1]);
	ret = hear_verdict(m, pipe_fd[0], pid);
	close(pipe_fd[0]);
	return ret;
}

int monitor_start(struct start *s, const char *name, const char *lxcpath)
{
	static struct monitor m;
	int ret;

	m = (struct monitor){ .start = s,
		.dir = { .fd = -1, .record = -1 },
		.listen = -1,
		.signals = -1,
		.freezer = -1,
		.oom = -1,
		.ready = -1,
		.exit_status = -1 };
	relay_init(&m.relay, -1, -1, -1);
	/* Others may be kept out by the caller's mask, we ourselves not. */
	umask(umask(077) & 077);
	ret = take_over(&m.dir, name, lxcpath);
	if (ret)
		return ret;
	ret = s->foreground ? run(&m, -1) : start_daemon(&m);
	run_dir_close(&m.dir);
	return ret;
}
