/* SPDX-License-Identifier: MIT */
/*
 * What an image comes in by: programs that unpack, fetch or verify, each without privileges; the
 * stream of a compressed archive; how far it is.
 */
#ifndef STORE_INPUT_H
#define STORE_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

/* ---- a helping process (worker.c) ---- */

enum worker_flags {
	WORKER_NETWORK = 1,	/* keeps the host's network, and the caller's *_proxy variables */
};

#define WORKER_FDS 3

/*
 * What it is to do. It runs as nobody, with no_new_privs, in a network of its own, with these
 * descriptors only, and dies with us: it reads what somebody hostile has made.
 */
struct worker_job {
	const char *program;	/* looked for in a fixed PATH; for messages when there is call */
	char *const *argv;	/* from argv[0] on */
	/* In place of a program: its exit status. It may read(2) and write(2) and nothing else. */
	int (*call)(void *arg);
	void *arg;
	unsigned int flags;
	int in;			/* its stdin; -1: /dev/null */
	unsigned int n_fds;
	int fds[WORKER_FDS];	/* become 3, 4, 5 */
};

struct worker {
	pid_t pid;		/* 0: none */
	int out;		/* what it prints */
	int err_fd;		/* a memory file with what it says on stderr; -1: none */
	const char *program;
};

/* -ENOENT with err when the program is not installed. */
int worker_start(struct worker *w, const struct worker_job *job) MUST_CHECK;
/*
 * Waits for its end; done: what it printed was read to the end, else it is killed. Its exit status,
 * -errno with err otherwise. Nothing is left open.
 */
int worker_end(struct worker *w, bool done);
/* The first or last line of what it said, "" for nothing; at most n bytes with the NUL. Before
 * worker_end. */
void worker_said(struct worker *w, bool first, char *buf, size_t n);
/* Whether a program is there. */
bool worker_has(const char *program);

/* ---- a compressed file (stream.c) ---- */

enum stream_kind {
	STREAM_PLAIN,
	STREAM_GZIP,
	STREAM_XZ,
	STREAM_ZSTD,
	STREAM_BZIP2,
	STREAM_SQUASHFS,
};

struct stream {
	enum stream_kind kind;
	int file;		/* the caller's, from its beginning */
	const char *shown;	/* its name, for messages */
	struct worker worker;
	bool is_done;
};

/*
 * By the file's first bytes; gzip is read by this program, the others by xz, zstd and bzip2.
 * STREAM_SQUASHFS is only told. 0 or -errno with err.
 */
int stream_open(struct stream *s, int file, const char *shown) MUST_CHECK;
/* As read(2), -errno with err; arg is the stream, as tar.h wants it. Damage is told by the end. */
ssize_t stream_read(void *arg, void *buf, size_t n) MUST_CHECK;
void stream_close(struct stream *s);

/* ---- a bar on a terminal (progress.c) ---- */

struct progress {
	const char *what;
	uint64_t total;		/* bytes; 0: not known */
	int64_t next_ms;	/* not drawn again before */
	bool is_on, is_drawn;
};

/* Draws nothing when stderr is no terminal or -q was given. The width is asked for each time. */
void progress_begin(struct progress *p, const char *what, uint64_t total);
void progress_at(struct progress *p, uint64_t done);
/* Takes the bar away. */
void progress_end(struct progress *p);

/* The line as it is drawn, of at most width columns; for tests. */
void progress_line(const struct progress *p, uint64_t done, unsigned int width, char *buf,
		   size_t n);

#endif
