/* SPDX-License-Identifier: MIT */
/* owns one mount of the configuration: its source, its target, its flags */
/* never follows a link inside the container, and never mounts on a name: on handles only */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

/* A path of the host is the administrator's word and links in it are followed, all others not. */
static bool is_of_host(const struct mount_spec *m)
{
	return !m->relative && !m->trusted;
}

static int open_source(const struct rootfs *r, const struct mount_spec *m)
{
	AUTO_FREE char *host = NULL;
	AUTO_FD int root = -1;
	int fd;

	if (m->relative)
		return path_open_in(r->fd, m->source, PATH_EXISTING);
	if (m->trusted) {
		host = str_make("%.*s", (int)m->trusted, m->source);
		root = host ? fd_open(host, O_PATH | O_DIRECTORY) : -1;
		if (root < 0)
			return err_sys("cannot open '%s'", host ? host : "");
		fd = path_open_in(root, m->source + m->trusted, PATH_EXISTING);
		return fd != -ELOOP ? fd : err_in(fd, "below '%s', where the container can write",
						  *host ? host : "/");
	}
	fd = fd_open(m->source, O_PATH);
	return fd < 0 ? err_sys("'%s'", m->source) : fd;
}

static int open_target(const struct rootfs *r, const struct mount_spec *m, const char *inside)
{
	enum path_make make = m->create_dir    ? PATH_MAKE_DIR
			      : m->create_file ? PATH_MAKE_FILE
					       : PATH_EXISTING;
	AUTO_FREE char *path = NULL;
	int fd;

	/* The host's own tree has links that are meant (/bin, /var/run); it is not hostile. */
	if (!r->own && make == PATH_EXISTING) {
		path = str_make("/%s", inside);
		fd = path ? fd_open(path, O_PATH) : -1;
		return fd < 0 ? err_sys("'%s'", path ? path : "/") : fd;
	}
	fd = path_open_in(r->fd, inside, make);
	if (fd == -ENOENT && make == PATH_EXISTING)
		return err_in(fd, "missing (create=dir or create=file makes it)");
	return fd;
}

static int set_propagation(int fd, unsigned long how)
{
	char path[FD_PATH_MAX];

	if (mount(NULL, fd_path(fd, path), NULL, how, NULL) < 0)
		return err_sys("cannot set its propagation");
	return 0;
}

