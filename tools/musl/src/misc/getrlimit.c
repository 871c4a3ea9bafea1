/* SPDX-License-Identifier: MIT */
/* prlimit64 is in every kernel since 2.6.36. */
#include <sys/resource.h>

#include "syscall.h"

int getrlimit(int which, struct rlimit *limit)
{
	return syscall(SYS_prlimit64, 0, which, 0, limit);
}
