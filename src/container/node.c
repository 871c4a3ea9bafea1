/* SPDX-License-Identifier: MIT */
/* owns making and removing device nodes in the tree of a container that runs */
/* never follows a link there, never changes or removes what is another thing */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/device.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

static bool is_same(const struct stat *st, const struct device_node *n)
{
	return (st->st_mode & S_IFMT) == (n->mode & S_IFMT) && st->st_rdev == n->rdev;
}

/* The directory that a node is or will be in. */
static int open_parent(int root_fd, const char *target, enum path_make make, dev_t on,
		       const char **name)
{
	int dir = path_open_parent_in(root_fd, target, make, name);
	struct stat st;

	if (dir < 0 || !on || (!fstat(dir, &st) && st.st_dev == on))
		return dir < 0 ? err_in(dir, "in the container") : dir;
	close(dir);
	return err_set(EXDEV, "'%s' in the container is not in its own /dev", target);
}

/* By a handle of what was made: its name may be another thing by now. */
static int set_owner(int dir, const char *name, const struct device_node *want)
{
	AUTO_FD int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!is_same(&st, want))
		return -EEXIST;
	return fchownat(fd, "", want->uid, want->gid, AT_EMPTY_PATH) ? -errno : 0;
}

int node_make(int root_fd, const char *target, const struct device_node *want, dev_t on)
{
	const char *name;
	AUTO_FD int dir = open_parent(root_fd, target, PATH_MAKE_DIR, on, &name);
	struct stat st;
	mode_t mask;
	int ret;

	if (dir < 0)
		return dir;
	/* The mode at once: chmod(2) takes a path, which may be a link a moment later. */
	mask = umask(0);
	ret = mknodat(dir, name, want->mode, want->rdev) ? -errno : 0;
	umask(mask);
	/* Its file system belongs to a user namespace, to which the host's root is unknown. */
	if (CFG_IDMAP && ret == -EOVERFLOW)
		return err_set(EOPNOTSUPP, "cannot make '%s' in the container: it has a user "
			       "namespace (lxc.mount.entry binds a device)", target);
	if (ret && ret != -EEXIST)
		return err_code(ret, "cannot make '%s' in the container", target);
	if (!ret && (want->uid || want->gid)) {
		ret = set_owner(dir, name, want);
		if (ret)
			unlinkat(dir, name, 0);
		return ret ? err_code(ret, "cannot give away '%s' in the container", target) : 1;
	}
	if (!ret)
		return 1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys("cannot look up '%s' in the container", target);
	return is_same(&st, want) ?
		       0 :
		       err_set(EEXIST, "'%s' in the container is something else", target);
}

int node_remove(int root_fd, const char *target, const struct device_node *want, dev_t on)
{
	const char *name;
	AUTO_FD int dir = open_parent(root_fd, target, PATH_EXISTING, on, &name);
	struct stat st;

	if (dir < 0)
		return dir;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys("cannot look up '%s' in the container", target);
	if (!is_same(&st, want))
		return err_set(EINVAL, "'%s' in the container is something else", target);
	if (unlinkat(dir, name, 0))
		return err_sys("cannot remove '%s' in the container", target);
	return 1;
}
