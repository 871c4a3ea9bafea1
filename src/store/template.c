/* SPDX-License-Identifier: MIT */
/* owns running a template: found, in namespaces of its own, ended by a signal, its error heard */
/* never leaves a process of one behind, whoever is killed */
#include "store/mapped.h"
#include "store/template.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/rootfs.h"

/* What a template has to end by itself when it is told to, so that it can clean its own caches. */
#define GRACE_MS 5000

/* Of the arguments before the template's own: its name, path, name, rootfs. */
#define FIXED_ARGS 4

static const struct template *const templates[] = {
	CFG_TEMPLATE_BUSYBOX ? &template_busybox : NULL,
	CFG_TEMPLATE_LOCAL ? &template_local : NULL,
	CFG_TEMPLATE_DOWNLOAD ? &template_download : NULL,
};

static const struct template *find_built_in(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(templates); i++)
		if (templates[i] && str_eq(templates[i]->name, name))
			return templates[i];
	return NULL;
}

int template_find(const char *template, char *buf, size_t n)
{
	const struct template *t = find_built_in(template);
	bool is_path = *template == '/';
	size_t len;

	if (!is_path && (!*template || strchr(template, '/')))
		return err_set(EINVAL,
			       "bad template '%s' (a name in '%s', or an absolute path)", template,
			       CFG_TEMPLATES);
	len = t         ? str_format(buf, n, "%s", template)
	      : is_path ? str_format(buf, n, "%s", template)
			: str_format(buf, n, "%s/lxc-%s", CFG_TEMPLATES, template);
	if (len >= n)
		return err_set(ENAMETOOLONG, "template '%s' is too long", template);
	if (!t && access(buf, X_OK))
		return err_code(errno, "no template '%s': cannot execute '%s'", template, buf);
	return 0;
}

/* ---- the processes ---- */

/* The template itself; a program has the text of an error on its own standard error. */
static void become(const struct template *t, struct template_job *j, const char *file, char **argv,
		   int out)
{
	union {
		struct opt_common common;
		long long room[64];
	} args = { 0 };
	int argc = 0, ret;

	if (!t) {
		execve(file, argv, environ);
		ret = err_sys("cannot execute '%s'", file);
	} else {
		_Static_assert(sizeof(args) >= 512, "room for the options of every template");
		while (argv[argc])
			argc++;
		ret = opt_parse(&t->options, &args, argc, argv);
		if (ret >= 0 && (args.common.help || args.common.usage)) {
			opt_help(2, &t->options, t->name, args.common.usage);
			ret = err_set(ECANCELED, "only its help was asked for");
		}
		/* What the template warns of is new; nothing here reads the configuration again. */
		log_set_stderr("lxc-create", j->name, j->quiet);
		if (ret >= 0)
			ret = t->run(j, &args, ret, argv);
		if (ret >= 0)
			ret = text_save(j->config);
	}
	if (ret >= 0)
		_exit(0);
	/* The starter tells it. */
	if (fd_write_all(out, err_text(), strlen(err_text())))
		fd_printf(2, "%s\n", err_text());
	_exit(ret == -ENOENT ? 127 : 126);
}

/*
 * Process 1 of the template's pid namespace: with it everything ends that the template has started.
 * It itself ends with the starter: by the signal of its death, or, when that came before the
 * signal was asked for, by the end of the pipe that only the starter holds.
 */
static void be_first(pid_t pid)
{
	struct signalfd_siginfo info;
	int fd = sys_signal_fd(), status = 0;
	pid_t got;

	while (fd >= 0) {
		while ((got = waitpid(-1, &status, WNOHANG)) > 0)
			if (got == pid)
				_exit(status_to_exit(status));
		if (fd_read_all(fd, &info, sizeof(info)) == -EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLIN };

			poll(&p, 1, -1);
		} else if (info.ssi_signo == SIGTERM) {
			/* The starter's; a terminal tells everyone itself. */
			kill(-1, SIGTERM);
		}
	}
	_exit(126);
}

/* Root of the namespace gets the tree, which the caller has made; the configuration stays his. */
static int enter_ids(const struct template_job *j)
{
	int ret = mapped_become_root();

	if (!ret && stat(j->config->path, &j->config->st))
		ret = err_sys("cannot look at '%s'", j->config->path);

	if (!ret && j->rootfs_fd >= 0 && fchown(j->rootfs_fd, 0, 0))
		ret = err_sys("cannot give '%s' to the container's root", j->rootfs);
	/* A change of credentials forgets it. */
	if (!ret && prctl(PR_SET_PDEATHSIG, SIGKILL))
		ret = err_sys("cannot set the parent death signal");
	return ret;
}

static void run_first(const struct template *t, struct template_job *j, const char *file,
		      char **argv, const int *pipe_fd)
{
	sigset_t none;
	char go;
	pid_t pid;
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || read(pipe_fd[2], &go, 1) != 1)
		_exit(126);
	if ((CFG_IDMAP && j->maps && enter_ids(j)) || rootfs_separate()) {
		if (fd_write_all(pipe_fd[1], err_text(), strlen(err_text())))
			log_debug("the starter is gone");
		_exit(126);
	}
	if (j->quiet) {
		null = fd_open("/dev/null", O_RDWR);
		if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(126);
	}
	pid = sys_clone(0);
	if (!pid) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		become(t, j, file, argv, pipe_fd[1]);
	}
	close(pipe_fd[1]);
	be_first(pid);
}

