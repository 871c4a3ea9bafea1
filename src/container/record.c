/* SPDX-License-Identifier: MIT */
/* owns the record of what was made outside a container, and its undo */
/* never needs anything but the record to undo */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

#define RECORD_MAX (64 << 10)
#define LINE_MAX_BYTES 4608

/* Tab and newline separate; they, the backslash and nothing else are written as \ooo. */
static size_t encode(char *out, size_t n, const char *field)
{
	size_t len = 0;

	for (; *field && len + 5 < n; field++) {
		if (*field == '\t' || *field == '\n' || *field == '\\')
			len += str_format(
				out + len, n - len, "\\%03o", (unsigned int)(unsigned char)*field);
		else
			out[len++] = *field;
	}
	out[len] = '\0';
	return *field ? n : len;
}

static void decode(char *s)
{
	char *to = s;

	while (*s) {
		if (*s == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static int open_record(const struct run_dir *d, int flags)
{
	int fd =
		openat(d->fd, "record", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	return fd < 0 ? err_sys("record '%s/record'", d->path) : fd;
}

int record_add(const struct run_dir *d, const char *kind, const char *const *fields)
{
	AUTO_FD int opened = d->record < 0 ? open_record(d, 0) : -1;
	int fd = d->record < 0 ? opened : d->record;
	char line[LINE_MAX_BYTES];
	size_t n = str_format(line, sizeof(line), "%s", kind);
	unsigned int i;
	ssize_t done;

	if (fd < 0)
		return fd;
	for (i = 0; fields && i < RECORD_FIELDS && fields[i]; i++) {
		line[n++] = '\t';
		n += encode(line + n, sizeof(line) - 1 - n, fields[i]);
		if (n >= sizeof(line) - 1)
			return err_set(ENAMETOOLONG, "record '%s/record': '%s' is too long",
				d->path, fields[i]);
	}
	line[n++] = '\n';
	done = write(fd, line, n);
	if (done != (ssize_t)n) {
		errno = done < 0 ? errno : ENOSPC;
		return err_sys("record '%s/record'", d->path);
	}
	return 0;
}

void record_pause(struct run_dir *d)
{
	fd_close(&d->record);
}

int record_void(const struct run_dir *d)
{
	return record_add(d, "void", NULL);
}

int record_add_process(const struct run_dir *d, const char *kind, pid_t pid)
{
	char id[16], since[24];
	uint64_t ticks;
	int ret = sys_pid_start(pid, &ticks);

	if (ret)
		return err_code(ret, "cannot read /proc/%d/stat", pid);
	str_format(id, sizeof(id), "%d", pid);
	str_format(since, sizeof(since), "%llu", (unsigned long long)ticks);
	return record_add(d, kind, (const char *[]){ id, since, NULL });
}

/* A root that nobody writes may have many containers, as several applications of one image have. */
static bool is_read_only(const struct conf *c)
{
	const char *at = c->rootfs_options.v;

	for (; at && *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == strlen("ro") && str_after(at, "ro"))
			return true;
	return false;
}

int record_begin(struct run_dir *d, const struct conf *c)
{
	const char *rootfs = conf_rootfs(c);
	bool held = err_hold();
	AUTO_FREE char *real = rootfs ? path_real(rootfs) : NULL;
	char boot[17];
	int ret;

	/* One that is not there is refused later, with its line. */
	err_release(held);
	ret = sys_boot_id(boot);
	if (ret)
		return err_code(ret, "cannot read the boot id");
	/* An empty one may be there, of somebody who was killed between open and write. */
	d->record = open_record(d, O_CREAT | O_TRUNC);
	if (d->record < 0)
		return d->record;
	ret = record_add(d, "boot", (const char *[]){ boot, NULL });
	if (!ret)
		ret = record_add(d, "name", (const char *[]){ c->name, c->lxcpath, NULL });
	if (!ret && c->file)
		ret = record_add(d, "config", (const char *[]){ c->file, NULL });
	if (!ret && rootfs)
		ret = record_add(d, "rootfs", (const char *[]){ real ? real : rootfs, NULL });
	if (!ret && real && !is_read_only(c))
		ret = root_claim(d, real);
	return ret ? ret : record_add_process(d, "monitor", getpid());
}

/* Cuts one line into its kind and fields, in place. A line without its newline was cut off by a
 * crash: its object was not made. */
static void split_line(char *line, char **fields)
{
	unsigned int i = 0;

	while (i < RECORD_FIELDS && (line = strchr(line, '\t'))) {
		*line++ = '\0';
		fields[i++] = line;
	}
	for (; i <= RECORD_FIELDS; i++)
		fields[i] = NULL;
	for (i = 0; fields[i]; i++)
		decode(fields[i]);
}

static int load(const struct run_dir *d, char **text)
{
	bool held = err_hold();
	ssize_t n = fd_load_file(d->fd, "record", RECORD_MAX, text);
	char *end;

	if (n < 0) {
		err_release(held);
		return (int)n;
	}
	end = strrchr(*text, '\n');
	if (end)
		end[1] = '\0';
	else
		**text = '\0';
	return 0;
}

/* In file order, in place. */
static int each_line(char *text, int (*each)(const char *kind, char **fields, void *arg), void *arg)
{
	char *fields[RECORD_FIELDS + 1], *line, *next;
	int ret = 0;

	for (line = text; *line && !ret; line = next) {
		next = strchr(line, '\n');
		*next++ = '\0';
		split_line(line, fields);
		ret = each(line, fields, arg);
	}
	return ret;
}

int record_each(
	const struct run_dir *d, int (*each)(const char *kind, char **fields, void *arg), void *arg)
{
	AUTO_FREE char *text = NULL;
	int ret = load(d, &text);

	return ret ? ret : each_line(text, each, arg);
}

struct wanted {
	const char *kind;
	char *buf;
	size_t n;
	uint64_t ticks;
};

static int copy_wanted(const char *kind, char **fields, void *arg)
{
	struct wanted *w = arg;

	if (!str_eq(kind, w->kind) || !fields[0])
		return 0;
	str_format(w->buf, w->n, "%s", fields[0]);
	if (fields[1] && str_to_u64(fields[1], UINT64_MAX, &w->ticks))
		w->ticks = 0;
	return 1;
}

int record_get(const struct run_dir *d, const char *kind, char *buf, size_t n)
{
	struct wanted w = { .kind = kind, .buf = buf, .n = n };
	int ret = record_each(d, copy_wanted, &w);

	return ret < 0 ? ret : ret ? 0 : -ENOENT;
}

/* The first line is the boot that a record is of. 1, 0, or -errno without err text. */
static int is_of_this_boot(const char *text)
{
	const char *then = str_after(text, "boot\t");
	char now[17];
	int ret = sys_boot_id(now);

	if (ret)
		return ret;
	return then && (then = str_after(then, now)) && (*then == '\n' || !*then);
}

pid_t record_process(const struct run_dir *d, const char *kind)
{
	AUTO_FREE char *text = NULL;
	char id[16];
	struct wanted w = { .kind = kind, .buf = id, .n = sizeof(id) };
	uint64_t ticks;
	int pid;

	if (load(d, &text) || is_of_this_boot(text) <= 0 || each_line(text, copy_wanted, &w) != 1 ||
		str_to_int(id, &pid))
		return 0;
	return sys_pid_start(pid, &ticks) || ticks != w.ticks ? 0 : pid;
}

/* Lines of text, last first. */
static int undo_lines(char *text)
{
	char *fields[RECORD_FIELDS + 1], *line;
	size_t n = strlen(text);
	bool is_void = false;
	int failed = 0;

	while (n) {
		int (*undo)(char **fields);
		int ret;

		text[--n] = '\0';
		while (n && text[n - 1] != '\n')
			n--;
		line = text + n;
		split_line(line, fields);
		undo = is_void ? NULL : plan_undo_of(line);
		is_void = str_eq(line, "void");
		if (!undo)
			continue;
		log_debug("undo %s %s %s", line, fields[0] ? fields[0] : "",
			fields[0] && fields[1] ? fields[1] : "");
		ret = undo(fields);
		if (ret && !failed)
			failed = ret;
	}
	return failed;
}

int record_undo(struct run_dir *d)
{
	AUTO_FREE char *text = NULL;
	pid_t init = record_process(d, "init");
	char root[PATH_MAX];
	int ret = load(d, &text);

	/* Its cgroups would do, but there may be none. */
	if (init && kill(init, SIGKILL))
		log_debug("the first process is gone");
	if (ret && ret != -ENOENT)
		return err_code(ret, "record '%s/record'", d->path);
	/* Another boot's objects went with it; its pids and names mean something else now. */
	if (!ret) {
		ret = is_of_this_boot(text);
		if (ret < 0)
			return err_code(ret, "cannot read the boot id");
		if (ret)
			ret = undo_lines(text);
	} else {
		ret = 0;
	}
	if (!ret && !record_get(d, "rootfs", root, sizeof(root)))
		ret = root_release(d, root);
	if (!ret)
		run_dir_remove(d);
	return ret;
}
