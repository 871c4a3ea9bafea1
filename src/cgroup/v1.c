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
 * A cpuset without cpus or mems takes no process (ENOSPC), and new ones are empty: the parent's are
 * copied. -ENOENT without err: the directory went away again, with the last container in it.
 */
static int fill_cpuset(const char *path, const char *name)
{
	char file[PATH_MAX], have[1024], list[1024];
	int up = (int)(str_base(path) - path), ret;
	ssize_t n;

	str_format(file, sizeof(file), "%s/%s", path, name);
	n = fd_read_file(AT_FDCWD, file, have, sizeof(have));
	if (n < 0)
		return n == -ENOENT ? -ENOENT : err_code((int)n, "cannot read '%s'", file);
	if (*str_trim(have))
		return 0;
	str_format(file, sizeof(file), "%.*s%s", up, path, name);
	n = fd_read_file(AT_FDCWD, file, list, sizeof(list));
	if (n < 0)
		return n == -ENOENT ? -ENOENT : err_code((int)n, "cannot read '%s'", file);
	if (!*str_trim(list))
		return err_set(ENOSPC, "'%s' is empty", file);
	str_format(file, sizeof(file), "%s/%s", path, name);
	ret = fd_write_file(AT_FDCWD, file, str_trim(list));
	return ret && ret != -ENOENT ? err_code(ret, "cannot write '%s'", file) : ret;
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

int v1_prepare(const struct cgroup_hier *h, const char *path, bool leaf)
{
	bool held = err_hold();
	int ret = 0;

	if (cgroup_has(h, "cpuset", 6)) {
		ret = fill_cpuset(path, h->noprefix ? "cpus" : "cpuset.cpus");
		if (!ret)
			ret = fill_cpuset(path, h->noprefix ? "mems" : "cpuset.mems");
		/* Cpusets that the container makes below are usable at once then. */
		if (!ret && leaf)
			ret = set_file(path, "cgroup.clone_children", "1");
	}
	if (!leaf || ret)
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
