/* SPDX-License-Identifier: MIT */
/* owns what is made of a tar archive: files, links, nodes, their owners, modes and attributes */
/* never touches anything outside of the handle it was given, whatever the archive says */
#include "store/untar.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

/* A member's parent, kept for the next one. */
struct parent {
	int fd;				/* -1: none */
	char path[TAR_NAME_MAX];
	struct timespec times[2];
};

struct work {
	struct untar *u;
	const struct tar_member *m;
	struct tar_reader *r;
	struct parent parent;
	const char *base;		/* of this member, in its name */
};

static int failed(const struct work *w, int ret, const char *what)
{
	int err = -ret;

	if (err_is_set())
		return err_in(ret, "'%s' at byte %llu", w->m->name,
			      (unsigned long long)w->m->offset);
	return err_code(err, "'%s' at byte %llu: %s", w->m->name,
			(unsigned long long)w->m->offset, what);
}

static int refused(const struct work *w, const char *why)
{
	return err_set(EINVAL, "'%s' at byte %llu: %s", w->m->name,
		       (unsigned long long)w->m->offset, why);
}

/* ---- what is left out ---- */

/* [set] at p: the byte behind it, and whether c is in it; NULL: it has no end. */
static const char *in_set(const char *p, char c, bool *found)
{
	bool is_not = p[1] == '!' || p[1] == '^';
	const char *q = p + 1 + is_not, *first = q;

	*found = false;
	for (; *q && (*q != ']' || q == first); q++) {
		if (q[1] == '-' && q[2] && q[2] != ']') {
			if (*q <= c && c <= q[2])
				*found = true;
			q += 2;
		} else if (*q == c) {
			*found = true;
		}
	}
	*found ^= is_not;
	return *q ? q + 1 : NULL;
}

