/* SPDX-License-Identifier: MIT */
/* owns where the container's root comes from: the kinds of lxc.rootfs.path */
/* never writes to the storage */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

/*
 * A kind of storage. It is named as "kind:where"; a path alone is a directory or an image.
 * check: is it there and usable; 0 or -errno with err; NULL: not in this build. prepare: makes what
 * it needs beside it, NULL: nothing. attach: makes the devices of r that it is mounted by, NULL: it
 * needs none. mount: mounts it on the directory point_fd, whose path is r->path, and returns an
 * O_PATH descriptor of the new mount's root.
 */
struct storage {
	const char *name;
	const char *spec;	/* type and options of an fstab line that has its mount options */
	int (*check)(const char *where);
	int (*prepare)(const char *where);
	int (*attach)(const struct conf *c, const char *where, struct rootfs *r, bool ro,
		      const struct rootfs_note *note);
	int (*mount)(const struct conf *c, const char *where, const struct rootfs *r, int point_fd,
		     const struct mount_spec *options);
};

static int dir_check(const char *where)
{
	struct stat st;

	if (stat(where, &st) < 0)
		return err_sys("'%s'", where);
	if (!S_ISDIR(st.st_mode))
		return err_set(ENOTDIR, "'%s' is not a directory%s", where,
			       CFG_ROOTFS_LOOP ? "" : " (CONFIG_ROOTFS_LOOP is off)");
	return 0;
}

static int dir_mount(const struct conf *c, const char *where, const struct rootfs *r, int point_fd,
		     const struct mount_spec *options)
{
	struct rootfs host = { .fd = -1, .path = (char *)"/" };
	AUTO_FD int top = -1;

	/* With everything mounted below it, as LXC does. */
	top = bind_path(&host, where, point_fd, path_below(r->path, "/"), true, options->flags,
			options->clear);
	if (top < 0)
		return err_in(top, "'%s' on '%s'", where, r->path);
	return take_fd(&top);
}

int rootfs_add_devices(struct rootfs *r, unsigned int n)
{
	r->dev = calloc(n, sizeof(*r->dev));
	if (!r->dev)
		return err_set(ENOMEM, "out of memory");
	for (; r->n_dev < n; r->n_dev++)
		r->dev[r->n_dev].fd = -1;
	return 0;
}

void rootfs_release(struct rootfs *r)
{
	while (r->n_dev)
		fd_close(&r->dev[--r->n_dev].fd);
	free(r->dev);
	r->dev = NULL;
}

static int image_attach_root(const struct conf *c, const char *where, struct rootfs *r, bool ro,
			     const struct rootfs_note *note)
{
	int ret = rootfs_add_devices(r, 1);

	return ret ? ret : image_attach(c, where, ro, note, r->dev);
}

static int ubi_attach(const struct conf *c, const char *where, struct rootfs *r, bool ro,
		      const struct rootfs_note *note)
{
	int ret = rootfs_add_devices(r, 1);

	if (ret)
		return ret;
	r->dev->types = "ubifs";
	r->dev->ro = ro;
	str_format(r->dev->path, sizeof(r->dev->path), "%s", where);
	return 0;
}

/* Only the kernel knows what volumes there are. */
static int ubi_check(const char *where)
{
	return 0;
}

static int image_mount_root(const struct conf *c, const char *where, const struct rootfs *r,
			    int point_fd, const struct mount_spec *options)
{
	int ret = image_mount(r->dev, point_fd, options);

	if (!ret)
		ret = fd_open(r->path, O_PATH | O_DIRECTORY);
	return ret < 0 && !err_is_set() ? err_sys("'%s'", r->path) : ret;
}

#define IN(built, function) ((built) ? function : NULL)
#define OVERLAY(name) \
	{ name, "overlay defaults", IN(CFG_ROOTFS_OVERLAY, overlay_check), \
	  IN(CFG_ROOTFS_OVERLAY, overlay_prepare), \
	  IN(CFG_ROOTFS_OVERLAY && CFG_ROOTFS_LOOP, overlay_attach), \
	  IN(CFG_ROOTFS_OVERLAY, overlay_mount) }
#define IMAGE(name, check, attach) \
	{ name, "image defaults", IN(CFG_ROOTFS_LOOP, check), NULL, \
	  IN(CFG_ROOTFS_LOOP, attach), IN(CFG_ROOTFS_LOOP, image_mount_root) }

/* The first three in this order: what a path alone may be, and a volume on raw flash. */
static const struct storage kinds[] = {
	{ "dir", "none rbind", dir_check, NULL, NULL, dir_mount },
	IMAGE("loop", image_check, image_attach_root),
	IMAGE("ubi", ubi_check, ubi_attach),
	IMAGE("lvm", image_check, image_attach_root),
	OVERLAY("overlay"),
	OVERLAY("overlayfs"),
};

