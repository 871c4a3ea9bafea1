/* SPDX-License-Identifier: MIT */
/* owns a caller that ignores the end of its children, which a shell cannot: ignoring PROGRAM [ARGUMENT]... */
/* never ignores any other signal */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 125;
	signal(SIGCHLD, SIG_IGN);
	execvp(argv[1], argv + 1);
	fprintf(stderr, "ignoring: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
