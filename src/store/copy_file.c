/* SPDX-License-Identifier: MIT */
/* owns the copy of one thing: content, holes, owner, mode, times, attributes, further names */
/* never opens what is no regular file, never lets others open a file before it is whole */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/copy_internal.h"

#define PIECE (1 << 20)
#define BUFFER (64 << 10)
/* "/proc/self/fd/N/" and a name of any file system */
#define NAME_PATH_MAX (FD_PATH_MAX + NAME_MAX + 2)

void copy_init(struct copy *c, struct tree_copy *t)
{
	*c = (struct copy){ .t = t, .top = -1 };
}

void copy_free(struct copy *c)
{
	size_t i;

	for (i = 0; i < c->seen_room; i++)
		free(c->seen[i].path);
	free(c->seen);
	free(c->buf);
	free(c->path);
	fd_close(&c->top);
}

int copy_tell(struct copy *c)
{
	int ret = c->t->progress ? c->t->progress(c->t) : 0;

	c->told = c->t->bytes;
	return ret;
}

const char *copy_name(const struct copy *c)
{
	return c->path && *c->path ? c->path : ".";
}

/* ---- files with more than one name ---- */

static size_t place_of(const struct copy *c, dev_t dev, ino_t ino)
{
	uint64_t h = ((uint64_t)ino * 0x9e3779b97f4a7c15ull) ^ (uint64_t)dev * 0x100000001b3ull;
	size_t i = (size_t)(h >> 20) & (c->seen_room - 1);

	while (c->seen[i].left && (c->seen[i].ino != ino || c->seen[i].dev != dev))
		i = (i + 1) & (c->seen_room - 1);
	return i;
}

static struct seen *find_seen(struct copy *c, const struct stat *st)
{
	struct seen *s = c->seen_room ? &c->seen[place_of(c, st->st_dev, st->st_ino)] : NULL;

	return s && s->path ? s : NULL;
}

/* Those that have come to their end make room. */
static int grow_seen(struct copy *c)
{
	struct seen *old = c->seen;
	size_t old_room = c->seen_room, i;

	if (3 * (c->n_seen + 1) < 2 * old_room)
		return 0;
	c->seen_room = old_room ? 2 * old_room : 64;
	c->seen = calloc(c->seen_room, sizeof(*old));
	if (!c->seen) {
		c->seen = old;
		c->seen_room = old_room;
		return err_set(ENOMEM, "out of memory");
	}
	c->n_seen = 0;
	for (i = 0; i < old_room; i++) {
		if (!old[i].path)
			continue;
		c->seen[place_of(c, old[i].dev, old[i].ino)] = old[i];
		c->n_seen++;
	}
	free(old);
	return 0;
}

static int remember(struct copy *c, const struct stat *st)
{
	char *path = str_dup(c->path);
	int ret = path ? grow_seen(c) : -ENOMEM;
	struct seen *s;

	if (ret) {
		free(path);
		return ret;
	}
	s = &c->seen[place_of(c, st->st_dev, st->st_ino)];
	c->n_seen += !s->left;
	free(s->path);
	*s = (struct seen){ st->st_dev, st->st_ino, st->st_nlink, path };
	return 0;
}

/* left stays above 0, so that those behind it in the table are still found. */
static void count_down(struct seen *s)
{
	if (--s->left > 1)
		return;
	free(s->path);
	s->path = NULL;
}

static int link_to(struct copy *c, struct seen *s, int to_dir, const char *name)
{
	AUTO_FD int dir = -1;
	const char *base;

	if (linkat(c->top, s->path, to_dir, name, 0)) {
		if (errno != ENAMETOOLONG)
			return err_sys("cannot link '%s' to '%s'", copy_name(c), s->path);
		dir = path_open_parent_in(c->top, s->path, PATH_EXISTING, &base);
		if (dir < 0)
			return dir;
		if (linkat(dir, base, to_dir, name, 0))
			return err_sys("cannot link '%s' to '%s'", copy_name(c), s->path);
	}
	count_down(s);
	return 0;
}

/* ---- what a thing looks like ---- */

/* Without these a container would behave otherwise; the others a file system may not have. */
static bool must_be_kept(const char *name)
{
	return str_eq(name, "security.capability") || str_after(name, "trusted.overlay.") ||
	       str_after(name, "user.overlay.") || str_after(name, "system.posix_acl_");
}

