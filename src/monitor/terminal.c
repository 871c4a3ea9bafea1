/* SPDX-License-Identifier: MIT */
/* owns the caller's half of lxc-console: his terminal, the loop beside it, the way out */
/* never leaves his terminal other than it was, never gives it to a container */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/sys.h"
#include "monitor/internal.h"

struct session {
	int fd;			/* to the monitor */
	int signals;
	int tty;
	bool terminal;		/* stdin is one */
	struct escape escape;
	struct relay relay;
};

/* A connection to the monitor, or -ESRCH with err. */
static int open_monitor(const char *name, const char *lxcpath)
{
	struct run_dir d;
	int fd, ret = run_dir_open(&d, name, lxcpath);

	if (ret && ret != -ENOENT)
		return ret;
	fd = ret ? -1 : client_connect(&d);
	run_dir_close(&d);
	return fd < 0 ? err_set(ESRCH, "the container is not running") : fd;
}

static int fail(int ret, int wanted, int n)
{
	switch (ret) {
	case -EBUSY:
		if (!wanted)
			return err_set(EBUSY, "the console is busy");
		return wanted < 0 ? err_set(EBUSY, "all %d ttys are busy", n)
		                  : err_set(EBUSY, "tty %d is busy", wanted);
	case -ENXIO:
		return err_set(ENXIO, "there is no tty %d: lxc.tty.max is %d", wanted < 0 ? 1 : wanted,
			       n);
	case -ENODEV:
		return err_set(ENODEV, "lxc.console.path is none");
	case -EPERM:
		return err_set(EPERM, "the monitor refuses who is not of its user and pid namespace");
	default:
		return err_code(ret, "the monitor does not answer");
	}
}

static int take_tty(struct session *s, const struct console_options *o)
{
	const struct message q = { .command = CMD_TTY, .value = o->tty };
	struct message r = { .status = 0 };
	int master = -1;
	ssize_t ret = client_ask(s->fd, &q, &r, 0, &master);

	if (ret < 0)
		return fail((int)ret, o->tty, r.status);
	if (master < 0)
		return err_set(EPROTO, "the monitor has sent no terminal");
	s->tty = r.value;
	relay_init(&s->relay, master, 0, 1);
	s->relay.escape = &s->escape;
	return 0;
}

