/* SPDX-License-Identifier: MIT */
/* owns idmapped mounts: owners of files as a user namespace has them, on disk as they were */
/* never leaves a mount unmapped that was to be mapped, never maps one that can be seen already */
/* mount_setattr(2), MOUNT_ATTR_IDMAP: Linux 5.12, and the file system has to know of it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

/* The namespace that an option names: a descriptor of the caller's. */
static int open_userns(const char *option, int container)
{
	const char *path = str_after(option, "idmap=");
	AUTO_FD int fd = -1;

	if (!path)
		return err_set(EINVAL, "'%s' is no idmap=", option);
	if (str_eq(path, "container")) {
		if (container < 0)
			return err_set(EINVAL, "%s: the container has no user namespace (lxc.idmap), or "
				       "its starter is not the host's root", option);
		fd = fcntl(container, F_DUPFD_CLOEXEC, 3);
	} else {
		fd = fd_open(path, O_RDONLY | O_NONBLOCK);
	}
	if (fd < 0)
		return err_sys("%s", option);
	return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWUSER ?
		       take_fd(&fd) :
		       err_set(EINVAL, "%s: it is no user namespace", option);
}

/* A detached tree, of which nobody knows yet. */
static int map_tree(int tree, bool rec, const char *option, int container)
{
	AUTO_FD int userns = open_userns(option, container);
	int ret;

	if (userns < 0)
		return userns;
	ret = sys_mount_idmap(tree, AT_EMPTY_PATH | (rec ? AT_RECURSIVE : 0), userns);
	if (ret == -ENOSYS)
		return err_set(ENOSYS, "%s: this kernel has no idmapped mounts (Linux 5.12)", option);
	if (ret == -EINVAL)
		return err_set(EINVAL, "%s: this kernel does not map the file system, or it is mapped "
			       "already, or the namespace has no ids", option);
	return ret ? err_code(ret, "%s", option) : 0;
}

int idmapped_tree(int src_fd, const char *src, const struct mount_spec *m, int container)
{
	bool rec = m->flags & MS_REC;
	AUTO_FD int tree = bind_tree(src_fd, src, rec, m->flags, m->clear);
	int ret;

	if (tree == -ENOSYS && !err_is_set())
		return err_set(ENOSYS, "%s: this kernel has no idmapped mounts (Linux 5.12)",
			       m->idmap);
	if (tree < 0)
		return tree;
	ret = map_tree(tree, rec, m->idmap, container);
	return ret ? ret : take_fd(&tree);
}

int idmapped_root(struct rootfs *r, const struct mount_spec *options)
{
	const struct mount_spec all = { .flags = MS_REC, .idmap = options->idmap };
	AUTO_FD int tree = idmapped_tree(r->fd, "", &all, r->userns), point = -1;
	int ret;

	if (tree < 0)
		return tree;
	fd_close(&r->fd);
	if (umount2(r->path, MNT_DETACH | UMOUNT_NOFOLLOW))
		return err_sys("cannot unmount '%s'", r->path);
	point = fd_open(r->path, O_PATH | O_DIRECTORY);
	if (point < 0)
		return err_sys("'%s'", r->path);
	ret = bind_put(tree, point);
	if (ret)
		return ret;
	r->fd = take_fd(&tree);
	return 0;
}
