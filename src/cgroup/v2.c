/* SPDX-License-Identifier: MIT */
/* owns what cgroup v2 does differently: controllers switched on from above, names and units */
/* never switches a controller off */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

int v2_enable(const struct cgroup_hier *h, const char *dir, const char *controller, size_t len)
{
	static const char file[] = "/cgroup.subtree_control";
	char path[PATH_MAX], full[PATH_MAX], word[32];
	size_t at;
	int ret;

	/* cgroup.freeze and the like belong to no controller. */
	if (len == 6 && !memcmp(controller, "cgroup", 6))
		return 0;
	str_format(word, sizeof(word), "+%.*s", (int)len, controller);
	ret = cgroup_path(h, dir, full, sizeof(full) - sizeof(file));
	if (!ret)
		ret = cgroup_path(h, "", path, sizeof(path) - sizeof(file));
	if (ret)
		return ret;
	/* From the base down to the parent of the last directory. */
	for (at = strlen(path); full[at]; at += 1 + strcspn(full + at + 1, "/")) {
		str_format(path, sizeof(path), "%.*s%s", (int)at, full, file);
		ret = fd_write_file(AT_FDCWD, path, word);
		if (ret)
			return err_code(ret, "cannot write '%s' to '%s'", word, path);
	}
	return 0;
}

int v2_hand_down(const struct cgroup_hier *h, const char *dir)
{
	AUTO_FD int fd = cgroup_open_dir(h, dir);
	char list[512], words[600], *at = list, *word;
	size_t n = 0;
	int ret;

	if (fd < 0)
		return fd;
	ret = (int)fd_read_file(fd, "cgroup.controllers", list, sizeof(list));
	while (ret > 0 && (word = str_word(&at, " \n")))
		n += str_format(words + n, sizeof(words) - n, "%s+%s", n ? " " : "", word);
	if (ret > 0 && n)
		ret = fd_write_file(fd, "cgroup.subtree_control", words);
	return ret < 0 ? err_code(ret, "cannot hand the controllers of cgroup '%s' down", dir) : 0;
}

/* What becomes of the value. */
enum how {
	AS_IS,
	LIMIT,		/* -1 is max */
	MEMSW,		/* of both, becomes that of swap alone */
	SHARES,		/* 1024 is 100, as in the kernel */
	WEIGHT,		/* 500 is 100, maybe behind a device */
	PERIOD,		/* the second number of the file */
	STATE,		/* FROZEN is 1 */
	RATE		/* "8:0 100" is "8:0 WORD=100" */
};

/*
 * Files that mean the same; what is not here has no counterpart that is exact (memory's soft limit
 * and swappiness, leaf weights, real-time shares): Documentation/admin-guide/cgroup-v1 and
 * cgroup-v2.rst.
 */
static const struct file {
	const char *v1, *v2;
	enum how how;
	const char *word;
} files[] = {
	{ "memory.limit_in_bytes", "memory.max", LIMIT },
	{ "memory.memsw.limit_in_bytes", "memory.swap.max", MEMSW },
	{ "cpu.shares", "cpu.weight", SHARES },
	{ "cpu.cfs_quota_us", "cpu.max", LIMIT },
	{ "cpu.cfs_period_us", "cpu.max", PERIOD },
	{ "cpu.cfs_burst_us", "cpu.max.burst" },
	{ "cpu.idle", "cpu.idle" },
	{ "cpu.uclamp.min", "cpu.uclamp.min" },
	{ "cpu.uclamp.max", "cpu.uclamp.max" },
	{ "cpuset.cpus", "cpuset.cpus" },
	{ "cpuset.mems", "cpuset.mems" },
	{ "pids.max", "pids.max" },
	{ "rdma.max", "rdma.max" },
	{ "misc.max", "misc.max" },
	{ "freezer.state", "cgroup.freeze", STATE },
	{ "blkio.weight", "io.weight", WEIGHT },
	{ "blkio.weight_device", "io.weight", WEIGHT },
	{ "blkio.bfq.weight", "io.bfq.weight" },
	{ "blkio.bfq.weight_device", "io.bfq.weight" },
	{ "blkio.throttle.read_bps_device", "io.max", RATE, "rbps" },
	{ "blkio.throttle.write_bps_device", "io.max", RATE, "wbps" },
	{ "blkio.throttle.read_iops_device", "io.max", RATE, "riops" },
	{ "blkio.throttle.write_iops_device", "io.max", RATE, "wiops" },
};

static const struct file *find_file(const char *v1)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (str_eq(v1, files[i].v1))
			return &files[i];
	return NULL;
}

/* hugetlb.2MB.limit_in_bytes, hugetlb.2MB.rsvd.limit_in_bytes: the size is the kernel's. */
static bool is_hugetlb(const char *file)
{
	return str_after(file, "hugetlb.") && str_ends(file, ".limit_in_bytes");
}

