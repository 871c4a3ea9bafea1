/* SPDX-License-Identifier: MIT */
/* owns the server of DHCP on the host's bridge: which one, its words, its start and end */
/* never believes a pid file: who is to be ended is known by pid and start time */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/host_internal.h"

#define START_MS 5000
#define STOP_MS 2000
#define LOOK_MS 10

#define PID_FILE HOST_DIR "/dhcp.pid"
#define CONF_FILE HOST_DIR "/dhcp.conf"
#define LEASES HOST_DIR "/leases"

/* 67, as /proc/net/udp has it */
#define SERVER_PORT ":0043"

/* ---- which one, and its words ---- */

#define PATH_MAX_SHORT 64
#define ARGS_MAX 32
#define RESOLVERS_MAX 3

struct server {
	char program[PATH_MAX_SHORT];
	const char *argv[ARGS_MAX];
	unsigned int n;
	char ipv6[64];
	struct str_grown conf; /* of udhcpd */
};

static bool find_program(const char *name, char *buf)
{
	static const char *const dirs[] = { "/usr/local/sbin", "/usr/sbin", "/sbin",
		"/usr/local/bin", "/usr/bin", "/bin" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		str_format(buf, PATH_MAX_SHORT, "%s/%s", dirs[i], name);
		if (!access(buf, X_OK))
			return true;
	}
	return false;
}

static void put_arg(struct server *s, const char *arg, const char *value)
{
	if (!*value || s->n + 3 > ARGS_MAX)
		return;
	s->argv[s->n++] = arg;
	if (value != arg)
		s->argv[s->n++] = value;
}

static void put_flag(struct server *s, const char *arg)
{
	put_arg(s, arg, arg);
}

/* As LXC's own script runs it, but in the foreground: the process is known before it runs. */
static void plan_dnsmasq(struct server *s, const struct lxcnet *l)
{
	const char *conf = lxcnet_value(l, LXCNET_DHCP_CONFILE);
	const char *v6 = lxcnet_value(l, LXCNET_IPV6_ADDR);

	put_flag(s, s->program);
	put_flag(s, "--keep-in-foreground");
	/* -C, -x, -l: their long names (--conf-file ...) take no word that follows. */
	put_arg(s, "-C", *conf ? conf : "/dev/null");
	put_arg(s, "--domain", lxcnet_value(l, LXCNET_DOMAIN));
	if (!lxcnet_is_true(l, LXCNET_DHCP_PING))
		put_flag(s, "--no-ping");
	put_flag(s, "--strict-order");
	put_flag(s, "--bind-interfaces");
	put_arg(s, "-x", PID_FILE);
	put_arg(s, "--listen-address", lxcnet_value(l, LXCNET_ADDR));
	put_arg(s, "--dhcp-range", lxcnet_value(l, LXCNET_DHCP_RANGE));
	put_arg(s, "--dhcp-lease-max", lxcnet_value(l, LXCNET_DHCP_MAX));
	put_flag(s, "--dhcp-no-override");
	put_arg(s, "--except-interface", "lo");
	put_arg(s, "--interface", lxcnet_value(l, LXCNET_BRIDGE));
	put_arg(s, "-l", LEASES);
	put_flag(s, "--dhcp-authoritative");
	if (!*v6 || !lxcnet_is_true(l, LXCNET_IPV6_ENABLE))
		return;
	str_format(s->ipv6, sizeof(s->ipv6), "%s,ra-only", v6);
	put_arg(s, "--dhcp-range", s->ipv6);
	put_arg(s, "--listen-address", v6);
}

static int say(struct server *s, const char *word, const char *value)
{
	AUTO_FREE char *line = *value ? str_make("%s %s\n", word, value) : NULL;

	if (!*value)
		return 0;
	return line ? str_add(&s->conf, line, strlen(line)) : -ENOMEM;
}

struct resolvers {
	struct server *s;
	unsigned int n;
};

/* It answers no names itself: containers ask whom the host asks, but for the host's own cache. */
static int take_resolver(char *line, void *arg)
{
	struct resolvers *r = arg;
	const char *word = str_word(&line, " \t"), *addr = str_word(&line, " \t");

	if (r->n == RESOLVERS_MAX || !word || !addr || !str_eq(word, "nameserver") ||
		strspn(addr, "0123456789.") != strlen(addr) || str_after(addr, "127."))
		return 0;
	r->n++;
	return say(r->s, "option dns", addr);
}

