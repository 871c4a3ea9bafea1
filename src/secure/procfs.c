/* SPDX-License-Identifier: MIT */
/* owns the question whether a file is of procfs, before anything is written into it */
/* never goes by a path */
#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "secure/secure.h"

int secure_check_procfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return err_sys("cannot ask for the file system of '/proc'");
	return fs.f_type == PROC_SUPER_MAGIC ? 0 : err_set(EPERM, "'/proc' is no proc file system");
}
