/* SPDX-License-Identifier: MIT */
/* owns splitting, finding and executing a container's command */
/* never looks outside the root it runs in */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/str.h"

/* Copies one word without its quotes to *to; returns what follows it, NULL for a quote that is not
 * closed. */
static const char *copy_word(const char *at, char **to)
{
	char quote = '\0';

	for (; *at && (quote || !strchr(" \t", *at)); at++) {
		if (quote ? *at == quote : *at == '"' || *at == '\'') {
			quote = quote ? '\0' : *at;
			continue;
		}
		if (*at == '\\' && quote != '\'' && at[1])
			at++;
		*(*to)++ = *at;
	}
	*(*to)++ = '\0';
	return quote ? NULL : at;
}

char **command_split(const char *line)
{
	size_t n = strlen(line), most = n / 2 + 2, i = 0;
	char **argv = malloc(most * sizeof(*argv) + n + 2);
	char *to;

	if (!argv) {
		err_set(ENOMEM, "out of memory");
		return NULL;
	}
	to = (char *)(argv + most);
	for (;;) {
		line += strspn(line, " \t");
		if (!*line)
			break;
		argv[i++] = to;
		line = copy_word(line, &to);
		if (!line) {
			err_set(EINVAL, "command: a quote is not closed");
			free(argv);
			return NULL;
		}
	}
	if (!i) {
		err_set(EINVAL, "command: empty");
		free(argv);
		return NULL;
	}
	argv[i] = NULL;
	return argv;
}

static const char *path_of(char **env)
{
	for (; env && *env; env++)
		if (str_after(*env, "PATH="))
			return str_after(*env, "PATH=");
	return DEFAULT_PATH;
}

/* What the kernel says of a file is also its word for what is to run it. */
static int failed(int why, const char *file, const char *path)
{
	if (why == ENOENT && !access(path, F_OK))
		return err_set(ENOENT, "cannot execute '%s' in the container: it is there, but the "
			       "program that runs it is not (#! line or dynamic loader)", file);
	return err_code(why, "cannot execute '%s' in the container", file);
}

int command_exec(char **argv, char **env)
{
	const char *path = path_of(env), *file = argv[0];
	char full[PATH_MAX];
	int why = ENOENT;

	if (!*file)
		return err_set(ENOENT, "cannot execute '': the command is empty");
	if (strchr(file, '/')) {
		execve(file, argv, env);
		return failed(errno, file, file);
	}
	while (*path) {
		size_t n = strcspn(path, ":");

		if (str_format(full, sizeof(full), "%.*s/%s", (int)n, n ? path : ".", file) <
			sizeof(full)) {
			execve(full, argv, env);
			if (errno != ENOENT && errno != ENOTDIR)
				why = errno;
			else if (!access(full, F_OK))
				return failed(ENOENT, file, full);
		}
		path += n + (path[n] == ':');
	}
	return err_code(why, "cannot execute '%s' in the container", file);
}

int status_to_exit(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
