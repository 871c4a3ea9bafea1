/* SPDX-License-Identifier: MIT */
/* owns the monitor's half of lxc-console: who has which terminal, what the ring holds */
/* never reads or writes a tty, never waits for a client */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "monitor/internal.h"

/* What the kernel may hold of the console's bytes for a client that does not read. */
#define STREAM_BYTES 8192

static bool is_busy(const struct monitor *m, int number)
{
	const struct client *c;

	for (c = m->clients; c < m->clients + CLIENT_MAX; c++)
		if (c->fd >= 0 && c->tty == number)
			return true;
	return false;
}

/* One end is the relay's, the other goes to the client. */
static int open_stream(struct monitor *m, int *with)
{
	int pair[2], ret;

	if (!start_has_console(m->start->conf) || m->relay.master < 0)
		return -ENODEV;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
		return -errno;
	ret = setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &(int){ STREAM_BYTES }, sizeof(int))
		      ? -errno
		      : relay_add_client(&m->relay, pair[0]);
	if (ret) {
		close(pair[0]);
		close(pair[1]);
		return ret;
	}
	*with = pair[1];
	return 0;
}

void ttys_take(struct monitor *m, struct client *c, int number, struct message *r, int *with,
	       bool *own)
{
	const struct start *s = m->start;
	int n = (int)s->n_ttys, i = number < 0 ? 1 : number, last = number < 0 ? n : number;

	r->status = n;
	if (!number) {
		r->value = c->tty ? -EBUSY : open_stream(m, with);
		if (!r->value) {
			c->tty = CLIENT_CONSOLE;
			c->watching = *own = true;
		}
		return;
	}
	r->value = -ENXIO;
	for (; i <= last && i <= n; i++) {
		r->value = -EBUSY;
		/* One for each connection, lest it lets go of the other. */
		if (c->tty || is_busy(m, i))
			continue;
		c->tty = r->value = i;
		c->watching = true;
		*with = s->ttys[i - 1].master;
		return;
	}
}

void ttys_resize(struct monitor *m, int size)
{
	const struct winsize w = {
		.ws_row = (unsigned short)(size >> 16), .ws_col = (unsigned short)size };

	if (m->relay.master >= 0)
		ioctl(m->relay.master, TIOCSWINSZ, &w);
}

size_t ttys_log(struct monitor *m, const struct message *q, struct message *r)
{
	struct ring *ring = &m->start->ring;
	uint32_t at = (uint32_t)q->value;
	size_t n;

	if (!ring->at) {
		r->value = -ENODEV;
		return 0;
	}
	if (q->pid)
		ring_drop(ring, at);
	if (!q->status)
		at = ring->end - ring->used;
	n = ring_read(ring, &at, r->data, MESSAGE_MAX - sizeof(*r));
	r->status = (int32_t)at;
	r->value = (int32_t)(ring->end - at);
	return n;
}
