/* SPDX-License-Identifier: MIT */
/* owns a squashfs as the source of a tree: mounted, copied, gone with the template's mounts */
/* never mounts it where a device node or a program of it could act */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "store/copy.h"
#include "store/image.h"

#define SQUASHFS 0x73717368
#define TRIES 64

static int copy_tick(struct tree_copy *c)
{
	progress_at(c->arg, c->bytes);
	return 0;
}

/* A small /dev may have few of them, or none but the first: one of our own then, for a moment. */
static int open_node(const struct image *i, int number)
{
	static const char name[] = ".loop";
	char path[32];
	int fd;

	str_format(path, sizeof(path), "/dev/loop%d", number);
	fd = fd_open(path, O_RDONLY);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mknodat(i->job->dir_fd, name, S_IFBLK | 0600,
		    makedev(LOOP_MAJOR, (unsigned int)number)))
		return -1;
	fd = openat(i->job->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unlinkat(i->job->dir_fd, name, 0);
	return fd;
}

/* A free loop device with the file: it frees itself with the last who uses it. */
static int open_loop(const struct image *i)
{
	AUTO_FD int control = fd_open("/dev/loop-control", O_RDWR);
	struct loop_info64 info = { .lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_READ_ONLY };
	int number, tries;

	for (tries = 0; control >= 0 && tries < TRIES; tries++) {
		AUTO_FD int loop = -1;

		number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			break;
		loop = open_node(i, number);
		if (loop < 0)
			break;
		if (ioctl(loop, LOOP_SET_FD, i->tree_fd)) {
			/* Somebody else was faster. */
			if (errno == EBUSY)
				continue;
			break;
		}
		if (!ioctl(loop, LOOP_SET_STATUS64, &info))
			return take_fd(&loop);
		ioctl(loop, LOOP_CLR_FD);
		break;
	}
	return err_sys("'%s': cannot make a loop device of it", i->tree);
}

/* On top of the new tree, in the template's own mounts: the handle still is what lies below. */
static int mount_it(const struct image *i)
{
	char path[FD_PATH_MAX];
	AUTO_FD int loop = open_loop(i);

	if (loop < 0)
		return loop;
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
