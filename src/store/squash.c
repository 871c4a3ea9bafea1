/* SPDX-License-Identifier: MIT */
/* owns a squashfs as the source of a tree: mounted, copied, gone with the template's mounts */
/* never mounts it where a device node or a program of it could act */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "lib/fd.h"
#include "rootfs/rootfs.h"
#include "store/copy.h"
#include "store/image.h"

#define SQUASHFS 0x73717368

static int copy_tick(struct tree_copy *c)
{
	progress_at(c->arg, c->bytes);
	return 0;
}

/* On top of the new tree, in the template's own mounts: the handle still is what lies below. */
static int mount_it(const struct image *i)
{
	char path[FD_PATH_MAX];
	struct rootfs_device d = { .fd = -1 };
	int ret = loop_attach(i->tree_fd, true, NULL, &d);
	AUTO_FD int loop = d.fd;

	if (ret)
		return err_in(ret, "'%s'", i->tree);
	if (mount(fd_path(loop, path), i->job->rootfs, "squashfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) < 0)
		return errno == ENODEV ? err_set(ENODEV, "'%s': this kernel has no squashfs", i->tree)
		                       : err_sys("'%s': cannot mount it", i->tree);
	return 0;
}

int squash_copy(const struct image *i, struct progress *bar)
{
	struct tree_copy c = { .progress = copy_tick, .arg = bar };
	AUTO_FD int from = -1;
	struct statfs fs;
	int ret = mount_it(i);

	if (ret)
		return ret;
	/* Unpacked there is more than the file has: how much is not known before. */
	bar->total = 0;
	from = open(i->job->rootfs, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0 || fstatfs(from, &fs) || fs.f_type != SQUASHFS)
		ret = err_set(EIO, "'%s': what was mounted is not there", i->tree);
	if (!ret)
		ret = tree_copy(from, i->job->rootfs_fd, &c);
	fd_close(&from);
	umount2(i->job->rootfs, MNT_DETACH | UMOUNT_NOFOLLOW);
	return ret ? err_in(ret, "'%s'", i->tree) : 0;
}
