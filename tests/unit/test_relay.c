/* SPDX-License-Identifier: MIT */
/* owns the tests of ptys and of the relay */
//link: console/relay.c console/pty.c console/log.c console/ring.c console/escape.c lib/err.c lib/str.c lib/fd.c lib/sys.c lib/path.c
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/fd.h"
#define UNIT_PREFIX "console: "
#include "unit.h"

/* A pty whose peer passes bytes as they are. */
static int raw_pty(struct pty *p)
{
	struct termios t;
	int peer;

	if (pty_open(p))
		return -1;
	peer = pty_open_peer(p);
	if (peer < 0 || tcgetattr(peer, &t))
		return -1;
	cfmakeraw(&t);
	tcsetattr(peer, TCSANOW, &t);
	return peer;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* The monitor's loop: until nothing has happened for idle ms (first for the first time) or the pty is gone. Rounds; -1: gone. */
static int rounds_of(struct relay *r, int first, int idle)
{
	struct pollfd p[RELAY_POLL_MAX];
	int rounds = 0;

	for (;;) {
		unsigned int n = relay_poll(r, p);

		if (poll(p, n, rounds ? idle : first) <= 0)
			return rounds;
		rounds++;
		if (relay_step(r, p, n) == -EPIPE)
			return -1;
	}
}

/* Something is on its way: on a busy machine a pty delivers when a kernel thread gets its turn. */
static int run(struct relay *r, int idle)
{
	return rounds_of(r, 10000, idle);
}

static int settle(struct relay *r, int idle)
{
	return rounds_of(r, idle, idle);
}

static void test_pty(void)
{
	struct pty a, b;
	struct stat st;
	int peer, twin;
	char buf[8];

	result("open", !pty_open(&a) && a.master >= 0, err_text());
	peer = pty_open_peer(&a);
	result("peer is a pts", peer >= 0 && !fstat(peer, &st) && S_ISCHR(st.st_mode) && major(st.st_rdev) == 136, err_text());
	result("master and peer are closed on exec and the master does not block",
	       fcntl(a.master, F_GETFD) & FD_CLOEXEC && fcntl(peer, F_GETFD) & FD_CLOEXEC &&
	       fcntl(a.master, F_GETFL) & O_NONBLOCK && !(fcntl(peer, F_GETFL) & O_NONBLOCK), "flags differ");
	result("they are a pair", write(peer, "x\n", 2) == 2 && read(a.master, buf, 8) == 3 && buf[0] == 'x', "no byte came");
	result("two differ", !pty_open(&b) && strcmp(a.peer, b.peer), a.peer);
	/* By path, as on kernels before 4.13: the name of another pty is noticed. */
	twin = open(b.peer, O_RDWR | O_NOCTTY | O_CLOEXEC);
	result("peer by name", twin >= 0, b.peer);
	fd_close(&twin);
	fd_close(&peer);
	pty_close(&a);
	pty_close(&b);
	pty_close(&b);
	result("closed twice", a.master == -1 && b.master == -1, "still open");
}

static void test_both_ways(void)
{
	struct relay r;
	struct pty p;
	int peer = raw_pty(&p), in[2], out[2];
	char buf[64] = "";

	if (peer < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, in) || pipe2(out, O_CLOEXEC))
		exit(2);
	relay_init(&r, p.master, in[0], out[1]);
	result("no terminal needs no raw mode", !relay_attach_tty(&r) && !r.raw, err_text());
	result("a pipe is opened again, the caller's stays as it was",
	       r.own_out >= 0 && fcntl(r.own_out, F_GETFL) & O_NONBLOCK && !(fcntl(out[1], F_GETFL) & O_NONBLOCK), "flags");
	if (write(in[1], "typed", 5) != 5 || write(peer, "shown", 5) != 5)
		exit(2);
	result("nothing waits for ever", run(&r, 300) > 0, "no round");
	result("typed bytes arrive", read(peer, buf, 64) == 5 && !memcmp(buf, "typed", 5), buf);
	result("shown bytes arrive", read(out[0], buf, 64) == 5 && !memcmp(buf, "shown", 5), buf);
	relay_restore(&r);
	relay_restore(&r);
	result("restored", r.own_out == -1 && r.side[RELAY_CALLER].out == -1, "still open");
	close(peer);
	pty_close(&p);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

#define MUCH 300000

/* A child that writes n bytes counting up to fd. */
static pid_t writer(int fd, size_t n)
{
	pid_t pid = fork();
	unsigned char buf[1000];
	size_t i, at = 0;

	if (pid)
		return pid;
	while (at < n) {
		size_t part = n - at < sizeof(buf) ? n - at : sizeof(buf);

		for (i = 0; i < part; i++)
			buf[i] = (unsigned char)((at + i) % 251);
		if (fd_write_all(fd, buf, part))
			_exit(1);
		at += part;
	}
	_exit(0);
}

static bool counts_up(const unsigned char *buf, size_t n, size_t at)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (buf[i] != (at + i) % 251)
			return false;
	return true;
}

