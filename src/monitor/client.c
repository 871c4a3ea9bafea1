/* SPDX-License-Identifier: MIT */
/* owns the client half of the command socket, and what is known without a monitor */
/* never waits without an end, never polls for a state */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

/* A monitor that does not answer within this is stopped or hangs. */
#define ANSWER_MS 1500
/* How long a killed container may take to be gone before the client does it itself. */
#define KILL_MS 1500
#define LOCK_WAIT_MS 8000

int client_connect(const struct run_dir *d)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	str_format(addr.sun_path, sizeof(addr.sun_path), "%s/sock", d->path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return take_fd(&fd);
}

/* One message within timeout_ms (< 0: for ever). Bytes after the header, -EPIPE at the end,
 * -ETIMEDOUT. No err text. with: a descriptor that came along, NULL: none may. */
static ssize_t receive(int fd, struct message *r, size_t room, int timeout_ms, int *with)
{
	int64_t end = sys_now_ms() + timeout_ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int came;
	ssize_t n;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : end - sys_now_ms();

		if (timeout_ms >= 0 && left < 0)
			left = 0;
		n = poll(&p, 1, (int)left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ETIMEDOUT;
		n = fd_receive(fd, r, sizeof(*r) + room, &came, NULL, 0);
		if (n == -EAGAIN)
			continue;
		if (with && came >= 0)
			*with = came;
		else
			fd_close(&came);
		if (n <= 0)
			return n < 0 && n != -ECONNRESET ? n : -EPIPE;
		return n < (ssize_t)sizeof(*r) || r->version != MESSAGE_VERSION
		               ? -EPROTO
		               : n - (ssize_t)sizeof(*r);
	}
}

/* 0, or -errno without err text. */
static int send_request(int fd, const struct message *head, const char *data)
{
	_Alignas(struct message) char q_room[sizeof(struct message) + 256];
	struct message *q = (struct message *)q_room;
	size_t n = data ? strlen(data) : 0;

	if (n > sizeof(q_room) - sizeof(*q))
		return -E2BIG;
	*q = *head;
	q->version = MESSAGE_VERSION;
	if (n)
		memcpy(q->data, data, n);
	/* Whom the monitor turns away has its answer already. */
	return send(fd, q, sizeof(*q) + n, MSG_NOSIGNAL) < 0 && errno != EPIPE ? -errno : 0;
}

/* The next answer to a command; bytes after the header, or -errno without err text. */
static ssize_t read_answer(int fd, uint16_t command, struct message *r, size_t room, int *with)
{
	ssize_t got;

	do
		got = receive(fd, r, room, ANSWER_MS, with);
	while (got >= 0 && r->command != command && r->value >= 0);
	return got < 0 ? got : r->value < 0 ? r->value : got;
}

/* Asks and reads one answer; bytes after the header, or -errno without err text. */
static ssize_t ask_with(int fd, const struct message *head, const char *data, struct message *r,
			size_t room, int *with)
{
	int ret = send_request(fd, head, data);

	return ret ? ret : read_answer(fd, head->command, r, room, with);
}

ssize_t client_ask(int fd, const struct message *q, struct message *r, size_t room, int *with)
{
	return ask_with(fd, q, NULL, r, room, with);
}

/* One turn of CMD_DEVICES: the rules that the answer brings, or the error that it tells. */
static int ask_devices(int fd, const struct message *q, const char *rule, struct message *r)
{
	ssize_t n = send_request(fd, q, rule);

	if (!n)
		n = receive(fd, r, MESSAGE_MAX - sizeof(*r), ANSWER_MS, NULL);
	if (n < 0)
		return err_code((int)n, "cannot ask the monitor");
	r->data[n] = '\0';
	if (r->value < 0 && !n)
		return err_code(r->value, "cannot change device rules");
	return r->value < 0 ? err_set(-r->value, "%s", r->data) : 0;
}

int client_devices(const struct run_dir *d, bool allow, const char *rule, int to)
{
	_Alignas(struct message) char room[MESSAGE_MAX + 1];
	struct message *r = (struct message *)room;
	struct message q = { .command = CMD_DEVICES, .status = rule ? allow : 2 };
	AUTO_FD int fd = client_connect(d);
	const char *at;
	int ret;

	if (fd < 0)
		return err_code(fd, "cannot reach the monitor");
	do {
		ret = ask_devices(fd, &q, rule, r);
		if (!ret && !rule)
			ret = fd_write_all(to, r->data, strlen(r->data));
		for (at = r->data; !ret && (at = strchr(at, '\n')); at++)
			q.value++;
	} while (!ret && !rule && r->value > 0 && *r->data);
	return ret;
}

