/* SPDX-License-Identifier: MIT */
/* owns reading files: the configuration and what it includes */
/* never opens what is not a regular file, and never more than 32 MiB of them */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

#define DEPTH_MAX 16
#define FILES_MAX 4096
/* Somebody tells where they were included. */
#define KEEPS_FILES (CFG_LXCBOX_CHECK || CFG_PLAN)

/*
 * The load that is going on. Includes come back here through a parser, so that it is not an
 * argument of everything.
 */
static struct {
	bool is_on, is_over;	/* over: nothing more is read */
	unsigned int depth, files;
	size_t total;
	assign_fn *assign;
	const char *dir;	/* of the file that is being read, with its slash; "": here */
	struct origin from;	/* of the include that is being read; file NULL: none */
	unsigned int errors;	/* that were told before it */
} load;

/* What would go on for ever, each file with the next. */
static int too_much(const char *path, const char *what)
{
	load.is_over = true;
	return err_set(EINVAL, "'%s': %s", shown(path), what);
}

static int apply_text(struct conf *c, const char *file, char *text, size_t len)
{
	struct lex_line line;
	struct lex x;
	int ret;

	if (CFG_LXCBOX_CHECK && c->on_text)
		c->on_text(c, file, text, len);
	lex_init(&x, text, len);
	while ((ret = lex_next(&x, &line))) {
		struct origin at = { .file = file, .line = x.line };

		problem_begin();
		if (ret > 0 && line.is_colon)
			problem_tell(PROBLEM_WARNING, at, line.key,
				     "a colon is taken for the equals sign");
		if (ret > 0 && c->on_line)
			c->on_line(c, at, line.key);
		if (ret > 0)
			ret = load.assign(c, line.key, line.value, at);
		else
			ret = problem_at(ret, at, line.key);
		if (ret < 0)
			ret = problem_keep(ret);
		/* After what goes on for ever nothing is read. */
		if (ret < 0 || load.is_over)
			return ret < 0 ? ret : -E2BIG;
	}
	return 0;
}

static void warn_of_owner(const char *file, const struct stat *st)
{
	struct origin at = { .file = file };

	if (st->st_mode & (S_IWGRP | S_IWOTH))
		problem_tell(PROBLEM_WARNING, at, NULL,
			     "others than its owner may write this file (mode %04o)",
			     st->st_mode & 07777);
	else if (st->st_uid && st->st_uid != sys_euid())
		problem_tell(PROBLEM_WARNING, at, NULL,
			     "belongs to user %u, who can change what is started",
			     (unsigned int)st->st_uid);
}

/* All of an open regular file, whatever its size becomes. -EFBIG: more than max bytes. */
static ssize_t read_text(int fd, const struct stat *st, size_t max, char **out)
{
	size_t size = (uint64_t)st->st_size < max ? (size_t)st->st_size : max;
	ssize_t n;

	if ((uint64_t)st->st_size > max)
		return -EFBIG;
	/* Files of /proc say 0. */
	if (!size)
		size = 4095;
	*out = malloc(size + 2);
	if (!*out)
		return -ENOMEM;
	n = read(fd, *out, size + 1);
	/* As many as it said, and no more: that was all. */
	if (n < 0 || n != st->st_size) {
		ssize_t have = n > 0 ? n : 0, more = fd_read_all(fd, *out + have, size + 1 - have);

		n = more < 0 ? more : have + more;
	}
	/* What grows while it is read is no configuration, nor is a long file of /proc. */
	if (n > (ssize_t)size)
		return size < max ? -ETXTBSY : -EFBIG;
	return n;
}

static int open_regular(const char *path, struct stat *st)
{
	AUTO_FD int fd = -1;

	/* Asked before it is opened: opening a device can act, opening a fifo can wait. */
	if (stat(path, st))
		return -errno;
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	fd = fd_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, st))
		return -errno;
	return S_ISREG(st->st_mode) ? take_fd(&fd) : -EINVAL;
}

/* For conf_included_at. */
static int remember(struct conf *c, const char *file)
{
	struct conf_file *f = conf_alloc(c, sizeof(*f));

	if (!f)
		return -ENOMEM;
	*f = (struct conf_file){ .next = c->files, .name = file, .from = load.from };
	c->files = f;
	return 0;
}

ssize_t load_text(const char *path, size_t max, struct stat *st, char **out)
{
	AUTO_FD int fd = open_regular(path, st);
	ssize_t len;

	*out = NULL;
	if (fd == -EISDIR)
		return err_set(EISDIR, "'%s' is a directory", shown(path));
	if (fd == -EINVAL)
		return err_set(EINVAL, "'%s' is not a regular file", shown(path));
	len = fd < 0 ? fd : read_text(fd, st, max, out);
	if (len < 0 && len != -EFBIG)
		err_code((int)len, "cannot read '%s'", shown(path));
	if (len < 0) {
		free(*out);
		*out = NULL;
	}
	return len;
}

