/* SPDX-License-Identifier: MIT */
/*
 * News of all containers for those who listen to them (lxc-monitor, lxc-wait), also of ones that
 * start later. Who listens makes a fifo in RUNTIME/.watch, a directory that is there only as long
 * as somebody does; each monitor writes what happens to every fifo that it finds, and waits for
 * none. In that way nothing is missed however short a life is, and no process has to run for it.
 */
#ifndef MONITOR_NEWS_H
#define MONITOR_NEWS_H

#include <stdint.h>

#include "container/container.h"

enum news_kind {
	NEWS_STATE,		/* value is an enum state */
	NEWS_EXIT,		/* value is the exit status of the first process */
	NEWS_RESTART,		/* value is NEWS_RESTART_VALUE */
	NEWS_OOM,		/* value is how many processes were killed since the start */
	NEWS_READY,		/* 1, or 0: it is not going to be */
};

#define NEWS_VERSION 1

/* How often it has been restarted, and why: an exit status or NEWS_START_FAILED. */
#define NEWS_START_FAILED 256
#define NEWS_RESTART_VALUE(n, failed, status) \
	((int)((n) << 9 | ((failed) ? NEWS_START_FAILED : (unsigned int)(status))))

/* As it is written: less than PIPE_BUF bytes, so that each comes whole. */
struct news {
	uint16_t version, kind;
	int32_t value;
	char entry[RUN_ENTRY_MAX];	/* NAME@HASH */
};

/* ---- the monitor's side (news.c) ---- */

/* Tells everybody. Never waits and never fails: a fifo that is full loses the message. */
void news_tell(const struct run_dir *d, enum news_kind kind, int value);

/*
 * A fifo named "PID", or "PID.NAME@HASH" for news of one container only, opened to be read and
 * written; its name goes to buf. *dir is a descriptor of RUNTIME/.watch. -errno with err.
 */
int news_open(const char *entry, int *dir, char *buf, size_t n) MUST_CHECK;
/* Removes the fifos of those who were killed; their number or -errno, no err text. */
int news_clear(void) MUST_CHECK;
void news_close(int dir, const char *name);

/* ---- who listens (watch.c) ---- */

struct watch;

/*
 * Listens from now on. entry: one container; NULL: all, of which those that run are asked for by
 * watch_each. INT, HUP and TERM are held back until watch_close. out: ends (-EPIPE) when nobody
 * reads this descriptor any more; -1: none. NULL with err.
 */
struct watch *watch_open(const char *entry, int out) MUST_CHECK;

/* Removes the fifo, then dies of the signal that came, if one did. */
void watch_close(struct watch *w);

/*
 * The next message: 0. A container whose monitor was killed tells STOPPED once its first process
 * is gone. -ETIMEDOUT, -EINTR (a signal), -EPIPE without err text; others with err. timeout_ms < 0:
 * for ever.
 */
int watch_next(struct watch *w, struct news *n, int timeout_ms) MUST_CHECK;

/*
 * Waits until the state is one of the bits of mask (1 << enum state), through starts and stops and
 * for a container that is not there yet. 0, -ETIMEDOUT or -EINTR without err text, others with err.
 */
int watch_wait(const char *name, const char *lxcpath, unsigned int mask, int timeout_ms) MUST_CHECK;

/*
 * Waits until a container says that it is ready (lxcbox.ready), or runs when it is not to say so.
 * patient: through starts and stops, like watch_wait; otherwise -ECANCELED with err when it is not
 * going to be ready in this life, or does not run.
 */
int watch_ready(const char *name, const char *lxcpath, bool patient, int timeout_ms) MUST_CHECK;

#endif
