/* SPDX-License-Identifier: MIT */
/* owns making the container's tree "/", and leaving nothing of the host's behind it */
/* never leaves the old root reachable without saying so */
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
 * The first rootfs of a boot (an initramfs) is its own parent in the mount table; pivot_root(2)
 * refuses it.
 */
static int find_own_parent(char *line, void *arg)
{
	char *at = line, *id = str_word(&at, " "), *parent = str_word(&at, " ");

	(void)arg;
	return id && parent && str_eq(id, parent);
}

/* The mounts of the host, last made first: those at the end of the table lie on others. */
static void unmount_host(char *table, const char *keep)
{
	size_t n = strlen(table);
	char *line, *path;

	while (n) {
		if (table[n - 1] == '\n')
			table[--n] = '\0';
		for (line = table + n; line > table && line[-1] != '\n'; line--)
			;
		n = (size_t)(line - table);
		path = mountinfo_path(line);
		/* Ours has been moved away already, and the bottom cannot be unmounted. */
		if (path && !str_eq(path, "/") && !path_below(path, keep))
			umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	}
}

/*
 * On an initramfs the container's root can only be moved over the host's. What was mounted there is
 * unmounted first, so that below it lies the bare initramfs and nothing else.
 */
static int move_over(struct rootfs *r)
{
	AUTO_FREE char *table = NULL;
	ssize_t n = fd_load_list(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &table);

	if (n < 0)
		return (int)n;
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_sys("cannot move '%s' to '/'", r->path);
	/* Until chroot(2) names begin at the old root, although another one covers it. */
	unmount_host(table, r->path);
	if (chroot(".") < 0)
		return err_sys("cannot make '%s' the root", r->path);
	return 1;
}

int rootfs_pivot(struct rootfs *r)
{
	struct stat want, got;
	int ret = 0;

	if (!r->own)
		return chdir("/") < 0 ? err_sys("cannot change to '/'") : 0;
	if (fchdir(r->fd) < 0 || fstat(r->fd, &want) < 0)
		return err_sys("cannot change to '%s'", r->path);
	/*
	 * With both the same the old root ends up on top of the new one, and no directory is needed
	 * for it.
	 */
	ret = sys_pivot_root(".", ".");
	if (ret == -EINVAL &&
	    fd_each_line(AT_FDCWD, "/proc/self/mountinfo", find_own_parent, NULL) > 0)
		ret = move_over(r);
	else if (ret < 0)
		ret = err_code(ret, "cannot pivot to '%s'", r->path);
	else if (umount2(".", MNT_DETACH) < 0)
		ret = err_sys("cannot unmount the host's tree");
	if (ret < 0)
		return ret;
	if (chdir("/") < 0 || stat("/", &got) < 0)
		return err_sys("cannot change to the new root");
	if (want.st_dev != got.st_dev || want.st_ino != got.st_ino)
		return err_set(EIO, "the root is not '%s'", r->path);
	fd_close(&r->fd);
	return ret;
}