static int plan_udhcpd(struct server *s, const struct lxcnet *l)
{
	const char *range = lxcnet_value(l, LXCNET_DHCP_RANGE), *comma = strchr(range, ',');
	const char *gateway = lxcnet_value(l, LXCNET_GATEWAY);
	struct resolvers r = { .s = s };
	char first[20];
	int ret;

	if (*lxcnet_value(l, LXCNET_DHCP_CONFILE))
		return lxcnet_in(err_set(EINVAL, "only dnsmasq has this, and there is none"), l,
			LXCNET_DHCP_CONFILE);
	if (!lxcnet_is_true(l, LXCNET_DHCP_PING))
		return lxcnet_in(
			err_set(EINVAL, "udhcpd always asks first, and there is no dnsmasq"), l,
			LXCNET_DHCP_PING);
	str_format(first, sizeof(first), "%.*s", (int)(comma - range), range);
	ret = say(s, "interface", lxcnet_value(l, LXCNET_BRIDGE));
	ret = ret ? ret : say(s, "start", first);
	ret = ret ? ret : say(s, "end", comma + 1);
	ret = ret ? ret : say(s, "max_leases", lxcnet_value(l, LXCNET_DHCP_MAX));
	ret = ret ? ret : say(s, "lease_file", LEASES);
	ret = ret ? ret : say(s, "option subnet", lxcnet_value(l, LXCNET_NETMASK));
	ret = ret ? ret
	          : say(s, "option router", *gateway ? gateway : lxcnet_value(l, LXCNET_ADDR));
	ret = ret ? ret : say(s, "option domain", lxcnet_value(l, LXCNET_DOMAIN));
	if (!ret && !access("/etc/resolv.conf", R_OK))
		ret = fd_each_line(AT_FDCWD, "/etc/resolv.conf", take_resolver, &r);
	put_flag(s, s->program);
	put_flag(s, "-f");
	put_flag(s, "-S");
	put_flag(s, CONF_FILE);
	return ret;
}

