/* SPDX-License-Identifier: MIT */
/* owns where the container's root comes from: the kinds of lxc.rootfs.path */
/* never writes to the storage */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

/*
 * A kind of storage. It is named as "kind:where"; a path alone is a directory.
 * check: is it there and usable; 0 or -errno with err; NULL: not in this build. prepare: makes what
 * it needs beside it, NULL: nothing. mount: mounts it on the directory point_fd, whose path is
 * point, and returns an O_PATH descriptor of the new mount's root.
 */
struct storage {
	const char *name;
	const char *spec;	/* type and options of an fstab line that has its mount options */
	int (*check)(const char *where);
	int (*prepare)(const char *where);
	int (*mount)(const struct conf *c, const char *where, int point_fd, const char *point,
		     const struct mount_spec *options);
};

static int dir_check(const char *where)
{
	struct stat st;

	if (stat(where, &st) < 0)
		return err_sys("'%s'", where);
	if (!S_ISDIR(st.st_mode))
		return err_set(ENOTDIR, "'%s' is not a directory (the only kind that is built)",
			       where);
	return 0;
}

static int dir_mount(const struct conf *c, const char *where, int point_fd, const char *point,
		     const struct mount_spec *options)
{
	struct rootfs r = { .fd = -1, .path = (char *)"/" };
	AUTO_FD int top = -1;

	/* With everything mounted below it, as LXC does. */
	top = bind_path(&r, where, point_fd, path_below(point, "/"), true, options->flags,
			options->clear);
	if (top < 0)
		return err_in(top, "'%s' on '%s'", where, point);
	return take_fd(&top);
}

#define OVERLAY(name) \
	{ name, "overlay defaults", CFG_ROOTFS_OVERLAY ? overlay_check : NULL, \
	  CFG_ROOTFS_OVERLAY ? overlay_prepare : NULL, CFG_ROOTFS_OVERLAY ? overlay_mount : NULL }

static const struct storage kinds[] = {
	{ "dir", "none rbind", dir_check, NULL, dir_mount },
	OVERLAY("overlay"),
	OVERLAY("overlayfs"),
};

static int find_kind(const struct conf *c, const struct storage **kind, const char **where)
{
	const char *name;
	unsigned int i;
	size_t n;

	*where = conf_storage(c, &name, &n);
	*kind = &kinds[0];
	for (i = 0; i < (CFG_ROOTFS_OVERLAY ? ARRAY_SIZE(kinds) : 1); i++, ++*kind)
		if (strlen(kinds[i].name) == n && !strncmp(kinds[i].name, name, n))
			return 0;
	return err_set(EINVAL, "storage of kind '%.*s' is not supported by this version (dir%s)",
		       (int)n, name, CFG_ROOTFS_OVERLAY ? ", overlay" : "; CONFIG_ROOTFS_OVERLAY is off");
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
	return c->rootfs_mount.v && *c->rootfs_mount.v ? c->rootfs_mount.v : CFG_ROOTFS_MOUNT;
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

static int mount_storage(const struct conf *c, struct rootfs *r)
{
	AUTO_FD int point_fd = -1;
	const struct storage *kind;
	struct mount_spec options;
	const char *where;
	char at[ORIGIN_MAX];
	int ret = find_kind(c, &kind, &where);

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
		r->fd = ret = kind->mount(c, where, point_fd, r->path, &options);
	if (ret >= 0 && options.propagation &&
	    mount(NULL, r->path, NULL, options.propagation, NULL) < 0)
		ret = err_sys("cannot set the propagation of '%s'", r->path);
	mount_spec_free(&options);
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

	*r = (struct rootfs){ .fd = -1, .own = c->rootfs_path.v != NULL };
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
