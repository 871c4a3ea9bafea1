/* SPDX-License-Identifier: MIT */
/* A time is 32 bits wide on kernels before 5.1, on processors where a long is. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "syscall.h"

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int ret = __socketcall(setsockopt, fd, level, name, value, len, 0);

	if (SO_RCVTIMEO != SO_RCVTIMEO_OLD && ret == -ENOPROTOOPT && level == SOL_SOCKET &&
	    (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
		const struct timeval *tv = value;
		long old[2] = { tv->tv_sec, tv->tv_usec };

		name = name == SO_RCVTIMEO ? SO_RCVTIMEO_OLD : SO_SNDTIMEO_OLD;
		ret = __socketcall(setsockopt, fd, level, name, old, sizeof(old), 0);
	}
	return __syscall_ret(ret);
}
