/* SPDX-License-Identifier: MIT */
/* owns a race: exchange A B swaps two names for ever, as a container that shares a directory can */
/* never ends by itself */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: exchange A B\n");
		return 125;
	}
	for (;;) {
		if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0) {
			fprintf(stderr, "exchange: %s\n", strerror(errno));
			return 1;
		}
	}
}
