/* SPDX-License-Identifier: MIT */
/* owns freezing and thawing a container */
/* never leaves a container half frozen: what cannot be frozen in time is thawed again */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

/* The container's directory that can be frozen; *v2 says how. */
static int open_freezer(const struct cgroup_layout *l, const char *dir, bool *v2)
{
	const struct cgroup_hier *h = cgroup_find(l, "freezer", 7);

	if (!h || !h->usable)
		h = cgroup_find_v2(l);
	if (!h || !h->usable)
		return err_set(EOPNOTSUPP, "%s is mounted",
			       CFG_CGROUP_V2 ? "neither a v1 freezer nor cgroup v2" : "no freezer");
	*v2 = cgroup_is_v2(h);
	return cgroup_open_dir(h, dir);
}

/* 1 frozen, 0 not yet, -errno without err text. *asked: it has been told to freeze. */
static int read_state(int fd, bool v2, bool *asked)
{
	char text[256];
	ssize_t n = fd_read_file(fd, v2 ? "cgroup.events" : "freezer.state", text, sizeof(text));

	if (n < 0)
		return (int)n;
	if (!CFG_CGROUP_V2 || !v2) {
		*asked = str_after(text, "FR");
		return str_after(text, "FROZEN") != NULL;
	}
	n = fd_read_file(fd, "cgroup.freeze", text + 200, sizeof(text) - 200);
	*asked = n > 0 && text[200] == '1';
	text[199] = '\0';
	return strstr(text, "frozen 1") != NULL;
}

/* What keeps it frozen is not in it: freezer-subsystem.rst, parent_freezing (3.8). */
static bool is_held_above(int fd, bool v2, bool asked)
{
	char text[8];

	if (CFG_CGROUP_V2 && v2)
		return !asked;
	return fd_read_file(fd, "freezer.self_freezing", text, sizeof(text)) > 0 && *text == '0' &&
	       fd_read_file(fd, "freezer.parent_freezing", text, sizeof(text)) > 0 && *text == '1';
}

int cgroup_freeze(const struct cgroup_layout *l, const char *dir, bool freeze, int timeout_ms)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	unsigned int pause_ms = 0;
	bool found = false, asked;
	AUTO_FD int fd = open_freezer(l, dir, &found);
	const bool v2 = CFG_CGROUP_V2 && found;
	const char *file = v2 ? "cgroup.freeze" : "freezer.state";
	int ret;

	if (fd < 0)
		return fd;
	for (;;) {
		/* Written again each time: older kernels give up on a task that was busy. */
		ret = fd_write_file(fd, file, freeze ? v2 ? "1" : "FROZEN" : v2 ? "0" : "THAWED");
		if (ret == -ENOENT)
			return err_set(EOPNOTSUPP, "this kernel has no %s", file);
		if (!ret)
			ret = read_state(fd, v2, &asked);
		if (ret < 0)
			return err_code(ret, "cannot %s cgroup '%s'", freeze ? "freeze" : "thaw",
					dir);
		if (ret == freeze)
			return 0;
		/* v1 says at once; on v2 its own tasks may still be on the way. */
		if (!cgroup_wait_retry(deadline, &pause_ms) &&
		    (freeze || v2 || !is_held_above(fd, v2, asked)))
			continue;
		if (!freeze && is_held_above(fd, v2, asked))
			return err_set(EBUSY, "cgroup '%s' cannot be thawed: one above it is frozen",
				       dir);
		if (freeze && fd_write_file(fd, file, v2 ? "0" : "THAWED"))
			return err_set(ETIMEDOUT,
				       "cgroup '%s' not frozen after %d ms, nor thawed again", dir,
				       timeout_ms);
		return err_set(ETIMEDOUT, "cgroup '%s' not %s after %d ms", dir,
			       freeze ? "frozen" : "thawed", timeout_ms);
	}
}

enum freezer_state cgroup_freezer_state(const struct cgroup_layout *l, const char *dir)
{
	bool held = err_hold(), v2 = false, asked = false;
	AUTO_FD int fd = open_freezer(l, dir, &v2);
	int ret = fd < 0 ? fd : read_state(fd, v2, &asked);

	err_release(held);
	return ret < 0 ? FREEZER_UNKNOWN : ret ? FREEZER_FROZEN
					       : asked ? FREEZER_FREEZING
						       : FREEZER_THAWED;
}

bool cgroup_is_frozen(const struct cgroup_layout *l, const char *dir)
{
	enum freezer_state s = cgroup_freezer_state(l, dir);

	return s == FREEZER_FREEZING || s == FREEZER_FROZEN;
}

int cgroup_freezer_watch(const struct cgroup_layout *l, const char *dir)
{
	bool held = err_hold(), v2 = false;
	AUTO_FD int dir_fd = open_freezer(l, dir, &v2), fd = -1;
	char path[FD_PATH_MAX], file[FD_PATH_MAX + sizeof("/freezer.state")];

	err_release(held);
	if (dir_fd < 0)
		return dir_fd;
	str_format(file, sizeof(file), "%s/%s", fd_path(dir_fd, path),
		   CFG_CGROUP_V2 && v2 ? "cgroup.events" : "freezer.state");
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return fd < 0 || inotify_add_watch(fd, file, IN_MODIFY) < 0 ? -errno : take_fd(&fd);
}
