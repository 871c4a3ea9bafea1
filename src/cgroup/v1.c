/* SPDX-License-Identifier: MIT */
/* owns what a new directory of a cgroup v1 hierarchy needs before a process may enter it */
/* never touches a directory that was there before, but to fill an empty cpuset */
#include <errno.h>
#include <string.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

/* A cpuset without cpus or mems takes no process (ENOSPC), and new ones are empty: the parent's are copied. */
static int fill_cpuset(int parent_fd, int fd, const char *name)
{
	char have[1024], list[1024];
	ssize_t n = fd_read_file(fd, name, have, sizeof(have));
	int ret;

	if (n < 0)
		return err_code((int)n, "cannot read %s", name);
	if (*str_trim(have))
		return 0;
	n = fd_read_file(parent_fd, name, list, sizeof(list));
	if (n < 0)
		return err_code((int)n, "cannot read %s of the parent", name);
	if (!*str_trim(list))
		return err_set(ENOSPC, "%s is empty in the parent cgroup", name);
	ret = fd_write_file(fd, name, str_trim(list));
	return ret ? err_code(ret, "cannot write '%s' to %s", list, name) : 0;
}

/* Writes value unless the file says so; a kernel without the file is fine. */
static int make_value(int fd, const char *name, const char *value)
{
	char have[32];
	ssize_t n = fd_read_file(fd, name, have, sizeof(have));
	int ret;

	if (n == -ENOENT || (n > 0 && str_eq(str_trim(have), value)))
		return 0;
	ret = n < 0 ? (int)n : fd_write_file(fd, name, value);
	return ret ? err_code(ret, "cannot set %s to %s", name, value) : 0;
}

int v1_prepare(const struct cgroup_hier *h, int parent_fd, int fd, bool leaf)
{
	int ret = 0;

	if (cgroup_has(h, "cpuset", 6)) {
		ret = fill_cpuset(parent_fd, fd, h->noprefix ? "cpus" : "cpuset.cpus");
		if (!ret)
			ret = fill_cpuset(parent_fd, fd, h->noprefix ? "mems" : "cpuset.mems");
		/* Cpusets that the container makes below are usable at once then. */
		if (!ret && leaf)
			ret = make_value(fd, "cgroup.clone_children", "1");
	}
	/* Before 5.11 a child cgroup is outside its parent's limit without this: a way out for the container. */
	if (!ret && leaf && cgroup_has(h, "memory", 6))
		ret = make_value(fd, "memory.use_hierarchy", "1");
	/* Inherited from the parent; with the host's release_agent the container could have a host program run. */
	if (!ret && leaf)
		ret = make_value(fd, "notify_on_release", "0");
	return ret;
}