/* Of a bind that failed the kernel may say no more than that something is invalid. */
static int explain_bind(const struct rootfs *r, const struct mount_spec *m, int dst, int ret)
{
	AUTO_FD int src = -1;
	struct stat from, to;
	char why[ERR_MAX];

	if (ret == BIND_HALF_DONE)
		return err_in(ret, "'%s'", m->source);
	str_format(why, sizeof(why), "%s", err_text());
	err_clear();
	src = open_source(r, m);
	if (src < 0)
		return err_in(src, "source");
	if (!fstat(src, &from) && !fstat(dst, &to) && S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
		return err_set(ENOTDIR, "target is %sa directory, unlike its source '%s'",
			       S_ISDIR(to.st_mode) ? "" : "not ", m->source);
	return err_set(-ret, "'%s': %s", m->source, why);
}

static int open_idmapped(const struct rootfs *r, const struct mount_spec *m)
{
	AUTO_FD int src = is_of_host(m) ? -1 : open_source(r, m);

	if (src < 0 && !is_of_host(m))
		return err_in(src, "source");
	return src < 0 ? idmapped_tree(AT_FDCWD, m->source, m, r->userns) :
			 idmapped_tree(src, "", m, r->userns);
}

int rootfs_map_mount(const struct rootfs *r, struct mount_spec *m)
{
	char at[ORIGIN_MAX];
	int fd;

	if (!m->idmap || !(m->flags & MS_BIND))
		return 0;
	fd = open_idmapped(r, m);
	/* An optional one is left out where it would be mounted. */
	if (fd < 0 && m->optional) {
		err_clear();
		return 0;
	}
	if (fd < 0)
		return err_in(fd, "%smount on '%s'", origin_text(m->at, at), m->target);
	m->tree = fd;
	return 0;
}

static int mount_idmapped(const struct rootfs *r, const struct mount_spec *m, const char *inside)
{
	AUTO_FD int dst = open_target(r, m, inside), top = -1;
	int ret;

	if (dst < 0)
		return err_in(dst, "target");
	top = m->tree > 2 ? m->tree : open_idmapped(r, m);
	if (top < 0)
		return top;
	ret = bind_put(top, dst);
	if (ret)
		return err_in(ret, "'%s'", m->source);
	return m->propagation ? set_propagation(top, m->propagation) : 0;
}

static int mount_bind(const struct rootfs *r, const struct mount_spec *m, const char *inside)
{
	AUTO_FD int src = -1, dst = -1, top = -1;
	bool rec = m->flags & MS_REC;

	/* The kernel would ignore it. */
	if (m->data)
		return err_set(EINVAL, "'%s' is no option of a bind mount", m->data);
	if (CFG_ROOTFS_IDMAP && m->idmap)
		return mount_idmapped(r, m, inside);
	src = is_of_host(m) ? -1 : open_source(r, m);
	if (src < 0 && !is_of_host(m))
		return err_in(src, "source");
	dst = open_target(r, m, inside);
	if (dst < 0)
		return err_in(dst, "target");
	if (src < 0)
		top = bind_path(r, m->source, dst, inside, rec, m->flags, m->clear);
	else
		top = bind_fd(r, src, dst, inside, rec, m->flags, m->clear);
	if (top < 0)
		return explain_bind(r, m, dst, top);
	return m->propagation ? set_propagation(top, m->propagation) : 0;
}

/* What the kernel says no more of than EPERM, see user_namespaces(7) and mount_too_revealing(). */
static int refused_in_userns(const struct mount_spec *m)
{
	const char *why = "bind one that is mounted on the host";

	if (str_eq(m->fstype, "proc"))
		why = "something of the host's proc is mounted over, or the container's processes are "
		      "the host's";
	else if (str_eq(m->fstype, "sysfs"))
		why = "the network is not the container's own, or something of the host's sysfs is "
		      "mounted over";
	return err_set(EPERM, "type '%s' cannot be mounted in a user namespace: %s", m->fstype, why);
}

/* A file system of its own, or MS_REMOUNT of what is mounted there. */
static int mount_fs(const struct rootfs *r, const struct mount_spec *m, const char *inside)
{
	AUTO_FD int src = -1, dst = open_target(r, m, inside), top = -1;
	char on[FD_PATH_MAX], from[FD_PATH_MAX];
	const char *source = m->source;
	unsigned long flags = m->flags;
	long now;

	if (dst < 0)
		return err_in(dst, "target");
	if (!is_of_host(m)) {
		src = open_source(r, m);
		if (src < 0)
			return err_in(src, "source");
		source = fd_path(src, from);
	}
	/* The kernel would take away what is not said again, or refuse to in a user namespace. */
	if (flags & MS_REMOUNT) {
		now = sys_mount_flags(dst);
		if (now < 0)
			return err_code((int)now, "cannot read the flags of the mount");
		flags |= (unsigned long)now & ~m->clear;
	}
	if (mount(source, fd_path(dst, on), m->fstype, flags, m->data) < 0) {
		int err = errno;

		if (err == ENODEV)
			return err_code(err, "file system type '%s' is not in this kernel",
					m->fstype);
		if (CFG_IDMAP && err == EPERM && r->in_userns)
			return refused_in_userns(m);
		if (m->data)
			return err_code(err, "cannot mount '%s' type '%s' with '%s'", m->source,
					m->fstype, m->data);
		return err_code(err, "cannot mount '%s' type '%s'", m->source, m->fstype);
	}
	if (!m->propagation)
		return 0;
	/* The handle is of what lies below the mount. */
	top = path_open_in(r->fd, inside, PATH_EXISTING);
	return top < 0 ? top : set_propagation(top, m->propagation);
}

static int mount_one(const struct conf *c, const struct rootfs *r, const struct mount_spec *m)
{
	const char *inside = mount_target_in(c, m);

	if (CFG_MOUNT_AUTO && str_eq(m->fstype, GUARD_TYPE))
		return guard_mount(r, m, inside);
	if (CFG_ROOTFS_IDMAP && m->idmap && (!(m->flags & MS_BIND) || m->flags & MS_REMOUNT))
		return err_set(EINVAL, "%s is for bind mounts", m->idmap);
	if (m->flags & MS_BIND && m->flags & MS_REMOUNT) {
		AUTO_FD int fd = open_target(r, m, inside);

		return fd < 0 ? err_in(fd, "target") : bind_remount(fd, m->flags, m->clear);
	}
	return m->flags & MS_BIND ? mount_bind(r, m, inside) : mount_fs(r, m, inside);
}

int rootfs_mount(const struct conf *c, struct rootfs *r, const struct mount_spec *m)
{
	char at[ORIGIN_MAX];
	int ret;

	bool held = err_hold();

	ret = mount_one(c, r, m);
	if (ret >= 0)
		return 0;
	err_in(ret, "%smount on '%s'", origin_text(m->at, at), m->target);
	if (!m->optional || ret == BIND_HALF_DONE)
		return ret;
	log_info("optional: %s", err_text());
	err_release(held);
	return 0;
}
