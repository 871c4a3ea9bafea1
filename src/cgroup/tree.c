/* SPDX-License-Identifier: MIT */
/* owns the end of a container's cgroup: killing what is in it, removing it and all below */
/* never recurses or holds more than a few descriptors: a container nests as deep as it likes */
#include "cgroup/cgroup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/*
 * The next directory in fd after *pos (0 at first), its name in name (NAME_MAX + 1 bytes). 1, 0 at
 * the end, -errno.
 */
static int next_dir(int fd, int64_t *pos, char *name)
{
	union {
		struct kernel_dirent first;
		char bytes[1024];
	} buf;
	long n, at;

	if (lseek(fd, (off_t)*pos, SEEK_SET) < 0)
		return -errno;
	while ((n = syscall(SYS_getdents64, fd, buf.bytes, sizeof(buf.bytes))) > 0) {
		for (at = 0; at < n;) {
			const struct kernel_dirent *e = (const void *)(buf.bytes + at);

			at += e->len;
			*pos = e->off;
			if (e->type != DT_DIR || str_eq(e->name, ".") || str_eq(e->name, ".."))
				continue;
			str_format(name, NAME_MAX + 1, "%s", e->name);
			return 1;
		}
	}
	return n < 0 ? -errno : 0;
}

/* Where a walk is: the directory, and at which entry it left each of those above. */
struct walk {
	int fd;
	unsigned int depth, size;
	int64_t *pos;
};

static int go_down(struct walk *w, const char *name)
{
	int fd = openat(w->fd, name, DIR_FLAGS);
	int64_t *more;

	if (fd < 0)
		return -errno;
	if (w->depth + 1 >= w->size) {
		w->size = w->size ? w->size * 2 : 32;
		more = realloc(w->pos, w->size * sizeof(*more));
		if (!more) {
			close(fd);
			return -ENOMEM;
		}
		w->pos = more;
	}
	fd_close(&w->fd);
	w->fd = fd;
	w->pos[++w->depth] = 0;
	return 0;
}

static int go_up(struct walk *w)
{
	int fd = openat(w->fd, "..", DIR_FLAGS);

	if (fd < 0)
		return -errno;
	fd_close(&w->fd);
	w->fd = fd;
	w->depth--;
	return 0;
}

/*
 * Calls visit for top and every directory below, until it returns non-zero. What vanishes meanwhile
 * is skipped.
 */
static int walk_tree(int top, int (*visit)(int fd, void *arg), void *arg)
{
	struct walk w = { .fd = openat(top, ".", DIR_FLAGS), .size = 32 };
	char name[NAME_MAX + 1];
	int ret = w.fd < 0 ? -errno : 0;

	w.pos = malloc(w.size * sizeof(*w.pos));
	if (!w.pos)
		ret = -ENOMEM;
	else
		w.pos[0] = 0;
	if (!ret)
		ret = visit(w.fd, arg);
	while (!ret) {
		ret = next_dir(w.fd, &w.pos[w.depth], name);
		if (ret > 0) {
			ret = go_down(&w, name);
			if (!ret)
				ret = visit(w.fd, arg);
			else if (ret == -ENOENT)
				ret = 0;
		} else if (!ret) {
			if (!w.depth)
				break;
			ret = go_up(&w);
		}
	}
	fd_close(&w.fd);
	free(w.pos);
	return ret;
}

/*
 * Sends sig to each process of a cgroup (0: to none). Number of processes, -errno. Ones of another
 * pid namespace show as 0, which would mean this process's own group to kill(2).
 */
static int signal_dir(int dir_fd, int sig)
{
	AUTO_FD int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char buf[2048];
	int count = 0;
	pid_t pid = 0;
	ssize_t n, i;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		for (i = 0; i < n; i++) {
			if (isdigit((unsigned char)buf[i])) {
				pid = pid * 10 + (buf[i] - '0');
				continue;
			}
			count++;
			if (sig && pid > 1 && pid != getpid())
				kill(pid, sig);
			pid = 0;
		}
	}
	/*
	 * A threaded cgroup of v2 has its processes listed above; one that was just removed has
	 * none.
	 */
	return n < 0 && errno != EOPNOTSUPP && errno != ENODEV ? -errno : count;
}

static int visit_kill(int fd, void *arg)
{
	int n = signal_dir(fd, SIGKILL);

	if (n > 0)
		*(int *)arg += n;
	return n < 0 ? n : 0;
}

static int visit_thaw(int fd, void *arg)
{
	(void)arg;
	if (fd_write_file(fd, "freezer.state", "THAWED"))
		return 0;
	return 0;
}

static int visit_count(int fd, void *arg)
{
	int n = signal_dir(fd, 0);

	(void)arg;
	return n > 0 ? 1 : n;
}

/* Gives up after some milliseconds: tasks that cannot be frozen are killed all the same. */
static void freeze_for_kill(int top)
{
	int64_t deadline = sys_now_ms() + 50;
	unsigned int pause_ms = 0;
	char state[32];

	do {
		if (fd_write_file(top, "freezer.state", "FROZEN") ||
		    fd_read_file(top, "freezer.state", state, sizeof(state)) <= 0)
			return;
	} while (!str_eq(str_trim(state), "FROZEN") && !sys_retry(deadline, &pause_ms));
}

