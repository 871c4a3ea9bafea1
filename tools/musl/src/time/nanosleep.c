/* SPDX-License-Identifier: MIT */
/* For less than a day, and what remains is not told. */
#include <time.h>

#include "syscall.h"

int nanosleep(const struct timespec *time, struct timespec *rest)
{
	return syscall(SYS_nanosleep, ((long[2]){ time->tv_sec, time->tv_nsec }), 0);
}
