/* SPDX-License-Identifier: MIT */
/* owns images: files and block devices with a file system, made a device to mount, and mounted */
/* never follows a link on the way to one, never lets two write to one file */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

/* How long the device of a life before may take to be gone, in milliseconds. */
#define BUSY_WAIT_MS 2000

/*
 * File systems by what is at a place of them: documents and headers of the kernel, file(1). One
 * that is never written to needs no option ro. What bears one sign is tried in this order, up to
 * the first that the kernel has.
 */
struct fs_type {
	char name[9];
	bool ro;
	uint8_t n;
	uint32_t at;
	char sign[8];
};

static const struct fs_type types[] = {
	{ "squashfs", true, 4, 0, "hsqs" },
	{ "squashfs", true, 4, 0, "sqsh" },
	{ "ext4", false, 2, 1080, "\x53\xef" },
	{ "ext3", false, 2, 1080, "\x53\xef" },
	{ "ext2", false, 2, 1080, "\x53\xef" },
	{ "erofs", true, 4, 1024, "\xe2\xe1\xf5\xe0" },
	{ "f2fs", false, 4, 1024, "\x10\x20\xf5\xf2" },
	{ "btrfs", false, 8, 65600, "_BHRfS_M" },
	{ "xfs", false, 4, 0, "XFSB" },
	{ "cramfs", true, 4, 0, "\x45\x3d\xcd\x28" },
	{ "cramfs", true, 4, 0, "\x28\xcd\x3d\x45" },
	{ "romfs", true, 8, 0, "-rom1fs-" },
	{ "iso9660", true, 5, 32769, "CD001" },
	{ "vfat", false, 5, 82, "FAT32" },
	{ "vfat", false, 4, 54, "FAT1" },
	{ "jffs2", false, 2, 0, "\x85\x19" },
	{ "jffs2", false, 2, 0, "\x19\x85" },
};

static bool bears(int fd, const struct fs_type *t)
{
	char have[sizeof(t->sign)];

	return pread(fd, have, t->n, t->at) == t->n && !memcmp(have, t->sign, t->n);
}

static const struct fs_type *find_type(int fd)
{
	const struct fs_type *t;

	for (t = types; t < types + ARRAY_SIZE(types); t++)
		if (bears(fd, t))
			return t;
	return NULL;
}

bool image_is_ubi(const char *kind, size_t n)
{
	return n > 3 && !strncmp(kind, "ubi", 3) && strspn(kind + 3, "0123456789_") >= n - 3;
}

/* A volume's own character device. */
static bool is_ubi_node(const char *path, const struct stat *st)
{
	const char *name = str_base(path);

	return S_ISCHR(st->st_mode) && image_is_ubi(name, strlen(name));
}

bool image_is_one(const char *where)
{
	struct stat st;

	return !stat(where, &st) && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) ||
				     is_ubi_node(where, &st));
}

/* Once the name is resolved nothing on the way may be a link any more, whoever owns the tree. */
static int open_image(const char *where, int flags, char **real, struct stat *st)
{
	AUTO_FD int root = fd_open("/", O_PATH | O_DIRECTORY), look = -1;
	char from[FD_PATH_MAX];
	int fd;

	*real = path_real(where);
	if (!*real)
		return errno > 0 ? -errno : -EINVAL;
	look = root < 0 ? -errno : path_open_in(root, *real, PATH_EXISTING);
	if (look < 0)
		return look;
	if (fstat(look, st))
		return err_sys("'%s'", where);
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode) && !is_ubi_node(*real, st))
		return err_set(EINVAL, "'%s' is neither a file nor a block device", where);
	fd = fd_open(fd_path(look, from), flags);
	return fd < 0 ? err_sys("cannot open '%s'", where) : fd;
}

int image_check(const char *where)
{
	AUTO_FREE char *real = NULL;
	struct stat st;
	AUTO_FD int fd = open_image(where, O_RDONLY, &real, &st);

	if (fd < 0)
		return fd;
	return is_ubi_node(real, &st) || find_type(fd) ? 0 :
	       err_set(EINVAL, "'%s' has no file system that is known here (squashfs, ext2, ext3, ext4, "
		       "erofs, f2fs, btrfs, xfs, cramfs, romfs, iso9660, vfat, jffs2)", where);
}

bool image_is_read_only(const char *where)
{
	bool held = err_hold();
	AUTO_FREE char *real = NULL;
	struct stat st;
	AUTO_FD int fd = open_image(where, O_RDONLY, &real, &st);
	const struct fs_type *t = fd < 0 ? NULL : find_type(fd);

	err_release(held);
	return t && t->ro;
}

/*
 * The loop device keeps the file open and by that the lock, which covers a second name of the file
 * too: nothing has to be given back. Of a life before it may still be on its way out.
 */
