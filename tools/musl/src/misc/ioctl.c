/* SPDX-License-Identifier: MIT */
/* musl's converts those with a time in them, of sound and video devices. */
#include <stdarg.h>
#include <sys/ioctl.h>

#include "syscall.h"

int ioctl(int fd, int req, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, req);
	arg = va_arg(ap, void *);
	va_end(ap);
	return syscall(SYS_ioctl, fd, req, arg);
}
