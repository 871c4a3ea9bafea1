/* SPDX-License-Identifier: MIT */
/*
 * A program that joins a running container. Three processes:
 *
 *	the session (attach.c)	the caller's; stays on the host, has the terminal, enters the
 *				program in its cgroups, tells its end
 *	the joiner (join.c)	its child: enters the container's namespaces, becomes no more than
 *				the container's first process may be, then forks the program
 *	the program		the only one that the container sees
 *
 * Whoever traces the program in the container before its exec finds neither a privilege nor a
 * descriptor of the host: what the joiner has by then, it may have as well.
 */
#ifndef CONTAINER_ATTACH_H
#define CONTAINER_ATTACH_H

#include "console/console.h"
#include "container/container.h"
#include "secure/lsm.h"

/* What -e leaves as the caller has it. */
enum attach_keep { ATTACH_KEEP_CGROUP = 1, ATTACH_KEEP_CAP = 2, ATTACH_KEEP_LSM = 4 };

struct attach {
	const char *name, *lxcpath;
	/* lxc.arch and lxc.environment of the container; lxc.init.uid and lxc.init.gid are those of
	 * the program */
	const struct conf *conf;
	char **argv;			/* NULL: the user's shell */
	unsigned long namespaces;	/* CLONE_NEW*; 0: those that the container has of its own */
	unsigned int keep;		/* enum attach_keep */
	bool remount;			/* /proc and /sys anew where the mounts are not joined */
	bool keep_env;
	const struct opt_list *keep_vars, *set_vars;
	const char *pty_log;		/* NULL: none */
	const char *context;		/* of SELinux, NULL: that of the first process */
	/* In place of a program: runs in the process that would execute it, which then exits. It
	 * has descriptors 0 to 2. With CFG_LS_NESTING. */
	void (*call)(void *arg);
	void *arg;
};

/*
 * Runs the program with the caller's stdin, stdout and stderr, but a pty of the container's in
 * place of each that is a terminal. Exit status of the program, 128+signal when it was killed, 126
 * or 127 (err says why) when it cannot be executed or is not found; -errno with err: it did not
 * come to that.
 */
int attach_run(const struct attach *a) MUST_CHECK;

/* ---- between attach.c and join.c ---- */

/* The container that is joined, by descriptors that no name can lead elsewhere. */
struct attach_target {
	pid_t pid;			/* of the first process */
	int ns[NAMESPACE_MAX];		/* -1: not joined */
	struct userns userns;		/* whose root it becomes first; fd is not used */
	cap_set bounding;
	int failure;			/* < 0: what the joiner has failed at already, with err */
	bool no_new_privs;
	struct labels labels;		/* with CFG_LSM */
	struct seccomp_filter filter;	/* with CFG_SECCOMP */
};

/* Descriptors 0 to 2 of the caller: bits of those that are terminals, that are directories. */
struct attach_stdio {
	unsigned int terminals, unfit;
};

/*
 * What comes to the session: by the joiner alone up to the pty, by the program from then on, so
 * that nothing later is believed but what the kernel says of its sender.
 */
enum attach_event {
	ATTACH_PTY,		/* the pty's master comes with it */
	ATTACH_RUNS,		/* the program is there and waits for a byte */
	ATTACH_FAILED,		/* value: errno, text */
	ATTACH_NOT_EXECUTED,	/* the same, and all that is missing is the program */
};

struct attach_report {
	int event, value;
	char text[ERR_MAX];
};

/* sync: its end of the session's socket, SOCK_SEQPACKET. Exits as the program does. */
void attach_join(const struct attach *a, const struct attach_target *t,
		 const struct attach_stdio *io, int sync) __attribute__((noreturn));

#endif
