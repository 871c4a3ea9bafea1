/* SPDX-License-Identifier: MIT */
/* Nobody asks for a time. */
#include <sys/socket.h>

#include "syscall.h"

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	return socketcall(getsockopt, fd, level, name, value, len, 0);
}