/* Nobody takes the output: the container's side must be stopped, memory stays what it is, and nothing is lost later. */
static void test_back_pressure(void)
{
	struct relay r;
	struct pty p;
	int peer = raw_pty(&p), out[2], status;
	unsigned char buf[3000];
	size_t at = 0;
	bool same = true;
	int64_t end;
	pid_t pid;
	int rounds;

	if (peer < 0 || pipe2(out, O_CLOEXEC) || fcntl(out[1], F_SETPIPE_SZ, 4096) < 0)
		exit(2);
	relay_init(&r, p.master, -1, out[1]);
	pid = writer(peer, MUCH);
	rounds = run(&r, 100);
	result("a full pipe stops the reading", rounds > 0 && rounds < 100 && r.side[RELAY_CALLER].len > 0, "went on");
	result("the writer waits", !waitpid(pid, &status, WNOHANG), "it ended");
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	end = now_ms() + 20000;
	while (at < MUCH && now_ms() < end) {
		ssize_t n;

		settle(&r, 5);
		n = read(out[0], buf, sizeof(buf));
		if (n <= 0)
			continue;
		same = same && counts_up(buf, (size_t)n, at);
		at += (size_t)n;
	}
	result("every byte arrives in order", at == MUCH && same, same ? "too few" : "changed");
	waitpid(pid, &status, 0);
	relay_restore(&r);
	close(peer);
	pty_close(&p);
	close(out[0]);
	close(out[1]);
}

/* The reader of a pty stops: typed bytes stay with the caller. */
static void test_input_pressure(void)
{
	struct relay r;
	struct pty p;
	int peer = raw_pty(&p), in[2], rounds, status;
	unsigned char buf[3000];
	size_t at = 0;
	bool same = true;
	int64_t end;
	pid_t pid;

	if (peer < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in))
		exit(2);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	relay_init(&r, p.master, in[0], -1);
	pid = writer(in[1], MUCH);
	rounds = run(&r, 100);
	result("a full pty stops the reading of input", rounds > 0 && rounds < 3000 && !waitpid(pid, &status, WNOHANG), "went on");
	end = now_ms() + 20000;
	while (at < MUCH && now_ms() < end) {
		ssize_t n;

		settle(&r, 5);
		n = read(peer, buf, sizeof(buf));
		if (n <= 0)
			continue;
		same = same && counts_up(buf, (size_t)n, at);
		at += (size_t)n;
	}
	result("every typed byte arrives in order", at == MUCH && same, same ? "too few" : "changed");
	waitpid(pid, &status, 0);
	relay_restore(&r);
	close(peer);
	pty_close(&p);
	close(in[0]);
	close(in[1]);
}

static void test_log_only(void)
{
	struct relay r;
	struct pty p;
	char name[] = "/tmp/lxcbox-relay-XXXXXX", buf[64] = "";
	int peer = raw_pty(&p), log = mkstemp(name);
	struct console_log l = { .fd = log };

	if (peer < 0 || log < 0)
		exit(2);
	unlink(name);
	relay_init(&r, p.master, -1, -1);
	r.log = &l;
	if (write(peer, "first", 5) != 5)
		exit(2);
	run(&r, 300);
	result("without a terminal the log has it", pread(log, buf, 64, 0) == 5 && !memcmp(buf, "first", 5), buf);
	close(log);
	/* A log that takes nothing (here: closed) changes nothing. */
	relay_init(&r, p.master, -1, -1);
	r.log = &l;
	if (write(peer, "second", 6) != 6)
		exit(2);
	result("a failing log stops nobody", run(&r, 300) > 0 && l.failed, "no round");
	close(peer);
	pty_close(&p);
}

