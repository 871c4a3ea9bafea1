/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include "syscall.h"

void *__mmap(void *start, size_t len, int prot, int flags, int fd, off_t off)
{
	/* As malloc wants it: half of the address space in one piece is more than there is. */
	if (len >= PTRDIFF_MAX)
		return (void *)__syscall_ret(-ENOMEM);
#ifdef SYS_mmap2
	if (off % SYSCALL_MMAP2_UNIT || off / SYSCALL_MMAP2_UNIT > UINT32_MAX)
		return (void *)__syscall_ret(-EINVAL);
	return (void *)syscall(SYS_mmap2, start, len, prot, flags, fd,
		off / SYSCALL_MMAP2_UNIT);
#else
	return (void *)syscall(SYS_mmap, start, len, prot, flags, fd, off);
#endif
}

weak_alias(__mmap, mmap);
