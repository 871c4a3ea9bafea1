/* SPDX-License-Identifier: MIT */
/* owns roots of kind overlay: directories that are read, and one above them that is written to */
/* never hands the kernel a path to take apart: a layer is a handle, whatever its name is made of */
/*
 * LOWER[:LOWER]...:UPPER, the first lower one on top; the directory that overlayfs works in is
 * LXC's "olwork" beside the upper one. See Documentation/filesystems/overlayfs.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

/* Linux 4.0 and later take 500 lower ones, before it was one. */
#define LAYERS_MAX 64
#define WORK "olwork"
#define OVERLAY_MAGIC 0x794c7630

static int split(const char *where, char **text, const char **layer)
{
	unsigned int n = 0, i;
	char *at;

	*text = at = str_dup(where);
	if (!at)
		return -ENOMEM;
	for (; at && n < LAYERS_MAX; n++) {
		layer[n] = at;
		at = strchr(at, ':');
		if (at)
			*at++ = '\0';
	}
	if (at || n < 2)
		return err_set(EINVAL, "'%s': not 2 to %d directories (LOWER[:LOWER]...:UPPER)",
			       where, LAYERS_MAX);
	for (i = 0; i < n; i++)
		if (*layer[i] != '/')
			return err_set(EINVAL,
				       "'%s': '%s' is no absolute path (one with a colon cannot be a "
				       "layer)",
				       where, layer[i]);
	return (int)n;
}

static int open_dir(const char *path)
{
	int fd = fd_open(path, O_PATH | O_DIRECTORY);

	return fd < 0 ? err_sys("layer '%s'", path) : fd;
}

/*
 * An image lies on the point while it is mounted, one over the other; the overlay, which keeps
 * them, comes to lie over all.
 */
static int open_image(const struct rootfs_device *d, const char *point)
{
	AUTO_FD int top = open_dir(point);
	int ret = top < 0 ? top : image_mount(d, top, &(struct mount_spec){ .flags = MS_RDONLY });

	return ret < 0 ? ret : open_dir(point);
}

/* All of them but the last, in their order. */
static int open_lower(const struct rootfs *r, const char *const *layer, int n, int *fds)
{
	int i;

	for (i = 0; i < n - 1; i++) {
		if (CFG_ROOTFS_LOOP && r->dev && r->dev[i].types)
			fds[i] = open_image(&r->dev[i], r->path);
		else
			fds[i] = open_dir(layer[i]);
		if (fds[i] < 0)
			return fds[i];
	}
	return 0;
}

int overlay_images(const char *where)
{
	const char *layer[LAYERS_MAX];
	AUTO_FREE char *text = NULL;
	int n = split(where, &text, layer), i, images = 0;

	for (i = 0; i < n - 1; i++)
		images += image_is_one(layer[i]);
	return images;
}

int overlay_attach(const struct conf *c, const char *where, struct rootfs *r, bool ro,
		   const struct rootfs_note *note)
{
	const char *layer[LAYERS_MAX];
	AUTO_FREE char *text = NULL;
	int n = split(where, &text, layer), i, ret;

	if (n < 0)
		return n;
	ret = rootfs_add_devices(r, (unsigned int)n);
	for (i = 0; !ret && i < n - 1; i++)
		if (image_is_one(layer[i]))
			ret = image_attach(c, layer[i], true, note, &r->dev[i]);
	return ret;
}

int overlay_check(const char *where)
{
	const char *layer[LAYERS_MAX];
	AUTO_FREE char *text = NULL;
	int n = split(where, &text, layer), i;
	struct stat st;

	for (i = 0; i < n - 1; i++) {
		if (stat(layer[i], &st) < 0)
			return err_sys("layer '%s'", layer[i]);
		if (CFG_ROOTFS_LOOP && image_is_one(layer[i])) {
			int ret = image_check(layer[i]);

			if (ret)
				return err_in(ret, "layer '%s'", layer[i]);
		} else if (!S_ISDIR(st.st_mode)) {
			return err_set(ENOTDIR, "layer '%s' is not a directory", layer[i]);
		}
	}
	return n < 0 ? n : 0;
}

