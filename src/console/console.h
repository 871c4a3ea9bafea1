/* SPDX-License-Identifier: MIT */
/*
 * Terminals: ptys, the relay between a pty and who looks at it, the console's log file and ring
 * buffer, the escape sequence. Bytes are proxied so that no process of a container ever holds the
 * caller's terminal (TIOCSTI, CVE-2017-5226).
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

/* ---- the log file (log.c) ---- */

struct console_log {
	int fd;			/* -1: none */
	const char *path;	/* borrowed */
	int64_t cap;		/* the file never has more bytes; 0: no limit. CFG_CONSOLE_CAP */
	bool rotate;		/* a full one becomes PATH.1, else it begins anew */
	bool failed;		/* bytes are missing (full disk) */
};

/*
 * lxc.console.logfile, -L: opened 0600, appended, never through a link. 0 or -errno with err; the
 * other members are the caller's to set.
 */
int console_log_open(struct console_log *l, const char *path) MUST_CHECK;
/*
 * Never waits but for the disk, never fails: what cannot be written is lost, and everything is
 * tried anew with the next bytes. Nothing when there is no log.
 */
void console_log_write(struct console_log *l, const void *buf, size_t n);

/* ---- the last bytes, in memory (ring.c, CFG_CONSOLE_RING) ---- */

struct ring {
	unsigned char *at;	/* NULL: none */
	uint32_t size, used;	/* bytes; size is a power of two */
	uint32_t end;		/* of all that was ever written, modulo 2^32 */
};

/* mmap(2): a page costs memory once it is written. size: see above. -ENOMEM with err. */
int ring_open(struct ring *r, uint32_t size) MUST_CHECK;
void ring_close(struct ring *r);
void ring_write(struct ring *r, const void *buf, size_t n);
/*
 * Copies up to room bytes from the position *from on, or from the oldest one that is left when it
 * is not there any more. The number; *from is behind them then.
 */
size_t ring_read(const struct ring *r, uint32_t *from, void *buf, size_t room);
/* Forgets what lies before a position; one that is not there forgets nothing. */
void ring_drop(struct ring *r, uint32_t before);

/* ---- the way out (escape.c) ---- */

struct escape {
	unsigned char key;	/* 0: there is none */
	bool seen;		/* the last byte was the key */
	bool left;		/* key and then q were typed */
};

/* "^x" or "x", as lxc-console -e has it: Ctrl+x, 1 to 31; -EINVAL without err text. */
int escape_parse(const char *text) MUST_CHECK;
/*
 * Takes the sequences out of what was typed, in place; the bytes that are left. The key twice is
 * the key; before anything but q it is dropped, as in LXC. Nothing is looked at behind the way out.
 */
size_t escape_filter(struct escape *e, unsigned char *buf, size_t n);

/* ---- the relay (relay.c) ---- */

/* Who looks at a pty and types into it. */
enum relay_who {
	RELAY_CALLER,		/* the terminal, pipe or file of this process */
	RELAY_CLIENT,		/* of a monitor: the stream socket of a lxc-console */
	RELAY_SIDES
};

struct relay_side {
	int in, out;		/* -1: none */
	size_t at, len;		/* in to_out: what it has not got yet */
};

/*
 * Couples a pty with its sides, a log and a ring. One buffer per direction, no allocation; a side
 * that cannot take bytes stops the reading of the pty, so that nothing is lost and memory is
 * bounded. A client that has not taken what was read at once, up to 2 KB, after RELAY_STALL_MS is
 * let go: the container must not wait for it. The caller of these functions ignores SIGPIPE.
 */
#define RELAY_STALL_MS 5000
/*
 * With an escape key: typed bytes that the pty does not take for so long are lost from then on,
 * lest the key would be waiting behind them.
 */
#define RELAY_STUCK_MS 2000

struct relay {
	int master;		/* the pty; or a stream socket, another relay's client */
	struct relay_side side[RELAY_SIDES];
	struct console_log *log;	/* NULL: none */
	struct ring *ring;
	struct escape *escape;	/* of what the caller types; NULL: none */
	int own_out;		/* the caller's out opened once more, with O_NONBLOCK; -1: none */
	bool raw;		/* the caller's in was put in raw mode */
	bool in_eof, client_eof, hup;
	bool got_input;		/* something was read from in, and its last byte: */
	unsigned char last_input;
	int64_t stalled, stuck;	/* since when (sys_now_ms) client and pty take nothing, or 0 */
	struct termios saved;
	unsigned char to_out[2048], to_pty[512];
	size_t pty_len, pty_at;
};

/* Borrows the descriptors. Ended with relay_restore. */
void relay_init(struct relay *r, int master, int in, int out);
/*
 * Raw mode and window size of the terminal; 0 when in is none. Started in the background of a
 * job-controlling shell, in is not read (it becomes -1), since SIGTTIN would stop the monitor.
 */
int relay_attach_tty(struct relay *r) MUST_CHECK;
/* Puts the terminal back and lets the client go; safe to call twice. */
void relay_restore(struct relay *r);
/* Copies the window size of in (or out) to the pty (SIGWINCH). */
void relay_resize(struct relay *r);

/* Takes over a stream socket, not blocking, whose other end a client has. -EBUSY: there is one. */
int relay_add_client(struct relay *r, int fd) MUST_CHECK;

#define RELAY_POLL_MAX 6
struct pollfd;
/*
 * Fills up to RELAY_POLL_MAX entries with what the relay waits for; number filled. relay_step
 * acts on them after poll(2), and on the time.
 */
unsigned int relay_poll(const struct relay *r, struct pollfd *p);
/* Milliseconds until relay_step has something to do without being asked, -1: never. */
int relay_timeout(const struct relay *r);
/*
 * -EPIPE: the pty's other side is gone and everything was delivered; -ECANCELED: the way out was
 * typed; 0 otherwise. The end of in (a pipe or file that gave bytes) is told to the pty as its
 * end-of-file character, to a socket by shutdown(2); an in that is empty from the start, as
 * /dev/null, is not.
 */
int relay_step(struct relay *r, const struct pollfd *p, unsigned int n);
/*
 * Reads what the pty still holds and delivers it; for the end of a container. Gives up on an out
 * that takes nothing for RELAY_DRAIN_MS, and on a pty that somebody goes on writing to.
 */
#define RELAY_DRAIN_MS 3000
void relay_drain(struct relay *r);

#endif
