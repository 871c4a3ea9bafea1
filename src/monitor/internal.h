/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of the monitor, by nobody else.
 */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

#include <poll.h>

#include "monitor/monitor.h"

/* As many clients are served at once; of more, the oldest that only asked is dropped. */
#define CLIENT_MAX 32
/* What a client that has not asked anything yet gets, in milliseconds. */
#define CLIENT_DEADLINE_MS 5000

struct client {
	int fd;
	bool watching;
	int64_t deadline;
};

struct monitor {
	struct start *start;
	struct run_dir dir;
	enum state state;
	int exit_status;	/* of the first process, -1 while it lives */
	int listen, signals;
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
/* Changes the state and tells those who watch. */
void monitor_set_state(struct monitor *m, enum state s);

/* Sends one of the three signals to the first process; thaws it if it is frozen. 0 or -errno. */
int monitor_signal(struct monitor *m, enum stop_signal which);

/* Serves until the first process has ended; sets exit_status. */
void loop_run(struct monitor *m);
/* Blocks all signals and makes the descriptor that reads them. */
int loop_open_signals(struct monitor *m) MUST_CHECK;

#endif
