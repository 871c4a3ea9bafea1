/* SPDX-License-Identifier: MIT */
/* owns the built-in PID 1 of lxc-execute */
/* never needs a file of the container's tree */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

/*
 * How long processes get between SIGTERM and SIGKILL when the container is told to end, in seconds.
 */
#define GRACE_S 1

static void start_command(const char *name, char **argv, char **env)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A group of its own, in front of the terminal when there is one. */
	setpgid(0, 0);
	tcsetpgrp(0, getpid());
	signal(SIGTTOU, SIG_DFL);
	err_clear();
	command_exec(argv, env);
	fd_tell(2, "lxc-execute: %s: %s\n", name, err_text());
	_exit(err_is_set() && errno == ENOENT ? 127 : 126);
}

static void end_all(pid_t all, int *deadline)
{
	kill(all, SIGTERM);
	if (!*deadline) {
		*deadline = 1;
		alarm(GRACE_S);
	}
}

/* Reaps everything that has ended; the wait status of main_pid goes to *status. False once there is
 * no child left. */
static bool reap(pid_t main_pid, int *status)
{
	int one;
	pid_t pid;

	while ((pid = waitpid(-1, &one, WNOHANG)) > 0)
		if (pid == main_pid)
			*status = status_to_exit(one);
	return pid == 0;
}

void init_run(const char *name, char **argv, char **env)
{
	int sig, status = -1, deadline = 0;
	pid_t pid, everyone = -1;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "lxc-init");
	signal(SIGTTOU, SIG_IGN);
	/* The caller's, and this process does not exec: /proc/1/environ would tell it. */
	for (; *environ; environ++)
		memset(*environ, 0, strlen(*environ));
	/* Or an ordinary user could not join its namespaces; the container's root has no less. */
	if (CFG_UNPRIVILEGED && sys_euid())
		prctl(PR_SET_DUMPABLE, 1);
	pid = sys_clone(0);
	if (pid < 0)
		_exit(126);
	if (!pid)
		start_command(name, argv, env);
	fd_close_own(3);
	/* In a pid namespace that is not its own -1 would be every process of the host. */
	if (getpid() != 1)
		everyone = -pid;
	for (;;) {
		if (sigwait(&all, &sig))
			continue;
		if (sig == SIGCHLD) {
			bool more = reap(pid, &status);

			if (status >= 0 && !more)
				_exit(status);
			if (status >= 0)
				end_all(everyone, &deadline);
		} else if (sig == SIGALRM && deadline) {
			kill(everyone, SIGKILL);
		} else if (sig == SIGTERM || sig == SIGPWR) {
			end_all(everyone, &deadline);
		} else if (sig != SIGTTOU && sig != SIGTTIN) {
			kill(pid, sig);
		}
	}
}
