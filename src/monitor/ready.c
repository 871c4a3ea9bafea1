/* SPDX-License-Identifier: MIT */
/* owns whether a container is ready, by what it has said or a file that it has made */
/* never waits for a container, never follows a link of its tree */
/*
 * Either way the monitor reads a pipe: a newline is "ready", its end before that "never". The other
 * end is the first process's own (lxcbox.ready = fd:N), or that of a process which looks for the
 * file: what a container has mounted on the way may keep whoever looks there waiting as long as it
 * likes, and that must not be the monitor.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

/* Who says more than this without a newline has nothing to say. */
#define SAID_MAX 4096

/* A mount that hides the file's directory tells nobody, so the file is looked for. */
#define LOOK_FIRST_MS 10
#define LOOK_LAST_MS 250

static void settle(struct monitor *m, enum readiness r, const char *why)
{
	fd_close(&m->ready);
	if (m->looker > 0) {
		kill(m->looker, SIGKILL);
		while (waitpid(m->looker, NULL, 0) < 0 && errno == EINTR)
			;
		m->looker = 0;
	}
	m->ready_until = 0;
	if (m->more.ready != READY_WAITING)
		return;
	if (r == READY_YES)
		log_info("%s", why);
	else
		log_warn("%s", why);
	m->more.ready = r;
	server_tell(m);
	news_tell(&m->dir, NEWS_READY, r == READY_YES);
}

int ready_open(struct monitor *m)
{
	const char *how = m->start->conf->ready.v, *number = how ? str_after(how, "fd:") : NULL;
	struct timespec now;
	int pipe_fd[2];

	if (!how)
		return 0;
	m->more.ready = READY_WAITING;
	m->said = 0;
	/* By the clock that files get their times from. */
	if (!clock_gettime(CLOCK_REALTIME_COARSE, &now))
		m->ready_from = now.tv_sec;
	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK))
		return err_sys("cannot make a pipe");
	m->ready = pipe_fd[0];
	m->start->ready = pipe_fd[1];
	if (!number || str_to_int(number, &m->start->ready_number))
		m->start->ready_number = -1;
	/* Whoever says something may wait until it is read. */
	if (number && fcntl(pipe_fd[1], F_SETFL, 0))
		return err_sys("cannot set up a pipe");
	return 0;
}

/*
 * 1: it is there, and was not before this life; but for the second in which that began, since no
 * finer time comes with our libc.
 */
static int is_there(pid_t pid, const char *path, time_t from)
{
	char root_path[32];
	AUTO_FD int root = -1, fd = -1;
	struct stat st;

	str_format(root_path, sizeof(root_path), "/proc/%d/root", pid);
	root = fd_open(root_path, O_PATH | O_DIRECTORY);
	if (root < 0)
		return 0;
	err_clear();
	fd = path_open_in(root, path, PATH_EXISTING);
	if (fd < 0 || fstat(fd, &st))
		return 0;
	return st.st_ctime >= from;
}

/* The process that looks; it ends with the monitor, and holds nothing but the pipe. */
static void look_for(const struct monitor *m, int out, pid_t monitor)
{
	const char *path = m->start->conf->ready.v + strlen("file:");
	long ms = LOOK_FIRST_MS;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != monitor || dup2(out, 0) < 0)
		_exit(1);
	fd_close_own(1);
	while (!is_there(m->start->pid, path, m->ready_from)) {
		nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
		ms = ms * 2 > LOOK_LAST_MS ? LOOK_LAST_MS : ms * 2;
	}
	_exit(write(0, "\n", 1) != 1);
}

void ready_begin(struct monitor *m)
{
	const struct conf_int *limit = &m->start->conf->ready_timeout;
	pid_t self = getpid();

	if (m->ready < 0)
		return;
	m->ready_until = limit->v ? sys_now_ms() + limit->v * 1000 : 0;
	if (m->start->ready_number < 0) {
		m->looker = sys_clone(0);
		if (!m->looker)
			look_for(m, m->start->ready, self);
	}
	fd_close(&m->start->ready);
	if (m->looker < 0)
		settle(m, READY_NO, "not ready: cannot fork");
}

void ready_step(struct monitor *m, bool is_told)
{
	char text[256];
	ssize_t n;

	if (m->ready_until && sys_now_ms() >= m->ready_until)
		settle(m, READY_NO, "not ready within lxcbox.ready.timeout");
	if (!is_told || m->ready < 0)
		return;
	n = read(m->ready, text, sizeof(text));
	if (n < 0)
		return;
	m->said += (unsigned int)n;
	if (n && memchr(text, '\n', (size_t)n))
		settle(m, READY_YES, "ready");
	else if (!n || m->said > SAID_MAX)
		settle(m, READY_NO, n ? "not ready: it says something else"
				      : "not ready: it has closed its descriptor without a word");
}

void ready_end(struct monitor *m)
{
	fd_close(&m->start->ready);
	settle(m, READY_NO, "not ready before its end");
}