static int copy_attribute(const struct copy *c, const char *from, int to, const char *to_path,
			  const char *name)
{
	ssize_t n = getxattr(from, name, NULL, 0);
	AUTO_FREE char *v = n > 0 ? malloc((size_t)n) : NULL;

	if (n > 0 && !v)
		return err_set(ENOMEM, "out of memory");
	if (n > 0)
		n = getxattr(from, name, v, (size_t)n);
	/* Gone meanwhile. */
	if (n < 0 && errno == ENODATA)
		return 0;
	if (n < 0)
		return err_sys("cannot read the attribute %s of '%s'", name, copy_name(c));
	if (!(to_path ? lsetxattr(to_path, name, v, (size_t)n, 0)
		      : fsetxattr(to, name, v, (size_t)n, 0)))
		return 0;
	if ((errno != EOPNOTSUPP && errno != EPERM) || must_be_kept(name))
		return err_sys("cannot give the copy of '%s' the attribute %s", copy_name(c), name);
	log_warn("the copy of '%s' has no attribute %s: %s", copy_name(c), name, strerror(errno));
	return 0;
}

/* From a handle's name in /proc; to a descriptor or a path, which is not followed. */
static int copy_xattrs(const struct copy *c, const char *from, int to, const char *to_path)
{
	ssize_t n = listxattr(from, NULL, 0);
	AUTO_FREE char *list = n > 0 ? malloc((size_t)n) : NULL;
	const char *name;
	int ret = 0;

	if (n < 0 && errno == EOPNOTSUPP)
		return 0;
	if (n > 0 && !list)
		return err_set(ENOMEM, "out of memory");
	if (n > 0)
		n = listxattr(from, list, (size_t)n);
	if (n < 0)
		return err_sys("cannot read the attributes of '%s'", copy_name(c));
	for (name = list; !ret && name && name < list + n; name += strlen(name) + 1)
		ret = copy_attribute(c, from, to, to_path, name);
	return ret;
}

/* The owner first, since with it bits of the mode and capabilities go; the times last. */
int copy_attributes(struct copy *c, int from, int to, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	char src[FD_PATH_MAX];
	int ret;

	if (fchown(to, st->st_uid, st->st_gid))
		return err_sys("cannot give the copy of '%s' its owner", copy_name(c));
	ret = copy_xattrs(c, fd_path(from, src), to, NULL);
	if (ret)
		return ret;
	if (fchmod(to, st->st_mode & 07777))
		return err_sys("cannot give the copy of '%s' its mode", copy_name(c));
	if (futimens(to, times))
		return err_sys("cannot give the copy of '%s' its times", copy_name(c));
	return 0;
}

/* The same of what is not opened. */
static int copy_attributes_at(struct copy *c, int handle, int dir, const char *name,
			      const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	char src[FD_PATH_MAX], dst[NAME_PATH_MAX], at[FD_PATH_MAX];
	int ret;

	if (fchownat(dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW))
		return err_sys("cannot give the copy of '%s' its owner", copy_name(c));
	str_format(dst, sizeof(dst), "%s/%s", fd_path(dir, at), name);
	ret = copy_xattrs(c, fd_path(handle, src), -1, dst);
	if (ret)
		return ret;
	if (!S_ISLNK(st->st_mode) && fchmodat(dir, name, st->st_mode & 07777, 0))
		return err_sys("cannot give the copy of '%s' its mode", copy_name(c));
	if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW))
		return err_sys("cannot give the copy of '%s' its times", copy_name(c));
	return 0;
}

/* ---- content ---- */

static int add_bytes(struct copy *c, uint64_t n)
{
	c->t->bytes += n;
	return c->t->bytes - c->told < PIECE ? 0 : copy_tell(c);
}

static int copy_by_hand(struct copy *c, int in, int out, off_t at, size_t n, ssize_t *done)
{
	size_t put = 0;
	ssize_t got;

	if (!c->buf)
		c->buf = malloc(BUFFER);
	if (!c->buf)
		return err_set(ENOMEM, "out of memory");
	do {
		got = pread(in, c->buf, n < BUFFER ? n : BUFFER, at);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys("cannot read '%s'", copy_name(c));
	while (put < (size_t)got) {
		ssize_t w = pwrite(out, c->buf + put, (size_t)got - put, at + (off_t)put);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			errno = w ? errno : ENOSPC;
			return err_sys("cannot write the copy of '%s'", copy_name(c));
		}
		put += (size_t)w;
	}
	*done = got;
	return 0;
}

