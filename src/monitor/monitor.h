/* SPDX-License-Identifier: MIT */
/*
 * The monitor: the long-lived process beside a container, and how other commands talk to it.
 *
 * The socket is RUNTIME/NAME@HASH/sock, SOCK_SEQPACKET, one message a packet. It answers peers of
 * its own user and pid namespace only (SO_PEERCRED). Both directions use struct message; clients
 * are a fixed table with a deadline.
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "container/container.h"

enum state {
#define STATE(name, ...) STATE_##name,
#include "monitor/states.def"
#undef STATE
	STATE_COUNT,
	STATE_KEEP = STATE_COUNT	/* no state: an event changes nothing */
};

const char *state_name(enum state s);
/* By its name as lxc-wait takes it, in capitals; -EINVAL without err text. */
int state_parse(const char *name) MUST_CHECK;

enum command {
#define CMD(name, least, most, what) CMD_##name,
#include "monitor/commands.def"
#undef CMD
	CMD_COUNT
};

#define MESSAGE_VERSION 1
/* Longest message in bytes, header included; fits one packet in any socket buffer. */
#define MESSAGE_MAX 4096

/* What follows the answer to STATE and WATCH; older monitors leave it out. */
struct message_more {
	int32_t restarts;	/* by the restart policy, since the start */
	int32_t oom_kills;	/* processes killed for lack of memory, since the start */
	int32_t ready;		/* enum readiness */
};

enum readiness {
	READY_NONE,		/* it has no lxcbox.ready: it is when it runs */
	READY_WAITING,
	READY_YES,
	READY_NO		/* not in its time, or it has given up the means to say so */
};

struct message {
	uint16_t version;	/* MESSAGE_VERSION; another one is refused with -EPROTO */
	uint16_t command;	/* enum command; the reply repeats it */
	int32_t value;		/* request: argument; reply: >= 0 (a state) or -errno */
	int32_t pid;		/* reply: the first process, 0: none */
	int32_t status; /* reply: exit status of the first process once it has ended, -1 before */
	char data[];
};

/* STOP_WAKE sends none: the pause before a restart ends. */
enum stop_signal { STOP_HALT, STOP_REBOOT, STOP_KILL, STOP_WAKE };

/* ---- the monitor's side ---- */

/*
 * Starts a container and stays with it (foreground) or leaves a monitor behind (daemon).
 * Foreground: exit status of the first process. Daemon: 0 once it runs. -EALREADY: it runs already
 * (err says so); other -errno with err, nothing left behind.
 */
int monitor_start(struct start *s, const char *name, const char *lxcpath) MUST_CHECK;

/* ---- the client's side ---- */

struct container_status {
	enum state state;
	pid_t init, monitor;	/* 0: none */
	struct message_more more;	/* zeroes when nobody answers */
};

/* Asks the monitor; where none answers, the record and the kernel. Stopped is not an error. */
int client_status(const char *name, const char *lxcpath, struct container_status *st) MUST_CHECK;
/* The same of an open directory. */
void client_status_in(const struct run_dir *d, struct container_status *st);

/*
 * That, and the values of some configuration keys as conf_print has them when it is bare, by one
 * connection: each to its sink, which then ends. false: they are not told, for no monitor answers
 * or one is longer than a message; part of them may have been.
 */
bool client_status_keys(const struct run_dir *d, struct container_status *st,
			const char *const *keys, struct conf_sink *const *sinks);

/*
 * Writes the values of a configuration key of a running container to fd, as conf_print does. Bytes
 * written, 0: it has no value; -ENOENT no such key, -ESRCH not running, others (no err text).
 */
int client_config(const char *name, const char *lxcpath, const char *key, bool bare,
	int fd) MUST_CHECK;

struct stop_options {
	bool kill, nokill, nowait, reboot;
	int timeout_s;		/* -1: for ever */
};

/* 0: stopped. -ESRCH (no err text): was not running, leftovers of an earlier life removed. Others
 * with err. */
int client_stop(const char *name, const char *lxcpath, const struct stop_options *o) MUST_CHECK;

/*
 * Finishes the undo of every container whose monitor is gone, of one LXCPATH or, NULL, all; then
 * removes claims of containers that are gone, fifos of listeners that are, and cgroups without a
 * process that cgroup_create made and no container claims. What a living process holds is left
 * alone. tell: what was done, with the container's name, a number or the cgroup's path; for
 * REPAIR_FAILED err_text says why. -errno with err when it could not be looked at all.
 */
enum repair_done {
	REPAIR_UNDONE,		/* what was left is removed */
	REPAIR_ENDED,		/* its first process, too, which was still there */
	REPAIR_FAILED,
	REPAIR_CLAIMS,
	REPAIR_FIFOS,
	REPAIR_CGROUP
};
typedef void repair_fn(void *arg, enum repair_done done, const char *what);
int client_repair(const char *lxcpath, repair_fn *tell, void *arg) MUST_CHECK;

/*
 * Freezes or thaws a running container and waits until it is so; what cannot be frozen in time is
 * thawed. The monitor, which looks at the freezer whoever has changed it, tells those who listen.
 * -ESRCH with err: not running.
 */
int client_freeze(const char *name, const char *lxcpath, bool freeze) MUST_CHECK;

/* A cgroup file of a running container, to fd or written. -ESRCH with err: not running. */
int client_cgroup_print(
	const char *name, const char *lxcpath, const char *file, int to) MUST_CHECK;
int client_cgroup_write(
	const char *name, const char *lxcpath, const char *file, const char *value) MUST_CHECK;

/* ---- terminals of a running container (terminal.c, CFG_LXC_CONSOLE) ---- */

struct console_options {
	int tty;		/* 0: the console, -1: the first free tty */
	unsigned char escape;	/* see escape_parse */
	bool quiet;		/* nothing on stderr but errors */
};

/*
 * Couples stdin and stdout with a terminal of the container until the way out is typed, the
 * container or its monitor ends (0), or a signal comes (128 + its number; SIGTERM: 0, as LXC). A
 * stdin that is no terminal: at its end the program at the terminal is told so, and it is over when
 * nothing has come for CONSOLE_QUIET_MS; one that is empty from the start is no end. The caller's
 * terminal is as before on every way out. -ESRCH not running, -EBUSY, -ENXIO, -ENODEV and others,
 * all with err.
 */
#define CONSOLE_QUIET_MS 1000
int client_console(
	const char *name, const char *lxcpath, const struct console_options *o) MUST_CHECK;

/*
 * Writes the console's ring buffer to fd (-1: does not), then forgets what was written, or all.
 * -ESRCH not running, -ENODEV no ring, others; all with err.
 */
int client_console_log(const char *name, const char *lxcpath, int fd, bool clear) MUST_CHECK;

/*
 * Gives a running container a device of the host, or takes it back. device: the path of a device
 * node, made there as target and allowed by a rule, or an interface. target: its name there, of
 * an interface that is taken back its name here; NULL: the same. -ESRCH with err: not running.
 */
int client_plug(const char *name, const char *lxcpath, bool add, const char *device,
		const char *target) MUST_CHECK;

/* Waits until the state is one of the bits of mask (1 << enum state); 0, or -ETIMEDOUT. timeout_ms
 * < 0: for ever. */
int client_wait(
	const char *name, const char *lxcpath, unsigned int mask, int timeout_ms) MUST_CHECK;

#endif
