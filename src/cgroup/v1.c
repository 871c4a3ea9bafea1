/* SPDX-License-Identifier: MIT */
/* owns what a new directory of a cgroup v1 hierarchy needs before a process may enter it */
/* never touches a directory that was there before, but to fill an empty cpuset */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

/*
 * A cpuset without cpus or mems takes no process (ENOSPC), and new ones are empty, unless the
 * kernel fills them (clone_children of the parent, which they inherit): then this returns 1.
 * Otherwise what the nearest one above has is copied down from there, but not from above the base.
 */
static int fill_cpuset(const char *path, size_t base, const char *name)
{
	char file[PATH_MAX], list[1024];
	size_t len = strlen(path), at = len;
	int ret = 0;
	ssize_t n;

	for (;;) {
		str_format(file, sizeof(file), "%.*s/%s", (int)at, path, name);
		n = fd_read_file(AT_FDCWD, file, list, sizeof(list));
		if (n < 0)
			return err_code((int)n, "cannot read '%s'", file);
		if (*str_trim(list))
			break;
		if (at <= base)
			return err_set(ENOSPC, "'%s' is empty", file);
		while (path[--at] != '/')
			;
	}
	if (at == len)
		return 1;
	while (!ret && at < len) {
		at += 1 + strcspn(path + at + 1, "/");
		str_format(file, sizeof(file), "%.*s/%s", (int)at, path, name);
		ret = fd_write_file(AT_FDCWD, file, str_trim(list));
	}
	return ret ? err_code(ret, "cannot write '%s'", file) : 0;
}

static int set_file(const char *path, const char *name, const char *value)
{
	char file[PATH_MAX];
	int ret;

	if (str_format(file, sizeof(file), "%s/%s", path, name) >= sizeof(file))
		return err_set(ENAMETOOLONG, "cgroup path too long: '%s'", path);
	ret = fd_write_file(AT_FDCWD, file, value);
	return ret ? err_code(ret, "cannot write '%s' to '%s'", value, file) : 0;
}

static int prepare_cpuset(const struct cgroup_hier *h, const char *path, size_t base)
{
	int ret = fill_cpuset(path, base, h->noprefix ? "cpus" : "cpuset.cpus");

	/* What fills one fills the other. */
	if (ret > 0)
		return 0;
	if (!ret)
		ret = fill_cpuset(path, base, h->noprefix ? "mems" : "cpuset.mems");
	/* Cpusets that the container makes below are usable at once then. */
	return ret < 0 ? ret : set_file(path, "cgroup.clone_children", "1");
}

int v1_fill(const struct cgroup_hier *h, const char *path, size_t base)
{
	return cgroup_has(h, "cpuset", 6) ? prepare_cpuset(h, path, base) : 0;
}

int v1_prepare(const struct cgroup_hier *h, const char *path, size_t base)
{
	bool held = err_hold();
	int ret = v1_fill(h, path, base);

	if (ret)
		return ret;
	/*
	 * Inherited from the parent; with the host's release_agent the container could have a host
	 * program run.
	 */
	ret = set_file(path, "notify_on_release", "0");
	if (ret || !cgroup_has(h, "memory", 6))
		return ret;
	/*
	 * Before 5.11 a child cgroup is outside its parent's limit without this: a way out for the
	 * container. Later kernels lose the file.
	 */
	ret = set_file(path, "memory.use_hierarchy", "1");
	if (ret != -ENOENT)
		return ret;
	err_release(held);
	return 0;
}
