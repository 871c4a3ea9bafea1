/* SPDX-License-Identifier: MIT */
/*
 * owns: what the parser takes: time and memory of loading one file, or of one command
 * never: takes an average: the best of all rounds is what the machine can do
 *
 * usage: parse file ROUNDS FILE             CPU time in microseconds, peak of memory in KB; the parser is linked in
 *        parse command ROUNDS COMMAND...    the same of a whole program, output thrown away
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conf/conf.h"

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static long peak_kb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmHWM:", 6))
			kb = atol(line + 6);
	if (f)
		fclose(f);
	return kb;
}

static int load(int rounds, const char *path)
{
	uint64_t best = UINT64_MAX;

	while (rounds--) {
		struct conf c = { 0 };
		uint64_t start;
		int ret;

		conf_init(&c, "c1", "/var/lib/lxc");
		/* Kinds of interfaces that are not built are no reason to stop. */
		c.keeps_unbuilt = true;
		start = cpu_us();
		ret = conf_load(&c, path);
		if (cpu_us() - start < best)
			best = cpu_us() - start;
		if (ret) {
			fprintf(stderr, "parse: %s\n", err_text());
			return 1;
		}
		conf_free(&c);
	}
	printf("%llu %ld\n", (unsigned long long)best, peak_kb());
	return 0;
}

static int command(int rounds, char **argv)
{
	uint64_t best = UINT64_MAX;
	long kb = 0;

	while (rounds--) {
		struct rusage use;
		uint64_t took;
		int status, null;
		pid_t pid = fork();

		if (!pid) {
			null = open("/dev/null", O_WRONLY | O_CLOEXEC);
			dup2(null, 1);
			execv(argv[0], argv);
			_exit(127);
		}
		if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || status)
			return 1;
		took = (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
		       (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
		if (took < best)
			best = took;
		kb = use.ru_maxrss;
	}
	printf("%llu %ld\n", (unsigned long long)best, kb);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "file"))
		return load(atoi(argv[2]), argv[3]);
	if (argc >= 4 && !strcmp(argv[1], "command"))
		return command(atoi(argv[2]), argv + 3);
	return 2;
}
