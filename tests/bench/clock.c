/* SPDX-License-Identifier: MIT */
/*
 * owns: the clock of the bench: commands in turn, or one command many times, and how long each took
 * never: takes an average: every single run is a line of the output
 *
 * usage: clock turns ROUNDS PAUSE_MS FILE   each line of FILE is "NAME COMMAND ARG..."; every round runs them all, beginning one
 *                                           further each time. The command's first line of output is the moment of exec.
 *                                           Prints "NAME EXEC_NS TOTAL_NS CPU_NS".
 *        clock count FROM TO COMMAND ARG... % in an argument becomes the number. Prints "NUMBER TOTAL_NS CPU_NS".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS 8
#define ARGS 64

extern char **environ;

struct command {
	char *argv[ARGS];
};

struct result {
	uint64_t exec, total, cpu;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t of_timeval(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_usec * 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "clock: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A command whose output is not read has it thrown away: a daemon would keep the pipe open. */
static void run(char **argv, int stamped, struct result *r)
{
	posix_spawn_file_actions_t files;
	struct rusage use;
	char text[256] = "";
	uint64_t begin;
	int fd[2], status, err;
	ssize_t n, have = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		die("pipe");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (stamped)
		posix_spawn_file_actions_adddup2(&files, fd[1], 1);
	else
		posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	begin = now();
	err = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	if (err) {
		errno = err;
		die(argv[0]);
	}
	close(fd[1]);
	while (stamped && (n = read(fd[0], text + have, sizeof(text) - 1 - (size_t)have)) > 0)
		have += n;
	if (wait4(pid, &status, 0, &use) != pid)
		die("wait");
	r->total = now() - begin;
	r->exec = stamped ? strtoull(text, NULL, 10) - begin : 0;
	r->cpu = of_timeval(use.ru_utime) + of_timeval(use.ru_stime);
	close(fd[0]);
	posix_spawn_file_actions_destroy(&files);
	if (status || (stamped && r->exec > r->total)) {
		fprintf(stderr, "clock: %s %s: status %x, output '%s'\n", argv[0], argv[1] ? argv[1] : "", status, text);
		exit(1);
	}
}

static unsigned int read_commands(const char *file, struct command *c)
{
	static char text[16384];
	FILE *f = fopen(file, "r");
	unsigned int n = 0, i;
	char *line, *next;
	size_t len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (!f || !len)
		die(file);
	fclose(f);
	for (line = text; *line && n < COMMANDS; line = next, n++) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		for (i = 0; i < ARGS - 1 && (c[n].argv[i] = strtok(i ? NULL : line, " ")); i++)
			;
	}
	return n;
}

static int turns(unsigned int rounds, unsigned int pause_ms, const char *file)
{
	static struct command c[COMMANDS];
	unsigned int n = read_commands(file, c), i, j;
	struct result r;

	for (i = 0; i <= rounds; i++) {
		for (j = 0; j < n; j++) {
			char **argv = c[(i + j + n - 1) % n].argv;

			/* The kernel ends namespaces and cgroups of the one before a little later. */
			nanosleep(&(struct timespec){ .tv_nsec = pause_ms * 1000000L }, NULL);
			run(argv + 1, 1, &r);
			/* The first round fills the caches. */
			if (i)
				printf("%s %llu %llu %llu\n", argv[0], (unsigned long long)r.exec, (unsigned long long)r.total,
				       (unsigned long long)r.cpu);
		}
	}
	return 0;
}

static char *with_number(const char *text, unsigned int number)
{
	const char *at = strchr(text, '%');
	char *out;

	if (!at)
		return strdup(text);
	if (asprintf(&out, "%.*s%u%s", (int)(at - text), text, number, at + 1) < 0)
		die("memory");
	return out;
}

static int count(unsigned int from, unsigned int to, char **command)
{
	struct result r;
	unsigned int i;

	for (; from <= to; from++) {
		char *argv[ARGS] = { NULL };

		for (i = 0; command[i] && i < ARGS - 1; i++)
			argv[i] = with_number(command[i], from);
		run(argv, 0, &r);
		printf("%u %llu %llu\n", from, (unsigned long long)r.total, (unsigned long long)r.cpu);
		fflush(stdout);
		while (i--)
			free(argv[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	/* Whoever else uses the machine disturbs a little less; all commands alike. */
	if (setpriority(PRIO_PROCESS, 0, -20))
		fprintf(stderr, "clock: no higher priority: %s\n", strerror(errno));
	if (argc == 5 && !strcmp(argv[1], "turns"))
		return turns((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]), argv[4]);
	if (argc > 4 && !strcmp(argv[1], "count"))
		return count((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]), argv + 4);
	fprintf(stderr, "usage: clock turns ROUNDS PAUSE_MS FILE | clock count FROM TO COMMAND ARG...\n");
	return 2;
}
