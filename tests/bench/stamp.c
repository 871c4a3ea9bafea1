/* SPDX-License-Identifier: MIT */
/*
 * owns: the container's command while it is timed: it says at what moment it began
 * never: does anything before it has looked at the clock
 *
 * usage: stamp          prints CLOCK_MONOTONIC in nanoseconds and ends
 *        stamp wait     waits until it is killed
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char text[24], *at = text + sizeof(text);
	struct timespec t;
	uint64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (argc > 1 && argv[1]) {
		for (;;)
			pause();
	}
	ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	*--at = '\n';
	do
		*--at = (char)('0' + ns % 10);
	while (ns /= 10);
	return write(1, at, (size_t)(text + sizeof(text) - at)) > 0 ? 0 : 1;
}