static ssize_t ask(int fd, enum command c, int value, struct message *r)
{
	return client_ask(
		fd, &(struct message){ .command = (uint16_t)c, .value = value }, r, 0, NULL);
}

/* Who answers is the monitor, and need not be looked for. more: bytes behind the header. */
static void take_status(int fd, const struct message *r, ssize_t more, struct container_status *st)
{
	struct ucred peer = { .pid = 0 };

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){ sizeof(peer) }))
		peer.pid = 0;
	*st = (struct container_status){ .state = (enum state)r->value, .init = r->pid,
		.monitor = peer.pid };
	if (HAS_MORE && more >= (ssize_t)sizeof(st->more))
		memcpy(&st->more, r->data, sizeof(st->more));
}

static void status_by_record(const struct run_dir *d, struct container_status *st)
{
	*st = (struct container_status){ .monitor = record_process(d, "monitor") };
	st->init = record_process(d, "init");
	st->state = st->init	  ? STATE_RUNNING
		    : st->monitor ? STATE_STARTING
				  : STATE_STOPPED;
}

void client_status_in(const struct run_dir *d, struct container_status *st)
{
	AUTO_FD int fd = client_connect(d);
	_Alignas(struct message) char room[sizeof(struct message) + sizeof(st->more)];
	struct message *r = (struct message *)room;
	ssize_t more = fd < 0 ? fd : client_ask(fd, &(struct message){ .command = CMD_STATE }, r,
						sizeof(st->more), NULL);

	if (more >= 0)
		take_status(fd, r, more, st);
	else
		status_by_record(d, st);
}

/* All is asked at once: the monitor wakes up for it a single time. */
static int send_keys(int fd, const char *const *keys)
{
	int ret = send_request(fd, &(struct message){ .command = CMD_STATE }, NULL);

	for (; !ret && *keys; keys++)
		ret = send_request(fd, &(struct message){ .command = CMD_CONFIG }, *keys);
	return ret;
}

bool client_status_keys(const struct run_dir *d, struct container_status *st,
			const char *const *keys, struct conf_sink *const *sinks)
{
	_Alignas(struct message) char room[MESSAGE_MAX];
	struct message *r = (struct message *)room;
	AUTO_FD int fd = client_connect(d);
	ssize_t got = fd < 0 ? fd : send_keys(fd, keys);

	if (got >= 0)
		got = read_answer(fd, CMD_STATE, r, sizeof(room) - sizeof(*r), NULL);
	if (got < 0) {
		status_by_record(d, st);
		return false;
	}
	take_status(fd, r, got, st);
	for (; *keys; keys++, sinks++) {
		got = read_answer(fd, CMD_CONFIG, r, sizeof(room) - sizeof(*r), NULL);
		/* A key that this monitor does not know has no value. */
		if (got == -ENOENT)
			continue;
		if (got < 0 || r->value || (*sinks)->put(*sinks, r->data, (size_t)got))
			return false;
	}
	return true;
}

int client_status(const char *name, const char *lxcpath, struct container_status *st)
{
	struct run_dir d;
	int ret = run_dir_open(&d, name, lxcpath);

	*st = (struct container_status){ .state = STATE_STOPPED };
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	client_status_in(&d, st);
	run_dir_close(&d);
	return 0;
}

/* Piece by piece: the monitor says how much is left behind each. */
static int copy_config(int fd, const char *key, bool bare, int to)
{
	_Alignas(struct message) char room[MESSAGE_MAX];
	struct message *r = (struct message *)room;
	int32_t from = 0;
	ssize_t got;
	int ret;

	do {
		got = ask_with(fd, &(struct message){ .command = CMD_CONFIG, .value = from,
			.status = !bare }, key, r, sizeof(room) - sizeof(*r), NULL);
		if (got < 0)
			return (int)got;
		if ((!got && r->value) || from > INT32_MAX - (int32_t)got)
			return -EPROTO;
		ret = fd_write_all(to, r->data, (size_t)got);
		if (ret)
			return ret;
		from += (int32_t)got;
	} while (r->value);
	return from;
}

