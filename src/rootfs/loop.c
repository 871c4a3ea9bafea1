/* SPDX-License-Identifier: MIT */
/* owns loop devices: the block device that a file is mounted by */
/* never leaves one behind: each frees itself with the last who has it open or mounted */
/* See drivers/block/loop.c and loop(4). */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

#define CONTROL_MINOR 237	/* linux/miscdevice.h */
#define TRIES 200

/* struct loop_config of linux/loop.h, 5.8 */
struct config {
	uint32_t fd, block_size;
	struct loop_info64 info;
	uint64_t reserved[8];
};

/* Its number when the driver was told to leave room for partitions is not its minor. */
static dev_t number_to_dev(int number)
{
	char path[48], text[24], *at = text, *word;
	uint64_t major, minor;

	str_format(path, sizeof(path), "/sys/block/loop%d/dev", number);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) > 0 && (word = str_word(&at, ":")) &&
	    !str_to_u64(word, UINT32_MAX, &major) && (word = str_word(&at, "\n")) &&
	    !str_to_u64(word, UINT32_MAX, &minor))
		return makedev((unsigned int)major, (unsigned int)minor);
	return makedev(LOOP_MAJOR, (unsigned int)number);
}

static int open_device(int number, int flags, char *path, size_t n)
{
	str_format(path, n, "/dev/loop%d", number);
	return node_open(path, S_IFBLK, number_to_dev(number), flags);
}

/* As Linux before 5.8 has it: until the second call it does not free itself. */
static int configure_twice(int loop, int file, struct loop_info64 *info)
{
	int tries;

	if (ioctl(loop, LOOP_SET_FD, file))
		return -errno;
	for (tries = 0; tries < TRIES; tries++) {
		if (!ioctl(loop, LOOP_SET_STATUS64, info))
			return 0;
		/* While pages of an earlier file are still there. */
		if (errno != EAGAIN)
			break;
		usleep(10000);
	}
	tries = -errno;
	ioctl(loop, LOOP_CLR_FD);
	return tries;
}

/* What it was given, read back. */
static int check(int loop, const struct stat *st, bool ro)
{
	struct loop_info64 now = { 0 };

	if (ioctl(loop, LOOP_GET_STATUS64, &now))
		return -errno;
	return now.lo_inode == st->st_ino && now.lo_flags & LO_FLAGS_AUTOCLEAR &&
			       (!ro || now.lo_flags & LO_FLAGS_READ_ONLY) ?
		       0 :
		       -EIO;
}

static int configure(int loop, int file, const struct stat *st, bool ro)
{
	struct config c = {
		.fd = (uint32_t)file,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (ro ? LO_FLAGS_READ_ONLY : 0),
	};
	int ret = ioctl(loop, LOOP_CONFIGURE, &c) ? -errno : 0;

	if (ret == -EINVAL || ret == -ENOTTY || ret == -ENOSYS)
		ret = configure_twice(loop, file, &c.info);
	return ret ? ret : check(loop, st, ro);
}

static int tell(const struct rootfs_note *note, int number, const struct stat *st)
{
	char text[3][24];

	if (!note)
		return 0;
	str_format(text[0], sizeof(text[0]), "%d", number);
	str_format(text[1], sizeof(text[1]), "%llu", (unsigned long long)st->st_dev);
	str_format(text[2], sizeof(text[2]), "%llu", (unsigned long long)st->st_ino);
	return note->tell(note->arg, "loop", (const char *[]){ text[0], text[1], text[2], NULL });
}

static int take_back(const struct rootfs_note *note)
{
	return note ? note->tell(note->arg, NULL, NULL) : 0;
}

/* -EBUSY: somebody else was faster. */
static int attach_number(int number, int file, bool ro, const struct rootfs_note *note,
			 struct rootfs_device *d)
{
	AUTO_FD int loop =
		open_device(number, ro ? O_RDONLY : O_RDWR, d->path, sizeof(d->path));
	struct stat st;
	int ret = loop < 0 ? loop : fstat(file, &st) ? -errno : tell(note, number, &st);

	if (ret)
		return ret;
	ret = configure(loop, file, &st, ro);
	if (ret == -EBUSY) {
		ret = take_back(note);
		return ret ? ret : -EBUSY;
	}
	if (!ret)
		d->fd = take_fd(&loop);
	return ret;
}

int loop_attach(int file, bool ro, const struct rootfs_note *note, struct rootfs_device *d)
{
	AUTO_FD int control = node_open("/dev/loop-control", S_IFCHR,
					makedev(MISC_MAJOR, CONTROL_MINOR), O_RDWR);
	int ret = -EBUSY, tries, number;

	if (control == -ENODEV || control == -ENXIO)
		return err_set(-control, "loop devices are not in this kernel (CONFIG_BLK_DEV_LOOP)");
	if (control < 0)
		return err_is_set() ? control : err_code(control, "'/dev/loop-control'");
	for (tries = 0; tries < TRIES && ret == -EBUSY && !err_is_set(); tries++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		ret = number < 0 ? -errno : attach_number(number, file, ro, note, d);
	}
	return ret && !err_is_set() ? err_code(ret, "cannot make a loop device") : ret;
}

/*
 * Only one that was killed between the two calls of an old kernel is still there when nobody uses
 * it; what frees itself may be another's by now.
 */
int loop_undo(char **fields)
{
	AUTO_FD int loop = -1;
	struct loop_info64 now = { 0 };
	uint64_t dev, ino;
	char path[24];
	int number;

	if (!fields[0] || !fields[1] || !fields[2] || str_to_int(fields[0], &number) ||
	    str_to_u64(fields[1], UINT64_MAX, &dev) || str_to_u64(fields[2], UINT64_MAX, &ino))
		return 0;
	loop = open_device(number, O_RDONLY, path, sizeof(path));
	if (loop < 0 || ioctl(loop, LOOP_GET_STATUS64, &now) || now.lo_device != dev ||
	    now.lo_inode != ino || now.lo_flags & LO_FLAGS_AUTOCLEAR)
		return 0;
	return ioctl(loop, LOOP_CLR_FD) && errno != ENXIO ? -errno : 0;
}
