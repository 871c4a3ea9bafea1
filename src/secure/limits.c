/* SPDX-License-Identifier: MIT */
/* owns resource limits: the defaults of a container, lxc.prlimit, oom_score_adj */
/* never raises what a container asked to be lower */
#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "secure/secure.h"

#define FREE UINT_MAX

/*
 * The kernel's values for its first process (asm-generic/resource.h). nproc, sigpending and
 * memlock are not here: the kernel derives them from the size of the memory.
 */
static const struct limit {
	unsigned int number;	/* differs on MIPS */
	unsigned int soft, hard;
} limits[] = {
	{ RLIMIT_AS, FREE, FREE },
	{ RLIMIT_CORE, 0, FREE },
	{ RLIMIT_CPU, FREE, FREE },
	{ RLIMIT_DATA, FREE, FREE },
	{ RLIMIT_FSIZE, FREE, FREE },
	{ RLIMIT_LOCKS, FREE, FREE },
	{ RLIMIT_MSGQUEUE, 819200, 819200 },
	{ RLIMIT_NICE, 0, 0 },
	{ RLIMIT_NOFILE, 1024, 4096 },
	{ RLIMIT_RSS, FREE, FREE },
	{ RLIMIT_RTPRIO, 0, 0 },
	{ RLIMIT_RTTIME, FREE, FREE },
	{ RLIMIT_STACK, 8 << 20, FREE },
};

static uint64_t value(unsigned int v)
{
	return v == FREE ? UINT64_MAX : v;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* RLIM64_INFINITY is the largest value. */
struct pair {
	uint64_t soft, hard;
};

/*
 * prlimit64(2), 2.6.36, as the kernel has it: musl's prlimit takes what is 2^31 - 1 or more for
 * "unlimited" on MIPS o32.
 */
static int change_limit(int pid, unsigned int number, const struct pair *set, struct pair *was)
{
	return (int)syscall(SYS_prlimit64, pid, number, set, was);
}

static int reset_limit(int pid, unsigned int number, struct pair want)
{
	struct pair now;

	if (!change_limit(pid, number, &want, NULL))
		return 0;
	/* Who may not raise a hard limit gets as near as he may. */
	if (errno == EPERM && !change_limit(pid, number, NULL, &now)) {
		want.hard = least(want.hard, now.hard);
		want.soft = least(want.soft, want.hard);
		if (!change_limit(pid, number, &want, NULL))
			return 0;
	}
	return err_sys("cannot reset resource limit %u", number);
}

/* An advantage over the host's processes must go; who cannot be freed of a handicap keeps it. */
static int reset_oom(int pid)
{
	char path[48], buf[16];
	ssize_t n;
	int ret;

	str_format(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	n = fd_read_file(-1, path, buf, sizeof(buf));
	if (n < 0)
		return err_code((int)n, "cannot read '%s'", path);
	if (str_eq(str_trim(buf), "0"))
		return 0;
	ret = fd_write_file(-1, path, "0");
	if (ret == -EACCES && buf[0] != '-') {
		log_info("oom_score_adj stays %s", buf);
		return 0;
	}
	return ret ? err_code(ret, "cannot reset '%s'", path) : 0;
}

int secure_reset_limits(int pid)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(limits) && !ret; i++)
		ret = reset_limit(pid, limits[i].number,
				  (struct pair){ value(limits[i].soft), value(limits[i].hard) });
	return ret ? ret : reset_oom(pid ? pid : getpid());
}

int secure_prlimit(const struct conf_item *it, int pid)
{
	int number = rlimit_number(it->key), ret;
	struct pair want, now = { 0 };
	char at[ORIGIN_MAX];

	origin_text(it->at, at);
	if (number < 0)
		return err_set(EINVAL, "%slxc.prlimit.%s: there is no such limit", at, it->key);
	ret = rlimit_parse(it->v, &want.soft, &want.hard);
	if (ret)
		return err_in(ret, "%slxc.prlimit.%s", at, it->key);
	if (change_limit(pid, (unsigned int)number, &want, NULL))
		return err_sys("%slxc.prlimit.%s: cannot set '%s'", at, it->key, it->v);
	if (!change_limit(pid, (unsigned int)number, NULL, &now) && now.soft == want.soft &&
	    now.hard == want.hard)
		return 0;
	return err_set(EPERM, "%slxc.prlimit.%s: '%s' did not take effect", at, it->key, it->v);
}

/* What else of lxc.proc an exec leaves. A kernel without core dumps does not have it. */
static int copy_core_filter(int pid)
{
	char path[48], bits[24] = "0x";
	ssize_t n;

	str_format(path, sizeof(path), "/proc/%d/coredump_filter", pid);
	n = fd_read_file(-1, path, bits + 2, sizeof(bits) - 2);
	if (n >= 0)
		n = fd_write_file(-1, "/proc/self/coredump_filter", str_trim(bits));
	return n < 0 && n != -ENOENT ? err_code((int)n, "cannot copy '%s'", path) : 0;
}

int secure_copy_limits(int pid)
{
	char path[48], score[16];
	struct pair limit;
	unsigned int i;
	ssize_t n;
	int ret;

	for (i = 0; i < RLIM_NLIMITS; i++) {
		if (change_limit(pid, i, NULL, &limit))
			return err_sys("cannot read resource limit %u of process %d", i, pid);
		ret = reset_limit(0, i, limit);
		if (ret)
			return ret;
	}
	str_format(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	n = fd_read_file(-1, path, score, sizeof(score));
	if (n >= 0)
		n = fd_write_file(-1, "/proc/self/oom_score_adj", str_trim(score));
	if (n < 0)
		return err_code((int)n, "cannot copy '%s'", path);
	return CFG_SYSCTL ? copy_core_filter(pid) : 0;
}
