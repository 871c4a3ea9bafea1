/* SPDX-License-Identifier: MIT */
/* owns the command socket of a monitor and its table of clients */
/* never blocks on a client, never allocates */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

static void drop(struct client *c)
{
	fd_close(&c->fd);
	c->watching = false;
	c->tty = 0;
}

/* What is in the way is nobody's: the name is ours. */
static int bind_to(int fd, const struct sockaddr_un *addr)
{
	int ret = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));

	if (ret && errno == EADDRINUSE && !unlink(addr->sun_path))
		ret = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
	return ret;
}

int server_open(struct monitor *m)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	unsigned int i;

	for (i = 0; i < CLIENT_MAX; i++)
		m->clients[i].fd = -1;
	m->listen = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->listen < 0)
		return err_sys("cannot make the command socket");
	str_format(addr.sun_path, sizeof(addr.sun_path), "%s/sock", m->dir.path);
	if (bind_to(m->listen, &addr) || chmod(addr.sun_path, 0600) ||
		listen(m->listen, CLIENT_MAX))
		return err_sys("cannot listen on '%s'", addr.sun_path);
	return 0;
}

void server_close(struct monitor *m)
{
	unsigned int i;

	fd_close(&m->listen);
	for (i = 0; i < CLIENT_MAX; i++)
		drop(&m->clients[i]);
}

/* Of our user, and of our pid namespace: root of a container that sees the socket is neither. */
static bool may_ask(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);
	struct stat ours, theirs;
	char path[40];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) || peer.uid != sys_euid() ||
		peer.pid <= 0)
		return false;
	str_format(path, sizeof(path), "/proc/%d/ns/pid", peer.pid);
	return !stat("/proc/self/ns/pid", &ours) && !stat(path, &theirs) &&
	       ours.st_ino == theirs.st_ino;
}

/* What is unread when a unix socket is closed resets the peer, who would then not see the answer
 * (net/unix/af_unix.c, unix_release_sock): so no more is taken, and what came is read, before. */
static void turn_away(int fd)
{
	const struct message refused = { .version = MESSAGE_VERSION, .value = -EPERM };
	char byte;

	if (send(fd, &refused, sizeof(refused), MSG_NOSIGNAL) < 0 || shutdown(fd, SHUT_RD))
		log_debug("a client was refused");
	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) > 0)
		;
	close(fd);
}

/* with: a descriptor that goes along, -1: none. */
static void send_to(struct client *c, const struct message *r, size_t n, int with)
{
	if (fd_send(c->fd, r, n, with, MSG_DONTWAIT) != (ssize_t)n)
		drop(c);
}

static void refuse(struct client *c, const struct message *q, int err)
{
	struct message r = { .version = MESSAGE_VERSION, .command = q->command, .value = -err };

	send_to(c, &r, sizeof(r), -1);
}

static struct client *free_place(struct monitor *m)
{
	struct client *oldest = NULL, *c;

	for (c = m->clients; c < m->clients + CLIENT_MAX; c++) {
		if (c->fd < 0)
			return c;
		if (!oldest || c->watching < oldest->watching ||
			(c->watching == oldest->watching && c->deadline < oldest->deadline))
			oldest = c;
	}
	/* Lest it takes the end of the connection for the end of the container. */
	refuse(oldest, &(struct message){ .command = CMD_WATCH }, EUSERS);
	drop(oldest);
	return oldest;
}

