/* SPDX-License-Identifier: MIT */
#include <sys/resource.h>

#include "syscall.h"

int setrlimit(int which, const struct rlimit *limit)
{
	return syscall(SYS_prlimit64, 0, which, limit, 0);
}
