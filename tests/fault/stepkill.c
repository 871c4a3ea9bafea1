// SPDX-License-Identifier: MIT
// owns: stepping through the system calls of a start or stop, and the fault at one of them: SIGKILL, an error result, a pause
// never: outlives the command by more than it takes a daemon to fall asleep, nor traces what runs inside the container
//
// usage: stepkill [-d] [-p PID] [-c CALL] [-e ERRNO | -w MS] [-t SECONDS] [-o FILE] [-l FILE] [-m FILE] ROLE N COMMAND [ARG]...
// ROLE is told by descent: the COMMAND is "command", its first generation of children "child"; with -d (COMMAND leaves
// a daemon) they are "monitor" and theirs "child"; with -p the running process PID is "monitor" too. The processes of
// a role count together, so a helper that a command makes before its container is a part of the sweep.
// N counts stops at entry and exit of each call, with -e the calls that can fail. 0: nothing is done, the stops are counted.
// -c: only entries of the call with this number count.
// -w: it stands still for so many milliseconds there and is not traced any more. -m: FILE is made as soon as it stands still, and
// taken away when it goes on.
// -l: the calls of ROLE as they come, a line each: "N CALL", N counted as above, and "confines" behind those by which a container is.
// The report: "killed ROLE N CALL STATUS" (or "failed", "paused", "unreached", "hang"), then "command STOPS monitor STOPS child STOPS".
// Exit: 0 done, 1 N was not reached, 124 the command did not end in time.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
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
#include "regs.h"

#define SETTLE_MS 60	/* quiet for so long, what waits for events is taken to have had them all */
#define QUIET_TIMES 10	/* and for so many times as long, what sleeps elsewhere */
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
	int held, failing, polling;
} tracees[MAX];

static unsigned long stops[UNKNOWN + 1], calls[UNKNOWN + 1];
static enum role victim;
static unsigned long at;
static int error, pause_ms, daemon_made, done, executed;
static pid_t monitor;
static long call_nr = -1, only = -1;
static const char *mark;
static FILE *list;
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
	const struct tracee *t = find(pid, 0);

	/* After the fault everybody runs at full speed. */
	ptrace(done && !(t && t->failing) ? PTRACE_CONT : PTRACE_SYSCALL, pid, 0, sig);
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
		SYS_umask, SYS_set_tid_address, SYS_restart_syscall, CALLS_OF_THIS_MACHINE,
	};
	size_t i;

	if (nr == SYS_prctl && first == PR_CAPBSET_READ)
		return 0;
	for (i = 0; i < sizeof(never) / sizeof(*never); i++)
		if (never[i] == nr)
			return 0;
	return 1;
}

/* Calls by which a process is confined, or that say how it is: their numbers differ, so the list is told (-l) and not the names. */
static int does_confine(long nr)
{
	static const long calls_that[] = {
		SYS_prctl, SYS_capset, SYS_capget, SYS_seccomp, SYS_keyctl, SYS_prlimit64, SYS_sethostname, SYS_unshare, SYS_setns,
		SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_chdir, SYS_mknodat, SYS_open_tree, SYS_move_mount, SYS_fsopen,
		SYS_fsconfig, SYS_fsmount, SYS_mount_setattr, SYS_bpf, SYS_write, CONFINING_OF_THIS_MACHINE,
	};
	size_t i;

	for (i = 0; i < sizeof(calls_that) / sizeof(*calls_that); i++)
		if (calls_that[i] == nr)
			return 1;
	return 0;
}