static void take_client(struct monitor *m)
{
	int fd = accept4(m->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	if (fd < 0)
		return;
	if (!may_ask(fd)) {
		turn_away(fd);
		return;
	}
	c = free_place(m);
	*c = (struct client){ .fd = fd, .deadline = sys_now_ms() + CLIENT_DEADLINE_MS };
}

static void fill(const struct monitor *m, struct message *r, uint16_t command)
{
	*r = (struct message){ .version = MESSAGE_VERSION,
		.command = command,
		.value = (int32_t)m->state,
		.pid = m->start->pid,
		.status = m->exit_status };
}

/* Bytes behind the header. */
static size_t put_more(const struct monitor *m, struct message *r)
{
	if (!HAS_MORE)
		return 0;
	memcpy(r->data, &m->more, sizeof(m->more));
	return sizeof(m->more);
}

void server_tell(struct monitor *m)
{
	_Alignas(struct message) char room[sizeof(struct message) + sizeof(struct message_more)];
	struct message *r = (struct message *)room;
	struct client *c;

	for (c = m->clients; c < m->clients + CLIENT_MAX; c++) {
		if (c->fd < 0 || !c->watching)
			continue;
		fill(m, r, CMD_WATCH);
		send_to(c, r, sizeof(*r) + put_more(m, r), -1);
	}
}

void server_end_ttys(struct monitor *m, bool console_only)
{
	struct client *c;

	for (c = m->clients; c < m->clients + CLIENT_MAX; c++) {
		if (c->fd < 0 || !c->tty || (console_only && c->tty != CLIENT_CONSOLE))
			continue;
		if (console_only)
			refuse(c, &(struct message){ .command = CMD_TTY }, ETIMEDOUT);
		drop(c);
	}
}

/* The part of a text that fits one message, from an offset on. */
struct window {
	struct conf_sink sink;
	size_t skip, room, more;	/* more: bytes behind it */
	char *at;
};

static int put_window(struct conf_sink *s, const char *text, size_t n)
{
	struct window *w = (struct window *)s;
	size_t skip = n < w->skip ? n : w->skip, take = n - skip < w->room ? n - skip : w->room;

	memcpy(w->at, text + skip, take);
	w->skip -= skip;
	w->at += take;
	w->room -= take;
	w->more += n - skip - take;
	return 0;
}

/*
 * A long value goes out in pieces, each of them asked for: nothing is kept of a client between
 * them, so that a slow one costs nothing. What does not change while the container runs is the
 * same in every piece.
 */
static size_t config_text(const struct monitor *m, const struct message *q, struct message *r)
{
	struct window w = { .sink = { put_window }, .skip = (size_t)q->value,
		.room = MESSAGE_MAX - sizeof(*r), .at = r->data };
	bool held = err_hold();
	int ret = q->value < 0 ? -EINVAL
	                       : conf_print_to(m->start->conf, q->data, !q->status, &w.sink);

	err_release(held);
	r->value = ret < 0 ? ret : w.more > INT32_MAX ? INT32_MAX : (int32_t)w.more;
	return ret < 0 ? 0 : (size_t)(w.at - r->data);
}

/* Lines as of devices.list from one rule on, as many as fit; what does not is counted. */
static size_t list_rules(const struct device_set *s, int from, struct message *r)
{
	const size_t room = MESSAGE_MAX - sizeof(*r);
	char text[DEVICE_TEXT];
	unsigned int i = (unsigned int)from;
	size_t n = 0;

	if (s->allow)
		return str_format(r->data, room, "a *:* rwm\n");
	for (; i < s->n && n + DEVICE_TEXT < room; i++)
		n += str_format(r->data + n, room - n, "%s\n",
				device_rule_text(&s->rule[i], text));
	r->value = i < s->n ? (int32_t)(s->n - i) : 0;
	return n;
}

static int act_on_rules(struct monitor *m, const struct message *q)
{
	struct start *s = m->start;

	if (q->value < 0 || q->status < 0 || q->status > 2)
		return -EINVAL;
	if (s->pid <= 0)
		return -ESRCH;
	if (!cgroup_devices_are_program(&s->layout))
		return -EOPNOTSUPP;
	if (q->status == 2)
		return cgroup_devices_learn(&s->layout, s->cgroup_dir, 0, &s->devices);
	return cgroup_devices_change(&s->layout, s->cgroup_dir, q->status, q->data, &s->devices);
}

/* Rules that are a program are known to nobody else. */
static size_t change_rules(struct monitor *m, const struct message *q, struct message *r)
{
	size_t n = 0;

	err_clear();
	r->value = act_on_rules(m, q);
	if (r->value)
		n = str_format(r->data, ERR_MAX, "%s", err_text());
	else if (q->status == 2)
		n = list_rules(&m->start->devices, q->value, r);
	else
		log_info("devices.%s %s", q->status ? "allow" : "deny", q->data);
	err_clear();
	return n;
}

static void answer(struct monitor *m, struct client *c, struct message *q, size_t n)
{
	_Alignas(struct message) char room[MESSAGE_MAX];
	struct message *r = (struct message *)room;
	size_t more = 0;
	int with = -1;
	bool own = false;

	monitor_look(m);
	fill(m, r, q->command);
	switch ((enum command)q->command) {
	case CMD_STATE:
		more = put_more(m, r);
		break;
	case CMD_SIGNAL:
		if (q->value < STOP_HALT || q->value > (CFG_RESTART_POLICY ? STOP_WAKE : STOP_KILL))
			r->value = -EINVAL;
		else
			r->value = monitor_signal(m, (enum stop_signal)q->value);
		break;
	case CMD_WATCH:
		c->watching = true;
		more = put_more(m, r);
		break;
	case CMD_CONFIG:
		q->data[n] = '\0';
		more = config_text(m, q, r);
		break;
	case CMD_DEVICES:
		q->data[n] = '\0';
		if (CFG_CGROUP_BPF)
			more = change_rules(m, q, r);
		break;
	case CMD_TTY:
		if (CFG_LXC_CONSOLE)
			ttys_take(m, c, q->value, r, &with, &own);
		break;
	case CMD_RESIZE:
		if (CFG_LXC_CONSOLE)
			ttys_resize(m, q->value);
		break;
	case CMD_LOG:
		if (CFG_CONSOLE_RING)
			more = ttys_log(m, q, r);
		break;
	case CMD_COUNT:
		break;
	}
	send_to(c, r, sizeof(*r) + more, with);
	if (own)
		fd_close(&with);
}

static bool is_built(uint16_t command)
{
	switch ((enum command)command) {
	case CMD_TTY:
	case CMD_RESIZE:
		return CFG_LXC_CONSOLE;
	case CMD_LOG:
		return CFG_CONSOLE_RING;
	case CMD_DEVICES:
		return CFG_CGROUP_BPF;
	default:
		return true;
	}
}

static void serve(struct monitor *m, struct client *c)
{
	static const struct { uint16_t least, most; } sizes[] = {
#define CMD(name, least, most, what) { least, most },
#include "monitor/commands.def"
#undef CMD
	};
	/* The longest request and a byte for a closing NUL. */
	_Alignas(struct message) char room[sizeof(struct message) + 257];
	struct message *q = (struct message *)room;
	ssize_t got = recv(c->fd, room, sizeof(room) - 1, MSG_TRUNC | MSG_DONTWAIT);
	size_t n;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < (ssize_t)sizeof(*q)) {
		drop(c);
		return;
	}
	n = (size_t)got - sizeof(*q);
	if (q->version != MESSAGE_VERSION)
		refuse(c, q, EPROTO);
	else if (q->command >= CMD_COUNT || !is_built(q->command))
		refuse(c, q, ENOSYS);
	else if (n < sizes[q->command].least || n > sizes[q->command].most)
		refuse(c, q, EINVAL);
	else
		answer(m, c, q, n);
	c->deadline = sys_now_ms() + CLIENT_DEADLINE_MS;
}