/* Where a relative path in this file starts. */
static int enter_dir_of(struct conf *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = conf_dup(c, path);

	if (!dir)
		return -ENOMEM;
	dir[slash ? slash - path + 1 : 0] = '\0';
	load.dir = dir;
	return 0;
}

static int load_file(struct conf *c, const char *path)
{
	const char *dir_before = load.dir;
	AUTO_FREE char *text = NULL;
	struct stat st;
	char *file;
	ssize_t len;
	int ret;

	if (load.files++ >= FILES_MAX)
		return too_much(path, "more than 4096 files");
	len = load_text(path, TEXT_MAX - load.total, &st, &text);
	if (len == -EFBIG)
		return too_much(path, "more than 32 MiB of configuration");
	if (len < 0)
		return (int)len;
	load.total += len;
	file = conf_dup(c, path);
	if (!file || (KEEPS_FILES && remember(c, file)) || enter_dir_of(c, path))
		return -ENOMEM;
	warn_of_owner(file, &st);
	ret = apply_text(c, file, text, len);
	load.dir = dir_before;
	return ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listing {
	struct conf *c;
	const char *path;
	char **names;
	unsigned int n;
};

static int keep_name(int dir_fd, const char *name, void *arg)
{
	struct listing *l = arg;
	char **more = l->names;

	(void)dir_fd;
	if (!str_ends(name, ".conf") || strlen(name) < 6)
		return 0;
	if (l->n >= FILES_MAX)
		return too_much(l->path, "more than 4096 files");
	if (!(l->n & (l->n - 1)))
		more = realloc(more, (l->n ? 2 * l->n : 1) * sizeof(*more));
	if (!more)
		return err_set(ENOMEM, "out of memory");
	l->names = more;
	more[l->n] = conf_dup(l->c, name);
	return more[l->n++] ? 0 : -ENOMEM;
}

/* Names that end in ".conf", sorted. The names are the configuration's. */
static int list_dir(struct listing *l)
{
	AUTO_FD int fd = fd_open(l->path, O_RDONLY | O_DIRECTORY);
	int ret = fd < 0 ? -errno : fd_each_name(fd, keep_name, l);

	if (ret)
		return err_is_set() || ret == -ENOMEM ?
			       ret :
			       err_code(ret, "cannot read directory '%s'", shown(l->path));
	if (l->n)
		qsort(l->names, l->n, sizeof(*l->names), compare_names);
	return 0;
}

static int load_dir(struct conf *c, const char *path)
{
	struct listing l = { .c = c, .path = path };
	int ret = list_dir(&l);
	unsigned int i;

	for (i = 0; !ret && i < l.n; i++) {
		AUTO_FREE char *file = str_make("%s/%s", path, l.names[i]);

		ret = file ? load_file(c, file) : -ENOMEM;
	}
	free(l.names);
	return ret;
}

/* What is included may be a directory, what is loaded may not. */
static int load_path(struct conf *c, const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode) ? load_dir(c, path) : load_file(c, path);
}

static void load_begin(void)
{
	bool more;

	memset(&load, 0, sizeof(load));
	load.dir = "";
	load.assign = conf_assign;
	load.is_on = true;
	load.errors = problems_count(PROBLEM_ERROR, &more);
}

/* The first error becomes err, the others wait for conf_problems. */
static int load_end(int ret)
{
	load.is_on = false;
	return problems_end(ret, load.errors);
}

int load_include(struct conf *c, const char *path, struct origin at)
{
	AUTO_FREE char *full = NULL;
	struct origin from = load.from;
	int ret;

	/* From the command line: a load of its own. */
	if (!load.is_on) {
		load_begin();
		load.from = at;
		return load_end(load_path(c, path));
	}
	if (load.depth >= DEPTH_MAX)
		return too_much(path, "more than 16 files deep");
	full = str_make("%s%s", *path == '/' ? "" : load.dir, path);
	if (!full)
		return -ENOMEM;
	load.depth++;
	load.from = at;
	ret = load_path(c, full);
	load.from = from;
	load.depth--;
	return ret;
}

struct origin conf_included_at(const struct conf *c, struct origin at)
{
	const struct conf_file *f;

	/* A file that was included twice has a name for each time. */
	for (f = c->files; f; f = f->next)
		if (f->name == at.file)
			return f->from;
	return (struct origin){ 0 };
}

void conf_problems_clear(void)
{
	problems_clear();
}

int conf_load(struct conf *c, const char *path)
{
	if (!c->file)
		c->file = conf_dup(c, path);
	if (!c->file)
		return -ENOMEM;
	problems_clear();
	load_begin();
	return load_end(load_file(c, path));
}

int load_with(struct conf *c, const char *path, assign_fn *assign)
{
	problems_clear();
	load_begin();
	load.assign = assign;
	return load_end(load_file(c, path));
}

int conf_load_text(struct conf *c, const char *name, char *text, size_t len)
{
	int ret;

	problems_clear();
	load_begin();
	ret = enter_dir_of(c, name);
	return load_end(ret ? ret : apply_text(c, name, text, len));
}