/* From at to end, or to the end of a file that has become shorter. */
static int copy_range(struct copy *c, int in, int out, off_t at, off_t end)
{
	int ret = 0;

	while (!ret && at < end) {
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t done = c->no_range ? -ENOSYS : sys_copy_range(in, at, out, at, n);

		/* What it means to say no, and when it says 0, differs from kernel to kernel. */
		if (done == -ENOSPC || done == -EDQUOT || done == -EIO)
			return err_code((int)done, "cannot write the copy of '%s'", copy_name(c));
		if (done <= 0) {
			c->no_range |= done < 0;
			ret = copy_by_hand(c, in, out, at, n, &done);
			if (ret || !done)
				return ret;
		}
		at += done;
		ret = add_bytes(c, (uint64_t)done);
	}
	return ret;
}

static int copy_content(struct copy *c, int in, int out, off_t size)
{
	off_t at = 0, data, end;
	int ret = 0;

	if (size && !c->no_clone) {
		if (!ioctl(out, FICLONE, in))
			return add_bytes(c, (uint64_t)size);
		c->no_clone = true;
	}
	for (; !ret && at < size; at = end) {
		data = c->no_holes ? at : lseek(in, at, SEEK_DATA);
		/* Behind the last of it. */
		if (data < 0 && errno == ENXIO)
			break;
		c->no_holes |= data < 0;
		data = data < 0 ? at : data;
		end = c->no_holes ? size : lseek(in, data, SEEK_HOLE);
		end = end < data || end > size ? size : end;
		ret = copy_range(c, in, out, data, end);
	}
	if (!ret && ftruncate(out, size))
		ret = err_sys("cannot write the copy of '%s'", copy_name(c));
	return ret;
}

static int copy_regular(struct copy *c, int handle, const struct stat *st, int dir,
			const char *name)
{
	char on[FD_PATH_MAX];
	AUTO_FD int in = fd_open(fd_path(handle, on), O_RDONLY | O_NONBLOCK | O_NOCTTY), out = -1;
	int ret;

	if (in < 0)
		return err_sys("cannot read '%s'", copy_name(c));
	out = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys("cannot make '%s'", copy_name(c));
	ret = copy_content(c, in, out, st->st_size);
	return ret ? ret : copy_attributes(c, in, out, st);
}

static int copy_link(struct copy *c, int handle, int dir, const char *name)
{
	char to[PATH_MAX];
	ssize_t n = readlinkat(handle, "", to, sizeof(to) - 1);

	if (n < 0)
		return err_sys("cannot read the link '%s'", copy_name(c));
	to[n] = '\0';
	return symlinkat(to, dir, name) ? err_sys("cannot make '%s'", copy_name(c)) : 0;
}

int copy_file(struct copy *c, int handle, const struct stat *st, int dir, const char *name)
{
	struct seen *s = st->st_nlink > 1 ? find_seen(c, st) : NULL;
	int ret;

	if (s)
		return link_to(c, s, dir, name);
	if (S_ISREG(st->st_mode)) {
		ret = copy_regular(c, handle, st, dir, name);
	} else {
		if (S_ISLNK(st->st_mode))
			ret = copy_link(c, handle, dir, name);
		else
			ret = mknodat(dir, name, st->st_mode & ~07000u, st->st_rdev)
				      ? err_sys("cannot make '%s'", copy_name(c))
				      : 0;
		if (!ret)
			ret = copy_attributes_at(c, handle, dir, name, st);
	}
	return ret || st->st_nlink < 2 ? ret : remember(c, st);
}

int file_copy(int in, int out, struct tree_copy *t)
{
	struct stat st;
	struct copy c;
	int ret;

	copy_init(&c, t);
	ret = fstat(in, &st) ? err_sys("cannot read a file")
			     : copy_content(&c, in, out, st.st_size);
	copy_free(&c);
	return ret;
}
