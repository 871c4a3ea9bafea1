// SPDX-License-Identifier: MIT
// owns: stepping through the system calls of a start or stop, and the fault at one of them: SIGKILL, an error result, a pause
// never: outlives the command by more than SETTLE_MS, nor traces what runs inside the container
//
// usage: stepkill [-d] [-p PID] [-e ERRNO | -w MS] [-t SECONDS] [-o FILE] ROLE N COMMAND [ARG]...
// ROLE is told by descent: the COMMAND is "command", its first generation of children "child"; with -d (COMMAND leaves
// a daemon) they are "monitor" and theirs "child"; with -p the running process PID is "monitor" too. The processes of
// a role count together, so a helper that a command makes before its container is a part of the sweep.
// N counts stops at entry and exit of each call, with -e the calls that can fail. 0: nothing is done, the stops are counted.
// -w: it stands still for so many milliseconds there and is not traced any more.
// The report: "killed ROLE N CALL STATUS" (or "failed", "paused", "unreached", "hang"), then "command STOPS monitor STOPS child STOPS".
// Exit: 0 done, 1 N was not reached, 3 this machine cannot replace results, 124 the command did not end in time.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __x86_64__
#include <sys/reg.h>
#endif

#define SETTLE_MS 60
#define MAX 64

/* What the kernel calls ptrace_syscall_info, up to the number of the call: the same on every machine since 5.3. */
struct call_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t ip, sp, nr, args[6];
	uint64_t more[4];
};
#define CALL_ENTRY 1
#define GET_CALL_INFO ((int)0x420e)

enum role { COMMAND, MONITOR, CHILD, PAYLOAD, UNKNOWN };
static const char *const names[] = { "command", "monitor", "child", "payload" };

static struct tracee {
	pid_t pid;
	enum role role;
	int held, failing;
} tracees[MAX];

static unsigned long stops[UNKNOWN + 1], calls[UNKNOWN + 1];
static enum role victim;
static unsigned long at;
static int error, pause_ms, daemon_made, done, executed;
static pid_t monitor;
static long call_nr = -1;
static volatile sig_atomic_t late;

static void on_alarm(int sig)
{
	(void)sig;
	late = 1;
}

static struct tracee *find(pid_t pid, int make)
{
	struct tracee *t, *empty = NULL;

	for (t = tracees; t < tracees + MAX; t++) {
		if (t->pid == pid)
			return t;
		if (!t->pid && !empty)
			empty = t;
	}
	if (!make || !empty)
		return NULL;
	*empty = (struct tracee){ .pid = pid, .role = UNKNOWN };
	return empty;
}

static void go_on(pid_t pid, int sig)
{
	/* After the fault everybody runs at full speed. */
	ptrace(done && !error ? PTRACE_CONT : PTRACE_SYSCALL, pid, 0, sig);
}

static enum role role_below(enum role r)
{
	if (r == COMMAND)
		return daemon_made ? MONITOR : CHILD;
	return r == MONITOR ? CHILD : PAYLOAD;
}

static void new_process(struct tracee *parent)
{
	unsigned long pid = 0;
	struct tracee *t;

	ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid);
	t = find((pid_t)pid, 1);
	if (!t)
		return;
	t->role = role_below(parent->role);
	if (t->held)
		go_on(t->pid, 0);
	t->held = 0;
}

/* The call is skipped at its entry (number -1) and gets its result at its exit. */
static void set_number(pid_t pid)
{
#ifdef __x86_64__
	ptrace(PTRACE_POKEUSER, pid, ORIG_RAX * sizeof(long), -1L);
#else
	(void)pid;
#endif
}

static void set_result(pid_t pid)
{
#ifdef __x86_64__
	ptrace(PTRACE_POKEUSER, pid, RAX * sizeof(long), -(long)error);
#else
	(void)pid;
#endif
}

/* 1: at the entry of call *nr with *first argument, 0: at the exit of one, -1: the kernel does not tell. */
static int is_entry(pid_t pid, long *nr, unsigned long *first)
{
	struct call_info info = { 0 };

	if (ptrace(GET_CALL_INFO, pid, sizeof(info), &info) <= 0)
		return -1;
	*nr = (long)info.nr;
	*first = (unsigned long)info.args[0];
	return info.op == CALL_ENTRY;
}

/*
 * Calls that cannot fail are none to try; without the effect of these a process leaks or does not end by itself. The kernel
 * says of every capability that there is whether the bounding set has it.
 */
