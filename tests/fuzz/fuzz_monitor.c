/* SPDX-License-Identifier: MIT */
//link: monitor/server.c lib/path.c lib/fd.c lib/fd_pass.c lib/log.c lib/str.c lib/err.c lib/sys.c
//wrap: malloc
//wrap: calloc
//wrap: realloc
/* owns the fuzzing of a monitor's requests: any bytes, in any packets, of clients that come, go and read or do not */
/* never signals: what a request would do is counted, and done by well-formed ones alone */
/*
 * Input: what clients do, one after the other; the low three bits of a byte say what, the others which client:
 * 0 connect, 1 hang up, 2 and 3 a packet of any bytes (length, bytes), 4 and 5 a request (command, 4 bytes of value, length, bytes),
 * 6 the monitor's turn and answers are read, 7 the state changes and watchers are told.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/conf.h"
#include "fuzz.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"

#define PEERS 40	/* more than the table has */
#define PENDING 64

/* The fixed part of struct message. */
struct request {
	uint16_t version, command;
	int32_t value, pid, status;
};

struct peer {
	int fd;
	unsigned int n;		/* requests that have no answer yet */
	struct { struct request q; char key[257]; size_t n; } asked[PENDING];
};

static struct peer peers[PEERS];
static struct monitor m;
static unsigned int signals_asked, signals_sent;
static bool is_serving;

/* Once it runs a monitor allocates nothing. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t each);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t each);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	claim(!is_serving);
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t each)
{
	claim(!is_serving);
	return __real_calloc(n, each);
}

void *__wrap_realloc(void *p, size_t n)
{
	claim(!is_serving);
	return __real_realloc(p, n);
}

void monitor_look(struct monitor *of)
{
	claim(of == &m);
}

int monitor_signal(struct monitor *of, enum stop_signal which)
{
	claim(of == &m && (which == STOP_HALT || which == STOP_REBOOT || which == STOP_KILL));
	signals_sent++;
	return 0;
}

/* What these do with terminals is theirs; no descriptor goes along. */
void ttys_take(struct monitor *of, struct client *c, int number, struct message *r, int *with, bool *own)
{
	claim(of == &m && *with == -1);
	r->value = -ENOENT;
}

/* Device rules are the kernel's here: a request for a program's has nothing to change. */
bool cgroup_devices_are_program(const struct cgroup_layout *l)
{
	return false;
}

int cgroup_devices_learn(const struct cgroup_layout *l, const char *dir, unsigned int room, struct device_set *set)
{
	claim(false);
	return 0;
}

int cgroup_devices_change(const struct cgroup_layout *l, const char *dir, bool allow, const char *rule, struct device_set *set)
{
	claim(false);
	return 0;
}

const char *device_rule_text(const struct device_rule *r, char *buf)
{
	claim(false);
	return buf;
}

void ttys_resize(struct monitor *of, int size)
{
	claim(of == &m);
}

size_t ttys_log(struct monitor *of, const struct message *q, struct message *r)
{
	claim(of == &m);
	return 0;
}

/* A key's text is so long as its name says: its bytes are a function of their place. */
static size_t text_length(const char *key)
{
	return *key == 'x' ? 0 : strlen(key) * 97;
}

static char text_byte(const char *key, size_t at)
{
	return (char)('a' + (at + (unsigned char)*key) % 23);
}

int conf_print_to(const struct conf *c, const char *key, bool bare, struct conf_sink *out)
{
	size_t i, n = text_length(key);
	char byte;
	int ret = *key == 'x' ? err_set(ENOENT, "no key") : 0;

	claim(strlen(key) < 256);
	for (i = 0; !ret && i < n; i++) {
		byte = text_byte(key, i);
		ret = out->put(out, &byte, 1);
	}
	return ret;
}

static void take(struct peer *p)
{
	memmove(p->asked, p->asked + 1, --p->n * sizeof(p->asked[0]));
}

static void check_text(const struct peer *p, const struct message *r, size_t n)
{
	const struct request *q = &p->asked[0].q;
	const char *key = p->asked[0].key;
	size_t i, all = text_length(key), from = (size_t)q->value;

	if (q->value < 0) {
		claim(r->value == -EINVAL && !n);
	} else if (*key == 'x') {
		claim(r->value == -ENOENT && !n);
	} else {
		claim(from >= all ? !n && !r->value : n + (size_t)r->value == all - from);
		for (i = 0; i < n; i++)
			claim(r->data[i] == text_byte(key, from + i));
	}
}

static void check_reply(struct peer *p, const struct message *r, size_t n)
{
	static const struct { size_t least, most; } sizes[] = {
#define CMD(name, least, most, what) { least, most },
#include "monitor/commands.def"
#undef CMD
	};
	const struct request *q = &p->asked[0].q;
	size_t len = p->asked[0].n;

	claim(r->version == MESSAGE_VERSION && n <= MESSAGE_MAX - sizeof(*r));
	if (r->command == CMD_WATCH && (!p->n || q->command != CMD_WATCH)) {
		claim(r->value == -EUSERS || (r->value >= 0 && r->value < STATE_COUNT));
		return;
	}
	claim(p->n);
	if (r->command == CMD_WATCH && r->value == -EUSERS)
		return;
	claim(r->command == q->command);
	if (q->version != MESSAGE_VERSION)
		claim(r->value == -EPROTO && !n);
	else if (q->command >= CMD_COUNT)
		claim(r->value == -ENOSYS && !n);
	else if (len < sizes[q->command].least || len > sizes[q->command].most)
		claim(r->value == -EINVAL && !n);
	else if (q->command == CMD_CONFIG)
		check_text(p, r, n);
	else if (q->command == CMD_SIGNAL && (q->value < STOP_HALT || q->value > STOP_KILL))
		claim(r->value == -EINVAL && !n);
	else if (q->command == CMD_STATE)
		claim(r->value >= 0 && r->value < STATE_COUNT && r->pid == 42 &&
		      n == (HAS_MORE ? sizeof(struct message_more) : 0));
	/* News of a watcher that has asked again: one answer more than questions. */
	if (r->command != CMD_WATCH || p->n)
		take(p);
}

