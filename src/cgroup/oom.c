/* SPDX-License-Identifier: MIT */
/* owns hearing that a container has no memory left, and how many of its processes died of it */
/* never changes what the kernel does then */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

/*
 * The container's directory where the memory controller is; *v2 says what files it has. Lack of
 * memory is told to those above whose limit it is, but v1 counts where the process was that died.
 */
static int open_memory(const struct cgroup_layout *l, const char *dir, bool is_count, bool *v2)
{
	const struct cgroup_hier *h = cgroup_find(l, "memory", 6);
	bool held = err_hold();
	char inner[PATH_MAX];
	int fd = -ENAMETOOLONG;

	if (!h || !h->usable)
		return -ENOENT;
	*v2 = cgroup_is_v2(h);
	if (!is_count || *v2)
		fd = cgroup_open_dir(h, dir);
	else if (!cgroup_inner(l, dir, inner, sizeof(inner)))
		fd = cgroup_open_dir(h, inner);
	err_release(held);
	return fd;
}

/* An eventfd that the kernel adds to, Documentation/admin-guide/cgroup-v1/memory.rst, 10. */
static int watch_v1(int dir)
{
	AUTO_FD int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), file = -1;
	char line[32];
	int ret;

	file = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file < 0)
		return -errno;
	str_format(line, sizeof(line), "%d %d", fd, file);
	ret = fd_write_file(dir, "cgroup.event_control", line);
	return ret ? ret : take_fd(&fd);
}

static int watch_v2(int dir)
{
	AUTO_FD int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[FD_PATH_MAX], file[FD_PATH_MAX + sizeof("/memory.events")];

	str_format(file, sizeof(file), "%s/memory.events", fd_path(dir, path));
	return fd < 0 || inotify_add_watch(fd, file, IN_MODIFY) < 0 ? -errno : take_fd(&fd);
}

int cgroup_oom_watch(const struct cgroup_layout *l, const char *dir)
{
	bool v2 = false;
	AUTO_FD int fd = open_memory(l, dir, false, &v2);

	if (fd < 0)
		return fd;
	return CFG_CGROUP_V2 && v2 ? watch_v2(fd) : watch_v1(fd);
}

int cgroup_oom_kills(const struct cgroup_layout *l, const char *dir)
{
	bool v2 = false;
	AUTO_FD int fd = open_memory(l, dir, true, &v2);
	/* As a line in the middle, lest "oom_kill_disable", which is the first on v1, is taken for it. */
	static const char front[] = "\noom_kill ";
	char text[512], *at;
	uint64_t n;
	ssize_t len = fd < 0 ? fd : fd_read_file(fd, CFG_CGROUP_V2 && v2 ? "memory.events"
									 : "memory.oom_control",
						 text, sizeof(text));

	if (len < 0)
		return (int)len;
	at = strstr(text, front);
	if (!at)
		return -ENOENT;
	at += strlen(front);
	at[strcspn(at, "\n")] = '\0';
	return str_to_u64(at, INT32_MAX, &n) ? -EINVAL : (int)n;
}
