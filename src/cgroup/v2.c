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

static const struct {
	const char *v1, *v2;
} names[] = {
	{ "memory.limit_in_bytes", "memory.max" },
	{ "cpu.shares", "cpu.weight" },
	{ "cpu.cfs_quota_us", "cpu.max" },
	{ "cpu.cfs_period_us", "cpu.max" },
	{ "pids.max", "pids.max" },
	{ "cpuset.cpus", "cpuset.cpus" },
	{ "cpuset.mems", "cpuset.mems" },
};

bool v2_counterpart(const char *file, char *name, size_t n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(file, names[i].v1))
			return str_format(name, n, "%s", names[i].v2) < n;
	return false;
}

int v2_value(int fd, const char *file, const char *value, char *buf, size_t n)
{
	uint64_t shares;
	uint32_t weight;
	char quota[64];

	if (str_eq(value, "-1")) {
		value = "max";
	} else if (str_eq(file, "cpu.shares")) {
		if (str_to_u64(value, UINT32_MAX, &shares))
			return err_set(EINVAL, "bad value '%s' (a number from 2 to 262144)", value);
		shares = shares < 2 ? 2 : shares > 262144 ? 262144 : shares;
		/*
		 * The documented ranges 2 to 262144 and 1 to 10000, mapped linearly, as every other
		 * runtime does.
		 */
		weight = (uint32_t)shares - 2;
		/*
		 * 9999 / 262142 in two parts of 32 bits: a 64-bit division is a kilobyte on MIPS.
		 */
		weight = 1 + weight / 262142 * 9999 + weight % 262142 * 9999 / 262142;
		str_format(buf, n, "%u", weight);
		return 0;
	} else if (str_eq(file, "cpu.cfs_period_us")) {
		if (fd_read_file(fd, "cpu.max", quota, sizeof(quota)) <= 0)
			return err_set(ENOENT, "cannot read cpu.max");
		quota[strcspn(quota, " \n")] = '\0';
		if (str_format(buf, n, "%s %s", quota, value) < n)
			return 0;
		return err_set(EINVAL, "bad value '%s'", value);
	}
	return str_format(buf, n, "%s", value) < n ? 0 : err_set(EINVAL, "bad value '%s'", value);
}
