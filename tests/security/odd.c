// SPDX-License-Identifier: MIT
// owns: a caller of whom nothing may reach a container: everything that a program inherits is odd here, then the command is executed
// never: does what the command itself could not stand: it finds its standard descriptors as they were
//
// usage: odd COMMAND [ARG]...
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "odd: '%s' stays as it is\n", path);
	if (fd >= 0)
		close(fd);
}

/* A hard limit is lowered only where lxcbox may raise it again (24 is CAP_SYS_RESOURCE). */
static void limit(int number, rlim_t soft, rlim_t hard)
{
	struct rlimit r;

	if (getrlimit(number, &r))
		return;
	r.rlim_cur = soft;
	if (prctl(PR_CAPBSET_READ, 24) == 1)
		r.rlim_max = hard;

	if (setrlimit(number, &r))
		fprintf(stderr, "odd: limit %d stays as it is\n", number);
}

int main(int argc, char **argv)
{
	struct sched_param plain = { 0 };
	sigset_t all;
	cpu_set_t one;
	int fd, sig;

	if (argc < 2)
		return 2;
	fd = open("/", O_RDONLY | O_DIRECTORY);
	for (int to = 3; to <= 200; to++)
		if (to != fd && dup2(fd, to) < 0)
			break;
	for (sig = 1; sig < 65; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && sig != SIGCHLD)
			signal(sig, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	umask(0137);
	limit(RLIMIT_NOFILE, 321, 654);
	limit(RLIMIT_CORE, 1234, 5678);
	limit(RLIMIT_STACK, 4 << 20, 6 << 20);
	limit(RLIMIT_CPU, 1000, 2000);
	limit(RLIMIT_FSIZE, 100 << 20, 200 << 20);
	setpriority(PRIO_PROCESS, 0, 7);
	sched_setscheduler(0, SCHED_BATCH, &plain);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	syscall(SYS_ioprio_set, 1, 0, 3 << 13);
	prctl(PR_SET_TIMERSLACK, 123456);
	personality(ADDR_NO_RANDOMIZE);
	write_to("/proc/self/oom_score_adj", "321");
	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "SECRET%d", i);
		setenv(name, "word", 1);
	}
	setenv("LD_PRELOAD", "/secret.so", 1);
	setenv("HOME", "/secret", 1);
	setenv("TERM", "secret", 1);
	mkdir("/tmp/secret", 0700);
	if (chdir("/tmp/secret"))
		return 2;
	execvp(argv[1], argv + 1);
	return 127;
}