bool v2_counterpart(const char *file, char *name, size_t n)
{
	const struct file *f = find_file(file);

	if (f)
		return str_format(name, n, "%s", f->v2) < n;
	return is_hugetlb(file) &&
	       str_format(name, n, "%.*s.max", (int)(strlen(file) - strlen(".limit_in_bytes")),
			  file) < n;
}

static int bad(const char *value)
{
	return err_set(EINVAL, "bad value '%s'", value);
}

/* As memparse() reads it: decimal, with K, M, G, T or none. */
static int read_bytes(const char *value, uint64_t *out)
{
	static const char units[] = "kmgtKMGT";
	char text[32];
	size_t n = strspn(value, "0123456789");
	const char *unit = value[n] ? strchr(units, value[n]) : NULL;
	unsigned int shift = unit ? 10 * ((unsigned int)(unit - units) % 4 + 1) : 0;

	if ((value[n] && (!unit || value[n + 1])) ||
	    str_format(text, sizeof(text), "%.*s", (int)n, value) >= sizeof(text) ||
	    str_to_u64(text, (uint64_t)INT64_MAX >> shift, out))
		return bad(value);
	*out <<= shift;
	return 0;
}

/*
 * v1 limits memory and swap together, v2 swap alone: what is left for it when memory has its limit,
 * which cgroup_order has written before.
 */
static int swap_of(int fd, const char *value, char *buf, size_t n)
{
	char limit[32];
	uint64_t both, memory;
	int ret = read_bytes(value, &both);

	if (ret)
		return ret;
	if (fd_read_file(fd, "memory.max", limit, sizeof(limit)) <= 0)
		return err_set(ENOENT, "cannot read memory.max");
	if (str_eq(str_trim(limit), "max"))
		return err_set(EINVAL, "on cgroup v2 this needs memory.limit_in_bytes, too");
	ret = read_bytes(limit, &memory);
	if (ret || both < memory)
		return ret ? ret : err_set(EINVAL, "'%s' is less than the limit of memory", value);
	str_format(buf, n, "%llu", (unsigned long long)(both - memory));
	return 0;
}

/* value * by / 1024, rounded, from 1 to 10000; what is in front of it, a device, stays. */
static int scale(const char *value, unsigned int max, unsigned int by, char *buf, size_t n)
{
	const char *number = strrchr(value, ' ');
	uint64_t v;
	uint32_t weight;

	number = number ? number + 1 : value;
	if (str_to_u64(number, max, &v))
		return bad(value);
	weight = ((uint32_t)v * by + 512) / 1024;
	weight = weight < 1 ? 1 : weight > 10000 ? 10000 : weight;
	return str_format(buf, n, "%.*s%u", (int)(number - value), value, weight) < n ? 0 :
										bad(value);
}

static int rate(const char *value, const char *word, char *buf, size_t n)
{
	size_t len = strcspn(value, " ");
	const char *number = value + len + strspn(value + len, " ");
	uint64_t v;

	if (!*number || str_to_u64(number, INT64_MAX, &v))
		return bad(value);
	/* None takes the limit away on v1. */
	return str_format(buf, n, "%.*s %s=%s", (int)len, value, word, v ? number : "max") < n ?
		       0 :
		       bad(value);
}

static int period(int fd, const char *value, char *buf, size_t n)
{
	char quota[64];

	if (fd_read_file(fd, "cpu.max", quota, sizeof(quota)) <= 0)
		return err_set(ENOENT, "cannot read cpu.max");
	quota[strcspn(quota, " \n")] = '\0';
	return str_format(buf, n, "%s %s", quota, value) < n ? 0 : bad(value);
}

int v2_value(int fd, const char *file, const char *value, char *buf, size_t n)
{
	const struct file *f = find_file(file);
	enum how how = f ? f->how : LIMIT;
	bool is_all = str_eq(value, "-1");

	switch (how) {
	case LIMIT:
		value = is_all ? "max" : value;
		break;
	case MEMSW:
		if (!is_all)
			return swap_of(fd, value, buf, n);
		value = "max";
		break;
	case SHARES:
		/*
		 * The inverse of what cpu.weight does in kernel/sched/core.c, so that the relation
		 * to everybody else stays. v1 goes from 2 to 262144, v2 from 10 to 102400 of these.
		 */
		return scale(value, 262144, 100, buf, n);
	case WEIGHT:
		return scale(value, 1000, 205, buf, n);
	case PERIOD:
		return period(fd, value, buf, n);
	case STATE:
		if (!str_eq(value, "FROZEN") && !str_eq(value, "THAWED"))
			return bad(value);
		value = *value == 'F' ? "1" : "0";
		break;
	case RATE:
		return rate(value, f->word, buf, n);
	case AS_IS:
		break;
	}
	return str_format(buf, n, "%s", value) < n ? 0 : bad(value);
}
