/* SPDX-License-Identifier: MIT */
/* owns the bytes between a container's pty, the caller's terminal and the console log */
/* never blocks but in relay_drain, never allocates */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/fd.h"

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

void relay_init(struct relay *r, int master, int in, int out, int log)
{
	memset(r, 0, offsetof(struct relay, to_out));
	r->master = master;
	r->in = in;
	r->out = out;
	r->log = log;
	r->own_out = open_again(out);
	if (r->own_out >= 0)
		r->out = r->own_out;
	r->out_len = r->out_at = r->pty_len = r->pty_at = 0;
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
	struct termios t;

	relay_resize(r);
	if (r->in < 0 || tcgetattr(r->in, &r->saved))
		return 0;
	/* -1 with ENOTTY: not our controlling terminal, so that job control has no say. */
	if (tcgetpgrp(r->in) >= 0 && tcgetpgrp(r->in) != getpgrp()) {
		r->in = -1;
		return 0;
	}
	t = r->saved;
	cfmakeraw(&t);
	if (set_termios(r->in, &t))
		return err_sys("cannot set the terminal to raw mode");
	r->raw = true;
	return 0;
}

void relay_restore(struct relay *r)
{
	if (r->raw)
		set_termios(r->in, &r->saved);
	r->raw = false;
	if (r->own_out >= 0) {
		if (r->out == r->own_out)
			r->out = -1;
		fd_close(&r->own_out);
	}
}

void relay_resize(struct relay *r)
{
	struct winsize size;

	if (r->master >= 0 && ((r->in >= 0 && !ioctl(r->in, TIOCGWINSZ, &size)) ||
			       (r->out >= 0 && !ioctl(r->out, TIOCGWINSZ, &size))))
		ioctl(r->master, TIOCSWINSZ, &size);
}

static bool wants_in(const struct relay *r)
{
	return r->in >= 0 && !r->in_eof && !r->hup && !r->pty_len;
}

unsigned int relay_poll(const struct relay *r, struct pollfd *p)
{
	unsigned int n = 0;
	int events = (r->out_len ? 0 : POLLIN) | (r->pty_len ? POLLOUT : 0);

	/* After a hang-up poll would report it again and again. */
	if (!r->hup && events)
		p[n++] = (struct pollfd){ .fd = r->master, .events = (short)events };
	if (r->out_len)
		p[n++] = (struct pollfd){ .fd = r->out, .events = POLLOUT };
	if (wants_in(r))
		p[n++] = (struct pollfd){ .fd = r->in, .events = POLLIN };
	return n;
}

/* Writes as much as fd takes; 0, or -errno when it will take no more ever. */
static int flush(int fd, const unsigned char *buf, size_t *at, size_t *len)
{
	while (*len) {
		ssize_t done = write(fd, buf + *at, *len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == EAGAIN ? 0 : -errno;
		*at += (size_t)done;
		*len -= (size_t)done;
	}
	*at = 0;
	return 0;
}

/* A terminal that went away takes no more; the container must not notice. */
static void flush_out(struct relay *r)
{
	if (r->out_len && flush(r->out, r->to_out, &r->out_at, &r->out_len)) {
		r->out = -1;
		r->out_len = r->out_at = 0;
	}
}

/* Bytes for a pty whose other side nobody has open are for nobody. */
static void flush_pty(struct relay *r, bool is_closed)
{
	if (r->pty_len && (flush(r->master, r->to_pty, &r->pty_at, &r->pty_len) || is_closed))
		r->pty_len = r->pty_at = 0;
}

/* One read from the pty. Bytes, 0 for none now, -EPIPE for its end. */
static ssize_t read_pty(struct relay *r)
{
	ssize_t n;

	do
		n = read(r->master, r->to_out, sizeof(r->to_out));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -EPIPE;
	/* A full disk loses lines of the log, not the container's: every piece is tried anew. */
	if (r->log >= 0 && fd_write_all(r->log, r->to_out, (size_t)n))
		r->log_failed = true;
	r->out_at = 0;
	r->out_len = r->out >= 0 ? (size_t)n : 0;
	return n;
}

/*
 * Tells the end of a pipe to whoever reads the pty's other side line by line; twice when the last
 * line has no end, since the first then only hands over that line.
 */
static void end_input(struct relay *r)
{
	struct termios t;

	r->in_eof = true;
	if (!r->got_input || tcgetattr(r->master, &t) || !(t.c_lflag & ICANON))
		return;
	r->to_pty[0] = r->to_pty[1] = t.c_cc[VEOF];
	r->pty_len = r->last_input == '\n' ? 1 : 2;
}

static void read_in(struct relay *r)
{
	ssize_t n = read(r->in, r->to_pty, sizeof(r->to_pty));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		end_input(r);
		return;
	}
	r->pty_at = 0;
	r->pty_len = (size_t)n;
	r->got_input = true;
	r->last_input = r->to_pty[n - 1];
}

/* What poll said about fd where it was asked for events. */
static int ready(const struct pollfd *p, unsigned int n, int fd, int events)
{
	for (; n; n--, p++)
		if (p->fd == fd && p->events & events)
			return p->revents & (events | POLLHUP | POLLERR | POLLNVAL);
	return 0;
}

int relay_step(struct relay *r, const struct pollfd *p, unsigned int n)
{
	if (ready(p, n, r->out, POLLOUT))
		flush_out(r);
	if (!r->hup && !r->out_len && ready(p, n, r->master, POLLIN)) {
		r->hup = read_pty(r) < 0;
		flush_out(r);
	}
	if (wants_in(r) && ready(p, n, r->in, POLLIN))
		read_in(r);
	if (!r->hup)
		flush_pty(r, ready(p, n, r->master, POLLOUT) & POLLHUP);
	return r->hup && !r->out_len ? -EPIPE : 0;
}

void relay_drain(struct relay *r)
{
	size_t total = 0;
	ssize_t n = 1;

	while (total < DRAIN_BYTES) {
		struct pollfd out = { .fd = r->out, .events = POLLOUT };

		flush_out(r);
		if (r->out_len) {
			if (poll(&out, 1, RELAY_DRAIN_MS) <= 0)
				return;
			continue;
		}
		if (r->hup || n <= 0)
			return;
		n = read_pty(r);
		total += n > 0 ? (size_t)n : 0;
	}
}