static int write_conf(int dir, const struct server *s)
{
	AUTO_FD int fd = openat(
		dir, "dhcp.conf", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int ret = fd < 0 ? -errno : fd_write_all(fd, s->conf.s, s->conf.n);

	return ret ? err_code(ret, "cannot write '%s'", CONF_FILE) : 0;
}

static int plan_server(int dir, struct server *s, const struct lxcnet *l)
{
	int ret;

	if (find_program("dnsmasq", s->program)) {
		plan_dnsmasq(s, l);
		return 0;
	}
	if (!find_program("udhcpd", s->program))
		return lxcnet_in(err_set(ENOENT, "there is neither dnsmasq nor udhcpd"), l,
			LXCNET_DHCP_RANGE);
	ret = plan_udhcpd(s, l);
	return ret ? ret : write_conf(dir, s);
}

/* ---- its process ---- */

/* Does not return. go: a byte says that the record has us; its end, that nobody waits any more. */
static void become(const struct server *s, int go, int words)
{
	static char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	sigset_t none;
	char byte;

	if (setsid() < 0 || chdir("/") || fd_read_all(go, &byte, 1) != 1)
		_exit(126);
	/* Who reads its words goes when it has started: it is to live on. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd_open("/dev/null", O_RDONLY), 0) < 0 || dup2(words, 1) < 0 || dup2(words, 2) < 0)
		_exit(126);
	execve(s->program, (char *const *)s->argv, env);
	_exit(127);
}

static const char *last_line(char *text, size_t n)
{
	char *line;

	text[n] = '\0';
	line = strrchr(str_trim(text), '\n');
	return str_printable(line ? line + 1 : str_trim(text));
}

struct socket_seek {
	pid_t pid;
	char link[32]; /* "socket:[INODE]" */
	bool is_its;
};

static int match_fd(int fds, const char *name, void *arg)
{
	struct socket_seek *s = arg;
	char to[sizeof(s->link)];
	ssize_t n = readlinkat(fds, name, to, sizeof(to) - 1);

	to[n > 0 ? n : 0] = '\0';
	s->is_its |= str_eq(to, s->link);
	return s->is_its;
}

/* "  7: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 INODE ..." */
static int match_socket(char *line, void *arg)
{
	struct socket_seek *s = arg;
	const char *word[10];
	char path[32];
	unsigned int i;
	AUTO_FD int fds = -1;

	for (i = 0; i < ARRAY_SIZE(word); i++) {
		word[i] = str_word(&line, " ");
		if (!word[i])
			return 0;
	}
	if (!str_ends(word[1], SERVER_PORT))
		return 0;
	str_format(s->link, sizeof(s->link), "socket:[%s]", word[9]);
	str_format(path, sizeof(path), "/proc/%d/fd", s->pid);
	fds = fd_open(path, O_RDONLY | O_DIRECTORY);
	return fds < 0 ? 0 : fd_each_name(fds, match_fd, s);
}

/*
 * dnsmasq writes its pid file when everything is set up. BusyBox may be built without them: udhcpd
 * is ready once it has the port.
 */
static bool is_ready(int dir, const struct server *s, pid_t pid)
{
	struct socket_seek k = { .pid = pid };
	char file[16];
	int ret;

	if (!s->conf.s)
		return fd_read_file(dir, "dhcp.pid", file, sizeof(file)) > 0;
	ret = fd_each_line(AT_FDCWD, "/proc/net/udp", match_socket, &k);
	if (ret < 0)
		err_clear();
	return k.is_its;
}

static int wait_for_start(int dir, const struct server *s, pid_t pid, int words)
{
	int64_t end = sys_now_ms() + START_MS;
	const char *program = str_base(s->program);
	char text[1024];
	size_t n = 0;
	int status;

	while (sys_now_ms() < end) {
		struct pollfd p = { .fd = words, .events = POLLIN };
		ssize_t got =
			poll(&p, 1, LOOK_MS) > 0 ? read(words, text + n, sizeof(text) - 1 - n) : 0;

		n += got > 0 ? (size_t)got : 0;
		if (n == sizeof(text) - 1)
			n = 0;
		if (waitpid(pid, &status, WNOHANG) == pid) {
			got = read(words, text + n, sizeof(text) - 1 - n);
			n += got > 0 ? (size_t)got : 0;
			return err_set(EIO, "%s has ended at once (status %d)%s%s", program,
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
				n ? ": " : "", last_line(text, n));
		}
		if (is_ready(dir, s, pid))
			return 0;
		if (p.revents & POLLHUP)
			poll(NULL, 0, LOOK_MS);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return err_set(ETIMEDOUT, "%s has not started within %d s", program, START_MS / 1000);
}

static int start(int dir, const struct server *s)
{
	int go[2] = { -1, -1 }, words[2] = { -1, -1 }, ret;
	char id[16], since[24];
	uint64_t ticks;
	pid_t pid;

	unlinkat(dir, "dhcp.pid", 0);
	if (pipe2(go, O_CLOEXEC) || pipe2(words, O_CLOEXEC | O_NONBLOCK))
		return err_sys("cannot make a pipe");
	pid = fork();
	if (!pid) {
		fd_close(&go[1]);
		become(s, go[0], words[1]);
	}
	fd_close(&go[0]);
	fd_close(&words[1]);
	ret = pid < 0 ? -errno : sys_pid_start(pid, &ticks);
	if (ret) {
		err_code(ret, "cannot start '%s'", s->program);
	} else {
		str_format(id, sizeof(id), "%d", pid);
		str_format(since, sizeof(since), "%llu", (unsigned long long)ticks);
		ret = HOST_RECORD(dir, "server", id, since, str_base(s->program));
	}
	/* Without the byte it ends by itself. */
	if (!ret)
		ret = fd_write_all(go[1], "", 1);
	fd_close(&go[1]);
	if (!ret)
		ret = wait_for_start(dir, s, pid, words[0]);
	fd_close(&words[0]);
	return ret;
}

int host_dhcp_start(int dir, const struct lxcnet *l)
{
	struct server s = { .n = 0 };
	int ret = plan_server(dir, &s, l);

	if (!ret)
		ret = start(dir, &s);
	free(s.conf.s);
	return ret;
}

pid_t host_dhcp_process(char **fields)
{
	uint64_t then, ticks;
	int pid;

	if (str_to_int(fields[0], &pid) || str_to_u64(fields[1], UINT64_MAX, &then))
		return 0;
	return sys_pid_start(pid, &ticks) || ticks != then ? 0 : pid;
}

static bool is_gone(char **fields, int64_t end)
{
	while (host_dhcp_process(fields)) {
		if (sys_now_ms() > end)
			return false;
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

int host_dhcp_stop(char **fields)
{
	pid_t pid = host_dhcp_process(fields);

	if (!pid || (!kill(pid, SIGTERM) && is_gone(fields, sys_now_ms() + STOP_MS)))
		return 0;
	kill(pid, SIGKILL);
	return is_gone(fields, sys_now_ms() + STOP_MS)
	               ? 0
	               : err_set(EBUSY, "%s (process %d) does not end", fields[2], pid);
}
