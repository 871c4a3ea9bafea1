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
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

#define RECORD_MAX (64 << 10)

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

static int open_record(const struct run_dir *d, int flags)
{
	int fd =
		openat(d->fd, "record", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);

	return fd < 0 ? err_sys("record '%s/record'", d->path) : fd;
}

int record_write(const struct run_dir *d, struct record_lines *l)
{
	AUTO_FD int opened = d->record < 0 ? open_record(d, 0) : -1;
	int fd = d->record < 0 ? opened : d->record;
	ssize_t done;

	if (fd < 0)
		return fd;
	done = write(fd, l->text, l->n);
	if (done != (ssize_t)l->n) {
		errno = done < 0 ? errno : ENOSPC;
		return err_sys("record '%s/record'", d->path);
	}
	l->n = 0;
	return 0;
}

/* Behind the lines that are there; -ENAMETOOLONG without err text: no room. */
static int put(struct record_lines *l, const char *kind, const char *const *fields)
{
	size_t room = sizeof(l->text) - l->n, n;
	char *line = l->text + l->n;
	unsigned int i;

	if (room > RECORD_LINE_MAX)
		room = RECORD_LINE_MAX;
	n = str_format(line, room, "%s", kind);
	for (i = 0; n < room - 1 && fields && i < RECORD_FIELDS && fields[i]; i++) {
		line[n++] = '\t';
		n += encode(line + n, room - n, fields[i]);
	}
	if (n >= room - 1)
		return -ENAMETOOLONG;
	line[n++] = '\n';
	l->n += n;
	return 0;
}

int record_put(const struct run_dir *d, struct record_lines *l, const char *kind,
	       const char *const *fields)
{
	int ret = put(l, kind, fields);

	if (ret && l->n) {
		ret = record_write(d, l);
		if (ret)
			return ret;
		ret = put(l, kind, fields);
	}
	return ret ? err_set(ENAMETOOLONG, "record '%s/record': a line is too long", d->path) : 0;
}

int record_add(const struct run_dir *d, const char *kind, const char *const *fields)
{
	struct record_lines l;
	int ret;

	l.n = 0;
	ret = record_put(d, &l, kind, fields);
	return ret ? ret : record_write(d, &l);
}

void record_pause(struct run_dir *d)
{
	fd_close(&d->record);
}

int record_put_void(const struct run_dir *d, struct record_lines *l, unsigned int n)
{
	char number[16];

	str_format(number, sizeof(number), "%u", n);
	return record_put(d, l, "void", (const char *[]){ number, NULL });
}

static int put_process(const struct run_dir *d, struct record_lines *l, const char *kind, pid_t pid)
{
	char id[16], since[24];
	uint64_t ticks;
	int ret = sys_pid_start(pid, &ticks);

	if (ret)
		return err_code(ret, "cannot read /proc/%d/stat", pid);
	str_format(id, sizeof(id), "%d", pid);
	str_format(since, sizeof(since), "%llu", (unsigned long long)ticks);
	return record_put(d, l, kind, (const char *[]){ id, since, NULL });
}

int record_add_process(const struct run_dir *d, const char *kind, pid_t pid)
{
	struct record_lines l;
	int ret;

	l.n = 0;
	ret = put_process(d, &l, kind, pid);
	return ret ? ret : record_write(d, &l);
}

/* A root that nobody writes may have many containers, as several applications of one image have. */
static bool is_read_only(const struct conf *c)
{
	const char *at = c->rootfs_options.v;

	for (; at && *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == strlen("ro") && str_after(at, "ro"))
			return true;
	return CFG_ROOTFS_LOOP && rootfs_is_read_only(c);
}

/* An overlay has a second directory that nobody else may have; NULL: another kind, or no memory. */
static char *work_dir(const struct conf *c, const char *root)
{
	const char *kind;
	size_t len;

	if (!conf_storage(c, &kind, &len) || !str_after(kind, "overlay"))
		return NULL;
	return str_make("%.*solwork", (int)(str_base(root) - root), root);
}

/*
 * The lines that a record begins with. root: its path, NULL without one; owned: for us alone; work:
 * so is that, NULL: nothing.
 */
static int put_head(const struct run_dir *d, struct record_lines *l, const struct conf *c,
		    const char *boot, const char *root, bool owned, const char *work)
{
	int ret = record_put(d, l, "boot", (const char *[]){ boot, NULL });

	if (!ret)
		ret = record_put(d, l, "name", (const char *[]){ c->name, c->lxcpath, NULL });
	if (!ret && c->file)
		ret = record_put(d, l, "config", (const char *[]){ c->file, NULL });
	if (!ret && root)
		ret = record_put(d, l, "rootfs", (const char *[]){ root, NULL });
	if (!ret && owned)
		ret = record_put(d, l, "claim", (const char *[]){ root, NULL });
	if (CFG_ROOTFS_OVERLAY && !ret && work)
		ret = record_put(d, l, "claim", (const char *[]){ work, NULL });
	return ret ? ret : put_process(d, l, "monitor", getpid());
}