int client_config(const char *name, const char *lxcpath, const char *key, bool bare, int to)
{
	struct run_dir d;
	int fd, ret = run_dir_open(&d, name, lxcpath);

	if (ret)
		return ret == -ENOENT ? -ESRCH : ret;
	fd = client_connect(&d);
	ret = fd < 0 ? -ESRCH : copy_config(fd, key, bare, to);
	fd_close(&fd);
	run_dir_close(&d);
	return ret;
}

void client_wake(const char *name, const char *lxcpath)
{
	struct message r;
	struct run_dir d;
	int fd;

	if (run_dir_open(&d, name, lxcpath))
		return;
	fd = client_connect(&d);
	if (fd >= 0 && ask(fd, CMD_SIGNAL, STOP_WAKE, &r) < 0)
		log_debug("the monitor knows no pause");
	fd_close(&fd);
	run_dir_close(&d);
}

/* Follows the states until one of mask, which it returns; -EPIPE when the connection ends before,
 * which a killed monitor's does. */
static int follow(int fd, unsigned int mask, int timeout_ms)
{
	int64_t end = sys_now_ms() + timeout_ms;
	struct message r;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : end - sys_now_ms();
		ssize_t got = receive(fd, &r, 0, timeout_ms >= 0 && left < 0 ? 0 : (int)left, NULL);

		if (got < 0)
			return (int)got;
		if (r.command == CMD_WATCH && r.value >= 0 && mask & 1U << r.value)
			return r.value;
	}
}

int client_wait(const char *name, const char *lxcpath, unsigned int mask, int timeout_ms)
{
	struct run_dir d;
	struct message r;
	int fd, ret = run_dir_open(&d, name, lxcpath);

	if (ret && ret != -ENOENT)
		return ret;
	fd = ret ? -1 : client_connect(&d);
	run_dir_close(&d);
	if (fd < 0)
		return mask & 1U << STATE_STOPPED ? 0
		                                  : err_set(ESRCH, "the container is not running");
	ret = (int)ask(fd, CMD_WATCH, 0, &r);
	if (ret >= 0)
		ret = mask & 1U << r.value ? 0 : follow(fd, mask, timeout_ms);
	if (ret == -EPIPE && mask & 1U << STATE_STOPPED)
		ret = 0;
	fd_close(&fd);
	return ret < 0 ? err_code(ret, "waiting for the container's state") : 0;
}

int client_undo(struct run_dir *d)
{
	bool is_ghost = record_process(d, "init") != 0;
	int ret = record_undo(d);

	/* Nobody else is left to tell it. */
	if (CFG_STATE_NEWS && !ret && is_ghost)
		news_tell(d, NEWS_STATE, STATE_STOPPED);
	return ret ? ret : is_ghost;
}

/*
 * Undoes what a monitor that is gone, or about to be, has not undone itself. -EBUSY without err
 * text, with the directory open: it, or somebody else, is still there after wait_ms.
 */
static int finish_undo(struct run_dir *d, const char *name, const char *lxcpath, int wait_ms)
{
	int ret;

	run_dir_close(d);
	ret = run_dir_lock(d, name, lxcpath, false, wait_ms);
	if (ret == -EBUSY)
		return ret;
	if (!ret)
		ret = client_undo(d);
	run_dir_close(d);
	return ret == -ENOENT || ret > 0 ? 0 : ret;
}

/* The monitor does not answer: ends both processes by the record and undoes what they made. */
static int end_by_force(struct run_dir *d, const char *name, const char *lxcpath)
{
	pid_t monitor = record_process(d, "monitor"), init = record_process(d, "init");
	int ret;

	log_warn("the monitor does not answer: ending the container without it");
	if (init && kill(init, SIGKILL))
		log_debug("the first process is gone");
	if (monitor && kill(monitor, SIGKILL))
		log_debug("the monitor is gone");
	ret = finish_undo(d, name, lxcpath, LOCK_WAIT_MS);
	if (ret == -EBUSY && monitor && record_process(d, "monitor") == monitor)
		ret = err_set(EDEADLK, "the monitor (pid %d) was killed and does not end: is its cgroup frozen?",
			monitor);
	run_dir_close(d);
	return ret == -EBUSY ? err_set(EBUSY, "'%s' is locked by another command", d->path) : ret;
}

