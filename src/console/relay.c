/* SPDX-License-Identifier: MIT */
/* owns the bytes between a pty, who looks at it, the console's log and its ring */
/* never blocks but in relay_drain, never allocates */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/fd.h"
#include "lib/sys.h"

/*
 * A pty holds some kilobytes; whoever is still writing after this much at the end is not waited
 * for.
 */
#define DRAIN_BYTES (256 << 10)

/*
 * A description of our own of a terminal or pipe: O_NONBLOCK belongs to the description, and the
 * caller's shell shares the old one. -1: stays with what we have; poll says when it takes a byte.
 */
static int open_again(int fd)
{
	char path[FD_PATH_MAX];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return -1;
	return fd_open(fd_path(fd, path), O_WRONLY | O_NOCTTY | O_NONBLOCK);
}

void relay_init(struct relay *r, int master, int in, int out)
{
	memset(r, 0, offsetof(struct relay, to_out));
	r->master = master;
	r->own_out = open_again(out);
	r->side[RELAY_CALLER] =
		(struct relay_side){ .in = in, .out = r->own_out >= 0 ? r->own_out : out };
	r->side[RELAY_CLIENT] = (struct relay_side){ .in = -1, .out = -1 };
	r->pty_len = r->pty_at = 0;
}

/* tcsetattr(3) stops a process in the background by SIGTTOU unless that is blocked. */
static int set_termios(int fd, const struct termios *t)
{
	sigset_t ttou, before;
	int ret;

	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &before);
	ret = tcsetattr(fd, TCSANOW, t);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

int relay_attach_tty(struct relay *r)
{
	int *in = &r->side[RELAY_CALLER].in;
	struct termios t;

	relay_resize(r);
	if (*in < 0 || tcgetattr(*in, &r->saved))
		return 0;
	/* -1 with ENOTTY: not our controlling terminal, so that job control has no say. */
	if (tcgetpgrp(*in) >= 0 && tcgetpgrp(*in) != getpgrp()) {
		*in = -1;
		return 0;
	}
	t = r->saved;
	cfmakeraw(&t);
	if (set_termios(*in, &t))
		return err_sys("cannot set the terminal to raw mode");
	r->raw = true;
	return 0;
}

/* A side that went away takes no more; the container must not notice. */
static void forget(struct relay *r, enum relay_who who)
{
	struct relay_side *s = &r->side[who];

	if (who == RELAY_CLIENT)
		fd_close(&s->in);
	s->out = -1;
	s->at = s->len = 0;
}

void relay_restore(struct relay *r)
{
	if (r->raw)
		set_termios(r->side[RELAY_CALLER].in, &r->saved);
	r->raw = false;
	if (r->own_out >= 0)
		forget(r, RELAY_CALLER);
	fd_close(&r->own_out);
	forget(r, RELAY_CLIENT);
}

void relay_resize(struct relay *r)
{
	const struct relay_side *s = &r->side[RELAY_CALLER];
	struct winsize size;

	if (r->master >= 0 && ((s->in >= 0 && !ioctl(s->in, TIOCGWINSZ, &size)) ||
			       (s->out >= 0 && !ioctl(s->out, TIOCGWINSZ, &size))))
		ioctl(r->master, TIOCSWINSZ, &size);
}

int relay_add_client(struct relay *r, int fd)
{
	struct relay_side *s = &r->side[RELAY_CLIENT];

	if (s->out >= 0)
		return -EBUSY;
	s->in = s->out = fd;
	r->client_eof = false;
	r->stalled = 0;
	return 0;
}

static bool is_waiting(const struct relay *r)
{
	return r->side[RELAY_CALLER].len || r->side[RELAY_CLIENT].len;
}

static bool is_stuck(const struct relay *r)
{
	return r->escape && r->stuck && sys_now_ms() - r->stuck >= RELAY_STUCK_MS;
}

