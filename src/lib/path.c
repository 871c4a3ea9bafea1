/* SPDX-License-Identifier: MIT */
/* owns walking paths in trees that somebody hostile can write to, and lexical work on paths */
/* never follows a symbolic link below a root it was given */
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

/* Behind slashes and "." components: the next real component, or the end. */
static const char *skip_empty(const char *p)
{
	for (;;) {
		while (*p == '/')
			p++;
		if (p[0] != '.' || (p[1] && p[1] != '/'))
			return p;
		p++;
	}
}

static size_t component_len(const char *p)
{
	return strcspn(p, "/");
}

static bool has_dotdot(const char *p)
{
	for (p = skip_empty(p); *p; p = skip_empty(p + component_len(p)))
		if (p[0] == '.' && p[1] == '.' && (!p[2] || p[2] == '/'))
			return true;
	return false;
}

/*
 * err for the component of path that ends at end: the part of the path up to there is named when it
 * is not all of it.
 */
static int component_error(int err, const char *path, const char *end, const char *what)
{
	bool whole = !*skip_empty(end);

	if (what && whole)
		return err_set(err, "'%s' %s", path, what);
	if (what)
		return err_set(err, "'%s': '%.*s' %s", path, (int)(end - path), path, what);
	if (whole)
		return err_code(err, "'%s'", path);
	return err_code(err, "'%s': '%.*s'", path, (int)(end - path), path);
}

/* Makes what is missing with the permissions asked for, whatever the umask is. */
static int make_entry(int dir_fd, const char *name, bool is_dir)
{
	mode_t mask = umask(0);
	int ret = is_dir ? mkdirat(dir_fd, name, 0755) : mknodat(dir_fd, name, S_IFREG | 0644, 0);

	if (ret < 0)
		ret = -errno;
	if (mask)
		umask(mask);
	/* Somebody else was faster: what is there now is examined like anything else. */
	return ret == -EEXIST ? 0 : ret;
}