static void test_ends(void)
{
	struct relay r;
	struct pty p;
	int peer = raw_pty(&p), out[2], end;
	char buf[64] = "";

	if (peer < 0 || pipe2(out, O_CLOEXEC))
		exit(2);
	relay_init(&r, p.master, -1, out[1]);
	if (write(peer, "last words", 10) != 10)
		exit(2);
	close(peer);
	result("no hang-up while the monitor holds the peer", run(&r, 300) >= 0 && !r.hup, "hung up");
	result("what was written before is there", read(out[0], buf, 64) == 10 && !memcmp(buf, "last words", 10), buf);
	if (write(p.held, "last words", 10) != 10)
		exit(2);
	fd_close(&p.held);
	end = run(&r, 200);
	result("hang-up is told", end == -1 && r.hup, "not told");
	result("after everything was delivered", read(out[0], buf, 64) == 10 && !memcmp(buf, "last words", 10), buf);
	result("and is not polled again", relay_poll(&r, (struct pollfd[RELAY_POLL_MAX]){ { 0 } }) == 0, "polled");
	relay_restore(&r);
	pty_close(&p);

	/* The caller's side goes first. */
	peer = raw_pty(&p);
	relay_init(&r, p.master, -1, out[1]);
	close(out[0]);
	if (write(peer, "nobody", 6) != 6)
		exit(2);
	run(&r, 300);
	result("an output that went away is forgotten", r.side[RELAY_CALLER].out == -1 && !r.side[RELAY_CALLER].len && !r.hup, "kept");
	if (write(peer, "nobody", 6) != 6)
		exit(2);
	result("the container never blocks by it", run(&r, 300) > 0 && settle(&r, 30) == 0, "it does");
	relay_restore(&r);
	close(peer);
	pty_close(&p);
	close(out[1]);
}

/* What the line discipline of a container's console gives a reader of lines for this input. */
static ssize_t lines_of(const char *input, char *buf, size_t n)
{
	struct relay r;
	struct pty p;
	int peer, in[2];
	ssize_t got, all = 0;

	if (pty_open(&p) || (peer = pty_open_peer(&p)) < 0 || pipe2(in, O_CLOEXEC))
		exit(2);
	if (write(in[1], input, strlen(input)) != (ssize_t)strlen(input))
		exit(2);
	close(in[1]);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	relay_init(&r, p.master, in[0], -1);
	run(&r, 300);
	do {
		got = read(peer, buf + all, n - (size_t)all);
		all += got > 0 ? got : 0;
	} while (got > 0);
	relay_restore(&r);
	close(in[0]);
	close(peer);
	pty_close(&p);
	return got ? -1 : all;
}

static void test_input_end(void)
{
	char buf[64];

	result("the end of input with lines", lines_of("a\nb\n", buf, 64) == 4 && !memcmp(buf, "a\nb\n", 4), "no end of file");
	result("the end of input within a line", lines_of("a\nb", buf, 64) == 3 && !memcmp(buf, "a\nb", 3), "no end of file");
	result("no input is not the end of it", lines_of("", buf, 64) == -1, "end of file");
}

static void test_drain(void)
{
	struct relay r;
	struct pty p;
	int peer = raw_pty(&p), out[2];
	char buf[4096];
	int64_t begin;
	size_t i;

	if (peer < 0 || pipe2(out, O_CLOEXEC))
		exit(2);
	memset(buf, 'x', sizeof(buf));
	relay_init(&r, p.master, -1, out[1]);
	if (write(peer, buf, 3500) != 3500)
		exit(2);
	relay_drain(&r);
	result("drain delivers what is there", read(out[0], buf, sizeof(buf)) == 3500, "not all of it");
	begin = now_ms();
	relay_drain(&r);
	result("drain of nothing is quick", now_ms() - begin < 1000, "slow");
	/* Nobody reads: bounded. */
	fcntl(out[1], F_SETPIPE_SZ, 4096);
	fcntl(peer, F_SETFL, O_NONBLOCK);
	for (i = 0; i < 3; i++)
		if (write(peer, buf, 4000) <= 0)
			break;
	begin = now_ms();
	relay_drain(&r);
	result("drain to nobody ends", now_ms() - begin < 2 * RELAY_DRAIN_MS, "too late");
	relay_restore(&r);
	close(peer);
	pty_close(&p);
	close(out[0]);
	close(out[1]);
}

