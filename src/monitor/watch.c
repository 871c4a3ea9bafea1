/* SPDX-License-Identifier: MIT */
/* owns the side of those who listen to news, and finding out that a monitor was killed */
/* never changes anything of a container */
/*
 * News come by the fifo alone. A connection to each monitor that is known of stands beside it for
 * its end: the kernel closes it when the monitor is killed, which then can tell nothing itself.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

/* How often a container is looked at whose monitor is gone and which is not: it is about to die,
 * but for a frozen one. */
#define GONE_FIRST_MS 4
#define GONE_LAST_MS 1000

struct known {
	char entry[RUN_ENTRY_MAX];
	int fd;			/* -1: the monitor has closed it */
	pid_t monitor;
	bool dropped;		/* by a monitor that has more clients than places */
};

struct watch {
	int dir, fifo, signals, out, sig;
	char name[RUN_ENTRY_MAX + 12];
	sigset_t mask;
	struct known *known;
	struct pollfd *poll;
	unsigned int n, size;
	int gone_ms;		/* until those whose monitor is gone are looked at again */
	struct news later;	/* to be told after what is told first */
	bool is_later;
};

static struct known *find(struct watch *w, const char *entry)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (str_eq(w->known[i].entry, entry))
			return &w->known[i];
	return NULL;
}

static void forget(struct watch *w, struct known *k)
{
	fd_close(&k->fd);
	*k = w->known[--w->n];
}

static int grow(struct watch *w)
{
	unsigned int size = w->size ? w->size * 2 : 8;
	struct known *known = realloc(w->known, size * sizeof(*known));
	struct pollfd *p;

	if (!known)
		return err_set(ENOMEM, "out of memory");
	w->known = known;
	p = realloc(w->poll, (size + 3) * sizeof(*p));
	if (!p)
		return err_set(ENOMEM, "out of memory");
	w->poll = p;
	w->size = size;
	return 0;
}

/* One that cannot be connected to has ended again, and its news say so. */
static int add(struct watch *w, const struct run_dir *d)
{
	const struct message q = { .version = MESSAGE_VERSION, .command = CMD_WATCH };
	const char *entry = str_base(d->path);
	struct known *k = find(w, entry);
	AUTO_FD int fd = client_connect(d);
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    send(fd, &q, sizeof(q), MSG_NOSIGNAL) < 0)
		return 0;
	if (!k && w->n == w->size && grow(w))
		return -ENOMEM;
	if (k)
		fd_close(&k->fd);
	else
		k = &w->known[w->n++];
	*k = (struct known){ .fd = take_fd(&fd), .monitor = peer.pid };
	str_format(k->entry, sizeof(k->entry), "%s", entry);
	return 0;
}

static int add_each(struct run_dir *d, void *arg)
{
	return add(arg, d);
}

static int add_entry(struct watch *w, const char *entry)
{
	struct run_dir d;
	bool held = err_hold();
	int ret = run_dir_open_entry(&d, entry);

	err_release(held);
	if (ret)
		return 0;
	ret = add(w, &d);
	run_dir_close(&d);
	return ret;
}

static int open_signals(struct watch *w)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, &w->mask);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signals < 0 ? err_sys("cannot make a signal descriptor") : 0;
}

struct watch *watch_open(const char *entry, int out)
{
	struct watch *w = calloc(1, sizeof(*w));
	int ret;

	if (!w) {
		err_set(ENOMEM, "out of memory");
		return NULL;
	}
	w->dir = w->fifo = w->signals = -1;
	w->out = out;
	ret = open_signals(w);
	if (!ret)
		ret = grow(w);
	if (!ret)
		ret = w->fifo = news_open(entry, &w->dir, w->name, sizeof(w->name));
	if (ret >= 0)
		ret = entry ? add_entry(w, entry) : run_dir_each(add_each, w);
	if (ret >= 0)
		return w;
	watch_close(w);
	return NULL;
}