/* One step from dir_fd; a new descriptor or -errno. */
static int open_component(int dir_fd, const char *name, bool make, bool make_dir, const char **what)
{
	int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int ret;

	if (fd < 0 && errno == ENOENT && make) {
		ret = make_entry(dir_fd, name, make_dir);
		if (ret < 0) {
			*what = "is missing and cannot be made";
			return ret;
		}
		fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	/* With O_PATH a link is opened itself, also a magic one of /proc. */
	if (fstat(fd, &st) < 0 || S_ISLNK(st.st_mode)) {
		close(fd);
		*what = "is a symbolic link";
		return -ELOOP;
	}
	return fd;
}

/* The walk that is the same on every kernel. stop: where to end, or NULL for the whole path. */
static int walk(int root_fd, const char *path, const char *stop, enum path_make make)
{
	AUTO_FD int fd = -1;
	char name[NAME_MAX + 1];
	const char *p, *end;

	for (p = skip_empty(path); *p && p != stop; p = skip_empty(end)) {
		size_t n = component_len(p);
		const char *what = NULL;
		int next;

		end = p + n;
		if (n > NAME_MAX)
			return err_code(ENAMETOOLONG, "'%s'", path);
		memcpy(name, p, n);
		name[n] = '\0';
		if (str_eq(name, ".."))
			return err_set(EINVAL, "'%s': '..' is not allowed", path);
		next = open_component(fd < 0 ? root_fd : fd, name, make != PATH_EXISTING,
				      make == PATH_MAKE_DIR || *skip_empty(end), &what);
		if (next < 0) {
			if (what && next != -ELOOP)
				return err_in(component_error(-next, path, end, NULL),
					      "cannot create");
			return component_error(-next, path, end, what);
		}
		fd_close(&fd);
		fd = next;
	}
	if (fd < 0)
		fd = openat(root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys("'%s': cannot open its root", path) : take_fd(&fd);
}

int path_open_in(int root_fd, const char *path, enum path_make make)
{
	const char *start = skip_empty(path);
	int fd;

	/*
	 * One call instead of one a component. No O_NOFOLLOW: with it the last component could be a
	 * link. Whatever it refuses is walked, which is as safe, tells which component is at fault,
	 * and makes what is missing.
	 */
	if (*start && !has_dotdot(start)) {
		fd = sys_openat2(root_fd, start, O_PATH | O_CLOEXEC, 0,
				 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
		if (fd >= 0)
			return fd;
	}
	return walk(root_fd, path, NULL, make);
}

int path_open_parent_in(int root_fd, const char *path, enum path_make make, const char **base)
{
	const char *p = skip_empty(path), *last = p;

	for (; *p; p = skip_empty(p + component_len(p)))
		last = p;
	if (!*last)
		return err_set(EINVAL, "'%s' names no file", path);
	if (last[component_len(last)])
		return err_set(EINVAL, "'%s' ends in a slash", path);
	if (str_eq(last, ".."))
		return err_set(EINVAL, "'%s': '..' is not allowed", path);
	*base = last;
	return walk(root_fd, path, last, make == PATH_EXISTING ? PATH_EXISTING : PATH_MAKE_DIR);
}

int path_open_file_in(int root_fd, const char *path, int flags, mode_t mode)
{
	const char *base;
	AUTO_FD int dir_fd = path_open_parent_in(root_fd, path, PATH_EXISTING, &base);
	int fd;

	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, base, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	if (fd < 0 && errno == ELOOP)
		return err_set(ELOOP, "'%s' is a symbolic link", path);
	if (fd < 0)
		return err_sys("'%s'", path);
	return fd;
}

int path_make_dirs(const char *path, mode_t mode)
{
	AUTO_FREE char *copy = str_dup(path);
	char *p;

	if (!copy)
		return -ENOMEM;
	if (!*copy)
		return err_set(EINVAL, "empty path");
	path_clean(copy);
	/* Mostly it is there, or its parent is. */
	if (!mkdir(copy, mode) || errno == EEXIST)
		return 0;
	for (p = copy + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST) {
			/*
			 * A parent that is there may be on a read-only file system, or ours to
			 * search only.
			 */
			int err = errno;

			if (c && !access(copy, F_OK))
				err = 0;
			if (err)
				return err_code(err, "cannot make directory '%s'", copy);
		}
		if (!c)
			break;
		*p = c;
	}
	return 0;
}

int path_make_parent(const char *path, mode_t mode)
{
	AUTO_FREE char *parent = str_dup(path);
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (!parent)
		return -ENOMEM;
	if (!slash || slash == parent)
		return 0;
	*slash = '\0';
	return path_make_dirs(parent, mode);
}

void path_clean(char *path)
{
	const char *from = path;
	char *to = path;

	if (*path == '/')
		*to++ = '/';
	for (from = skip_empty(from); *from; from = skip_empty(from)) {
		size_t n = component_len(from);

		if (to != path && to[-1] != '/')
			*to++ = '/';
		memmove(to, from, n);
		to += n;
		from += n;
	}
	/* Nothing but "." components */
	if (to == path && *path)
		*to++ = '.';
	*to = '\0';
}

const char *path_below(const char *path, const char *prefix)
{
	if ((*path == '/') != (*prefix == '/'))
		return NULL;
	for (;;) {
		size_t n;

		path = skip_empty(path);
		prefix = skip_empty(prefix);
		if (!*prefix)
			return path;
		n = component_len(prefix);
		if (component_len(path) != n || strncmp(path, prefix, n) != 0)
			return NULL;
		path += n;
		prefix += n;
	}
}

char *path_real(const char *path)
{
	AUTO_FD int opened = -1;
	char *real;
	int fd;

	/* Without a link in it a path is its own; libc asks for each component. */
	if (*path == '/' && !has_dotdot(path)) {
		fd = sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS);
		if (fd >= 0) {
			close(fd);
			real = str_dup(path);
			if (real)
				path_clean(real);
			return real;
		}
	}
	opened = fd_open(path, O_PATH);
	if (opened < 0) {
		err_sys("'%s'", path);
		return NULL;
	}
	return path_of_fd(opened);
}

char *path_of_fd(int fd)
{
	char on[FD_PATH_MAX], path[PATH_MAX];
	ssize_t n = readlink(fd_path(fd, on), path, sizeof(path) - 1);

	/* "(unreachable)/...": outside of the root. */
	if (n > 0 && *path == '/')
		return str_dupn(path, (size_t)n);
	if (n >= 0)
		errno = ENOENT;
	err_sys("cannot tell the path of a directory");
	return NULL;
}

/*
 * A regular file with one name, seen through an O_PATH descriptor: opening it has no effect on
 * anything else.
 */
static int check_named(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys("'%s'", path);
	if (S_ISLNK(st.st_mode))
		return err_set(ELOOP, "'%s' is a symbolic link", path);
	if (!S_ISREG(st.st_mode))
		return err_set(EINVAL, "'%s' is not a regular file", path);
	if (st.st_nlink > 1)
		return err_set(EMLINK, "'%s' has more than one name (hard links)", path);
	return 0;
}

int path_open_named(const char *path, int flags, mode_t mode)
{
	char on[FD_PATH_MAX];
	int tries, ret, fd;

	flags |= O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	for (tries = 0; tries < 4; tries++) {
		AUTO_FD int seen = fd_open(path, O_PATH | O_NOFOLLOW);

		if (seen >= 0) {
			ret = check_named(seen, path);
			if (ret < 0)
				return ret;
			fd = open(fd_path(seen, on), flags & ~(O_CREAT | O_EXCL));
		} else if (errno == ENOENT && flags & O_CREAT) {
			fd = open(path, flags | O_EXCL | O_NOFOLLOW, mode);
		} else {
			fd = -1;
		}
		if (fd >= 0)
			return fd;
		/* Made by somebody else between the two: looked at again. */
		if (errno != EEXIST)
			break;
	}
	return err_sys("cannot open '%s'", path);
}
