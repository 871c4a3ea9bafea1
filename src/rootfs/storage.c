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
 * check: is it there and usable; 0 or -errno with err. mount: mounts it on the directory point.
 */
struct storage {
	const char *name;
	int (*check)(const char *where);
	int (*mount)(const char *where, const char *point, const struct mount_spec *options);
};

static int dir_check(const char *where)
{
	AUTO_FD int fd = fd_open(where, O_PATH);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("'%s'", where);
	if (!S_ISDIR(st.st_mode))
		return err_set(ENOTDIR, "'%s' is not a directory (the only kind that is built)",
			       where);
	return 0;
}

static int dir_mount(const char *where, const char *point, const struct mount_spec *options)
{
	AUTO_FD int src = fd_open(where, O_PATH | O_DIRECTORY),
		    dst = fd_open(point, O_PATH | O_DIRECTORY);
	AUTO_FD int host = fd_open("/", O_PATH | O_DIRECTORY), top = -1;
	struct rootfs r = { .fd = host, .path = (char *)"/" };

	if (src < 0)
		return err_sys("'%s'", where);
	if (dst < 0)
		return err_sys("mount point '%s'", point);
	/* With everything mounted below it, as LXC does. */
	top = bind_fd(&r, src, dst, path_below(point, "/"), true, options->flags, options->clear);
	if (top < 0)
		return err_in(top, "'%s' on '%s'", where, point);
	if (options->propagation && mount(NULL, point, NULL, options->propagation, NULL) < 0)
		return err_sys("cannot set the propagation of '%s'", point);
	return 0;
}

static const struct storage kinds[] = {
	{ "dir", dir_check, dir_mount },
};

/* LXC cuts at the first ':' whatever it belongs to; here a path that begins with '/' is a path. */
static int find_kind(const char *path, const struct storage **kind, const char **where)
{
	size_t n = *path == '/' ? 0 : strcspn(path, ":");
	unsigned int i;

	*kind = &kinds[0];
	*where = path;
	if (!n || !path[n])
		return 0;
	*where = path + n + 1;
	for (i = 0; i < ARRAY_SIZE(kinds); i++, ++*kind)
		if (strlen(kinds[i].name) == n && !strncmp(kinds[i].name, path, n))
			return 0;
	return err_set(EINVAL, "storage of kind '%.*s' is not supported by this version (dir)",
		       (int)n, path);
}

/* lxc.rootfs.options in the terms of an fstab line. */
static int parse_options(const struct conf *c, struct mount_spec *m)
{
	const char *text = c->rootfs_options.v && *c->rootfs_options.v ? c->rootfs_options.v : NULL;
	AUTO_FREE char *line =
		str_make("none / none %s%s", text ? text : "rbind", text ? ",rbind" : "");
	int ret;

	if (!line)
		return -ENOMEM;
	ret = mount_spec_parse(line, c->rootfs_options.at, m);
	if (!ret && m->data) {
		ret = err_set(EINVAL, "'%s' is no option of a directory's mount", m->data);
		mount_spec_free(m);
	}
	return ret;
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
	ret = find_kind(c->rootfs_path.v, &kind, &where);
	if (!ret)
		ret = kind->check(where);
	if (ret < 0)
		return err_in(ret, "%slxc.rootfs.path", origin_text(c->rootfs_path.at, at));
	ret = parse_options(c, &options);
	if (ret < 0)
		return err_in(ret, "%slxc.rootfs.options", origin_text(c->rootfs_options.at, at));
	mount_spec_free(&options);
	if (c->rootfs_mount.v && *c->rootfs_mount.v && access(c->rootfs_mount.v, F_OK) < 0)
		return err_sys("%slxc.rootfs.mount: '%s'", origin_text(c->rootfs_mount.at, at),
			       c->rootfs_mount.v);
	return 0;
}

static int mount_storage(const struct conf *c, struct rootfs *r)
{
	const struct storage *kind;
	struct mount_spec options;
	const char *where;
	char at[ORIGIN_MAX];
	int ret = find_kind(c->rootfs_path.v, &kind, &where);

	if (!ret)
		ret = parse_options(c, &options);
	if (ret < 0)
		return ret;
	if (!c->rootfs_mount.v || !*c->rootfs_mount.v)
		ret = path_make_dirs(CFG_ROOTFS_MOUNT, 0755);
	/* As the mount table will have it. */
	if (!ret) {
		r->path = path_real(mount_point(c));
		ret = r->path ? 0 : -ENOENT;
	}
	if (!ret)
		ret = kind->mount(where, r->path, &options);
	mount_spec_free(&options);
	return ret < 0 ? err_in(ret, "%slxc.rootfs.path", origin_text(c->rootfs_path.at, at)) : 0;
}

int rootfs_mount_root(const struct conf *c, struct rootfs *r)
{
	int ret;

	*r = (struct rootfs){ .fd = -1, .own = c->rootfs_path.v != NULL };
	/* What the host mounts later may come in, nothing goes out. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_sys(errno == EINVAL ? "'/' is not a mount point (a chroot?)" :
						 "cannot separate the mounts from the host's");
	if (r->own) {
		ret = mount_storage(c, r);
		if (ret < 0)
			return ret;
	} else {
		r->path = str_dup("/");
		if (!r->path)
			return -ENOMEM;
	}
	r->fd = fd_open(r->path, O_PATH | O_DIRECTORY);
	return r->fd < 0 ? err_sys("cannot open '%s'", r->path) : 0;
}