void watch_close(struct watch *w)
{
	bool held = err_hold();
	int sig = w->sig;

	if (w->fifo >= 0)
		news_close(w->dir, w->name);
	err_release(held);
	while (w->n)
		forget(w, w->known);
	fd_close(&w->dir);
	fd_close(&w->fifo);
	fd_close(&w->signals);
	sigprocmask(SIG_SETMASK, &w->mask, NULL);
	free(w->known);
	free(w->poll);
	free(w);
	if (sig)
		kill(getpid(), sig);
}

static void tell_stopped(struct watch *w, struct known *k, struct news *n)
{
	*n = (struct news){ .version = NEWS_VERSION, .kind = NEWS_STATE, .value = STATE_STOPPED };
	str_format(n->entry, sizeof(n->entry), "%s", k->entry);
	forget(w, k);
}

/*
 * One that has closed its connection: 1 and the news that it stopped when it is another one by
 * now, or none; 0 as long as its first process is there, or when it serves us again.
 */
static int is_gone(struct watch *w, struct known *k, struct news *n)
{
	struct container_status st = { .state = STATE_STOPPED };
	bool held = err_hold();
	struct run_dir d;

	if (!run_dir_open_entry(&d, k->entry)) {
		client_status_in(&d, &st);
		if (st.monitor == k->monitor && add(w, &d))
			log_debug("cannot connect again");
		run_dir_close(&d);
	}
	err_release(held);
	if (st.monitor ? st.monitor == k->monitor : st.state != STATE_STOPPED)
		return 0;
	tell_stopped(w, k, n);
	return 1;
}

static int look_at_gone(struct watch *w, struct news *n, bool *is_any)
{
	unsigned int i;

	*is_any = false;
	for (i = w->n; i--;) {
		if (w->known[i].fd >= 0 || w->known[i].dropped)
			continue;
		if (is_gone(w, &w->known[i], n))
			return 1;
		*is_any = true;
	}
	return 0;
}

/* Reads what a monitor says to its clients, which is for its end alone. */
static void hear(struct known *k)
{
	struct message r;
	ssize_t n;

	while ((n = recv(k->fd, &r, sizeof(r), MSG_DONTWAIT)) > 0)
		if (n >= (ssize_t)sizeof(r) && r.value < 0)
			k->dropped = true;
	if (!n || (errno != EAGAIN && errno != EINTR))
		fd_close(&k->fd);
}