unsigned int server_poll(const struct monitor *m, struct pollfd *p)
{
	unsigned int i, n = 1;

	p[0] = (struct pollfd){ .fd = m->listen, .events = POLLIN };
	for (i = 0; i < CLIENT_MAX; i++)
		if (m->clients[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = m->clients[i].fd, .events = POLLIN };
	return n;
}

void server_step(struct monitor *m, const struct pollfd *p, unsigned int n)
{
	int64_t now = sys_now_ms();
	struct client *c;
	unsigned int i;

	for (c = m->clients; c < m->clients + CLIENT_MAX; c++) {
		for (i = 1; i < n; i++)
			if (c->fd >= 0 && p[i].fd == c->fd && p[i].revents)
				break;
		if (i < n)
			serve(m, c);
		else if (c->fd >= 0 && !c->watching && now >= c->deadline)
			drop(c);
	}
	if (p[0].revents)
		take_client(m);
}

int server_timeout(const struct monitor *m)
{
	int64_t first = INT64_MAX, now = sys_now_ms();
	const struct client *c;

	for (c = m->clients; c < m->clients + CLIENT_MAX; c++)
		if (c->fd >= 0 && !c->watching && c->deadline < first)
			first = c->deadline;
	return first == INT64_MAX ? -1 : first > now ? (int)(first - now) : 0;
}
