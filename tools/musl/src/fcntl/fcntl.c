/* SPDX-License-Identifier: MIT */
/* Nobody here asks for F_GETOWN or waits for a lock by fcntl; F_DUPFD_CLOEXEC is in every kernel since 2.6.24. */
#include <fcntl.h>
#include <stdarg.h>

#include "syscall.h"

int fcntl(int fd, int cmd, ...)
{
	unsigned long arg;
	va_list ap;

	va_start(ap, cmd);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	return syscall(SYS_fcntl, fd, cmd, cmd == F_SETFL ? arg | O_LARGEFILE : arg);
}
