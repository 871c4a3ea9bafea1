/* SPDX-License-Identifier: MIT */
/* owns the child between clone and exec */
/* never outlives its monitor, never leaks a descriptor of it */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container/child.h"
#include "container/environment.h"
#include "container/userns.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

int child_report(struct start *s, enum child_message m, int err, const char *text)
{
	struct child_report r = { .message = (int)m, .err = err };

	str_format(r.text, sizeof(r.text), "%s", text);
	return send(s->sync, &r, sizeof(r), MSG_NOSIGNAL) == (ssize_t)sizeof(r)
	               ? 0
	               : err_sys("cannot report to the monitor");
}

static int give(struct start *s, unsigned int number, bool is_held, int fd)
{
	struct child_report r = { .message = CHILD_PTY, .err = (int)(number * 2 + is_held) };
	ssize_t n = fd_send(s->sync, &r, sizeof(r), fd, 0);

	return n == (ssize_t)sizeof(r) ? 0 : err_set(EIO, "cannot give a pty to the monitor");
}

int child_open_pty(struct start *s, unsigned int number, char *path)
{
	struct pty *p = number ? &s->ttys[number - 1] : &s->console;
	int ret = pty_open_in(s->root.fd, p);

	if (ret)
		return err_in(ret, "a pty of the container's own");
	ret = give(s, number, false, p->master);
	if (!ret)
		ret = give(s, number, true, p->held);
	fd_close(&p->master);
	fd_path(p->held, path);
	return ret;
}

void child_warn(struct start *s, const char *text)
{
	bool held = err_hold();

	if (child_report(s, CHILD_WARNS, 0, text))
		err_release(held);
}

int child_bind(struct start *s)
{
	const struct conf_int *sig = &s->conf->signal_pdeath;
	struct pollfd p = { .fd = s->sync };

	if (prctl(PR_SET_PDEATHSIG, sig->set ? (unsigned long)sig->v : SIGKILL))
		return err_sys("cannot set the parent death signal");
	/* It may have died before: then its end of the socket is closed. */
	if (poll(&p, 1, 0) > 0 && (p.revents & POLLHUP))
		return err_set(ESRCH, "the monitor is gone");
	return 0;
}

/* With a stage also because what the child says must not overtake the stage's word of its birth. */
bool child_waits(const struct start *s)
{
	return plan_has(&s->plan, SIDE_HOST_AFTER) || (CFG_IDMAP && s->root.in_userns);
}

static int wait_for_go(struct start *s)
{
	char go;
	ssize_t n;

	do
		n = recv(s->sync, &go, 1, 0);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : err_set(ESRCH, "the monitor is gone");
}

int child_set_stdio(struct start *s)
{
	int i, ret;

	for (i = 0; CFG_UNPRIVILEGED && i < 3; i++)
		if (s->stdio[i] < 0)
			s->stdio[i] = s->console.held;
	setsid();
	if (s->stdio[0] && isatty(s->stdio[0]) && ioctl(s->stdio[0], TIOCSCTTY, 0))
		log_debug("no controlling terminal");
	for (i = 0; i < 3; i++) {
		/* Those that stay have come over our own exec, and so come over the next. */
		ret = s->stdio[i] == i ? 0 : dup2(s->stdio[i], i);
		if (ret < 0)
			return err_sys("cannot set up descriptor %d", i);
	}
	return 0;
}

/*
 * The stdio of the first process: the caller's in the foreground, but a pty instead of any terminal
 * of his, which a container must never hold. Opened while the host's /dev is there, and kept above
 * 2, so that no later dup2 runs over one of them.
 */
static int open_stdio(struct start *s)
{
	AUTO_FD int other = -1;
	int i;

	for (i = 0; i < 3; i++) {
		s->stdio[i] = i;
		if (s->foreground && !((s->terminals | s->unfit) & 1U << i))
			continue;
		/* It comes with the devpts. */
		if (CFG_UNPRIVILEGED && userns_has_ptys(s) &&
		    (start_has_console(s->conf) || s->terminals)) {
			s->stdio[i] = -1;
			continue;
		}
		if (other < 0 && s->console.master >= 0)
			other = pty_open_peer(&s->console);
		else if (other < 0)
			other = fd_open("/dev/null", O_RDWR);
		if (other < 0)
			return err_is_set() ? other : err_sys("cannot open '/dev/null'");
		s->stdio[i] = fcntl(other, F_DUPFD_CLOEXEC, 3);
		if (s->stdio[i] < 0)
			return err_sys("cannot set up descriptor %d", i);
	}
	return 0;
}