/* The caller's terminal is itself a pty here: raw mode, size, and both back as they were. */
static void test_terminal(void)
{
	struct winsize size = { .ws_row = 33, .ws_col = 111 }, seen;
	struct termios before, now;
	struct pty mine, theirs;
	struct relay r;
	int tty, peer;

	if (pty_open(&mine) || pty_open(&theirs) || (tty = pty_open_peer(&mine)) < 0 || (peer = pty_open_peer(&theirs)) < 0)
		exit(2);
	ioctl(tty, TIOCSWINSZ, &size);
	tcgetattr(tty, &before);
	relay_init(&r, theirs.master, tty, tty);
	result("raw mode", !relay_attach_tty(&r) && r.raw && !tcgetattr(tty, &now) && !(now.c_lflag & (ICANON | ECHO | ISIG)),
	       err_text());
	result("size is passed on", !ioctl(peer, TIOCGWINSZ, &seen) && seen.ws_row == 33 && seen.ws_col == 111, "differs");
	size.ws_row = 44;
	ioctl(tty, TIOCSWINSZ, &size);
	relay_resize(&r);
	result("a new size is passed on", !ioctl(peer, TIOCGWINSZ, &seen) && seen.ws_row == 44, "differs");
	result("the caller's descriptor still blocks", !(fcntl(tty, F_GETFL) & O_NONBLOCK), "O_NONBLOCK");
	relay_restore(&r);
	result("the terminal is put back", !tcgetattr(tty, &now) && now.c_lflag == before.c_lflag && now.c_oflag == before.c_oflag &&
	       now.c_iflag == before.c_iflag && !r.raw, "differs");
	close(tty);
	close(peer);
	pty_close(&mine);
	pty_close(&theirs);
}

/* A client beside the caller's output: both get every byte, both may type. */
static void test_client(void)
{
	struct console_log l = { .fd = -1 };
	struct ring ring;
	struct relay r;
	struct pty p;
	int peer = raw_pty(&p), out[2], pair[2], other[2];
	char buf[64] = "";
	uint32_t at = 0;

	if (peer < 0 || pipe2(out, O_CLOEXEC) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, other) || ring_open(&ring, 4096))
		exit(2);
	relay_init(&r, p.master, -1, out[1]);
	r.log = &l;
	r.ring = &ring;
	result("a client joins", !relay_add_client(&r, pair[0]), "refused");
	result("one at a time", relay_add_client(&r, other[0]) == -EBUSY, "a second one");
	if (write(peer, "shown", 5) != 5 || write(pair[1], "typed", 5) != 5)
		exit(2);
	run(&r, 300);
	result("the caller sees it", read(out[0], buf, 64) == 5 && !memcmp(buf, "shown", 5), buf);
	result("the client sees it", read(pair[1], buf, 64) == 5 && !memcmp(buf, "shown", 5), buf);
	result("the ring has it", ring_read(&ring, &at, buf, 64) == 5 && !memcmp(buf, "shown", 5), buf);
	result("what a client types arrives", read(peer, buf, 64) == 5 && !memcmp(buf, "typed", 5), buf);
	/* Its last bytes arrive, too, and then the next one may come. */
	if (write(pair[1], "last", 4) != 4)
		exit(2);
	close(pair[1]);
	run(&r, 300);
	result("the last that a client types arrives", read(peer, buf, 64) == 4 && !memcmp(buf, "last", 4), buf);
	result("a client that has gone is let go", r.side[RELAY_CLIENT].out == -1 && r.side[RELAY_CLIENT].in == -1, "kept");
	result("and the next one may come", !relay_add_client(&r, other[0]), "refused");
	/* The end of its input is told; raw mode has no character for it. */
	shutdown(other[1], SHUT_WR);
	run(&r, 100);
	if (write(peer, "shown", 5) != 5)
		exit(2);
	run(&r, 300);
	result("whose input has ended still sees", read(other[1], buf, 64) == 5, "nothing");
	relay_restore(&r);
	result("the end is told to the client", read(other[1], buf, 64) == 0, "not");
	close(other[1]);
	close(out[0]);
	close(out[1]);
	close(peer);
	ring_close(&ring);
	pty_close(&p);
}

