/* SPDX-License-Identifier: MIT */
/* owns what unit tests share: result lines, a function tried in a child, a set in /proc/self/status */
/* never ends the program: the caller's last line is `return unit_status();` */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"

#ifndef UNIT_PREFIX
#define UNIT_PREFIX ""	/* of every name, to be defined before the include */
#endif

static int unit_failures;

static inline void result(const char *name, bool good, const char *why)
{
	if (good)
		printf("ok " UNIT_PREFIX "%s\n", name);
	else
		printf("not ok " UNIT_PREFIX "%s: %s\n", name, why);
	unit_failures += !good;
}

/* The same where an error may have been set that is not the next one's. */
static inline void check(bool good, const char *name, const char *why)
{
	result(name, good, why);
	err_clear();
}

static inline int unit_status(void)
{
	return unit_failures ? 1 : 0;
}

/* 0 from what() is good; when ready() is given and says no, or what() returns 99, it is skipped with the reason missing. */
static inline void in_child(const char *name, bool (*ready)(void), int (*what)(void), const char *missing)
{
	char why[48];
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(ready && !ready() ? 99 : what());
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99) {
		printf("skip " UNIT_PREFIX "%s: %s\n", name, missing);
		return;
	}
	snprintf(why, sizeof(why), "child's status is %x", (unsigned int)status);
	result(name, !status, why);
}

/* A field of /proc/self/status that is a set ("CapBnd"); all ones when there is none. */
static inline uint64_t status_set(const char *name)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	uint64_t v = ~(uint64_t)0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			v = strtoull(line + strlen(name) + 1, NULL, 16);
	if (f)
		fclose(f);
	return v;
}

#endif