static void read_all(void)
{
	_Alignas(struct message) char room[2 * MESSAGE_MAX];
	struct peer *p;

	for (p = peers; p < peers + PEERS; p++) {
		while (p->fd >= 0) {
			ssize_t n = recv(p->fd, room, sizeof(room), MSG_DONTWAIT);

			if (n < 0 && errno == EAGAIN)
				break;
			if (n <= 0) {
				close(p->fd);
				p->fd = -1;
				p->n = 0;
				break;
			}
			claim(n >= (ssize_t)sizeof(struct message));
			check_reply(p, (struct message *)room, (size_t)n - sizeof(struct message));
		}
	}
}

static void turn(void)
{
	struct pollfd p[1 + CLIENT_MAX];
	unsigned int n, rounds;

	for (rounds = 0; rounds < 200; rounds++) {
		n = server_poll(&m, p);
		claim(n <= 1 + CLIENT_MAX);
		if (poll(p, n, 0) <= 0)
			break;
		is_serving = true;
		server_step(&m, p, n);
		is_serving = false;
		/* What a client asked is nobody else's error. */
		claim(!err_is_set());
	}
	read_all();
	claim(signals_sent <= signals_asked);
}

static void dial(struct peer *p)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (p->fd >= 0)
		return;
	p->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	str_format(a.sun_path, sizeof(a.sun_path), "%s/sock", m.dir.path);
	if (connect(p->fd, (struct sockaddr *)&a, sizeof(a))) {
		close(p->fd);
		p->fd = -1;
	}
}

static void ask(struct peer *p, const void *packet, size_t n)
{
	struct request q = { 0 };

	if (p->fd < 0 || p->n == PENDING || send(p->fd, packet, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	/* Shorter than a header it ends the connection. */
	if (n < sizeof(q))
		return;
	memcpy(&q, packet, sizeof(q));
	p->asked[p->n].q = q;
	p->asked[p->n].n = n -= sizeof(q);
	memset(p->asked[p->n].key, 0, sizeof(p->asked[0].key));
	memcpy(p->asked[p->n].key, (const char *)packet + sizeof(q), n < 256 ? n : 256);
	p->n++;
	signals_asked += q.version == MESSAGE_VERSION && q.command == CMD_SIGNAL && !n && q.value >= STOP_HALT &&
			 q.value <= STOP_KILL;
}

struct input {
	const uint8_t *at, *end;
};

static unsigned int next(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static void act(struct input *in)
{
	_Alignas(struct message) uint8_t packet[sizeof(struct message) + 600] = { 0 };
	struct message *q = (struct message *)packet;
	unsigned int op = next(in), i, n;
	struct peer *p = &peers[(op >> 3) % PEERS];

	switch (op & 7) {
	case 0:
		dial(p);
		break;
	case 1:
		if (p->fd >= 0)
			close(p->fd);
		p->fd = -1;
		p->n = 0;
		break;
	case 2:
	case 3:
		n = next(in) * 2;
		for (i = 0; i < n && i < sizeof(packet); i++)
			packet[i] = (uint8_t)next(in);
		ask(p, packet, n);
		break;
	case 4:
	case 5:
		*q = (struct message){ .version = MESSAGE_VERSION, .command = (uint16_t)(next(in) % (CMD_COUNT + 1)) };
		for (i = 0; i < 4; i++)
			q->value = (int32_t)((uint32_t)q->value << 8 | next(in));
		n = next(in);
		for (i = 0; i < n; i++)
			q->data[i] = (char)(next(in) | 1);
		ask(p, packet, sizeof(*q) + n);
		break;
	case 6:
		turn();
		break;
	case 7:
		m.state = (enum state)((op >> 3) % STATE_COUNT);
		is_serving = true;
		server_tell(&m);
		is_serving = false;
		read_all();
	}
}

static void remove_directory(void)
{
	char sock[sizeof(m.dir.path) + 8];

	str_format(sock, sizeof(sock), "%s/sock", m.dir.path);
	unlink(sock);
	rmdir(m.dir.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char path[] = "/tmp/lxcbox-fuzz-monitor.XXXXXX";
	static struct start s = { .pid = 42 };
	struct input in = { data, data + n };
	struct peer *p;

	if (!m.start) {
		claim(mkdtemp(path) && !atexit(remove_directory));
		str_format(m.dir.path, sizeof(m.dir.path), "%s", path);
		m.start = &s;
	}
	m.state = STATE_RUNNING;
	signals_asked = signals_sent = 0;
	for (p = peers; p < peers + PEERS; p++)
		*p = (struct peer){ .fd = -1 };
	claim(!server_open(&m));
	while (in.at < in.end)
		act(&in);
	turn();
	server_close(&m);
	for (p = peers; p < peers + PEERS; p++)
		if (p->fd >= 0)
			close(p->fd);
	return 0;
}
