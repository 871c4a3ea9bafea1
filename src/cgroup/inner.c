/* SPDX-License-Identifier: MIT */
/* owns the directory below a container's in which its processes are, and ways between them */
/* never lets what a container may write to be what limits it */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

int cgroup_inner(const struct cgroup_layout *l, const char *dir, char *buf, size_t n)
{
	return cgroup_join(buf, n, dir, l->inner, "");
}

/* The line of /proc/self/cgroup for a hierarchy, from behind its colons on; NULL: none. */
static const char *find_line(const struct cgroup_hier *h, char *text)
{
	const char *at;
	char *line;

	while ((line = str_word(&text, "\n"))) {
		at = strchr(line, ':');
		if (!at)
			continue;
		at = str_after(at + 1, cgroup_is_v2(h) ? "" : h->controllers);
		if (at && *at == ':')
			return at + 1;
	}
	return NULL;
}

void cgroup_here(const struct cgroup_hier *h, char *buf, size_t n)
{
	AUTO_FREE char *text = NULL;
	const char *path = NULL;

	*buf = '\0';
	if (fd_load_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &text) > 0)
		path = find_line(h, text);
	path = path ? path_below(path + strspn(path, "/"), h->root) : NULL;
	if (path && !strstr(path, "..") && str_format(buf, n, "%s", path) >= n)
		*buf = '\0';
}

/* ---- made ---- */

static int make_one(const struct cgroup_hier *h, const char *dir, const char *inner)
{
	char path[PATH_MAX];
	size_t base;
	int ret = cgroup_path(h, dir, path, sizeof(path));

	base = strlen(path);
	if (!ret)
		ret = cgroup_join(path + base, sizeof(path) - base, "/", inner, "");
	if (!ret && mkdir(path, 0755))
		ret = err_sys("cannot make cgroup '%s'", path);
	if (ret)
		return ret;
	return CFG_CGROUP_V2 && cgroup_is_v2(h) ? v2_hand_down(h, dir) : v1_fill(h, path, base);
}

/*
 * How what a file says comes to hold below its directory: Linux' own controllers bound what is
 * there, or copy it when a directory is made, but for two kinds of file. What a vendor's controller
 * does nobody knows.
 */
enum reach { FLAT, COPIED, BOUND };

static enum reach reach_of(const char *file)
{
	/* A digit, and how the names begin for which it holds; the first that fits. */
	static const char known[] =
		"0blkio.throttle.\0" "0cpu.rt_\0" "1cpuset.\0" "1devices.\0" "1net_cls.\0" "1net_prio.\0"
		"2memory.\0" "2cpu.\0" "2cpuacct.\0" "2pids.\0" "2blkio.\0" "2freezer.\0" "2hugetlb.\0"
		"2rdma.\0" "2misc.\0" "2perf_event.\0" "2cgroup.\0";
	const char *row;

	for (row = known; *row; row += strlen(row) + 1)
		if (str_after(file, row + 1))
			return (enum reach)(*row - '0');
	return strchr(file, '.') ? FLAT : BOUND;
}

/* A limit that was written to the container's directory before. */
static int copy_limit(const struct cgroup_layout *l, const char *inner, const struct conf_item *it)
{
	const struct cgroup_hier *h;
	char name[128], where[ORIGIN_MAX];
	AUTO_FD int fd = -1;
	int ret;

	if (reach_of(it->key) != FLAT)
		return 0;
	ret = cgroup_resolve(l, it->key, &h, name, sizeof(name));
	if (ret || cgroup_is_v2(h))
		return ret;
	fd = cgroup_open_dir(h, inner);
	ret = fd < 0 ? fd : fd_write_file(fd, name, it->v);
	if (ret && fd >= 0)
		err_code(ret, "cannot write '%s' to that of the processes", it->v);
	return ret ? err_in(ret, "%slxc.cgroup.%s", origin_text(it->at, where), it->key) : 0;
}

int cgroup_create_inner(const struct cgroup_layout *l, const char *dir, const struct conf *c)
{
	const struct conf_item *it;
	char inner[PATH_MAX];
	unsigned int i;
	int ret = cgroup_inner(l, dir, inner, sizeof(inner));

	for (i = 0; !ret && i < l->n; i++)
		if (l->h[i].usable)
			ret = make_one(&l->h[i], dir, l->inner);
	for (it = c->cgroup.first; !ret && it; it = it->next)
		ret = copy_limit(l, inner, it);
	return ret;
}

/* ---- written to ---- */

bool v1_is_flat(const char *file)
{
	return reach_of(file) != BOUND;
}

int v1_write(const struct cgroup_layout *l, const struct cgroup_hier *h, const char *dir,
	     const char *name, const char *value)
{
	AUTO_FD int outer = cgroup_open_dir(h, dir), inner = -1;
	char path[PATH_MAX];
	int ret, done;

	ret = outer < 0 ? outer : cgroup_inner(l, dir, path, sizeof(path));
	if (ret)
		return ret;
	ret = fd_write_file(outer, name, value);
	if (!*l->inner || (ret && ret != -EBUSY))
		return ret;
	inner = cgroup_open_dir(h, path);
	if (inner < 0)
		return inner;
	/* A cpuset cannot lose what one below it has: then that one is first. */
	done = fd_write_file(inner, name, value);
	return ret && !done ? fd_write_file(outer, name, value) : done;
}

/* ---- gone to ---- */

int cgroup_go(const char *mount, const char *dir)
{
	char path[PATH_MAX];
	int ret;

	if (str_format(path, sizeof(path), "%s/%s/tasks", mount, dir) >= sizeof(path))
		return -ENAMETOOLONG;
	ret = fd_write_file(AT_FDCWD, path, "0");
	/* v2 has no such file. */
	if (!CFG_CGROUP_V2 || ret != -ENOENT)
		return ret;
	if (str_format(path, sizeof(path), "%s/%s/cgroup.procs", mount, dir) >= sizeof(path))
		return -ENAMETOOLONG;
	return fd_write_file(AT_FDCWD, path, "0");
}

/* Without the last component; false: there is none. */
static bool cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (!*path)
		return false;
	*(slash ? slash : path) = '\0';
	return true;
}

int cgroup_leave(const char *mount, const char *dir, const char *back)
{
	AUTO_FREE char *text = NULL;
	char path[PATH_MAX], own[16];
	char *at, *line;
	bool is_in = false;
	int ret;

	if (str_format(path, sizeof(path), "%s/%s/cgroup.procs", mount, dir) >= sizeof(path))
		return -ENAMETOOLONG;
	ret = (int)fd_load_file(AT_FDCWD, path, 1 << 20, &text);
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	str_format(own, sizeof(own), "%d", (int)getpid());
	for (at = text; !is_in && (line = str_word(&at, "\n"));)
		is_in = str_eq(line, own);
	if (!is_in)
		return 0;
	str_format(path, sizeof(path), "%s", back);
	/* What it came from may be gone, or on v2 have children with controllers by now. */
	do
		ret = cgroup_go(mount, path);
	while (ret && cut(path));
	return ret;
}
