/* SPDX-License-Identifier: MIT */
/* owns the time namespace of a start: made, given its offsets, left again by the monitor */
/* never lets a child of the monitor's but the first process run on the container's clocks */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "container/settings.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"

#define OFFSETS "/proc/self/timens_offsets"
#define NS_PER_S 1000000000

/* The clocks as the file of the kernel names them; by number up to 5.6. */
static const struct clock {
	const char *name, *number, *key;
} clocks[] = {
	{ "monotonic", "1", "monotonic" },
	{ "boottime", "7", "boot" },
};

static const struct conf_int *offset_of(const struct conf *c, unsigned int i)
{
	return i ? &c->time_boot : &c->time_monotonic;
}

/* "1 -5 250000000", seconds rounded down: what is behind them is never negative. */
static void offset_text(const struct clock *k, int64_t ns, char *buf, size_t n)
{
	int64_t s = ns / NS_PER_S, rest = ns % NS_PER_S;

	if (rest < 0) {
		rest += NS_PER_S;
		s--;
	}
	str_format(buf, n, "%s %lld %lld", k->number, (long long)s, (long long)rest);
}

struct check {
	const struct clock *clock;
	const char *want;
	bool is_set;
};

/* "monotonic          -5  250000000": the columns are wide. */
static int check_line(char *line, void *arg)
{
	struct check *c = arg;
	char *name = str_word(&line, " \t"), *s = str_word(&line, " \t"), *ns = str_word(&line, " \t");
	char now[64];

	if (!name || !s || !ns ||
	    (!str_eq(name, c->clock->name) && !str_eq(name, c->clock->number)))
		return 0;
	str_format(now, sizeof(now), "%s %s %s", c->clock->number, s, ns);
	c->is_set = str_eq(now, c->want);
	return 0;
}

static int set_offset(const struct clock *k, int64_t ns)
{
	char text[64];
	struct check check = { .clock = k, .want = text };
	AUTO_FD int fd = fd_open(OFFSETS, O_WRONLY);
	int ret;

	offset_text(k, ns, text, sizeof(text));
	if (fd < 0)
		return err_sys("cannot open '" OFFSETS "'");
	ret = secure_check_procfs(fd);
	if (ret)
		return ret;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		/* The sum with the clock of now is to be from 0 to 146 years. */
		if (errno == ERANGE)
			return err_set(ERANGE, "the clock would be before 0 or out of range");
		return err_sys("cannot write '%s' to '" OFFSETS "'", text);
	}
	ret = fd_each_line(AT_FDCWD, OFFSETS, check_line, &check);
	if (ret || !check.is_set)
		return err_set(EPERM, "'%s' did not take effect in '" OFFSETS "'", text);
	return 0;
}

static int set_offsets(const struct conf *c)
{
	char at[ORIGIN_MAX];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(clocks); i++) {
		const struct conf_int *v = offset_of(c, i);

		if (!v->v)
			continue;
		ret = set_offset(&clocks[i], v->v);
		if (ret)
			err_in(ret, "%slxc.time.offset.%s", origin_text(v->at, at), clocks[i].key);
	}
	return ret;
}

int clocks_enter(const struct conf *c)
{
	AUTO_FD int own = fd_open("/proc/self/ns/time", O_RDONLY);
	char at[ORIGIN_MAX];
	struct origin why = c->time_boot.v ? c->time_boot.at : c->time_monotonic.at;
	int ret = 0;

	if (own < 0 && errno == ENOENT)
		return err_set(EOPNOTSUPP, "%sthis kernel has no time namespaces "
			       "(CONFIG_TIME_NS, Linux 5.6)", origin_text(why, at));
	if (own < 0)
		return err_sys("cannot open '/proc/self/ns/time'");
	/* Of one's children only, and not for clone(2), see time_namespaces(7). */
	if (unshare(CLONE_NEWTIME))
		return err_sys("%scannot make a time namespace", origin_text(why, at));
	if (CFG_TIME_OFFSET)
		ret = set_offsets(c);
	if (ret && setns(own, CLONE_NEWTIME))
		err_sys("cannot go back to the own clocks");
	return ret ? ret : take_fd(&own);
}

int clocks_leave(int own)
{
	int ret = setns(own, CLONE_NEWTIME) ? err_sys("cannot go back to the own clocks") : 0;

	close(own);
	return ret;
}
