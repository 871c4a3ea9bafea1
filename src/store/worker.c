/* SPDX-License-Identifier: MIT */
/* owns processes that handle what is hostile: how they lose their privileges, how they end */
/* never gives one a descriptor that it was not meant to have */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/input.h"

#define NOBODY 65534
#define PROGRAM_MAX 64
/* What it may write to a file: its messages. */
#define SAYS_MAX 65536

static const char *const dirs[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
};

static const char *const passed[] = {
	"http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "all_proxy", "ALL_PROXY",
};

static bool find_program(const char *name, char *path)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		str_format(path, PROGRAM_MAX, "%s/%s", dirs[i], name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

bool worker_has(const char *program)
{
	char path[PROGRAM_MAX];

	return find_program(program, path);
}

/* Ours, 3 and up, in their places: first out of the way of each other. */
static int place_fds(const struct worker_job *job, int in, int out, int said)
{
	int fd[3 + WORKER_FDS] = { in, out, said };
	unsigned int i, n = 3 + job->n_fds;

	for (i = 0; i < job->n_fds; i++)
		fd[3 + i] = job->fds[i];
	for (i = 0; i < n; i++) {
		fd[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, 3 + WORKER_FDS);
		if (fd[i] < 0)
			return -1;
	}
	for (i = 0; i < n; i++)
		if (dup2(fd[i], (int)i) < 0)
			return -1;
	fd_close_own((int)n);
	return 0;
}

static int drop_privileges(const struct worker_job *job)
{
	static const struct rlimit none = { 0, 0 }, little = { SAYS_MAX, SAYS_MAX };
	int ret = 0;

	if (setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_FSIZE, &little))
		return -1;
	if (!geteuid()) {
		/* More than it needs to have lost: a kernel without it is no reason to stop. */
		if (!(job->flags & WORKER_NETWORK) && unshare(CLONE_NEWNET) && errno != EINVAL &&
		    errno != EPERM)
			return -1;
		ret = sys_set_groups(0, NULL);
		if (!ret)
			ret = sys_set_gid(NOBODY);
		if (!ret)
			ret = sys_set_uid(NOBODY);
		/* In a user namespace that has no such user, ours is one of few rights. */
		if (ret && ret != -EINVAL)
			return -1;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && errno != EINVAL ? -1 : 0;
}

static void reset_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < 32; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Room for the worst of them; what others have set is nothing to it. */
static void make_environment(const struct worker_job *job, char **env, unsigned int max)
{
	unsigned int n = 0, i;
	char **v;

	env[n++] = (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	env[n++] = (char *)"LC_ALL=C";
	for (v = environ; job->flags & WORKER_NETWORK && v && *v; v++)
		for (i = 0; i < ARRAY_SIZE(passed); i++) {
			const char *rest = str_after(*v, passed[i]);

			if (rest && *rest == '=' && n < max - 1)
				env[n++] = *v;
		}
	env[n] = NULL;
}

static void become(const struct worker_job *job, const char *path, pid_t parent, const int fd[3])
{
	char *env[16];

	reset_signals();
	umask(077);
	make_environment(job, env, ARRAY_SIZE(env));
	if (chdir("/") || place_fds(job, fd[0], fd[1], fd[2]) || drop_privileges(job))
		_exit(126);
	/* A change of user takes it back. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent)
		_exit(126);
	if (job->call) {
		int status;

		/* Reads, writes and its end: what else it would do kills it. Not every kernel has
		 * it. */
		prctl(PR_SET_SECCOMP, 1, 0, 0, 0);
		status = job->call(job->arg);
		for (;;)
			syscall(SYS_exit, status);
	}
	execve(path, job->argv, env);
	_exit(127);
}

int worker_start(struct worker *w, const struct worker_job *job)
{
	AUTO_FD int null_fd = fd_open("/dev/null", O_RDWR);
	AUTO_FD int said = sys_memfd("messages");
	char path[PROGRAM_MAX] = "";
	int pipe_fd[2], fd[3];
	pid_t self = getpid();

	*w = (struct worker){ .out = -1, .err_fd = -1, .program = job->program };
	if (!job->call && !find_program(job->program, path))
		return err_set(ENOENT, "the program '%s' is needed and not installed",
			       job->program);
	if (null_fd < 0)
		return err_sys("cannot open '/dev/null'");
	if (pipe2(pipe_fd, O_CLOEXEC))
		return err_sys("cannot make a pipe");
	fd[0] = job->in < 0 ? null_fd : job->in;
	fd[1] = pipe_fd[1];
	fd[2] = said < 0 ? null_fd : said;
	w->pid = sys_clone(0);
	if (!w->pid)
		become(job, path, self, fd);
	close(pipe_fd[1]);
	if (w->pid < 0) {
		int ret = err_code(w->pid, "cannot fork");

		close(pipe_fd[0]);
		w->pid = 0;
		return ret;
	}
	w->out = pipe_fd[0];
	w->err_fd = said < 0 ? -1 : take_fd(&said);
	return 0;
}

void worker_said(struct worker *w, bool first, char *buf, size_t n)
{
	char *end;
	ssize_t len = 0;
	off_t size = w->err_fd < 0 ? 0 : lseek(w->err_fd, 0, SEEK_END);

	if (size > 0)
		len = pread(w->err_fd, buf, n - 1,
			    !first && size > (off_t)n - 1 ? size - (off_t)n + 1 : 0);
	buf[len > 0 ? len : 0] = '\0';
	if (first)
		buf[strcspn(buf, "\n")] = '\0';
	end = buf + strlen(buf);
	while (end > buf && (end[-1] == '\n' || end[-1] == ' '))
		*--end = '\0';
	end = strrchr(buf, '\n');
	if (end)
		memmove(buf, end + 1, strlen(end + 1) + 1);
}

int worker_end(struct worker *w, bool done)
{
	int status = 0;
	pid_t pid = w->pid;

	fd_close(&w->out);
	if (!pid)
		return 0;
	if (!done)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			status = 0;
			break;
		}
	w->pid = 0;
	fd_close(&w->err_fd);
	if (!done)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(EIO, "'%s' was killed by signal %d", w->program, WTERMSIG(status));
	if (WEXITSTATUS(status) == 126)
		return err_set(EPERM, "cannot take its privileges from '%s'", w->program);
	return WEXITSTATUS(status);
}