static int find_kind(const struct conf *c, const struct storage **kind, const char **where)
{
	const char *name;
	unsigned int i;
	size_t n;

	*where = conf_storage(c, &name, &n);
	if (CFG_ROOTFS_LOOP && image_is_ubi(name, n)) {
		*where = name;
		*kind = &kinds[2];
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].check && strlen(kinds[i].name) == n &&
		    !strncmp(kinds[i].name, name, n))
			break;
	if (i == ARRAY_SIZE(kinds))
		return err_set(EINVAL,
			       "storage of kind '%.*s' is not supported by this version (dir%s%s)",
			       (int)n, name,
			       CFG_ROOTFS_LOOP ? ", loop, lvm" : "; CONFIG_ROOTFS_LOOP is off",
			       CFG_ROOTFS_OVERLAY ? ", overlay" : "; CONFIG_ROOTFS_OVERLAY is off");
	/* A path without a kind says itself what it is. */
	if (CFG_ROOTFS_LOOP && !i && *where == c->rootfs_path.v && !c->rootfs_backend.v &&
	    image_is_one(*where))
		i = 1;
	*kind = &kinds[i];
	return 0;
}

/* lxc.rootfs.options in the terms of an fstab line. */
static int parse_options(const struct conf *c, const struct storage *kind, struct mount_spec *m)
{
	const char *text = c->rootfs_options.v && *c->rootfs_options.v ? c->rootfs_options.v : NULL;
	AUTO_FREE char *line =
		str_make("none / %s%s%s", kind->spec, text ? "," : "", text ? text : "");

	return line ? mount_spec_parse(line, c->rootfs_options.at, m) : -ENOMEM;
}

static const char *mount_point(const struct conf *c)
{
	if (c->rootfs_mount.v && *c->rootfs_mount.v)
		return c->rootfs_mount.v;
	/* An ordinary user's mounts are nobody else's: on itself. */
	return CFG_UNPRIVILEGED && sys_euid() && conf_rootfs(c) ? conf_rootfs(c) : CFG_ROOTFS_MOUNT;
}

static int count_images(const struct storage *kind, const char *where)
{
	return CFG_ROOTFS_OVERLAY && kind->attach == overlay_attach ? overlay_images(where) :
								      kind->attach != NULL;
}

int rootfs_check(const struct conf *c)
{
	const struct storage *kind;
	struct mount_spec options;
	const char *where;
	char at[ORIGIN_MAX];
	int ret = automount_check(c);

	if (ret < 0 || !c->rootfs_path.v)
		return ret;
	ret = find_kind(c, &kind, &where);
	if (!ret)
		ret = kind->check(where);
	if (ret < 0)
		return err_in(ret, "%slxc.rootfs.path", origin_text(c->rootfs_path.at, at));
	/* Whatever is not checked must not run as if it were. */
	if (CFG_ROOTFS_VERITY && c->rootfs_verity.v && count_images(kind, where) != 1)
		return err_set(EINVAL, "%slxcbox.rootfs.verity: lxc.rootfs.path is not of one image",
			       origin_text(c->rootfs_verity.at, at));
	ret = parse_options(c, kind, &options);
	if (ret < 0)
		return err_in(ret, "%slxc.rootfs.options", origin_text(c->rootfs_options.at, at));
	mount_spec_free(&options);
	if (c->rootfs_mount.v && *c->rootfs_mount.v && access(c->rootfs_mount.v, F_OK) < 0)
		return err_sys("%slxc.rootfs.mount: '%s'", origin_text(c->rootfs_mount.at, at),
			       c->rootfs_mount.v);
	return 0;
}

int rootfs_prepare(const struct conf *c)
{
	const struct storage *kind;
	struct mount_spec options;
	const char *where;
	char at[ORIGIN_MAX];
	int ret;

	if (!c->rootfs_path.v || c->rootfs_tmpfs.v)
		return 0;
	ret = find_kind(c, &kind, &where);
	if (!ret)
		ret = parse_options(c, kind, &options);
	if (ret)
		return ret;
	if (kind->prepare && !(options.flags & MS_RDONLY))
		ret = kind->prepare(where);
	mount_spec_free(&options);
	return ret ? err_in(ret, "%slxc.rootfs.path", origin_text(c->rootfs_path.at, at)) : 0;
}

