/* SPDX-License-Identifier: MIT */
/* owns opening a device by its number, where /dev may have no node of it */
/* never leaves a node behind that it made, never opens what bears the name and is another thing */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

#define TRIES 100

static int check_node(int fd, mode_t type, dev_t rdev)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return (st.st_mode & S_IFMT) == type && st.st_rdev == rdev ? 0 : -ENXIO;
}

/* The file is looked at before it is opened: to open some device may do something. */
static int open_public(const char *path, mode_t type, dev_t rdev, int flags)
{
	AUTO_FD int look = fd_open(path, O_PATH | O_NOFOLLOW);
	char from[FD_PATH_MAX];
	int ret = look < 0 ? -errno : check_node(look, type, rdev);

	if (ret)
		return ret;
	ret = fd_open(fd_path(look, from), flags | O_NONBLOCK);
	return ret < 0 ? -errno : ret;
}

/* Of one name with others who make it at the same time, who may take it away again. */
static int open_private(const char *dir, mode_t type, dev_t rdev, int flags)
{
	char path[PATH_MAX];
	int tries, fd = -ENOENT;

	str_format(path, sizeof(path), "%s/.lxcbox-%c%llu", dir, type == S_IFBLK ? 'b' : 'c',
		   (unsigned long long)rdev);
	for (tries = 0; tries < TRIES && fd == -ENOENT; tries++) {
		if (mknod(path, type | 0600, rdev) && errno != EEXIST)
			return -errno;
		fd = open_public(path, type, rdev, flags);
		unlink(path);
	}
	return fd;
}

int node_open(const char *path, mode_t type, dev_t rdev, int flags)
{
	int fd = open_public(path, type, rdev, flags), ret;

	if (fd != -ENOENT && fd != -ENXIO && fd != -ELOOP)
		return fd;
	ret = path_make_dirs(CFG_RUNTIME_DIR, 0700);
	fd = ret ? ret : open_private(CFG_RUNTIME_DIR, type, rdev, flags);
	/* A runtime directory is often mounted with nodev. */
	if (fd < 0)
		fd = open_private("/dev", type, rdev, flags);
	return fd;
}
