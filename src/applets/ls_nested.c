/* SPDX-License-Identifier: MIT */
/* owns looking for containers in a container, by a process in it whose lines are read */
/* never believes what comes out of one, never waits for it without an end */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/ls.h"
#include "container/attach.h"
#include "lib/opt.h"
#include "lib/sys.h"

/* What a container may say in how long. */
#define ANSWER_MAX (256 << 10)
#define ANSWER_MS 5000
#define LINE_MAX_LEN 4096

/* A line is these, separated by tabs; then the four texts. */
enum field { F_PATH, F_STATE, F_PID, F_FLAGS, F_MEMORY, F_SWAP, F_TEXT, F_COUNT = F_TEXT + 4 };

/* ---- in the container ---- */

static void tell_row(const struct ls_row *r)
{
	char line[LINE_MAX_LEN];
	size_t n;
	unsigned int i;

	n = str_format(line, sizeof(line), "%s\t%s\t%d\t%s%s%s%s\t%llu\t%llu", r->path,
		       state_name(r->st.state), r->st.init, r->defined ? "d" : "",
		       r->auto_start ? "a" : "", r->unprivileged ? "u" : "",
		       r->has_memory ? "m" : "", (unsigned long long)r->memory,
		       (unsigned long long)r->swap);
	for (i = 0; i < 4; i++)
		n += str_format(line + n, sizeof(line) - n, "\t%s", r->text[i] ? r->text[i] : "");
	n += str_format(line + n, sizeof(line) - n, "\n");
	if (n < sizeof(line) && fd_write_all(1, line, n))
		_exit(1);
}

static void list_inside(void *arg)
{
	const struct ls_list *outer = arg;
	struct ls_list l = { .a = outer->a, .lxcpath = outer->lxcpath, .filter = outer->filter,
		.wanted = outer->wanted, .depth = outer->depth - 1 };
	unsigned int i;
	int ret = ls_collect(&l);

	for (i = 0; i < l.n; i++)
		tell_row(&l.rows[i]);
	_exit(ret != 0);
}

static void join(struct ls_list *l, const struct ls_row *r, int to)
{
	const struct opt_list none = { .n = 0 };
	AUTO_FD int null = fd_open("/dev/null", O_RDWR);
	static struct conf c;
	struct attach a = { .name = r->name, .lxcpath = l->lxcpath, .conf = &c,
		.keep_vars = &none, .set_vars = &none, .call = list_inside, .arg = l };

	conf_init(&c, r->name, l->lxcpath);
	if (null < 0 || dup2(null, 0) < 0 || dup2(to, 1) < 0 || dup2(null, 2) < 0)
		_exit(1);
	close(to);
	_exit(attach_run(&a) != 0);
}

/* ---- what it says ---- */

/* "a/b" of names alone; *depth is how many. */
static bool is_path(const char *path, unsigned int *depth)
{
	char name[CONTAINER_NAME_MAX + 2];
	size_t n;

	for (*depth = 1;; path += n + 1, ++*depth) {
		n = strcspn(path, "/");
		str_format(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : sizeof(name)),
			   path);
		if (container_check_name(name))
			return false;
		if (!path[n])
			return true;
	}
}

/* 0 also for a line that is none: it is not taken. */
static int take_line(struct ls_list *l, const char *outer, unsigned int depth, char *line)
{
	AUTO_FREE char *path = NULL;
	char *f[F_COUNT];
	unsigned int i, below;
	int state, pid;
	uint64_t size[2];
	struct ls_row *r;

	for (i = 0; i < F_COUNT; i++) {
		f[i] = line;
		line += strcspn(line, "\t");
		if (*line)
			*line++ = '\0';
	}
	state = state_parse(f[F_STATE]);
	if (*line || !is_path(f[F_PATH], &below) || below > l->depth || state < 0 ||
	    str_to_int(f[F_PID], &pid) || pid < 0 || str_to_u64(f[F_MEMORY], INT64_MAX, &size[0]) ||
	    str_to_u64(f[F_SWAP], INT64_MAX, &size[1]))
		return 0;
	path = str_make("%s/%s", outer, f[F_PATH]);
	r = path ? ls_add(l, path) : NULL;
	if (!r)
		return -ENOMEM;
	r->depth = depth + below;
	r->st.state = (enum state)state;
	r->st.init = pid;
	r->defined = strchr(f[F_FLAGS], 'd');
	r->auto_start = strchr(f[F_FLAGS], 'a');
	r->unprivileged = strchr(f[F_FLAGS], 'u');
	r->has_memory = strchr(f[F_FLAGS], 'm');
	r->memory = size[0];
	r->swap = size[1];
	for (i = 0; i < 4; i++)
		if (*f[F_TEXT + i] && strlen(f[F_TEXT + i]) < 480)
			r->text[i] = str_dup(str_printable(f[F_TEXT + i]));
	return 0;
}

/* All of it, up to the end, the time or the room; bytes. */
static size_t read_answer(int fd, char *text)
{
	int64_t end = sys_now_ms() + ANSWER_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	for (;;) {
		int64_t left = end - sys_now_ms();
		ssize_t got;

		if (left <= 0 || n == ANSWER_MAX || poll(&p, 1, (int)left) <= 0)
			return n;
		got = read(fd, text + n, ANSWER_MAX - n);
		if (got <= 0 && (!got || errno != EINTR))
			return n;
		n += got > 0 ? (size_t)got : 0;
	}
}

/* The process on the host, which ends those inside; a frozen one of them dies when it is thawed. */
static void end_session(pid_t pid)
{
	int64_t end = sys_now_ms() + 1000;

	kill(pid, SIGTERM);
	while (!waitpid(pid, NULL, WNOHANG)) {
		if (sys_now_ms() >= end)
			kill(pid, SIGKILL);
		poll(NULL, 0, 1);
	}
}

int ls_add_nested(struct ls_list *l, unsigned int row)
{
	AUTO_FREE char *outer = str_dup(l->rows[row].path), *text = calloc(1, ANSWER_MAX + 1);
	unsigned int depth = l->rows[row].depth;
	bool held = err_hold();
	char *line, *next;
	int fd[2], ret = 0;
	pid_t pid;

	if (!outer || !text || pipe2(fd, O_CLOEXEC))
		return outer && text ? err_sys("cannot make a pipe") : -ENOMEM;
	pid = sys_clone(0);
	if (!pid) {
		close(fd[0]);
		join(l, &l->rows[row], fd[1]);
	}
	close(fd[1]);
	if (pid > 0)
		text[read_answer(fd[0], text)] = '\0';
	close(fd[0]);
	if (pid > 0)
		end_session(pid);
	/* A line that did not come whole is none. */
	for (line = text; !ret && (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		ret = take_line(l, outer, depth, line);
	}
	err_release(held);
	return ret;
}
