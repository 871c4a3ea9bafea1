/* SPDX-License-Identifier: MIT */
/* owns the log file, the way to the syslog daemon and the warnings on standard error */
/* never changes an outcome: what cannot be written is dropped */
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

static const char *const level_names[] = {
	"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRIT", "ALERT", "FATAL",
};

static struct {
	int fd;
	enum log_level level;
	bool to_stderr, is_quiet;
	char name[72];
	const char *prefix;
} out = { .fd = -1, .level = LOG_ERROR, .prefix = "lxcbox" };

/* ---- lxc.log.syslog: without a daemon nothing is said ---- */

static struct {
	int fd;		/* connected, -1: not yet, or the daemon has ended */
	unsigned char facility;
	bool is_on, is_away;
} syslogd = { .fd = -1 };

/* RFC 3164, 4.1.1 */
enum { FACILITY_DAEMON = 3, FACILITY_LOCAL0 = 16 };

static void connect_syslog(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

	if (syslogd.fd >= 0 || syslogd.is_away)
		return;
	syslogd.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (syslogd.fd >= 0 && connect(syslogd.fd, (struct sockaddr *)&to, sizeof(to)))
		fd_close(&syslogd.fd);
}

static void begin_syslog(const char *facility)
{
	syslogd.is_on = facility;
	if (!facility)
		return;
	syslogd.facility = FACILITY_DAEMON;
	if (!strncasecmp(facility, "local", 5))
		syslogd.facility = (unsigned char)(FACILITY_LOCAL0 + facility[5] - '0');
	connect_syslog();
}

static void send_syslog(enum log_level level, const char *text)
{
	/* Of TRACE to FATAL: debug 7 to emergency 0. */
	static const unsigned char severity[] = { 7, 7, 6, 5, 4, 3, 2, 1, 0 };
	char line[1100];
	size_t n;

	/* Without the time, which the daemon knows as well, and its zone better. */
	n = str_format(line, sizeof(line), "<%u>%s[%d]: %s%s%s", syslogd.facility * 8U + severity[level],
		       out.prefix, getpid(), out.name, *out.name ? ": " : "", text);
	if (n >= sizeof(line))
		n = sizeof(line) - 1;
	connect_syslog();
	if (syslogd.fd < 0 || send(syslogd.fd, line, n, MSG_NOSIGNAL) >= 0)
		return;
	/* Another daemon may be there by now; one that is busy (EAGAIN) is not waited for. */
	if (errno == EAGAIN || syslogd.is_away)
		return;
	fd_close(&syslogd.fd);
	connect_syslog();
	if (syslogd.fd >= 0 && send(syslogd.fd, line, n, MSG_NOSIGNAL) < 0)
		fd_close(&syslogd.fd);
}

/* ---- the log ---- */

int log_level_parse(const char *s)
{
	unsigned int i;
	uint64_t n;

	if (!str_to_u64(s, LOG_FATAL, &n))
		return (int)n;
	for (i = 0; i < ARRAY_SIZE(level_names); i++)
		if (!strcasecmp(s, level_names[i]))
			return (int)i;
	return -1;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

int log_open(const char *path, enum log_level level, const char *name)
{
	int fd = -1;

	if (path) {
		fd = path_make_parent(path, 0755);
		if (!fd)
			fd = path_open_named(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
		if (fd < 0)
			return fd;
		/* A caller's limit is no reason to die. */
		signal(SIGXFSZ, SIG_IGN);
	}
	fd_close(&out.fd);
	out.fd = fd;
	out.level = level;
	str_format(out.name, sizeof(out.name), "%s", name);
	return 0;
}

void log_set_stderr(const char *prefix, const char *name, bool quiet)
{
	out.prefix = prefix;
	out.is_quiet = quiet;
	out.to_stderr = !quiet;
	str_format(out.name, sizeof(out.name), "%s", name);
}

void log_no_stderr(void)
{
	out.to_stderr = false;
}

void log_set_syslog(const char *facility, enum log_level level, const char *name)
{
	begin_syslog(facility);
	out.level = level;
	str_format(out.name, sizeof(out.name), "%s", name);
}

void log_leave_host(void)
{
	log_no_stderr();
	if (CFG_LOG_SYSLOG)
		syslogd.is_away = true;
}

static bool has_log(void)
{
	return out.fd >= 0 || (CFG_LOG_SYSLOG && syslogd.is_on);
}

bool log_wants(enum log_level level)
{
	return (has_log() && level >= out.level) || (out.to_stderr && level == LOG_WARN);
}

struct date {
	unsigned int year, month, day;
};

/*
 * The civil date of a day since 1970-01-01. Years are counted from March, so that the leap day is
 * the last one; libc's own brings time zones and 64-bit division (3 KB).
 */
static struct date date_of(uint32_t days)
{
	/* From 0000-03-01 on, in cycles of 400 years. */
	uint32_t n = days + 719468, cycle = n / 146097, in_cycle = n % 146097;
	uint32_t year = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
	uint32_t in_year = in_cycle - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * in_year + 2) / 153;

	return (struct date){
		.year = cycle * 400 + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - (153 * month + 2) / 5 + 1,
	};
}

void log_write(enum log_level level, const text_t *fmt, ...)
{
	char line[1024];
	struct timespec now;
	struct date date;
	uint32_t seconds;
	size_t head, n;
	va_list ap;

	if (!log_wants(level))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	/* Unsigned: good until 2106. */
	seconds = (uint32_t)now.tv_sec;
	date = date_of(seconds / 86400);
	seconds %= 86400;
	head = str_format(line, sizeof(line), "%s %04u%02u%02uT%02u%02u%02u.%03u %-6s ",
		out.name[0] ? out.name : "-", date.year, date.month, date.day, seconds / 3600,
		seconds / 60 % 60, seconds % 60, (unsigned int)now.tv_nsec / 1000000,
		level_names[level]);
	va_start(ap, fmt);
	n = head + str_vformat(line + head, sizeof(line) - 1 - head, text_str(fmt), ap);
	va_end(ap);
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\0';
	str_printable(line);
	if (out.to_stderr && level == LOG_WARN)
		fd_tell(2, "%s: %s%s%s\n", out.prefix, out.name, out.name[0] ? ": " : "",
			line + head);
	if (CFG_LOG_SYSLOG && syslogd.is_on && level >= out.level)
		send_syslog(level, line + head);
	line[n++] = '\n';
	if (out.fd >= 0 && level >= out.level && write(out.fd, line, n) < 0)
		return;
}

bool log_is_quiet(void)
{
	return out.is_quiet;
}

const char *log_name(void)
{
	return out.name;
}