int record_begin(struct run_dir *d, const struct conf *c)
{
	const char *rootfs = conf_rootfs(c);
	bool held = err_hold();
	AUTO_FREE char *real = rootfs ? path_real(rootfs) : NULL, *work = NULL;
	struct record_lines l;
	bool owned = real && !is_read_only(c) && !(CFG_ROOTFS_OVERLAY && c->rootfs_tmpfs.v);
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
	l.n = 0;
	if (CFG_ROOTFS_OVERLAY && owned)
		work = work_dir(c, real);
	ret = put_head(d, &l, c, boot, real ? real : rootfs, owned, work);
	if (!ret)
		ret = record_write(d, &l);
	if (!ret && owned)
		ret = claim_root(d, real);
	return !ret && work ? claim_root(d, work) : ret;
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
		str_unescape(fields[i]);
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

int record_each(
	const struct run_dir *d, int (*each)(const char *kind, char **fields, void *arg), void *arg)
{
	char *fields[RECORD_FIELDS + 1], *line, *next;
	AUTO_FREE char *text = NULL;
	int ret = load(d, &text);

	for (line = text; !ret && *line; line = next) {
		next = strchr(line, '\n');
		*next++ = '\0';
		split_line(line, fields);
		ret = each(line, fields, arg);
	}
	return ret;
}

/* Field number of the first line of that kind, decoded; "" when it is not there. */
static void copy_field(const char *text, const char *kind, unsigned int number, char *buf, size_t n)
{
	const char *at = NULL;

	while (text && *text && !at) {
		at = str_after(text, kind);
		at = at && *at == '\t' ? at + 1 : NULL;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	for (; at && number; number--) {
		at += strcspn(at, "\t\n");
		at = *at == '\t' ? at + 1 : NULL;
	}
	str_format(buf, n, "%.*s", at ? (int)strcspn(at, "\t\n") : 0, at ? at : "");
	str_unescape(buf);
}

int record_get(const struct run_dir *d, const char *kind, char *buf, size_t n)
{
	AUTO_FREE char *text = NULL;
	int ret = load(d, &text);

	if (ret)
		return ret;
	copy_field(text, kind, 0, buf, n);
	return *buf ? 0 : -ENOENT;
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

/* Of a record of this boot. */
static pid_t find_process(const char *text, const char *kind)
{
	char id[16], since[24];
	uint64_t then, ticks;
	int pid;

	copy_field(text, kind, 0, id, sizeof(id));
	copy_field(text, kind, 1, since, sizeof(since));
	if (str_to_int(id, &pid) || str_to_u64(since, UINT64_MAX, &then))
		return 0;
	return sys_pid_start(pid, &ticks) || ticks != then ? 0 : pid;
}

pid_t record_process(const struct run_dir *d, const char *kind)
{
	AUTO_FREE char *text = NULL;

	return load(d, &text) || is_of_this_boot(text) <= 0 ? 0 : find_process(text, kind);
}

int record_open_process(const struct run_dir *d, const char *kind, pid_t *pid)
{
	AUTO_FD int proc = -1;
	char path[24];

	*pid = record_process(d, kind);
	str_format(path, sizeof(path), "/proc/%d", *pid);
	proc = *pid ? fd_open(path, O_RDONLY | O_DIRECTORY) : -1;
	/* The same one still when its directory is open. */
	return proc >= 0 && record_process(d, kind) == *pid ? take_fd(&proc) : -ESRCH;
}

/* How many lines before it a line takes back. */
static int voided(const char *line, char **fields)
{
	int n = 1;

	if (!str_eq(line, "void"))
		return 0;
	return fields[0] && str_to_int(fields[0], &n) ? 1 : n;
}

/* Lines of text, last first; of another boot's the claims alone, which our own directory holds. */
static int undo_lines(const struct run_dir *d, char *text, bool is_now)
{
	struct undo u = { .dir = d };
	char *fields[RECORD_FIELDS + 1], *line;
	size_t n = strlen(text);
	int skip = 0;

	while (n) {
		int (*undo)(struct undo *u, char **fields);
		int ret;

		text[--n] = '\0';
		while (n && text[n - 1] != '\n')
			n--;
		line = text + n;
		split_line(line, fields);
		if (skip-- > 0)
			continue;
		skip = voided(line, fields);
		undo = plan_undo_of(line);
		if (!undo || (!is_now && undo != undo_claim))
			continue;
		log_debug("undo %s %s %s", line, fields[0] ? fields[0] : "",
			fields[0] && fields[1] ? fields[1] : "");
		ret = undo(&u, fields);
		if (ret && !u.failed)
			u.failed = ret;
	}
	return u.failed;
}

int record_undo_life(struct run_dir *d)
{
	AUTO_FREE char *text = NULL;
	int ret = load(d, &text), is_now;
	pid_t init;

	if (ret && ret != -ENOENT)
		return err_code(ret, "record '%s/record'", d->path);
	/* Another boot's objects went with it; its pids and names mean something else now. */
	if (!ret) {
		is_now = is_of_this_boot(text);
		if (is_now < 0)
			return err_code(is_now, "cannot read the boot id");
		/* Its cgroups would do, but there may be none. */
		init = is_now ? find_process(text, "init") : 0;
		if (init && kill(init, SIGKILL))
			log_debug("the first process is gone");
		ret = undo_lines(d, text, is_now > 0);
	} else {
		ret = 0;
	}
	return ret;
}

int record_undo(struct run_dir *d)
{
	int ret = record_undo_life(d);

	if (!ret)
		run_dir_remove(d);
	return ret;
}