/* A tty takes the size itself; of the console the monitor has it. */
static void resize(struct session *s)
{
	struct message q = { .version = MESSAGE_VERSION, .command = CMD_RESIZE };
	struct winsize w;

	relay_resize(&s->relay);
	if (s->tty || (ioctl(0, TIOCGWINSZ, &w) && ioctl(1, TIOCGWINSZ, &w)))
		return;
	q.value = w.ws_row << 16 | w.ws_col;
	/* A monitor that is not there any more is noticed elsewhere. */
	(void)!send(s->fd, &q, sizeof(q), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* 0, or what ends the session: -ESHUTDOWN for a monitor that has gone. */
static int hear(struct session *s)
{
	struct message r;
	ssize_t n = recv(s->fd, &r, sizeof(r), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < (ssize_t)sizeof(r))
		return -ESHUTDOWN;
	if (r.value == -ETIMEDOUT)
		return err_set(ETIMEDOUT, "let go: the output was not taken for %d s",
			       RELAY_STALL_MS / 1000);
	return r.value < 0 ? err_code(r.value, "the monitor has let go") : 0;
}

/* 0, or the number of the signal that ends the session. */
static int read_signals(struct session *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
		switch ((int)si.ssi_signo) {
		case SIGWINCH:
			resize(s);
			break;
		case SIGHUP:
		case SIGINT:
		case SIGQUIT:
		case SIGTERM:
			return (int)si.ssi_signo;
		}
	return 0;
}

/* Exit status or -errno with err. */
static int follow(struct session *s)
{
	struct pollfd p[2 + RELAY_POLL_MAX];
	struct relay *r = &s->relay;
	int ret = 0, n;

	while (ret >= 0 && r->side[RELAY_CALLER].out >= 0) {
		bool is_over = r->in_eof && r->got_input;

		p[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
		n = (int)relay_poll(r, p + 2);
		ret = poll(p, 2 + (nfds_t)n, is_over ? CONSOLE_QUIET_MS : relay_timeout(r));
		if (!ret && is_over)
			return r->pty_len ? err_set(EAGAIN, "the terminal has not taken all input") : 0;
		if (ret < 0)
			continue;
		/* A new size before what is typed at it. */
		ret = p[0].revents ? read_signals(s) : 0;
		if (ret)
			return ret == SIGTERM ? 0 : 128 + ret;
		ret = relay_step(r, p + 2, (unsigned int)n);
		/* A terminal that went away without SIGHUP. */
		if (r->in_eof && s->terminal)
			return 128 + SIGHUP;
		/* It also says why there is no more to come. */
		if (p[1].revents && ret != -ECANCELED)
			ret = ret ? ret : hear(s);
	}
	if (ret == -ESHUTDOWN)
		relay_drain(r);
	return ret == -ECANCELED || ret == -EPIPE || ret == -ESHUTDOWN ? 0 : ret;
}

static int run(struct session *s, const struct console_options *o)
{
	int ret = take_tty(s, o);

	if (ret)
		return ret;
	s->signals = sys_signal_fd();
	if (s->signals < 0)
		return s->signals;
	if (!o->quiet)
		fd_printf(2, "\nConnected to tty %d\nType <Ctrl+%c q> to exit the console, <Ctrl+%c "
			     "Ctrl+%c> to enter Ctrl+%c itself\n", s->tty, o->escape | 0x60,
			  o->escape | 0x60, o->escape | 0x60, o->escape | 0x60);
	ret = relay_attach_tty(&s->relay);
	s->terminal = s->relay.raw;
	resize(s);
	if (!ret)
		ret = follow(s);
	relay_restore(&s->relay);
	return ret;
}

int client_console(const char *name, const char *lxcpath, const struct console_options *o)
{
	static struct session s;
	int fd = open_monitor(name, lxcpath);

	s = (struct session){ .fd = fd, .escape = { .key = o->escape } };
	return fd < 0 ? fd : run(&s, o);
}

/* Up to what was there at the first question: who goes on writing makes it no longer. */
static int copy_log(int fd, int to, uint32_t *at)
{
	_Alignas(struct message) char room[MESSAGE_MAX];
	struct message *r = (struct message *)room, q = { .command = CMD_LOG };
	int64_t left = -1;
	ssize_t n;

	do {
		n = client_ask(fd, &q, r, sizeof(room) - sizeof(*r), NULL);
		if (n < 0)
			return (int)n;
		if (left < 0)
			left = n + r->value;
		*at = (uint32_t)r->status;
		/* All that is there is behind it. */
		if (to < 0)
			*at += (uint32_t)r->value;
		else if (fd_write_all(to, r->data, (size_t)n))
			return err_sys("cannot write");
		left -= n;
		q.value = r->status;
		q.status = 1;
	} while (to >= 0 && n && left > 0);
	return 0;
}

int client_console_log(const char *name, const char *lxcpath, int to, bool clear)
{
	AUTO_FD int fd = open_monitor(name, lxcpath);
	struct message q = { .command = CMD_LOG, .pid = 1, .status = 1 }, r;
	uint32_t at = 0;
	int ret = fd < 0 ? fd : copy_log(fd, to, &at);

	q.value = (int32_t)at;
	if (!ret && clear)
		ret = (int)client_ask(fd, &q, &r, 0, NULL);
	if (ret == -ENODEV)
		return err_set(ENODEV, "there is no ring buffer: lxc.console.buffer.size is 0");
	return ret >= 0 ? 0 : err_is_set() ? ret : fail(ret, 0, 0);
}
