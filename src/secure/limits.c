/* SPDX-License-Identifier: MIT */
/* owns resource limits: their names, the defaults of a container, lxc.prlimit */
/* never raises what a container asked to be lower */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/str.h"
#include "secure/secure.h"

#define FREE RLIM_INFINITY

/* The kernel's values for the first process. is_reset: given to every container; the others depend on the size of the memory. */
static const struct limit {
	char name[11];
	unsigned char number;	/* differs on MIPS */
	bool is_reset;
	rlim_t soft, hard;
} limits[] = {
	{ "as", RLIMIT_AS, true, FREE, FREE },
	{ "core", RLIMIT_CORE, true, 0, FREE },
	{ "cpu", RLIMIT_CPU, true, FREE, FREE },
	{ "data", RLIMIT_DATA, true, FREE, FREE },
	{ "fsize", RLIMIT_FSIZE, true, FREE, FREE },
	{ "locks", RLIMIT_LOCKS, true, FREE, FREE },
	{ "memlock", RLIMIT_MEMLOCK, false, 0, 0 },
	{ "msgqueue", RLIMIT_MSGQUEUE, true, 819200, 819200 },
	{ "nice", RLIMIT_NICE, true, 0, 0 },
	{ "nofile", RLIMIT_NOFILE, true, 1024, 4096 },
	{ "nproc", RLIMIT_NPROC, false, 0, 0 },
	{ "rss", RLIMIT_RSS, true, FREE, FREE },
	{ "rtprio", RLIMIT_RTPRIO, true, 0, 0 },
	{ "rttime", RLIMIT_RTTIME, true, FREE, FREE },
	{ "sigpending", RLIMIT_SIGPENDING, false, 0, 0 },
	{ "stack", RLIMIT_STACK, true, 8 << 20, FREE },
};

static rlim_t least(rlim_t a, rlim_t b)
{
	return a < b ? a : b;
}

int secure_reset_limits(void)
{
	struct rlimit want, now;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		if (!limits[i].is_reset)
			continue;
		want = (struct rlimit){ .rlim_cur = limits[i].soft, .rlim_max = limits[i].hard };
		if (!setrlimit(limits[i].number, &want))
			continue;
		/* Who may not raise a hard limit gets as near as he may. */
		if (errno != EPERM || getrlimit(limits[i].number, &now))
			return err_sys("cannot reset limit '%s'", limits[i].name);
		want.rlim_max = least(want.rlim_max, now.rlim_max);
		want.rlim_cur = least(want.rlim_cur, want.rlim_max);
		if (setrlimit(limits[i].number, &want))
			return err_sys("cannot reset limit '%s'", limits[i].name);
	}
	return 0;
}

static int parse_limit(const char *word, rlim_t *out)
{
	uint64_t v;

	if (str_eq(word, "unlimited")) {
		*out = RLIM_INFINITY;
		return 0;
	}
	if (str_to_u64(word, UINT64_MAX - 1, &v))
		return -EINVAL;
	*out = (rlim_t)v;
	return 0;
}

/* "SOFT[:HARD]", each a number or "unlimited", blanks round the colon; one value is both. */
static int parse_pair(const char *value, struct rlimit *out)
{
	char copy[64], *hard;

	if (str_format(copy, sizeof(copy), "%s", value) >= sizeof(copy))
		return -EINVAL;
	hard = strchr(copy, ':');
	if (hard)
		*hard++ = '\0';
	if (parse_limit(str_trim(copy), &out->rlim_cur))
		return -EINVAL;
	if (!hard) {
		out->rlim_max = out->rlim_cur;
		return 0;
	}
	return parse_limit(str_trim(hard), &out->rlim_max);
}

static const struct limit *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++)
		if (str_eq(limits[i].name, name))
			return &limits[i];
	return NULL;
}

int secure_prlimit(const struct conf_item *it, int pid)
{
	const struct limit *l = find(it->key);
	struct rlimit want, now;
	char at[ORIGIN_MAX];

	origin_text(it->at, at);
	if (!l)
		return err_set(EINVAL, "%slxc.prlimit.%s: no such limit", at, it->key);
	if (parse_pair(it->v, &want))
		return err_set(EINVAL, "%slxc.prlimit.%s: bad value '%s' (SOFT[:HARD], numbers or unlimited)", at, it->key, it->v);
	if (want.rlim_cur > want.rlim_max)
		return err_set(EINVAL, "%slxc.prlimit.%s: soft limit above the hard one in '%s'", at, it->key, it->v);
	if (prlimit(pid, l->number, &want, NULL))
		return err_sys("%slxc.prlimit.%s: cannot set '%s'", at, it->key, it->v);
	if (prlimit(pid, l->number, NULL, &now) || now.rlim_cur != want.rlim_cur || now.rlim_max != want.rlim_max)
		return err_set(EPERM, "%slxc.prlimit.%s: '%s' did not take effect", at, it->key, it->v);
	return 0;
}
