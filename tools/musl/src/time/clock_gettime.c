/* SPDX-License-Identifier: MIT */
/* Without the vDSO: nobody asks often. */
#include <errno.h>
#include <time.h>

#include "syscall.h"

int __clock_gettime(clockid_t clock, struct timespec *ts)
{
	int ret = -ENOSYS;

#ifdef SYS_clock_gettime64
	ret = __syscall(SYS_clock_gettime64, clock, ts);
#endif
	if (ret == -ENOSYS) {
		long old[2];

		ret = __syscall(SYS_clock_gettime, clock, old);
		if (!ret) {
			ts->tv_sec = old[0];
			ts->tv_nsec = old[1];
		}
	}
	return __syscall_ret(ret);
}

weak_alias(__clock_gettime, clock_gettime);
