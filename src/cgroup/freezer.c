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

/* The container's directory that can be frozen, or that of its processes. */
struct freezer {
	int fd, inner;	/* the same where there is none */
	bool v2;
};

static void close_freezer(struct freezer *f)
{
	if (f->inner != f->fd)
		fd_close(&f->inner);
	fd_close(&f->fd);
}

static int open_freezer(const struct cgroup_layout *l, const char *dir, struct freezer *f)
{
	const struct cgroup_hier *h = cgroup_find(l, "freezer", 7);
	char inner[PATH_MAX];
	int ret = cgroup_inner(l, dir, inner, sizeof(inner));

	f->fd = f->inner = -1;
	if (ret)
		return ret;
	if (!h || !h->usable)
		h = cgroup_find_v2(l);
	if (!h || !h->usable)
		return err_set(EOPNOTSUPP, "%s is mounted",
			       CFG_CGROUP_V2 ? "neither a v1 freezer nor cgroup v2" : "no freezer");
	f->v2 = CFG_CGROUP_V2 && cgroup_is_v2(h);
	f->fd = f->inner = cgroup_open_dir(h, dir);
	if (f->fd >= 0 && *l->inner)
		f->inner = cgroup_open_dir(h, inner);
	ret = f->inner;
	if (ret < 0)
		close_freezer(f);
	return ret < 0 ? ret : 0;
}

static bool is_told(int fd)
{
	char text[8];

	return fd_read_file(fd, "cgroup.freeze", text, sizeof(text)) > 0 && *text == '1';
}

/*
 * 1 frozen, 0 not yet, -errno without err text. *asked: it has been told to freeze. What is said of
 * the processes counts, whoever has told them.
 */
static int read_state(const struct freezer *f, bool *asked)
{
	char text[256];
	ssize_t n = fd_read_file(f->inner, f->v2 ? "cgroup.events" : "freezer.state", text,
				 sizeof(text));

	if (n < 0)
		return (int)n;
	if (!CFG_CGROUP_V2 || !f->v2) {
		*asked = str_after(text, "FR");
		return str_after(text, "FROZEN") != NULL;
	}
	*asked = is_told(f->fd) || is_told(f->inner);
	return strstr(text, "frozen 1") != NULL;
}

/* What keeps it frozen is not in it: freezer-subsystem.rst, parent_freezing (3.8). */
static bool is_held_above(const struct freezer *f, bool asked)
{
	char text[8];

	if (CFG_CGROUP_V2 && f->v2)
		return !asked;
	return fd_read_file(f->fd, "freezer.self_freezing", text, sizeof(text)) > 0 &&
	       *text == '0' &&
	       fd_read_file(f->fd, "freezer.parent_freezing", text, sizeof(text)) > 0 &&
	       *text == '1';
}

/* A container may have frozen the inner one, which is its own. */
static int write_state(const struct freezer *f, bool freeze)
{
	const char *file = f->v2 ? "cgroup.freeze" : "freezer.state";
	const char *value = freeze ? f->v2 ? "1" : "FROZEN" : f->v2 ? "0" : "THAWED";
	int ret = fd_write_file(f->fd, file, value);

	if (!ret && !freeze && f->inner != f->fd)
		ret = fd_write_file(f->inner, file, value);
	return ret == -ENOENT ? err_set(EOPNOTSUPP, "this kernel has no %s", file) : ret;
}

static int set_state(const struct freezer *f, const char *dir, bool freeze, int timeout_ms)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	unsigned int pause_ms = 0;
	bool asked;
	int ret;

	for (;;) {
		/* Written again each time: older kernels give up on a task that was busy. */
		ret = write_state(f, freeze);
		if (ret == -EOPNOTSUPP)
			return ret;
		if (!ret)
			ret = read_state(f, &asked);
		if (ret < 0)
			return err_code(ret, "cannot %s cgroup '%s'", freeze ? "freeze" : "thaw",
					dir);
		if (ret == freeze)
			return 0;
		/* v1 says at once; on v2 its own tasks may still be on the way. */
		if (!sys_retry(deadline, &pause_ms) &&
		    (freeze || f->v2 || !is_held_above(f, asked)))
			continue;
		if (!freeze && is_held_above(f, asked))
			return err_set(EBUSY, "cgroup '%s' cannot be thawed: one above it is frozen",
				       dir);
		if (freeze && write_state(f, false))
			return err_set(ETIMEDOUT,
				       "cgroup '%s' not frozen after %d ms, nor thawed again", dir,
				       timeout_ms);
		return err_set(ETIMEDOUT, "cgroup '%s' not %s after %d ms", dir,
			       freeze ? "frozen" : "thawed", timeout_ms);
	}
}

int cgroup_freeze(const struct cgroup_layout *l, const char *dir, bool freeze, int timeout_ms)
{
	struct freezer f;
	int ret = open_freezer(l, dir, &f);

	if (!ret)
		ret = set_state(&f, dir, freeze, timeout_ms);
	close_freezer(&f);
	return ret;
}

enum freezer_state cgroup_freezer_state(const struct cgroup_layout *l, const char *dir)
{
	bool held = err_hold(), asked = false;
	struct freezer f;
	int ret = open_freezer(l, dir, &f);

	if (!ret)
		ret = read_state(&f, &asked);
	close_freezer(&f);
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
	char path[FD_PATH_MAX], file[FD_PATH_MAX + sizeof("/freezer.state")];
	bool held = err_hold();
	struct freezer f;
	AUTO_FD int fd = -1;
	int ret = open_freezer(l, dir, &f);

	err_release(held);
	if (ret)
		return ret;
	str_format(file, sizeof(file), "%s/%s", fd_path(f.fd, path),
		   f.v2 ? "cgroup.events" : "freezer.state");
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	ret = fd < 0 || inotify_add_watch(fd, file, IN_MODIFY) < 0 ? -errno : 0;
	close_freezer(&f);
	return ret ? ret : take_fd(&fd);
}