static bool wants(const struct relay *r, enum relay_who who)
{
	bool eof = who == RELAY_CLIENT ? r->client_eof : r->in_eof;

	return r->side[who].in >= 0 && !eof && !r->hup && (!r->pty_len || is_stuck(r));
}

unsigned int relay_poll(const struct relay *r, struct pollfd *p)
{
	const struct relay_side *s;
	unsigned int n = 0, who;
	int events = (is_waiting(r) ? 0 : POLLIN) | (r->pty_len ? POLLOUT : 0);

	/* After a hang-up poll would report it again and again. */
	if (!r->hup && events)
		p[n++] = (struct pollfd){ .fd = r->master, .events = (short)events };
	for (who = 0; who < RELAY_SIDES; who++) {
		s = &r->side[who];
		if (s->len)
			p[n++] = (struct pollfd){ .fd = s->out, .events = POLLOUT };
		if (wants(r, who))
			p[n++] = (struct pollfd){ .fd = s->in, .events = POLLIN };
	}
	/* Its end is to be seen also while nothing is wanted of it. */
	if (r->side[RELAY_CLIENT].in >= 0)
		p[n++] = (struct pollfd){ .fd = r->side[RELAY_CLIENT].in, .events = POLLPRI };
	return n;
}

static int sooner(int ms, int64_t since, int after)
{
	int64_t left = since ? since + after - sys_now_ms() : -1;

	if (!since)
		return ms;
	left = left < 0 ? 0 : left;
	return ms < 0 || ms > left ? (int)left : ms;
}

int relay_timeout(const struct relay *r)
{
	int ms = sooner(-1, r->stalled, RELAY_STALL_MS);

	/* Once it is stuck its input is polled. */
	return r->escape && !is_stuck(r) ? sooner(ms, r->stuck, RELAY_STUCK_MS) : ms;
}

