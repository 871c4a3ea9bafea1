/* SPDX-License-Identifier: MIT */
/* The kernel's oldest form: times, which nobody here looks at, end in 2038 on 32-bit machines. */
#define _BSD_SOURCE
#include <fcntl.h>
#include <sys/stat.h>

#include "kstat.h"
#include "syscall.h"

/* Once, not in both. */
__attribute__((__noinline__)) static int copy(int ret, const struct kstat *k, struct stat *st)
{
	if (ret)
		return __syscall_ret(ret);
	*st = (struct stat){
		.st_dev = k->st_dev,
		.st_ino = k->st_ino,
		.st_mode = k->st_mode,
		.st_nlink = k->st_nlink,
		.st_uid = k->st_uid,
		.st_gid = k->st_gid,
		.st_rdev = k->st_rdev,
		.st_size = k->st_size,
		.st_blksize = k->st_blksize,
		.st_blocks = k->st_blocks,
		.st_atim.tv_sec = k->st_atime_sec,
		.st_mtim.tv_sec = k->st_mtime_sec,
		.st_ctim.tv_sec = k->st_ctime_sec,
	};
	return 0;
}

int fstatat(int fd, const char *restrict path, struct stat *restrict st, int flags)
{
	struct kstat k;

	return copy(__syscall(SYS_fstatat, fd, path, &k, flags), &k, st);
}

int fstat(int fd, struct stat *st)
{
	struct kstat k;

	return copy(__syscall(SYS_fstat, fd, &k), &k, st);
}