/* ---- the starter ---- */

bool template_ends(unsigned int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

/* Until the first process of the template has ended: its wait status; *sig: what has ended it. */
static int wait_for(pid_t pid, int signals, int *sig)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;
	int64_t end = 0;
	int status;

	for (;;) {
		int64_t left = end ? end - sys_now_ms() : -1;
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid || (got < 0 && errno != EINTR))
			return got == pid ? status : -errno;
		if (end && left <= 0) {
			kill(pid, SIGKILL);
			left = -1;
			end = INT64_MAX;
		}
		poll(&p, 1, end == INT64_MAX ? -1 : (int)left);
		while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
			if (info.ssi_signo == SIGTSTP)
				kill(getpid(), SIGSTOP);
			if (!template_ends(info.ssi_signo))
				continue;
			/* Asked twice: at once. */
			kill(pid, *sig ? SIGKILL : SIGTERM);
			*sig = (int)info.ssi_signo;
			end = end ? end : sys_now_ms() + GRACE_MS;
		}
	}
}

static int end_of(int status, int sig, const char *template, int out)
{
	char text[ERR_MAX];
	ssize_t n = fd_read_all(out, text, sizeof(text) - 1);

	if (sig)
		return err_set(EINTR, "ended by signal %d", sig);
	if (!status)
		return 0;
	text[n > 0 ? n : 0] = '\0';
	if (n > 0)
		return err_set(ECANCELED, "template '%s': %s", template, text);
	if (status < 0)
		return err_code(status, "cannot wait for the template");
	if (WIFSIGNALED(status) || WEXITSTATUS(status) > 128)
		return err_set(ECANCELED, "template '%s' was killed by signal %d", template,
			       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128);
	return err_set(ECANCELED, "template '%s' ended with status %d", template,
		       WEXITSTATUS(status));
}

static int run(const struct template *t, struct template_job *j, const char *file, char **argv,
	       int signals)
{
	/* What it says of an error, and what holds it back until the signal of our death is set. */
	int fds[4] = { -1, -1, -1, -1 }, status, sig = 0, ret;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) || pipe2(fds + 2, O_CLOEXEC)) {
		ret = err_sys("cannot make a pipe");
		goto out;
	}
	pid = sys_clone(CLONE_NEWNS | CLONE_NEWPID | (CFG_IDMAP && j->maps ? CLONE_NEWUSER : 0));
	if (!pid) {
		close(fds[0]);
		close(fds[3]);
		run_first(t, j, file, argv, fds);
	}
	if (pid < 0) {
		ret = err_code(pid, "cannot start the template in namespaces of its own");
		goto out;
	}
	fd_close(&fds[1]);
	ret = CFG_IDMAP && j->maps ? id_maps_write(j->maps, pid) : 0;
	if (ret) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		goto out;
	}
	if (write(fds[3], "", 1) != 1)
		log_debug("the template has ended already");
	status = wait_for(pid, signals, &sig);
	ret = end_of(status, sig, file, fds[0]);
out:
	fd_close_all(fds, ARRAY_SIZE(fds));
	return ret;
}

static int make_words(const struct template *t, const struct template_job *j, const char *file,
		      char **argv, char ***out)
{
	unsigned int n = 0, i, fixed = t ? 1 : FIXED_ARGS;
	char **words;

	while (argv[n])
		n++;
	words = calloc(fixed + n + 1, sizeof(*words));
	if (!words)
		return err_set(ENOMEM, "out of memory");
	*out = words;
	words[0] = (char *)str_base(file);
	for (i = 0; i < n; i++)
		words[fixed + i] = argv[i];
	if (t)
		return 0;
	words[1] = str_make("--path=%s", j->path);
	words[2] = str_make("--name=%s", j->name);
	words[3] = str_make("--rootfs=%s", j->rootfs);
	return words[1] && words[2] && words[3] ? 0 : -ENOMEM;
}

int template_run(const char *template, struct template_job *j, char **argv, int signals)
{
	const struct template *t = find_built_in(template);
	AUTO_FREE char **words = NULL;
	char file[PATH_MAX];
	int ret = template_find(template, file, sizeof(file));

	if (!ret)
		ret = make_words(t, j, file, argv, &words);
	if (!ret)
		ret = run(t, j, file, words, signals);
	return ret;
}

int template_help(const char *template)
{
	const struct template *t = find_built_in(template);
	char file[PATH_MAX];
	int ret = template_find(template, file, sizeof(file)), status = 0;
	pid_t pid;

	if (ret)
		return ret;
	if (t) {
		opt_help(2, &t->options, t->name, false);
		return 0;
	}
	pid = sys_clone(0);
	if (!pid) {
		execve(file, (char *[]){ (char *)str_base(file), (char *)"-h", NULL }, environ);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 ? err_code(pid, "cannot fork") : 0;
}