/* Stopped as by the user's ^Z and let go on by a process of its own; the others run meanwhile. */
static void pause_there(struct tracee *t)
{
	pid_t pid = t->pid;

	ptrace(PTRACE_DETACH, pid, 0, SIGSTOP);
	t->pid = 0;
	if (mark)
		close(open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	if (!fork()) {
		usleep((useconds_t)pause_ms * 1000);
		kill(pid, SIGCONT);
		if (mark)
			unlink(mark);
		_exit(0);
	}
}

/* A fault that is not one would pass for one that was handled. */
static void must(long result)
{
	if (result < 0 && errno != ESRCH) {
		fprintf(stderr, "stepkill: cannot replace a result: %s\n", strerror(errno));
		exit(2);
	}
}

static void syscall_stop(struct tracee *t)
{
	unsigned long first = 0;
	long nr = -1;
	int entry = is_entry(t->pid, &nr, &first);

	if (t->failing) {
		must(call_fail(t->pid, error));
		t->failing = 0;
	}
	t->polling = entry == 1 && nr == SYS_poll && first;
	if (only >= 0 && (entry != 1 || nr != only))
		return;
	stops[t->role]++;
	if (error && (!executed || (entry == 1 && !can_call_fail(nr, first))))
		return;
	calls[t->role] += entry == 1;
	if (list && entry == 1 && t->role == victim)
		fprintf(list, "%lu %ld%s\n", error ? calls[victim] : stops[victim], nr, does_confine(nr) ? " confines" : "");
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
		must(call_skip(t->pid));
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

/*
 * A tracer that runs on another processor spins in the kernel until what has stopped is off its own; where an emulator's
 * processors share one this takes longer than all the rest. It also makes the calls come in nearly the same order each time.
 */
static void stay_on_one_processor(pid_t pid)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(pid, sizeof(set), &set);
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

/* Again and again from then on: the first one may come just before the wait that it is to end. */
static void set_timer(long ms)
{
	struct itimerval t = {
		.it_value = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 },
		.it_interval = { .tv_usec = SETTLE_MS * 1000 },
	};

	late = 0;
	setitimer(ITIMER_REAL, &t, NULL);
}

/* R, S, Z: what the process does just now. */
static char state_of(pid_t pid)
{
	char path[32], text[256], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 'Z';
}

/*
 * After a time without a stop: nobody has anything to do. A process that only waits for its turn on a busy machine has, and
 * so has one whose call takes its time in the kernel.
 */
static int is_all_asleep(void)
{
	static int quiet;
	int polling = 1;
	const struct tracee *t;

	for (t = tracees; t < tracees + MAX; t++) {
		if (!t->pid)
			continue;
		if (state_of(t->pid) != 'S') {
			quiet = 0;
			return 0;
		}
		polling &= t->polling;
	}
	return ++quiet >= (polling ? 1 : QUIET_TIMES);
}

static int is_any_failing(void)
{
	const struct tracee *t;

	for (t = tracees; t < tracees + MAX; t++)
		if (t->pid && t->failing)
			return 1;
	return 0;
}

/* Exit status of the command, 128+signal; -1: it did not end in time. */
static int follow(pid_t command, int seconds)
{
	int status, result = -1, rounds = seconds * 1000 / SETTLE_MS;
	struct tracee *t;
	pid_t pid;

	set_timer(seconds * 1000L);
	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			return result;
		if (late) {
			if (result < 0)
				return result;
			if (pid < 0 && (is_all_asleep() || --rounds < 0))
				return result;
			late = 0;
		}
		if (pid < 0)
			continue;
		t = find(pid, WIFSTOPPED(status));
		if (WIFSTOPPED(status)) {
			if (t)
				handle(t, status);
			if (result >= 0)
				set_timer(SETTLE_MS);
		} else {
			if (t)
				t->pid = 0;
			if (pid == command)
				result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			/* A daemon goes on; what it still does until it sleeps belongs to the sweep. */
			if (pid == command)
				set_timer(SETTLE_MS);
		}
		if (result >= 0 && !is_any_failing() && (done || !(daemon_made || monitor)))
			return result;
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	FILE *out = stderr;
	int c, seconds = 10, result;
	pid_t pid;

	while ((c = getopt(argc, argv, "+dp:c:e:w:t:o:l:m:")) >= 0) {
		if (c == 'd')
			daemon_made = 1;
		else if (c == 'p')
			monitor = atoi(optarg);
		else if (c == 'c')
			only = atoi(optarg);
		else if (c == 'e')
			error = atoi(optarg);
		else if (c == 'w')
			pause_ms = atoi(optarg);
		else if (c == 't')
			seconds = atoi(optarg);
		else if (c == 'm')
			mark = optarg;
		else if (c == 'l' && (list = fopen(optarg, "we")))
			;
		else if (c != 'o' || !(out = fopen(optarg, "we")))
			return 2;
	}
	if (argc - optind < 3)
		return 2;
	for (victim = COMMAND; victim < PAYLOAD && strcmp(names[victim], argv[optind]); victim++)
		;
	at = strtoul(argv[optind + 1], NULL, 10);
	sigaction(SIGALRM, &sa, NULL);
	if (!pause_ms) {
		stay_on_one_processor(0);
		if (monitor)
			stay_on_one_processor(monitor);
	}
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
	if (list)
		fclose(list);
	return result < 0 ? 124 : !done;
}
