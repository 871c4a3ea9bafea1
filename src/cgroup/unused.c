/* SPDX-License-Identifier: MIT */
/* owns finding cgroups of containers that nobody is in any more */
/* never takes one for ours that cgroup_create has not made */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

struct search {
	const struct cgroup_hier *h;
	const char *above;	/* what the names of containers are below */
	cgroup_unused_fn *each;
	void *arg;
};

static int look_at(int fd, const char *name, void *arg)
{
	const struct search *s = arg;
	char dir[PATH_MAX], below[PATH_MAX];
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode) ||
	    !(st.st_mode & S_ISVTX))
		return 0;
	if (cgroup_join(dir, sizeof(dir), s->above, name, "") ||
	    cgroup_below_mount(s->h, dir, below, sizeof(below)))
		return 0;
	if (cgroup_is_populated(s->h->mount, below))
		return 0;
	return s->each(s->h->mount, below, dir, s->arg);
}

int cgroup_each_unused(const struct cgroup_layout *l, cgroup_unused_fn *each, void *arg)
{
	const char *pattern = cgroup_pattern(), *last = strrchr(pattern, '/');
	char above[PATH_MAX], path[PATH_MAX];
	struct search s = { .above = above, .each = each, .arg = arg };
	unsigned int i;
	int ret = 0;

	str_format(above, sizeof(above), "%.*s", last ? (int)(last - pattern) : 0, pattern);
	/* Whose directories lie elsewhere for each name cannot be looked for without one. */
	if (strchr(above, '%'))
		return 0;
	for (i = 0; i < l->n && !ret; i++) {
		AUTO_FD int fd = -1;

		if (!l->h[i].usable)
			continue;
		s.h = &l->h[i];
		ret = cgroup_path(s.h, above, path, sizeof(path));
		fd = ret ? -1 : fd_open(path, O_RDONLY | O_DIRECTORY);
		if (fd >= 0)
			ret = fd_each_name(fd, look_at, &s);
	}
	return ret;
}
