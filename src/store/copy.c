/* SPDX-License-Identifier: MIT */
/* owns the copy of a tree: what is in a directory, in its order, from level to level */
/* never follows a link, never enters a mount, never opens a device, fifo or socket */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/copy_internal.h"
#include "store/mapped.h"

/* So many levels have their directories open; those above are found again by "..". */
#define LEVELS_OPEN 32

/* A directory that is being copied. */
struct level {
	int from, to;		/* -1: closed */
	struct stat st;		/* of from, when it was entered */
	ino_t to_ino;
	int64_t off;		/* in from: where the next name is */
	size_t path;		/* length of its path */
};

struct walk {
	struct copy c;
	struct level *level;
	unsigned int depth, room;	/* of level[], the current one being level[depth] */
	dev_t to_dev;
	/* Names of the current level that are read and not copied yet. */
	long n, at;
	union {
		struct kernel_dirent first;
		char bytes[4096];
	} names;
};

static struct level *current(struct walk *w)
{
	return &w->level[w->depth];
}

/* ---- names ---- */

static int push_name(struct copy *c, const char *name)
{
	size_t n = strlen(name), len = c->path ? strlen(c->path) : 0;

	if (len + n + 2 > c->room) {
		char *more = realloc(c->path, 2 * (len + n) + 256);

		if (!more)
			return err_set(ENOMEM, "out of memory");
		c->path = more;
		c->room = 2 * (len + n) + 256;
	}
	str_format(c->path + len, c->room - len, "%s%s", len ? "/" : "", name);
	return 0;
}

/* The next name of the current level; NULL with *ret 0 at its end. */
static const char *next_name(struct walk *w, int *ret)
{
	struct level *l = current(w);

	*ret = 0;
	for (;;) {
		const struct kernel_dirent *e = (const void *)(w->names.bytes + w->at);

		if (w->at >= w->n) {
			w->n = syscall(SYS_getdents64, l->from, w->names.bytes,
				       sizeof(w->names.bytes));
			w->at = 0;
			if (w->n <= 0) {
				*ret = w->n < 0 ? err_sys("cannot read '%s'", copy_name(&w->c)) : 0;
				return NULL;
			}
			continue;
		}
		w->at += e->len;
		l->off = e->off;
		if (!str_eq(e->name, ".") && !str_eq(e->name, ".."))
			return e->name;
	}
}

/* ---- levels ---- */

static int grow(struct walk *w)
{
	unsigned int room = 2 * w->room + 64;
	struct level *more;

	if (w->depth + 1 < w->room)
		return 0;
	more = realloc(w->level, room * sizeof(*more));
	if (!more)
		return err_set(ENOMEM, "out of memory");
	w->level = more;
	w->room = room;
	return 0;
}

static void close_level(struct level *l)
{
	fd_close(&l->from);
	fd_close(&l->to);
}

/* Both directories of a new level, whose handles are given away. */
static int enter(struct walk *w, int from, int to, const struct stat *st)
{
	struct stat made;
	struct level *l;
	int ret = grow(w);

	if (!ret && fstat(to, &made))
		ret = err_sys("cannot look at the copy of '%s'", copy_name(&w->c));
	if (ret) {
		close(from);
		close(to);
		return ret;
	}
	if (w->level[w->depth].path != SIZE_MAX)
		w->depth++;
	l = current(w);
	*l = (struct level){ .from = from, .to = to, .st = *st, .to_ino = made.st_ino,
			     .path = strlen(w->c.path) };
	w->to_dev = made.st_dev;
	w->n = w->at = 0;
	if (w->depth >= LEVELS_OPEN)
		close_level(l - LEVELS_OPEN);
	return 0;
}

/* The level above, by "..": the directory may have been moved elsewhere meanwhile. */
static int find_parent(struct walk *w, struct level *up, const struct level *l)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;

	if (up->from >= 0)
		return 0;
	up->from = openat(l->from, "..", flags);
	up->to = openat(l->to, "..", flags);
	if (up->from < 0 || up->to < 0)
		return err_sys("cannot go back from '%s'", copy_name(&w->c));
	if (fstat(up->from, &st) || st.st_dev != up->st.st_dev || st.st_ino != up->st.st_ino ||
	    fstat(up->to, &st) || st.st_dev != w->to_dev || st.st_ino != up->to_ino)
		return err_set(EAGAIN, "'%s' was moved while it was copied", copy_name(&w->c));
	return 0;
}

/* The end of a directory: what it looks like, now that nothing changes in it any more. 1: that was
 * the last. */
static int leave(struct walk *w)
{
	struct level *l = current(w), *up = l - 1;
	int ret = copy_attributes(&w->c, l->from, l->to, &l->st);

	if (!ret && w->depth)
		ret = find_parent(w, up, l);
	close_level(l);
	if (ret || !w->depth)
		return ret ? ret : 1;
	w->depth--;
	w->c.path[up->path] = '\0';
	/* What was read of it was written over. */
	w->n = w->at = 0;
	if (lseek(up->from, up->off, SEEK_SET) < 0)
		return err_sys("cannot read '%s'", copy_name(&w->c));
	return 0;
}

/* ---- what a name may be ---- */