/* Writes as much as fd takes; the number of bytes, or -errno when it will take no more ever. */
static ssize_t flush(int fd, const unsigned char *buf, size_t *at, size_t *len)
{
	ssize_t all = 0;

	while (*len) {
		ssize_t done = write(fd, buf + *at, *len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == EAGAIN ? all : -errno;
		*at += (size_t)done;
		*len -= (size_t)done;
		all += done;
	}
	*at = 0;
	return all;
}

static void flush_side(struct relay *r, enum relay_who who)
{
	struct relay_side *s = &r->side[who];

	if (s->len && flush(s->out, r->to_out, &s->at, &s->len) < 0)
		forget(r, who);
	if (who != RELAY_CLIENT)
		return;
	if (!s->len)
		r->stalled = 0;
	else if (!r->stalled)
		r->stalled = sys_now_ms();
	else if (sys_now_ms() - r->stalled >= RELAY_STALL_MS)
		forget(r, who);
}

/* Bytes for a pty whose other side nobody has open are for nobody. */
static void flush_pty(struct relay *r, bool is_closed)
{
	ssize_t n = r->pty_len ? flush(r->master, r->to_pty, &r->pty_at, &r->pty_len) : 0;

	if (n < 0 || is_closed)
		r->pty_len = r->pty_at = 0;
	if (!r->pty_len)
		r->stuck = 0;
	else if (n > 0 || !r->stuck)
		r->stuck = sys_now_ms();
}

/* One read from the pty. Bytes, 0 for none now, -EPIPE for its end. */
static ssize_t read_pty(struct relay *r)
{
	unsigned int who;
	ssize_t n;

	do
		n = read(r->master, r->to_out, sizeof(r->to_out));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -EPIPE;
	if (r->log)
		console_log_write(r->log, r->to_out, (size_t)n);
	if (CFG_CONSOLE_RING && r->ring && r->ring->at)
		ring_write(r->ring, r->to_out, (size_t)n);
	for (who = 0; who < RELAY_SIDES; who++) {
		r->side[who].at = 0;
		r->side[who].len = r->side[who].out >= 0 ? (size_t)n : 0;
		flush_side(r, who);
	}
	return n;
}

/*
 * Tells the end of a pipe to whoever reads the pty's other side line by line; twice when the last
 * line has no end, since the first then only hands over that line.
 */
static void end_input(struct relay *r)
{
	struct termios t;

	if (!r->got_input)
		return;
	if (tcgetattr(r->master, &t)) {
		shutdown(r->master, SHUT_WR);
		return;
	}
	if (!(t.c_lflag & ICANON))
		return;
	r->to_pty[0] = r->to_pty[1] = t.c_cc[VEOF];
	r->pty_len = r->last_input == '\n' ? 1 : 2;
}

/* False: no more will come. What is read while older bytes wait is only looked at. */
static bool read_side(struct relay *r, enum relay_who who)
{
	unsigned char spare[sizeof(r->to_pty)], *to = r->pty_len ? spare : r->to_pty;
	ssize_t n = read(r->side[who].in, to, sizeof(r->to_pty));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	r->got_input = true;
	r->last_input = to[n - 1];
	if (CFG_LXC_CONSOLE && r->escape && who == RELAY_CALLER)
		n = (ssize_t)escape_filter(r->escape, to, (size_t)n);
	if (to != spare) {
		r->pty_at = 0;
		r->pty_len = (size_t)n;
	}
	return true;
}

/* What poll said about fd where it was asked for events. */
static int ready(const struct pollfd *p, unsigned int n, int fd, int events)
{
	for (; n; n--, p++)
		if (p->fd == fd && p->events & events)
			return p->revents & (events | POLLHUP | POLLERR | POLLNVAL);
	return 0;
}

/*
 * A client that shuts its sending down has told the end of its input; one that has closed all goes,
 * and so does what the pty does not take of it.
 */
static void step_client(struct relay *r, const struct pollfd *p, unsigned int n)
{
	int fd = r->side[RELAY_CLIENT].in, seen = ready(p, n, fd, POLLPRI);
	bool more = false;

	if (fd < 0)
		return;
	if (wants(r, RELAY_CLIENT) && (ready(p, n, fd, POLLIN) || seen)) {
		more = read_side(r, RELAY_CLIENT);
		if (!more && !(seen & (POLLHUP | POLLERR))) {
			r->client_eof = true;
			end_input(r);
		}
	}
	if (seen && !more)
		forget(r, RELAY_CLIENT);
}

int relay_step(struct relay *r, const struct pollfd *p, unsigned int n)
{
	struct relay_side *caller = &r->side[RELAY_CALLER];

	if (ready(p, n, caller->out, POLLOUT))
		flush_side(r, RELAY_CALLER);
	flush_side(r, RELAY_CLIENT);
	if (!r->hup && !is_waiting(r) && ready(p, n, r->master, POLLIN))
		r->hup = read_pty(r) < 0;
	if (wants(r, RELAY_CALLER) && ready(p, n, caller->in, POLLIN) &&
	    !read_side(r, RELAY_CALLER)) {
		r->in_eof = true;
		end_input(r);
	}
	if (CFG_LXC_CONSOLE)
		step_client(r, p, n);
	if (!r->hup)
		flush_pty(r, ready(p, n, r->master, POLLOUT) & POLLHUP);
	if (CFG_LXC_CONSOLE && r->escape && r->escape->left)
		return -ECANCELED;
	return r->hup && !is_waiting(r) ? -EPIPE : 0;
}

void relay_drain(struct relay *r)
{
	size_t total = 0;
	ssize_t n = 1;
	unsigned int who;

	while (total < DRAIN_BYTES) {
		for (who = 0; who < RELAY_SIDES; who++) {
			struct relay_side *s = &r->side[who];
			struct pollfd out = { .fd = s->out, .events = POLLOUT };

			flush_side(r, who);
			if (s->len && poll(&out, 1, RELAY_DRAIN_MS) <= 0)
				forget(r, who);
		}
		if (is_waiting(r))
			continue;
		if (r->hup || n <= 0)
			return;
		n = read_pty(r);
		total += n > 0 ? (size_t)n : 0;
	}
}