/* The new directory that things are written to looks as the one that it covers. */
static int make_upper(int dir, const char *name, const struct stat *like)
{
	if (mkdirat(dir, name, 0700))
		return errno == EEXIST ? 0 : err_sys("cannot make '%s'", name);
	if (fchownat(dir, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(dir, name, like->st_mode & 07777, 0))
		return err_sys("cannot make '%s'", name);
	return 0;
}

/* Both, below dir; what is there stays. Returns a descriptor of the working directory. */
static int make_pair(int dir, const char *name, const struct stat *like)
{
	int fd, ret = make_upper(dir, name, like);

	if (ret)
		return ret;
	if (mkdirat(dir, WORK, 0700) && errno != EEXIST)
		return err_sys("cannot make '%s'", WORK);
	fd = openat(dir, WORK, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys("'%s'", WORK) : fd;
}

/* The directory that the upper one is in; make: with those above it. */
static int open_parent(const char *upper, bool make)
{
	AUTO_FREE char *path = str_dup(upper);
	int ret = path ? 0 : -ENOMEM;

	if (!ret && make)
		ret = path_make_parent(upper, 0755);
	if (ret)
		return ret;
	path[str_base(upper) - upper] = '\0';
	return open_dir(path);
}

int overlay_prepare(const char *where)
{
	const char *layer[LAYERS_MAX], *upper;
	AUTO_FREE char *text = NULL;
	int n = split(where, &text, layer), ret;
	AUTO_FD int dir = -1, work = -1;
	struct stat like;

	if (n < 0)
		return n;
	upper = layer[n - 1];
	dir = open_parent(upper, true);
	if (dir < 0)
		return dir;
	if (stat(layer[0], &like))
		return err_sys("layer '%s'", layer[0]);
	/* What an image has is not seen before it is mounted. */
	if (!S_ISDIR(like.st_mode))
		like = (struct stat){ .st_mode = 0755 };
	ret = work = make_pair(dir, str_base(upper), &like);
	return ret < 0 ? err_in(ret, "layer '%s'", upper) : 0;
}

/*
 * Where things are written to: on a disk, or on a tmpfs that lies at the point, over what is on
 * the disk (covered: the top of what it lies on).
 */
static int open_upper(const struct conf *c, const char *const *layer, int n, const char *point,
		      int covered, int *fds)
{
	const char *upper = layer[n - 1], *data = c->rootfs_tmpfs.v, *name = str_base(upper);
	AUTO_FD int dir = -1;
	char on[FD_PATH_MAX];
	struct stat like;

	if (fstat(covered, &like))
		return err_sys("layer '%s'", layer[0]);
	if (data) {
		AUTO_FD int top = open_dir(point);

		if (top < 0)
			return top;
		if (mount("lxcbox", fd_path(top, on), "tmpfs", 0, *data ? data : NULL))
			return err_sys("cannot mount a tmpfs with '%s'", data);
		dir = open_dir(point);
	} else {
		dir = open_parent(upper, false);
	}
	if (dir < 0)
		return dir;
	fds[1] = make_pair(dir, name, &like);
	if (fds[1] < 0)
		return err_in(fds[1], "layer '%s'", upper);
	fds[0] = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fds[0] < 0 ? err_sys("layer '%s'", upper) : 0;
}

/* A list of layers as an option; first, when it is none of -1, lies on the lower ones. */
static char *make_data(const struct mount_spec *m, const int *fds, int n, int first, bool ro)
{
	AUTO_FREE char *lower = first < 0 ? str_dup("") : str_make(":/proc/self/fd/%d", first);
	int i;

	for (i = 0; lower && i < n - 1; i++) {
		char *more = str_make("%s:/proc/self/fd/%d", lower, fds[i]);

		free(lower);
		lower = more;
	}
	if (!lower)
		return NULL;
	if (ro)
		return str_make("%s%slowerdir=%s", m->data ? m->data : "", m->data ? "," : "",
				lower + 1);
	return str_make("%s%slowerdir=%s,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d",
			m->data ? m->data : "", m->data ? "," : "", lower + 1, fds[n - 1], fds[n]);
}

static int explain(int err, const struct mount_spec *m, const char *upper, int upper_fd)
{
	struct statfs fs;

	if (err == ENODEV)
		return err_set(err, "overlay is not in this kernel (CONFIG_OVERLAY_FS)");
	if (err == EINVAL && !fstatfs(upper_fd, &fs) && fs.f_type == OVERLAY_MAGIC)
		return err_set(err, "'%s' lies on an overlay itself, and cannot be the upper one",
			       upper);
	return err_code(err, "cannot mount an overlay%s%s", m->data ? " with " : "",
			m->data ? m->data : "");
}

/* Kernels of vendors had it as "overlayfs" before Linux 3.18, and at first without "workdir". */
static int mount_layers(const char *on, const struct mount_spec *m, char *data)
{
	static const char types[][10] = { "overlay", "overlayfs" };
	char *work = strstr(data, ",workdir=");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!mount("overlay", on, types[i], m->flags, data))
			return 0;
		if (errno == ENODEV)
			continue;
		if (errno != EINVAL || !work)
			break;
		*work = '\0';
		return mount("overlay", on, types[i], m->flags, data) ? -errno : 0;
	}
	return -errno;
}

int overlay_mount(const struct conf *c, const char *where, const struct rootfs *r, int point_fd,
		  const struct mount_spec *m)
{
	bool ro = m->flags & MS_RDONLY && !c->rootfs_tmpfs.v;
	AUTO_FREE char *text = NULL, *data = NULL;
	const char *layer[LAYERS_MAX];
	int fds[LAYERS_MAX + 1], n = split(where, &text, layer), ret;
	AUTO_FD int top = -1, first = -1;
	char on[FD_PATH_MAX];

	if (n < 0)
		return n;
	memset(fds, -1, sizeof(fds));
	ret = open_lower(r, layer, n, fds);
	if (!ret && (ro || c->rootfs_tmpfs.v)) {
		first = fd_open(layer[n - 1], O_PATH | O_DIRECTORY);
		if (first < 0 && (ro || errno != ENOENT))
			ret = err_sys("layer '%s'", layer[n - 1]);
	}
	if (!ret && !ro)
		ret = open_upper(c, layer, n, r->path, first < 0 ? fds[0] : first, &fds[n - 1]);
	if (ret >= 0) {
		data = make_data(m, fds, n, first, ro);
		ret = data ? 0 : -ENOMEM;
	}
	/* A tmpfs or images that were mounted there may lie on the point. */
	if (!ret)
		ret = top = open_dir(r->path);
	if (ret >= 0)
		ret = mount_layers(fd_path(top, on), m, data);
	if (ret < 0 && !err_is_set())
		ret = explain(-ret, m, layer[n - 1], fds[n - 1]);
	fd_close_all(fds, LAYERS_MAX + 1);
	return ret < 0 ? ret : open_dir(r->path);
}