static int setup(struct start *s)
{
	unsigned int i, at;
	int ret;

	fd_close_all(s->foreign, ARRAY_SIZE(s->foreign));
	log_leave_host();
	/* Whatever is made is made with the permissions that are named. */
	umask(0);
	/* Others see it before it is one of theirs: who may not trace any process, may not this. */
	if (CFG_NAMESPACE_SHARE && share_has_pid(s) && prctl(PR_SET_DUMPABLE, 0))
		log_debug("stays dumpable");
	ret = child_bind(s);
	if (!ret && child_waits(s))
		ret = wait_for_go(s);
	if (CFG_USER_NIC && sys_euid() && s->n_nets && prctl(PR_SET_DUMPABLE, 0))
		log_debug("stays dumpable");
	if (!ret)
		ret = open_stdio(s);
	for (i = 0; i < s->n_ttys; i++)
		fd_close(&s->ttys[i].master);
	fd_close(&s->console.master);
	fd_close(&s->console_file);
	fd_close(&s->console_log.fd);
	if (!ret)
		ret = plan_run(s, SIDE_CHILD_SETUP, &at);
	if (!ret)
		ret = child_report(s, CHILD_READY, 0, "");
	if (!ret)
		ret = wait_for_go(s);
	return ret ? ret : plan_run(s, SIDE_CHILD_LAST, &at);
}

void child_run(struct start *s)
{
	int ret = setup(s);

	if (child_report(s, CHILD_FAILED, -ret, err_text()))
		_exit(126);
	_exit(127);
}

/*
 * How many terminals there are, for inits that count them, by names that are true inside: the ptys
 * are the host's, whose numbers (LXC 1.x and 2.x told these) mean others there or none.
 */
static int add_ttys(struct start *s, struct environment *e)
{
	size_t n = sizeof("container_ttys=") + s->n_ttys * sizeof(" tty1000"), len = 0;
	AUTO_FREE char *list = s->n_ttys ? malloc(n) : NULL;
	unsigned int i;

	if (!s->n_ttys)
		return 0;
	if (!list)
		return err_set(ENOMEM, "out of memory");
	for (i = 0; i < s->n_ttys; i++)
		len += str_format(list + len, n - len, "%stty%u", i ? " " : "container_ttys=",
				  i + 1);
	return environment_add(e, list);
}

char **child_environment(struct start *s)
{
	struct environment e = { 0 };
	char number[32];
	int ret = environment_add_list(&e, &s->conf->environment);

	if (!ret)
		ret = environment_add_list(&e, &s->conf->env_runtime);
	if (!ret)
		ret = environment_add(&e, "container=lxc");
	if (!ret)
		ret = add_ttys(s, &e);
	str_format(number, sizeof(number), "LXCBOX_READY_FD=%d", s->ready_number);
	if (CFG_READINESS && !ret && s->ready >= 0 && s->ready_number >= 0)
		ret = environment_add(&e, number);
	return ret ? NULL : e.v;
}

int child_set_cwd(struct start *s)
{
	const struct conf_str *key = &s->conf->init_cwd;
	const char *dir = key->v;
	char at[ORIGIN_MAX], here[PATH_MAX];
	int ret;

	/* rootfs_pivot went to "/". */
	if (!dir)
		return 0;
	if (chdir(dir) && errno == ENOENT) {
		ret = path_make_dirs(dir, 0755);
		if (ret)
			return err_in(ret, "%slxc.init.cwd", origin_text(key->at, at));
	}
	if (chdir(dir))
		return err_sys("%slxc.init.cwd: '%s'", origin_text(key->at, at), dir);
	/* A descriptor of ours as path would lead out; the kernel then answers "(unreachable)..."
	 * (CVE-2024-21626). */
	if (syscall(SYS_getcwd, here, sizeof(here)) < 0 || here[0] != '/')
		return err_set(EPERM, "%slxc.init.cwd: '%s' is outside of the container",
			origin_text(key->at, at), dir);
	return 0;
}

int child_last_words(struct start *s)
{
	int ret = child_bind(s);

	if (ret)
		return ret;
	/* Done before the filter, which may not have the call: see act_seccomp. */
	if (!CFG_SECCOMP || !s->filter.at)
		fd_cloexec_from(3);
	return child_report(s, CHILD_EXECS, 0, "");
}

int child_give_ready(struct start *s)
{
	int number = s->ready_number;

	/* The end of the socket is how the monitor sees the exec: it gives way. */
	if (s->sync == number)
		s->sync = fcntl(number, F_DUPFD_CLOEXEC, number + 1);
	if (s->sync < 0 || (s->ready == number ? fcntl(number, F_SETFD, 0)
					       : dup2(s->ready, number)) < 0)
		return err_sys("cannot set up descriptor %d", number);
	return 0;
}