/* 0: something may have come. */
static int sleep_for(struct watch *w, int timeout_ms)
{
	struct signalfd_siginfo si;
	unsigned int i;

	w->poll[0] = (struct pollfd){ .fd = w->fifo, .events = POLLIN };
	w->poll[1] = (struct pollfd){ .fd = w->signals, .events = POLLIN };
	w->poll[2] = (struct pollfd){ .fd = w->out };
	for (i = 0; i < w->n; i++)
		w->poll[3 + i] = (struct pollfd){ .fd = w->known[i].fd, .events = POLLIN };
	if (poll(w->poll, w->n + 3, timeout_ms) < 0)
		return errno == EINTR ? 0 : err_sys("cannot wait for news");
	for (i = 0; i < w->n; i++)
		if (w->poll[3 + i].revents)
			hear(&w->known[i]);
	if (w->poll[1].revents && read(w->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		w->sig = (int)si.ssi_signo;
		return -EINTR;
	}
	return w->poll[2].revents ? -EPIPE : 0;
}

/* 1: a message, 0: none now. */
static int read_fifo(struct watch *w, struct news *n)
{
	struct known *k;
	int ret = 0;

	if (w->is_later)
		*n = w->later;
	else if (read(w->fifo, n, sizeof(*n)) != (ssize_t)sizeof(*n) ||
		 n->version != NEWS_VERSION)
		return 0;
	w->is_later = false;
	n->entry[sizeof(n->entry) - 1] = '\0';
	k = find(w, n->entry);
	if (n->kind != NEWS_STATE)
		return 1;
	if (n->value == STATE_STARTING) {
		if (k && k->fd >= 0)
			hear(k);
		/* Not a reboot: the one before was killed. */
		if (k && k->fd < 0 && !k->dropped) {
			w->later = *n;
			w->is_later = true;
			tell_stopped(w, k, n);
		} else if (!k || k->fd < 0) {
			ret = add_entry(w, n->entry);
		}
	} else if (n->value == STATE_STOPPED && k) {
		forget(w, k);
	}
	return ret ? ret : 1;
}

int watch_next(struct watch *w, struct news *n, int timeout_ms)
{
	int64_t end = sys_now_ms() + timeout_ms;
	int ret;

	w->gone_ms = GONE_FIRST_MS;
	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : end - sys_now_ms();
		bool is_any;

		/* First of all: a monitor writes its last word before it closes a connection. */
		ret = read_fifo(w, n);
		if (!ret)
			ret = look_at_gone(w, n, &is_any);
		if (ret)
			return ret < 0 ? ret : 0;
		if (timeout_ms >= 0 && left <= 0)
			return -ETIMEDOUT;
		if (is_any && (left < 0 || left > w->gone_ms)) {
			left = w->gone_ms;
			w->gone_ms *= w->gone_ms < GONE_LAST_MS ? 2 : 1;
		}
		ret = sleep_for(w, (int)left);
		if (ret)
			return ret;
	}
}

int watch_wait(const char *name, const char *lxcpath, unsigned int mask, int timeout_ms)
{
	int64_t end = sys_now_ms() + timeout_ms;
	struct container_status st;
	char entry[RUN_ENTRY_MAX];
	struct news n = { .kind = NEWS_STATE };
	struct watch *w;
	int ret;

	run_dir_entry(entry, name, lxcpath);
	w = watch_open(entry, -1);
	if (!w)
		return -EIO;
	/* Asked only now that no news are missed. */
	ret = client_status(name, lxcpath, &st);
	n.value = (int32_t)st.state;
	while (!ret && !(n.kind == NEWS_STATE && n.value >= 0 && mask & 1U << n.value)) {
		int64_t left = timeout_ms < 0 ? -1 : end - sys_now_ms();

		ret = watch_next(w, &n, timeout_ms >= 0 && left < 0 ? 0 : (int)left);
	}
	watch_close(w);
	return ret;
}

/* 1: ready, 0: not yet; -ECANCELED with err: not in this life. */
static int ready_now(const char *name, const char *lxcpath, bool patient)
{
	struct container_status st;
	int ret = client_status(name, lxcpath, &st);

	if (ret)
		return ret;
	if (st.init && st.state != STATE_STARTING &&
	    (st.more.ready == READY_NONE || st.more.ready == READY_YES))
		return 1;
	if (!patient && st.state == STATE_STOPPED)
		return err_set(ECANCELED, "the container has stopped before it was ready");
	if (!patient && st.more.ready == READY_NO)
		return err_set(ECANCELED, "the container has not become ready (lxcbox.ready)");
	return 0;
}

int watch_ready(const char *name, const char *lxcpath, bool patient, int timeout_ms)
{
	int64_t end = sys_now_ms() + timeout_ms;
	char entry[RUN_ENTRY_MAX];
	struct watch *w;
	struct news n;
	int ret;

	run_dir_entry(entry, name, lxcpath);
	w = watch_open(entry, -1);
	if (!w)
		return -EIO;
	while (!(ret = ready_now(name, lxcpath, patient))) {
		int64_t left = timeout_ms < 0 ? -1 : end - sys_now_ms();

		ret = watch_next(w, &n, timeout_ms >= 0 && left < 0 ? 0 : (int)left);
		if (ret)
			break;
	}
	watch_close(w);
	return ret > 0 ? 0 : ret;
}
