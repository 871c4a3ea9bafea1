/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of the monitor, by nobody else.
 */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

#include <poll.h>
#include <time.h>

#include "monitor/monitor.h"
#include "monitor/news.h"

/* As many clients are served at once; of more, the oldest that only asked is dropped. */
#define CLIENT_MAX 32
/* What a client that has not asked anything yet gets, in milliseconds. */
#define CLIENT_DEADLINE_MS 5000

/* Whether answers have a struct message_more. */
#define HAS_MORE (CFG_RESTART_POLICY || CFG_OOM_NOTICE || CFG_READINESS)

struct client {
	int fd;
	bool watching;
	int tty;		/* that it has, 0: none; or */
#define CLIENT_CONSOLE -1
	int64_t deadline;
};

/* How often a container was started again by its policy. */
struct restarts {
	unsigned int row;	/* since it was stable last */
	unsigned int delay_s;	/* before the last of them */
	unsigned int total;	/* since its start */
};

struct monitor {
	struct start *start;
	struct run_dir dir;
	enum state state;
	int exit_status;	/* of the first process, -1 while it lives */
	int listen, signals;
	int freezer;		/* tells of changes, -1: none */
	int freezing_ms;	/* while FREEZING: when to look again */
	bool rebooted;		/* that is how the first process ended */
	bool is_stopped;	/* somebody has asked for its end: no reboot is one any more */
	bool is_told;		/* a signal has asked for its end: no restart by the policy */
	bool is_between;	/* everything of one life is undone, nothing of the next made */
	unsigned int quick;	/* reboots in a row that came soon */
	int64_t since;		/* when it ran, sys_now_ms */
	int64_t pause_until;	/* not 0: between two lives */
	struct restarts restarts;
	struct message_more more;
	int oom;		/* tells of lack of memory, -1: nobody does */
	int64_t oom_at;		/* not 0: when to look how many it has cost */
	int oom_events, oom_seen;	/* of this life: told, counted */
	int ready;		/* the pipe on which it says that it is ready, -1: no more */
	pid_t looker;		/* looks for a file for it, 0: none */
	int64_t ready_until;	/* not 0: no longer than that */
	time_t ready_from;	/* when the life began */
	unsigned int said;	/* bytes without a newline */
	struct client clients[CLIENT_MAX];
	struct relay relay;
};

/* Binds and listens on the socket of the runtime directory. */
int server_open(struct monitor *m) MUST_CHECK;
void server_close(struct monitor *m);
/* Fills up to 1 + CLIENT_MAX entries; returns the number. */
unsigned int server_poll(const struct monitor *m, struct pollfd *p);
/* Acts on what poll(2) found in the entries of server_poll. */
void server_step(struct monitor *m, const struct pollfd *p, unsigned int n);
/* Milliseconds until the first deadline of a client, -1: none. */
int server_timeout(const struct monitor *m);
/* Tells the state to the clients that watch. */
void server_tell(struct monitor *m);

/*
 * Ends the connections of those who have a terminal, since this life has ended; or of who has the
 * console alone, which the relay has let go.
 */
void server_end_ttys(struct monitor *m, bool console_only);

/* ---- terminals and the ring (ttys.c, CFG_LXC_CONSOLE) ---- */

/*
 * Takes a terminal for a client and fills the answer; *with is what goes out with it, *own whether
 * it is to be closed then.
 */
void ttys_take(struct monitor *m, struct client *c, int number, struct message *r, int *with,
	       bool *own);
void ttys_resize(struct monitor *m, int size);
/* A piece of the ring behind the header; bytes. */
size_t ttys_log(struct monitor *m, const struct message *q, struct message *r);

enum event {
#define EVENT(name) EVENT_##name,
#include "monitor/events.def"
#undef EVENT
	EVENT_COUNT
};

/* Changes the state as states.def has it and tells everybody who wants to know. */
void monitor_event(struct monitor *m, enum event e);

/*
 * Undoes what a monitor that is gone has left; needs the lock. 1 when the first process was still
 * there, 0, or -errno as record_undo.
 */
int client_undo(struct run_dir *d) MUST_CHECK;

/* Looks at the freezer, whoever has changed it, and tells what is new. */
void monitor_look(struct monitor *m);

/* Ends the pause before a restart, if it is in one. */
void client_wake(const char *name, const char *lxcpath);

/* A connection to the monitor of an open directory, not blocking; -errno without err text. */
int client_connect(const struct run_dir *d) MUST_CHECK;
/*
 * Asks by q, without data, and reads one answer of up to room bytes behind its header. with: a
 * descriptor that comes with it, NULL: none may. Bytes, or -errno without err text; r is filled
 * also when it is the monitor's -errno.
 */
ssize_t client_ask(int fd, const struct message *q, struct message *r, size_t room,
		   int *with) MUST_CHECK;

/*
 * Device rules that are a BPF program: asks the monitor to change them, or prints them to a file.
 * rule NULL: prints. -errno with err, the monitor's own words if it has some.
 */
int client_devices(const struct run_dir *d, bool allow, const char *rule, int to) MUST_CHECK;

/* Sends one of the three signals to the first process; thaws it if it is frozen. 0 or -errno. */
int monitor_signal(struct monitor *m, enum stop_signal which);

/*
 * Whether a life that ended with this status (-1: its start failed) is followed by another one
 * that lxcbox.restart.* asks for: the milliseconds to wait before, or -1. lived_ms: since it ran,
 * -1 if never.
 */
int policy_next(const struct conf *c, struct restarts *r, int status, int64_t lived_ms) MUST_CHECK;

/* Lack of memory: from the start of a life, at each turn of the loop, at the end of the life. */
void oom_open(struct monitor *m);
void oom_step(struct monitor *m, bool is_told);
void oom_close(struct monitor *m);

/*
 * Readiness, lxcbox.ready: before the start of a life (-errno with err), when it runs, at each turn
 * of the loop, at its end or when it came to nothing.
 */
int ready_open(struct monitor *m) MUST_CHECK;
void ready_begin(struct monitor *m);
void ready_step(struct monitor *m, bool is_told);
void ready_end(struct monitor *m);

/* Serves until the first process has ended; sets exit_status and rebooted. */
void loop_run(struct monitor *m);
/* Serves between two lives, so long or until is_stopped. */
void loop_pause(struct monitor *m, int ms);
/* Blocks all signals and makes the descriptor that reads them. */
int loop_open_signals(struct monitor *m) MUST_CHECK;

/* A running container from outside: what its record names. control_open: -ESRCH with err. */
struct control {
	struct run_dir dir;
	struct cgroup_layout layout;
	char cgroup[256];
};
int control_open(struct control *t, const char *name, const char *lxcpath) MUST_CHECK;
void control_close(struct control *t);

#endif