/* One '*' is gone back to, the last: what an earlier one could take, a later one can as well. */
bool untar_excludes(const char *pattern, const char *name)
{
	const char *p, *s, *star = NULL, *from = NULL, *next, *end = name + strlen(name);
	bool same;

	/* "dev/" is "dev", and so none of what is below dev. */
	while (end > name && end[-1] == '/')
		end--;
	while (pattern[0] == '.' && pattern[1] == '/')
		pattern += 2;
	while (name[0] == '.' && name[1] == '/')
		name += 2;
	for (p = pattern, s = name;;) {
		if (*p == '*') {
			star = p++;
			from = s;
			continue;
		}
		/* A match of all of it, or of a directory above. */
		if (!*p && (s >= end || *s == '/'))
			return p != pattern;
		next = *p == '[' && s < end ? in_set(p, *s, &same) : NULL;
		if (!next) {
			same = *p && s < end && (*p == '?' || *p == *s);
			next = p + 1;
		}
		if (same) {
			p = next;
			s++;
		} else if (star && from < end) {
			p = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
}

static bool is_excluded(const struct work *w)
{
	unsigned int i;

	for (i = 0; i < w->u->n_exclude; i++)
		if (untar_excludes(w->u->exclude[i], w->m->name))
			return true;
	return false;
}

/* ---- where ---- */

/* What was made in it has changed its time, which may be the archive's already. */
static void leave_parent(struct work *w)
{
	if (w->parent.fd < 0)
		return;
	/* Only a number is lost when it fails. */
	if (futimens(w->parent.fd, w->parent.times) < 0)
		errno = 0;
	fd_close(&w->parent.fd);
}

static int open_parent(struct work *w, const char *name, size_t n)
{
	struct parent *p = &w->parent;
	struct stat st;
	AUTO_FD int fd = -1;

	if (p->fd >= 0 && strlen(p->path) == n && !memcmp(p->path, name, n))
		return 0;
	leave_parent(w);
	memcpy(p->path, name, n);
	p->path[n] = '\0';
	/* Missing ones are made. */
	fd = path_open_in(w->u->root_fd, p->path, PATH_MAKE_DIR);
	if (fd < 0)
		return failed(w, fd, "");
	p->fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0 || fstat(p->fd, &st) < 0)
		return failed(w, -errno, "its parent");
	p->times[0] = st.st_atim;
	p->times[1] = st.st_mtim;
	return 0;
}

/* "a/b/" -> parent "a", base "b"; ".", "./" and so on are the root itself: base is "". */
static int find_place(struct work *w, char *name)
{
	char *slash;
	size_t n;

	if (*name == '/')
		return refused(w, "an absolute name");
	path_clean(name);
	n = strlen(name);
	if (n && name[n - 1] == '/')
		name[--n] = '\0';
	if (str_eq(name, "."))
		*name = '\0';
	slash = strrchr(name, '/');
	w->base = slash ? slash + 1 : name;
	if (str_eq(w->base, ".."))
		return refused(w, "'..' is not allowed");
	if (strlen(w->base) > 255)
		return failed(w, -ENAMETOOLONG, "a name");
	return open_parent(w, name, slash ? (size_t)(slash - name) : 0);
}

/* Takes away what is in the way. 1: it is a directory, and the member is one again. */
static int make_room(struct work *w)
{
	struct stat st;

	if (fstatat(w->parent.fd, w->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(w, -errno, "cannot look at it");
	if (S_ISDIR(st.st_mode)) {
		if (w->m->type == TAR_DIR)
			return 1;
		return refused(w, "it is a directory already");
	}
	if (unlinkat(w->parent.fd, w->base, 0) < 0)
		return failed(w, -errno, "cannot remove what is there");
	return 0;
}

/* ---- what it is like ---- */

static bool is_restored(const char *name)
{
	return str_after(name, "user.") || str_eq(name, "security.capability") ||
	       str_eq(name, "system.posix_acl_access") || str_eq(name, "system.posix_acl_default");
}

static void note_xattr(struct untar *u, const char *name)
{
	if (!u->n_xattrs++)
		str_format(u->xattr, sizeof(u->xattr), "%s", name);
}

/* Of the open file; -1: of the link that the working directory has, which is its parent. */
static int set_xattrs(struct work *w, int fd)
{
	unsigned int i;

	for (i = 0; i < w->m->n_xattrs; i++) {
		const struct tar_xattr *x = &w->m->xattr[i];

		if (fd < 0 || !is_restored(x->name)) {
			note_xattr(w->u, x->name);
			continue;
		}
		if (!fsetxattr(fd, x->name, x->value, x->n, 0))
			continue;
		/* A file system that has none, or a user namespace in which it may not be. */
		if (errno != ENOTSUP && errno != EPERM)
			return failed(w, -errno, "cannot set an extended attribute");
		note_xattr(w->u, x->name);
	}
	return 0;
}

static void member_times(const struct work *w, struct timespec t[2])
{
	t[0] = t[1] = (struct timespec){ .tv_sec = (time_t)w->m->mtime,
					 .tv_nsec = (long)w->m->mtime_ns };
}

/* In this order: a new owner takes set-id bits and capabilities away. */
static int set_like(struct work *w, int fd)
{
	struct timespec t[2];
	int ret;

	if (fchown(fd, w->m->uid, w->m->gid) < 0)
		return failed(w, -errno, "cannot give it to its owner");
	if (fchmod(fd, w->m->mode) < 0)
		return failed(w, -errno, "cannot set its mode");
	ret = set_xattrs(w, fd);
	if (ret)
		return ret;
	member_times(w, t);
	return futimens(fd, t) < 0 ? failed(w, -errno, "cannot set its time") : 0;
}

/* What cannot be opened without an effect: links, nodes, fifos. Nobody else writes here. */
static int set_like_at(struct work *w)
{
	struct timespec t[2];
	int ret;

	if (fchownat(w->parent.fd, w->base, w->m->uid, w->m->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(w, -errno, "cannot give it to its owner");
	/* fchmodat(2) follows a link, which it is not: it was made just now. */
	if (w->m->type != TAR_SYMLINK && fchmodat(w->parent.fd, w->base, w->m->mode, 0) < 0)
		return failed(w, -errno, "cannot set its mode");
	ret = set_xattrs(w, -1);
	if (ret)
		return ret;
	member_times(w, t);
	if (utimensat(w->parent.fd, w->base, t, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(w, -errno, "cannot set its time");
	return 0;
}

/* ---- what is made ---- */

static int write_at(int fd, const char *data, size_t n, uint64_t at)
{
	while (n) {
		ssize_t done = pwrite(fd, data, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		data += done;
		n -= (size_t)done;
		at += (size_t)done;
	}
	return 0;
}

static int make_file(struct work *w)
{
	AUTO_FD int fd = openat(w->parent.fd, w->base,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	const void *data;
	uint64_t at;
	ssize_t n;
	int ret;

	if (fd < 0)
		return failed(w, -errno, "cannot make it");
	while ((n = tar_data(w->r, &data, &at)) > 0) {
		ret = write_at(fd, data, (size_t)n, at);
		if (ret)
			return failed(w, ret, "cannot write it");
		ret = w->u->tick ? w->u->tick(w->u->arg) : 0;
		if (ret)
			return ret;
	}
	if (n < 0)
		return (int)n;
	/* A hole at its end; the offset is not where data end when there are none. */
	if (w->r->is_sparse && ftruncate(fd, (off_t)w->m->size) < 0)
		return failed(w, -errno, "cannot make it so big");
	return set_like(w, fd);
}

static int make_dir(struct work *w, bool is_there)
{
	AUTO_FD int fd = -1;

	if (*w->base && !is_there && mkdirat(w->parent.fd, w->base, 0700) < 0)
		return failed(w, -errno, "cannot make it");
	fd = openat(w->parent.fd, *w->base ? w->base : ".",
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failed(w, -errno, "cannot open it");
	/* Its own time now counts, not the one from before. */
	if (!*w->base)
		member_times(w, w->parent.times);
	return set_like(w, fd);
}

static int make_node(struct work *w)
{
	static const mode_t kinds[] = { [TAR_CHAR] = S_IFCHR,
					[TAR_BLOCK_DEVICE] = S_IFBLK,
					[TAR_FIFO] = S_IFIFO };

	if (w->m->type != TAR_FIFO && !(w->u->flags & UNTAR_NODES)) {
		w->u->n_nodes++;
		return 0;
	}
	if (mknodat(w->parent.fd, w->base, kinds[w->m->type] | 0600,
		    makedev(w->m->major, w->m->minor)) < 0)
		return failed(w, -errno, "cannot make it");
	return set_like_at(w);
}

static int make_link(struct work *w)
{
	if (symlinkat(w->m->target, w->parent.fd, w->base) < 0)
		return failed(w, -errno, "cannot make it");
	return set_like_at(w);
}

/* To another member, which is there already and is found as safely as a place for a new one. */
static int make_hard_link(struct work *w)
{
	AUTO_FD int fd = -1;
	const char *base;

	if (*w->m->target == '/')
		return refused(w, "a hard link to an absolute name");
	fd = path_open_parent_in(w->u->root_fd, w->m->target, PATH_EXISTING, &base);
	if (fd < 0)
		return failed(w, fd, "");
	if (linkat(fd, base, w->parent.fd, w->base, 0) < 0)
		return failed(w, -errno, "cannot link it to its target");
	return 0;
}

static int make_member(struct work *w)
{
	int ret = find_place(w, w->r->name);
	bool is_there;

	if (ret)
		return ret;
	if (!*w->base && w->m->type != TAR_DIR)
		return refused(w, "the root is no directory");
	/* A hard link to itself would lose it. */
	if (w->m->type == TAR_HARD_LINK && str_eq(w->m->name, w->m->target))
		return refused(w, "a hard link to itself");
	ret = *w->base ? make_room(w) : 1;
	if (ret < 0)
		return ret;
	is_there = ret > 0;
	switch (w->m->type) {
	case TAR_FILE:
		return make_file(w);
	case TAR_DIR:
		return make_dir(w, is_there);
	case TAR_SYMLINK:
		return make_link(w);
	case TAR_HARD_LINK:
		return make_hard_link(w);
	default:
		return make_node(w);
	}
}

int untar(struct untar *u, struct tar_reader *r)
{
	struct work w = { .u = u, .r = r, .parent.fd = -1 };
	int ret;

	while ((ret = tar_next(r, &w.m)) > 0) {
		u->n_members++;
		if (!is_excluded(&w)) {
			ret = make_member(&w);
			if (ret)
				break;
		}
		ret = u->tick ? u->tick(u->arg) : 0;
		if (ret)
			break;
	}
	leave_parent(&w);
	tar_free(r);
	return ret;
}