/* Through the next life's start, which may have begun: from is the state when it was asked for. */
static int follow_reboot(int fd, const struct stop_options *o, enum state from, int limit)
{
	const unsigned int stopped = 1U << STATE_STOPPED;
	int ret = from == STATE_STARTING ? (int)from
					 : follow(fd, stopped | 1U << STATE_STARTING, limit);

	if (ret == STATE_STARTING)
		ret = follow(fd, stopped | 1U << STATE_RUNNING, limit);
	if (ret == -ETIMEDOUT)
		return err_set(ETIMEDOUT, "the container did not reboot within %d s", o->timeout_s);
	return ret > 0 ? 0 : err_set(ECANCELED, "the container has stopped and not started again");
}

static int stop_by_monitor(int fd, const struct stop_options *o)
{
	const unsigned int stopped = 1U << STATE_STOPPED;
	enum stop_signal which = o->kill ? STOP_KILL
				 : CFG_REBOOT && o->reboot ? STOP_REBOOT
							   : STOP_HALT;
	enum state from;
	struct message r = { 0 };
	/* More than a signed 32-bit number of milliseconds is for ever. */
	int limit = o->timeout_s < 0 || o->timeout_s > INT_MAX / 1000 ? -1 : o->timeout_s * 1000;
	ssize_t ret = ask(fd, CMD_WATCH, 0, &r);

	from = (enum state)r.value;
	if (ret >= 0)
		ret = ask(fd, CMD_SIGNAL, which, &r);
	if (ret < 0)
		return (int)ret;
	if (o->nowait)
		return 0;
	if (CFG_REBOOT && o->reboot)
		return follow_reboot(fd, o, from, limit);
	ret = follow(fd, stopped, o->kill ? KILL_MS : limit);
	if (ret != -ETIMEDOUT || o->kill)
		return (int)ret;
	if (o->nokill)
		return err_set(ETIMEDOUT, "the container did not stop within %d s", o->timeout_s);
	log_info("not stopped after %d s: killing", o->timeout_s);
	ret = ask(fd, CMD_SIGNAL, STOP_KILL, &r);
	return ret < 0 ? (int)ret : follow(fd, stopped, KILL_MS);
}

/*
 * The lock when nobody holds the name (0), or a connection to who does (> 0, *fd); a start that
 * does not listen yet and an end that does not any more get a while (-ETIMEDOUT).
 */
static int lock_or_connect(struct run_dir *d, const char *name, const char *lxcpath, int *fd)
{
	int64_t deadline = sys_now_ms() + ANSWER_MS;
	int ret;

	for (;;) {
		ret = run_dir_lock(d, name, lxcpath, false, 0);
		if (ret != -EBUSY)
			return ret;
		*fd = client_connect(d);
		if (*fd >= 0)
			return 1;
		if (sys_now_ms() >= deadline)
			return -ETIMEDOUT;
		run_dir_close(d);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

int client_stop(const char *name, const char *lxcpath, const struct stop_options *o)
{
	struct run_dir d;
	int fd = -1, ret = lock_or_connect(&d, name, lxcpath, &fd);

	if (ret == -ENOENT)
		return -ESRCH;
	if (!ret) {
		ret = client_undo(&d);
		run_dir_close(&d);
		return ret < 0 ? ret : ret ? 0 : -ESRCH;
	}
	if (ret < 0 && ret != -ETIMEDOUT)
		return ret;
	if (ret > 0)
		ret = stop_by_monitor(fd, o);
	fd_close(&fd);
	/* Killed before it could say "stopped": what it left must go all the same. */
	if (ret == -EPIPE) {
		ret = finish_undo(&d, name, lxcpath, ANSWER_MS);
		if (ret != -EBUSY)
			return ret;
	}
	if (ret == -EPERM)
		ret = err_code(ret, "the monitor refuses who is not of its user and pid namespace");
	if (ret && !err_is_set() && !o->nokill && !o->reboot)
		return end_by_force(&d, name, lxcpath);
	run_dir_close(&d);
	return ret ? err_code(ret, "the monitor does not answer") : 0;
}