static int copy_dir(struct walk *w, const char *name, int handle, const struct stat *st)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct level *l = current(w);
	AUTO_FD int from = -1, to = -1;

	/* Nobody looks into it before it is done. */
	if (mkdirat(l->to, name, 0700))
		return err_sys("cannot make '%s'", copy_name(&w->c));
	from = openat(handle, ".", flags);
	if (from < 0)
		return err_sys("cannot read '%s'", copy_name(&w->c));
	to = openat(l->to, name, flags);
	if (to < 0)
		return err_sys("cannot open the copy of '%s'", copy_name(&w->c));
	return enter(w, take_fd(&from), take_fd(&to), st);
}

/* In the place of what is mounted there, which is not the container's. */
static int copy_mount_point(struct walk *w, const char *name)
{
	struct level *l = current(w);
	struct stat st;
	int ret;

	if (fstatat(l->from, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys("cannot look at '%s'", copy_name(&w->c));
	w->c.t->mounts++;
	log_info("'%s' is a mount point: not entered", copy_name(&w->c));
	ret = S_ISDIR(st.st_mode) ? mkdirat(l->to, name, 0755)
				  : mknodat(l->to, name, S_IFREG | 0644, 0);
	return ret ? err_sys("cannot make '%s'", copy_name(&w->c)) : 0;
}

/* A handle of a name, whatever it is; nothing is opened by that. -EXDEV: a mount point. */
static int open_handle(const struct walk *w, int dir, const char *name, struct stat *st)
{
	int fd = sys_openat2(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, RESOLVE_NO_XDEV);
	bool is_old = fd == -ENOSYS;

	if (is_old) {
		fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd < 0)
		return fd;
	if (fstat(fd, st)) {
		close(fd);
		return -errno;
	}
	/* Of other files of an overlay it says nothing. */
	if (is_old && S_ISDIR(st->st_mode) && st->st_dev != w->level[0].st.st_dev) {
		close(fd);
		return -EXDEV;
	}
	return fd;
}

static int copy_one(struct walk *w, const char *name)
{
	struct level *l = current(w);
	struct stat st;
	AUTO_FD int handle = open_handle(w, l->from, name, &st);

	if (handle == -EXDEV)
		return copy_mount_point(w, name);
	if (handle == -ENOENT || (handle >= 0 && S_ISSOCK(st.st_mode))) {
		w->c.t->skipped++;
		return 0;
	}
	if (handle < 0)
		return err_code(handle, "cannot look at '%s'", copy_name(&w->c));
	return S_ISDIR(st.st_mode) ? copy_dir(w, name, handle, &st)
				   : copy_file(&w->c, handle, &st, l->to, name);
}

static int step(struct walk *w)
{
	unsigned int depth = w->depth;
	char name[sizeof(w->names.bytes)];
	const char *next;
	int ret;

	next = next_name(w, &ret);
	if (ret)
		return ret;
	if (!next)
		return leave(w);
	/* Its place is written over when a level is entered. */
	str_format(name, sizeof(name), "%s", next);
	ret = push_name(&w->c, name);
	if (!ret)
		ret = copy_one(w, name);
	if (ret)
		return ret;
	if (w->depth == depth)
		w->c.path[current(w)->path] = '\0';
	w->c.t->names++;
	return copy_tell(&w->c);
}

static int begin(struct walk *w, int from, int to)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	AUTO_FD int a = openat(from, ".", flags), b = openat(to, ".", flags);
	struct stat st;
	int ret = push_name(&w->c, "");

	if (!ret)
		ret = grow(w);
	if (ret)
		return ret;
	/* There is no level yet. */
	w->level[0] = (struct level){ .from = -1, .to = -1, .path = SIZE_MAX };
	w->c.top = openat(to, ".", flags);
	if (a < 0 || b < 0 || w->c.top < 0 || fstat(a, &st))
		return err_sys("cannot open the tree that is copied");
	return enter(w, take_fd(&a), take_fd(&b), &st);
}

static int copy_all(int from, int to, struct tree_copy *t)
{
	struct walk *w = calloc(1, sizeof(*w));
	mode_t mask = umask(0);
	unsigned int i;
	int ret;

	if (!w)
		return err_set(ENOMEM, "out of memory");
	copy_init(&w->c, t);
	ret = begin(w, from, to);
	while (!ret)
		ret = step(w);
	for (i = 0; w->level && i <= w->depth; i++)
		close_level(&w->level[i]);
	copy_free(&w->c);
	free(w->level);
	free(w);
	umask(mask);
	return ret > 0 ? 0 : ret;
}

struct mapped_copy {
	int from, to;
	struct tree_copy t;
};

static int copy_mapped(void *arg)
{
	struct mapped_copy *m = arg;

	return copy_all(m->from, m->to, &m->t);
}

int tree_copy(int from, int to, struct tree_copy *t)
{
	struct mapped_copy *m;
	int ret;

	if (!CFG_UNPRIVILEGED || !sys_euid())
		return copy_all(from, to, t);
	/* In memory that is shared: another process counts. */
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		return err_set(ENOMEM, "out of memory");
	*m = (struct mapped_copy){ from, to, *t };
	ret = mapped_run(copy_mapped, m);
	*t = m->t;
	munmap(m, sizeof(*m));
	return ret;
}
