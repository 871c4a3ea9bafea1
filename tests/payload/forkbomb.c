// SPDX-License-Identifier: MIT
// owns: as many processes as it may have, each of which goes on forking
// never: ends by itself
#include <signal.h>
#include <unistd.h>

int main(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		fork();
}
