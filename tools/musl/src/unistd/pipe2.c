/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "syscall.h"

int pipe2(int fd[2], int flags)
{
	return syscall(SYS_pipe2, fd, flags);
}