static int can_call_fail(long nr, unsigned long first)
{
	static const long never[] = {
		SYS_close, SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_munmap, SYS_getpid, SYS_gettid, SYS_getppid,
		SYS_umask, SYS_set_tid_address, SYS_restart_syscall,
#ifdef SYS_arch_prctl
		SYS_arch_prctl,
#endif
#ifdef SYS_getuid
		SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
#endif
	};
	size_t i;

	if (nr == SYS_prctl && first == PR_CAPBSET_READ)
		return 0;
	for (i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (never[i] == nr)
			return 0;
	return 1;
}

/* Stopped as by the user's ^Z and let go on by a process of its own; the others run meanwhile. */
static void pause_there(struct tracee *t)
{
	pid_t pid = t->pid;

	ptrace(PTRACE_DETACH, pid, 0, SIGSTOP);
	t->pid = 0;
	if (!fork()) {
		usleep((useconds_t)pause_ms * 1000);
		kill(pid, SIGCONT);
		_exit(0);
	}
}

static void syscall_stop(struct tracee *t)
{
	unsigned long first = 0;
	long nr = -1;
	int entry = is_entry(t->pid, &nr, &first);

	if (t->failing) {
		set_result(t->pid);
		t->failing = 0;
	}
	stops[t->role]++;
	if (error && (!executed || (entry == 1 && !can_call_fail(nr, first))))
		return;
	calls[t->role] += entry == 1;
	if (done || !at || t->role != victim)
		return;
	if (error ? entry != 1 || calls[t->role] != at : stops[t->role] != at)
		return;
	done = 1;
	call_nr = entry == 1 ? nr : -1;
	if (pause_ms) {
		pause_there(t);
	} else if (error) {
		t->failing = 1;
		set_number(t->pid);
	} else {
		kill(t->pid, SIGKILL);
	}
}

static void handle(struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
		new_process(t);
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		if (t->role == CHILD || t->role == PAYLOAD) {
			ptrace(PTRACE_DETACH, t->pid, 0, 0);
			t->pid = 0;
			return;
		}
		executed = 1;
		sig = 0;
	} else if (event == PTRACE_EVENT_STOP) {
		/* A new process, or the end of a stop; a process that a job control signal stopped stays so. */
		if (sig != SIGTRAP) {
			ptrace(PTRACE_LISTEN, t->pid, 0, 0);
			return;
		}
		if (t->role == UNKNOWN) {
			t->held = 1;
			return;
		}
		sig = 0;
	} else if (sig == (SIGTRAP | 0x80)) {
		syscall_stop(t);
		if (!t->pid)
			return;
		sig = 0;
	}
	go_on(t->pid, sig);
}

static int seize(pid_t pid, enum role role)
{
	struct tracee *t = find(pid, 1);

	t->role = role;
	return ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) ? -1 : 0;
}

static pid_t launch(char **argv)
{
	int go[2];
	char c;
	pid_t pid;

	if (pipe(go))
		return -1;
	pid = fork();
	if (!pid) {
		close(go[1]);
		if (read(go[0], &c, 1) != 0)
			_exit(125);
		close(go[0]);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(go[0]);
	if (pid > 0 && seize(pid, COMMAND))
		return -1;
	if (pid > 0)
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	close(go[1]);
	return pid;
}

static void set_timer(long ms)
{
	struct itimerval t = { .it_value = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 } };

	late = 0;
	setitimer(ITIMER_REAL, &t, NULL);
}

/* Exit status of the command, 128+signal; -1: it did not end in time. */
static int follow(pid_t command, int seconds)
{
	int status, result = -1;
	struct tracee *t;
	pid_t pid;

	set_timer(seconds * 1000L);
	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR && !late)
			continue;
		if (pid < 0)
			return result;
		if (WIFSTOPPED(status)) {
			t = find(pid, 1);
			if (t)
				handle(t, status);
			if (result >= 0)
				set_timer(SETTLE_MS);
			continue;
		}
		t = find(pid, 0);
		if (t)
			t->pid = 0;
		if (pid != command)
			continue;
		result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		/* A daemon goes on; what it still does until it sleeps belongs to the sweep. */
		if (done || !(daemon_made || monitor))
			return result;
		set_timer(SETTLE_MS);
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	FILE *out = stderr;
	int c, seconds = 10, result;
	pid_t pid;

	while ((c = getopt(argc, argv, "+dp:e:w:t:o:")) >= 0) {
		if (c == 'd')
			daemon_made = 1;
		else if (c == 'p')
			monitor = atoi(optarg);
		else if (c == 'e')
			error = atoi(optarg);
		else if (c == 'w')
			pause_ms = atoi(optarg);
		else if (c == 't')
			seconds = atoi(optarg);
		else if (c != 'o' || !(out = fopen(optarg, "we")))
			return 2;
	}
	if (argc - optind < 3)
		return 2;
#ifndef __x86_64__
	if (error)
		return 3;
#endif
	for (victim = COMMAND; victim < PAYLOAD && strcmp(names[victim], argv[optind]); victim++)
		;
	at = strtoul(argv[optind + 1], NULL, 10);
	sigaction(SIGALRM, &sa, NULL);
	pid = launch(argv + optind + 2);
	if (pid < 0 || (monitor && seize(monitor, MONITOR))) {
		fprintf(stderr, "stepkill: cannot trace: %s\n", strerror(errno));
		return 2;
	}
	if (monitor)
		ptrace(PTRACE_INTERRUPT, monitor, 0, 0);
	result = follow(pid, seconds);
	if (result < 0)
		kill(pid, SIGKILL);
	fprintf(out, "%s %s %lu %ld %d\ncommand %lu monitor %lu child %lu\n",
		result < 0 ? "hang" : !done ? "unreached" : error ? "failed" : pause_ms ? "paused" : "killed", names[victim], at, call_nr, result,
		error ? calls[COMMAND] : stops[COMMAND], error ? calls[MONITOR] : stops[MONITOR],
		error ? calls[CHILD] : stops[CHILD]);
	fclose(out);
	return result < 0 ? 124 : !done;
}
