/* SPDX-License-Identifier: MIT */
/*
 * Terminals: ptys, the relay between a pty and the caller's terminal, the console's log file.
 * Bytes are proxied so that no process of a container ever holds the caller's terminal (TIOCSTI,
 * CVE-2017-5226).
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "lib/err.h"

struct pty {
	int master;		/* O_NONBLOCK|O_CLOEXEC, -1: none */
	int held;		/* the peer: a container may close its console for a while */
	char peer[32];		/* "/dev/pts/N" */
};

/* A pty of the host's devpts, unlocked, its peer held open once. */
int pty_open(struct pty *p) MUST_CHECK;
/*
 * One of the devpts on dev/pts below root, a hostile tree: -ENODEV when what is there is none. Its
 * path is that within root.
 */
int pty_open_in(int root, struct pty *p) MUST_CHECK;
void pty_close(struct pty *p);
/*
 * The peer, O_RDWR|O_NOCTTY|O_CLOEXEC; checked to be the terminal that belongs to the master
 * (TIOCGPTPEER, 4.13, else by path and compared).
 */
int pty_open_peer(const struct pty *p) MUST_CHECK;

/*
 * Couples a pty with the caller's terminal (raw mode, window size) and, or, a log file. One
 * buffer per direction, no allocation; a side that cannot take bytes stops the other's reading,
 * so that nothing is lost and memory is bounded. The caller of these functions ignores SIGPIPE.
 */
struct relay {
	int master;		/* the pty */
	int in, out;		/* the caller's terminal, -1: none (output is only logged then) */
	int log;		/* console log file, -1: none */
	int own_out;		/* out opened once more, with O_NONBLOCK; -1: none */
	bool raw;		/* in was put in raw mode */
	bool in_eof, hup;
	bool got_input;		/* something was read from in, and its last byte: */
	unsigned char last_input;
	bool log_failed;	/* bytes are missing in the log (full disk) */
	struct termios saved;
	unsigned char to_out[2048], to_pty[512];
	size_t out_len, out_at, pty_len, pty_at;
};

/* Borrows the descriptors. Ended with relay_restore. */
void relay_init(struct relay *r, int master, int in, int out, int log);
/*
 * Raw mode and window size of the terminal; 0 when in is none. Started in the background of a
 * job-controlling shell, in is not read (it becomes -1), since SIGTTIN would stop the monitor.
 */
int relay_attach_tty(struct relay *r) MUST_CHECK;
/* Puts the terminal back; safe to call twice, and in a signal-free emergency path. */
void relay_restore(struct relay *r);
/* Copies the window size of in (or out) to the pty (SIGWINCH). */
void relay_resize(struct relay *r);

#define RELAY_POLL_MAX 3
struct pollfd;
/*
 * Fills up to RELAY_POLL_MAX entries with what the relay waits for; number filled. relay_step
 * acts on them after poll(2).
 */
unsigned int relay_poll(const struct relay *r, struct pollfd *p);
/*
 * -EPIPE: the pty's other side is gone and everything was delivered; 0 otherwise. The end of in
 * (a pipe or file that gave bytes) is told to the pty as its end-of-file character; an in that is
 * empty from the start, as /dev/null, is not.
 */
int relay_step(struct relay *r, const struct pollfd *p, unsigned int n);
/*
 * Reads what the pty still holds and delivers it; for the end of a container. Gives up on an out
 * that takes nothing for RELAY_DRAIN_MS, and on a pty that somebody goes on writing to.
 */
#define RELAY_DRAIN_MS 3000
void relay_drain(struct relay *r);

/* lxc.console.logfile, -L: opened 0600, appended, never through a link. */
int console_log_open(const char *path) MUST_CHECK;

#endif
