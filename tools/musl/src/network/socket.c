/* SPDX-License-Identifier: MIT */
/* Types with SOCK_CLOEXEC are in every kernel since 2.6.27. */
#include <sys/socket.h>

#include "syscall.h"

int socket(int domain, int type, int protocol)
{
	return socketcall(socket, domain, type, protocol, 0, 0, 0);
}