/* Kills what is in the tree; the number of processes there were, -errno. */
static int kill_tree(int top)
{
	int count = 0, ret = walk_tree(top, visit_count, NULL);

	if (ret <= 0)
		return ret;
	/* v2 since 5.14: one write, and no process can fork past it. */
	if (CFG_CGROUP_V2 && !fd_write_file(top, "cgroup.kill", "1"))
		return 1;
	/*
	 * A fork bomb does not run away from SIGKILL while it is frozen; frozen tasks of v1 die
	 * only when thawed.
	 */
	freeze_for_kill(top);
	ret = walk_tree(top, visit_kill, &count);
	if (!ret)
		ret = walk_tree(top, visit_thaw, NULL);
	return ret ? ret : count;
}

/*
 * Removes one directory that has none below it: 1, or 0 when it has to be looked into first. An
 * attempt at one that has some costs the kernel a walk through all of them, which adds up to
 * seconds in a deep tree, so the link count is asked first.
 */
static int try_remove(int parent_fd, const char *name, bool *moved)
{
	struct stat st;

	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 1 : -errno;
	if (st.st_nlink > 2)
		return 0;
	if (!unlinkat(parent_fd, name, AT_REMOVEDIR)) {
		*moved = true;
		return 1;
	}
	if (errno == ENOENT)
		return 1;
	return errno == EBUSY || errno == ENOTEMPTY ? 0 : -errno;
}

/* Removes every directory below top. -EBUSY: one is in use. */
static int remove_below(int top)
{
	AUTO_FD int cur = openat(top, ".", DIR_FLAGS);
	char name[NAME_MAX + 1];
	unsigned int depth = 0;
	bool moved = true;
	int64_t pos = 0;
	int next, ret = cur < 0 ? -errno : 0;

	while (ret >= 0) {
		ret = next_dir(cur, &pos, name);
		if (ret > 0) {
			ret = try_remove(cur, name, &moved);
			if (ret)
				continue;
			next = openat(cur, name, DIR_FLAGS);
			depth++;
			moved = false;
		} else if (!ret) {
			if (!depth)
				return 0;
			next = openat(cur, "..", DIR_FLAGS);
			depth--;
			/*
			 * There was nothing in it to remove: it has processes, or its link count
			 * misled (name is still its own).
			 */
			if (!moved && next >= 0 && unlinkat(next, name, AT_REMOVEDIR)) {
				close(next);
				return -EBUSY;
			}
		} else {
			break;
		}
		if (next < 0)
			return -errno;
		fd_close(&cur);
		cur = next;
		pos = 0;
	}
	return ret;
}

/* Parents that cgroup_create made bear the sticky bit; they go when nobody else is in them. */
static void remove_parents(const char *mount, char *dir)
{
	char path[PATH_MAX], *slash;
	struct stat st;

	while ((slash = strrchr(dir, '/'))) {
		*slash = '\0';
		if (cgroup_join(path, sizeof(path), mount, dir, "") || stat(path, &st) ||
		    !(st.st_mode & S_ISVTX) || rmdir(path))
			return;
	}
}

static int remove_slowly(const char *path, int timeout_ms)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	AUTO_FD int top = open(path, DIR_FLAGS);
	unsigned int pause_ms = 0;
	int ret;

	if (top < 0)
		return errno == ENOENT ? 0 : err_sys("cannot open cgroup '%s'", path);
	for (;;) {
		ret = kill_tree(top);
		if (!ret)
			ret = remove_below(top);
		if (!ret) {
			if (!rmdir(path) || errno == ENOENT)
				return 0;
			ret = -errno;
		}
		if (ret < 0 && ret != -EBUSY && ret != -ENOENT && ret != -ENOTEMPTY &&
		    ret != -ENODEV)
			return err_code(ret, "cannot remove cgroup '%s'", path);
		if (sys_retry(deadline, &pause_ms))
			return err_set(ETIMEDOUT, "cannot remove cgroup '%s': %s after %d ms", path,
				       ret > 0 ? "processes are left" : "in use", timeout_ms);
	}
}

int cgroup_remove(const char *mount, const char *dir, int timeout_ms)
{
	char path[PATH_MAX], copy[PATH_MAX];
	int ret = cgroup_join(path, sizeof(path), mount, dir, "");

	if (ret || !dir[strspn(dir, "/")])
		return ret ? ret : err_set(EINVAL, "the root of '%s' cannot be removed", mount);
	str_format(copy, sizeof(copy), "%s", dir);
	if (rmdir(path) && errno != ENOENT) {
		ret = remove_slowly(path, timeout_ms);
		if (ret)
			return ret;
	}
	remove_parents(mount, copy);
	return 0;
}

int cgroup_is_populated(const char *mount, const char *dir)
{
	char path[PATH_MAX];
	AUTO_FD int top = -1;
	int ret = cgroup_join(path, sizeof(path), mount, dir, "");

	if (ret)
		return ret;
	top = open(path, DIR_FLAGS);
	if (top < 0)
		return errno == ENOENT ? 0 : err_sys("cannot open cgroup '%s'", path);
	ret = walk_tree(top, visit_count, NULL);
	return ret < 0 ? err_code(ret, "cannot read the processes of cgroup '%s'", path) : ret;
}
