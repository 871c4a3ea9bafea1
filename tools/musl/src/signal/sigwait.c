/* SPDX-License-Identifier: MIT */
/* Numbers of 32-bit kernels from 3.10 on: waiting without an end needs no time in any width. */
#include <errno.h>
#include <signal.h>

#include "syscall.h"

int sigwait(const sigset_t *restrict mask, int *restrict sig)
{
	int ret;

	do {
		ret = __syscall(SYS_rt_sigtimedwait, mask, 0, 0, _NSIG / 8);
	} while (ret == -EINTR);
	if (ret < 0)
		return -1;
	*sig = ret;
	return 0;
}