static int lock_file(int fd, bool ro)
{
	int64_t deadline = sys_now_ms() + BUSY_WAIT_MS;
	unsigned int pause_ms = 0;

	while (flock(fd, (ro ? LOCK_SH : LOCK_EX) | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return err_sys("cannot lock the image");
		if (sys_retry(deadline, &pause_ms))
			return err_set(EBUSY, "the image is in use, and written to");
	}
	return 0;
}

static int attach_file(int fd, bool ro, const struct rootfs_note *note, struct rootfs_device *d)
{
	AUTO_FD int file = -1;
	char from[FD_PATH_MAX];
	int ret;

	file = fd_open(fd_path(fd, from), ro ? O_RDONLY : O_RDWR);
	if (file < 0 && errno == EROFS)
		return err_set(EROFS, "it lies on a read-only file system (lxc.rootfs.options = ro)");
	if (file < 0)
		return err_sys("cannot open it to be written to");
	ret = lock_file(file, ro);
	return ret ? ret : loop_attach(file, ro, note, d);
}

static int attach_any(int *fd, const struct stat *st, const char *real, bool ro,
		      const struct rootfs_note *note, struct rootfs_device *d)
{
	d->ro = ro;
	str_format(d->path, sizeof(d->path), "%s", real);
	if (S_ISREG(st->st_mode))
		return attach_file(*fd, ro, note, d);
	d->fd = take_fd(fd);
	return 0;
}

int image_attach_file(const char *where, const struct rootfs_note *note, struct rootfs_device *d)
{
	AUTO_FREE char *real = NULL;
	struct stat st;
	AUTO_FD int fd = open_image(where, O_RDONLY, &real, &st);
	int ret = fd < 0 ? fd : attach_any(&fd, &st, real, true, note, d);

	return ret ? err_in(ret, "'%s'", where) : 0;
}

/* The superblock's bytes_used, up to the next page, as mksquashfs writes it. */
int image_end(const struct rootfs_device *d, uint64_t *at)
{
	uint8_t used[8];
	int i;

	if (!str_eq(d->types, "squashfs") ||
	    pread(d->fd, used, sizeof(used), 40) != (ssize_t)sizeof(used))
		return err_set(EINVAL, "where its hash tree is has to be said (offset=BYTES or hash=FILE)");
	for (*at = 0, i = 7; i >= 0; i--)
		*at = *at << 8 | used[i];
	*at = (*at + 4095) & ~(uint64_t)4095;
	return 0;
}

int image_attach(const struct conf *c, const char *where, bool ro, const struct rootfs_note *note,
		 struct rootfs_device *d)
{
	AUTO_FREE char *real = NULL;
	const struct fs_type *t;
	struct stat st;
	AUTO_FD int fd = open_image(where, O_RDONLY, &real, &st);
	int ret;

	if (fd < 0)
		return fd;
	ro |= CFG_ROOTFS_VERITY && c->rootfs_verity.v;
	d->types = is_ubi_node(real, &st) ? "ubifs" : NULL;
	t = d->types ? NULL : find_type(fd);
	if (t)
		d->types = t->name;
	else if (!d->types)
		return image_check(where);
	ret = attach_any(&fd, &st, real, ro || (t && t->ro), note, d);
	if (CFG_ROOTFS_VERITY && !ret && c->rootfs_verity.v)
		ret = verity_attach(c, note, d);
	return ret ? err_in(ret, "'%s'", where) : 0;
}

/* The device's own node where it is there, for who reads the mount table. */
static const char *source_of(const struct rootfs_device *d, char *buf)
{
	struct stat node, have;

	return !stat(d->path, &node) && !fstat(d->fd, &have) && node.st_rdev == have.st_rdev &&
			       (node.st_mode & S_IFMT) == (have.st_mode & S_IFMT) ?
		       d->path :
		       fd_path(d->fd, buf);
}

static bool is_next(const char *name, const struct fs_type *t)
{
	return name == t->name && t + 1 < types + ARRAY_SIZE(types) && t[1].at == t->at &&
	       t[1].n == t->n && !memcmp(t[1].sign, t->sign, t->n);
}

/* ENODEV: the kernel does not have it; the next of the same sign may do. */
static int mount_types(const char *source, const char *on, const char *name, unsigned long flags,
		       const char *data)
{
	const struct fs_type *t;
	int ret;

	ret = mount(source, on, name, flags, data) ? -errno : 0;
	for (t = types; ret == -ENODEV && t < types + ARRAY_SIZE(types); t++) {
		if (!is_next(name, t))
			continue;
		name = t[1].name;
		ret = mount(source, on, name, flags, data) ? -errno : 0;
	}
	return ret;
}

int image_mount(const struct rootfs_device *d, int point_fd, const struct mount_spec *m)
{
	unsigned long flags = m->flags | (d->ro ? MS_RDONLY : 0);
	char on[FD_PATH_MAX], from[FD_PATH_MAX];
	int ret = mount_types(d->fd < 0 ? d->path : source_of(d, from), fd_path(point_fd, on),
			      d->types, flags, m->data);

	if (ret == -ENODEV)
		return err_set(ENODEV, "file system type '%s' is not in this kernel", d->types);
	if (ret == -EACCES || ret == -EROFS)
		return err_code(ret, "cannot mount the %s on '%s' to be written to "
				"(lxc.rootfs.options = ro)", d->types, d->path);
	return ret ? err_code(ret, "cannot mount the %s on '%s'%s%s", d->types, d->path,
			      m->data ? " with " : "", m->data ? m->data : "") : 0;
}