/* One that takes nothing holds everybody up for RELAY_STALL_MS, and no longer. */
static void test_stalled_client(void)
{
	struct relay r;
	struct pty p;
	struct pollfd fds[RELAY_POLL_MAX];
	int peer = raw_pty(&p), pair[2], status, small = 4096;
	int64_t begin = now_ms();
	pid_t pid;

	if (peer < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) ||
	    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)))
		exit(2);
	relay_init(&r, p.master, -1, -1);
	if (relay_add_client(&r, pair[0]))
		exit(2);
	result("nothing to wait for", relay_timeout(&r) == -1, "a time");
	pid = writer(peer, MUCH);
	run(&r, 100);
	result("a client that does not read stops the pty", !waitpid(pid, &status, WNOHANG) && r.stalled, "it went on");
	result("for a while", relay_timeout(&r) > 0 && relay_timeout(&r) <= RELAY_STALL_MS, "no time");
	while (waitpid(pid, &status, WNOHANG) == 0 && now_ms() - begin < 4 * RELAY_STALL_MS) {
		unsigned int n = relay_poll(&r, fds);

		if (poll(fds, n, relay_timeout(&r) >= 0 ? relay_timeout(&r) : 100) >= 0)
			relay_step(&r, fds, n);
	}
	result("and is let go then", r.side[RELAY_CLIENT].out == -1 && status == 0 && now_ms() - begin < 4 * RELAY_STALL_MS, "kept");
	relay_restore(&r);
	close(pair[1]);
	close(peer);
	pty_close(&p);
}

/* Of a pty that takes nothing the way out is found all the same, and nothing is lost before. */
static void test_way_out(void)
{
	struct escape e = { .key = 1 };
	struct relay r;
	struct pty p;
	struct pollfd fds[RELAY_POLL_MAX];
	static char much[100000];
	int peer = raw_pty(&p), in[2], ret = 0;
	int64_t end = now_ms() + 20000;
	char buf[64];
	size_t at = 0;

	if (peer < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, in))
		exit(2);
	relay_init(&r, p.master, in[0], -1);
	r.escape = &e;
	if (write(in[1], "ab\1q", 4) != 4)
		exit(2);
	while (!ret && now_ms() < end) {
		unsigned int n = relay_poll(&r, fds);

		if (poll(fds, n, 100) >= 0)
			ret = relay_step(&r, fds, n);
	}
	result("the way out is told", ret == -ECANCELED, "not");
	result("after what was typed before", read(peer, buf, 64) == 2 && !memcmp(buf, "ab", 2), buf);

	e = (struct escape){ .key = 1 };
	memset(much, 'x', sizeof(much));
	end = now_ms() + 20000;
	for (ret = 0; !ret && now_ms() < end;) {
		unsigned int n;
		ssize_t done = at < sizeof(much) ? write(in[1], much + at, sizeof(much) - at) : write(in[1], "\1q", 2);

		at += done > 0 ? (size_t)done : 0;
		n = relay_poll(&r, fds);
		if (poll(fds, n, 100) >= 0)
			ret = relay_step(&r, fds, n);
	}
	result("the way out of a pty that takes nothing", ret == -ECANCELED, "not found");
	relay_restore(&r);
	close(in[0]);
	close(in[1]);
	close(peer);
	pty_close(&p);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alarm(60);	/* a relay that blocks is a failure, not a hang of the whole suite */
	setvbuf(stdout, NULL, _IONBF, 0);
	test_pty();
	test_both_ways();
	test_back_pressure();
	test_input_pressure();
	test_log_only();
	test_ends();
	test_input_end();
	test_drain();
	test_terminal();
	test_client();
	test_stalled_client();
	test_way_out();
	return unit_status();
}