/* The directory that the root is mounted on; the build's own is made. */
static int open_point(const struct conf *c)
{
	bool is_own = !c->rootfs_mount.v || !*c->rootfs_mount.v;
	int fd = fd_open(mount_point(c), O_PATH | O_DIRECTORY), ret;

	if (fd < 0 && errno == ENOENT && is_own) {
		ret = path_make_dirs(CFG_ROOTFS_MOUNT, 0755);
		if (ret)
			return ret;
		fd = fd_open(CFG_ROOTFS_MOUNT, O_PATH | O_DIRECTORY);
	}
	return fd < 0 ? err_sys("mount point '%s'", mount_point(c)) : fd;
}

int rootfs_attach(const struct conf *c, struct rootfs *r, const struct rootfs_note *note)
{
	const struct storage *kind;
	struct mount_spec options;
	const char *where;
	char at[ORIGIN_MAX];
	int ret = find_kind(c, &kind, &where);

	if (!ret)
		ret = parse_options(c, kind, &options);
	if (ret)
		return ret;
	if (kind->attach)
		ret = kind->attach(c, where, r, options.flags & MS_RDONLY, note);
	mount_spec_free(&options);
	return ret < 0 ? err_in(ret, "%slxc.rootfs.path", origin_text(c->rootfs_path.at, at)) : 0;
}

bool rootfs_is_on_device(const struct conf *c)
{
	bool held = err_hold();
	const struct storage *kind;
	const char *where;
	bool is_on = c->rootfs_path.v && !find_kind(c, &kind, &where) && count_images(kind, where);

	err_release(held);
	return is_on;
}

bool rootfs_is_read_only(const struct conf *c)
{
	bool held = err_hold();
	const struct storage *kind;
	const char *where;
	bool is_ro = c->rootfs_path.v && !find_kind(c, &kind, &where) &&
		     kind->mount == image_mount_root &&
		     ((CFG_ROOTFS_VERITY && c->rootfs_verity.v) || image_is_read_only(where));

	err_release(held);
	return is_ro;
}

static int mount_storage(const struct conf *c, struct rootfs *r)
{
	AUTO_FD int point_fd = -1;
	const struct storage *kind;
	struct mount_spec options;
	const char *where;
	char at[ORIGIN_MAX];
	int ret = find_kind(c, &kind, &where);

	/* Who copies a container has nobody to make them before. */
	if (CFG_ROOTFS_LOOP && !ret && kind->attach && !r->dev)
		ret = rootfs_attach(c, r, NULL);
	if (!ret)
		ret = parse_options(c, kind, &options);
	if (ret < 0)
		return ret;
	point_fd = open_point(c);
	ret = point_fd < 0 ? point_fd : 0;
	/* As the mount table will have it. */
	if (!ret) {
		r->path = path_of_fd(point_fd);
		ret = r->path ? 0 : -ENOENT;
	}
	if (!ret)
		r->fd = ret = kind->mount(c, where, r, point_fd, &options);
	if (CFG_ROOTFS_IDMAP && ret >= 0 && options.idmap)
		ret = idmapped_root(r, &options);
	if (ret >= 0 && options.propagation &&
	    mount(NULL, r->path, NULL, options.propagation, NULL) < 0)
		ret = err_sys("cannot set the propagation of '%s'", r->path);
	mount_spec_free(&options);
	rootfs_release(r);
	return ret < 0 ? err_in(ret, "%slxc.rootfs.path", origin_text(c->rootfs_path.at, at)) : 0;
}

int rootfs_separate(void)
{
	/* What the host mounts later may come in, nothing goes out. */
	if (!mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return 0;
	return errno == EINVAL ? err_sys("'/' is not a mount point (a chroot?)") :
				 err_sys("cannot separate the mounts from the host's");
}

int rootfs_mount_root(const struct conf *c, struct rootfs *r)
{
	int ret = rootfs_separate();

	r->fd = -1;
	r->own = c->rootfs_path.v != NULL;
	if (ret)
		return ret;
	if (r->own) {
		ret = mount_storage(c, r);
		return ret < 0 ? ret : 0;
	}
	r->path = str_dup("/");
	if (!r->path)
		return -ENOMEM;
	r->fd = fd_open(r->path, O_PATH | O_DIRECTORY);
	return r->fd < 0 ? err_sys("cannot open '%s'", r->path) : 0;
}

int rootfs_take_root(struct rootfs *r)
{
	struct rootfs host = { .fd = -1, .path = (char *)"/" };
	AUTO_FD int at = fd_open(r->path, O_PATH | O_DIRECTORY);

	fd_close(&r->fd);
	if (at < 0)
		return err_sys("cannot open '%s'", r->path);
	r->fd = bind_fd(&host, at, at, path_below(r->path, "/"), true, 0, 0);
	return r->fd < 0 ? err_in(r->fd, "'%s'", r->path) : 0;
}
