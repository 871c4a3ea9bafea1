/* SPDX-License-Identifier: MIT */
//link: container/record.c lib/fd.c lib/log.c lib/path.c lib/str.c lib/err.c lib/sys.c
//wrap: sys_boot_id
//wrap: sys_pid_start
//wrap: kill
/* owns the fuzzing of the record: what is written reads back, whatever is in the file is undone by its own rules and no others */
/* never kills, and undoes nothing: what would be is counted */
/* Input: the file as it is when its first byte is odd; else lines to be written, kind and fields apart by form feeds. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "fuzz.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

#define BOOT "0123456789abcdef"
#define LINES_MAX 4096

static char *undone[LINES_MAX];
static unsigned int n_undone, n_killed;

int __wrap_sys_boot_id(char id[17]);
int __wrap_sys_pid_start(int pid, uint64_t *ticks);
int __wrap_kill(pid_t pid, int sig);

int __wrap_sys_boot_id(char id[17])
{
	str_format(id, 17, "%s", BOOT);
	return 0;
}

/* One process there is. */
int __wrap_sys_pid_start(int pid, uint64_t *ticks)
{
	*ticks = 9;
	return pid == 7 ? 0 : -ESRCH;
}

int __wrap_kill(pid_t pid, int sig)
{
	claim(pid == 7 && sig == SIGKILL);
	n_killed++;
	return 0;
}

const char *conf_rootfs(const struct conf *c)
{
	return NULL;
}

const char *conf_storage(const struct conf *c, const char **kind, size_t *len)
{
	return NULL;
}

bool rootfs_is_read_only(const struct conf *c)
{
	return false;
}

int claim_root(const struct run_dir *d, const char *root)
{
	return 0;
}

void run_dir_remove(struct run_dir *d)
{
}

static int undo_any(struct undo *u, char **fields)
{
	unsigned int i;

	claim(u->dir && n_undone < LINES_MAX);
	for (i = 0; i < RECORD_FIELDS && fields[i]; i++)
		claim(strlen(fields[i]) < (64 << 10));
	undone[n_undone++] = str_dup(fields[0] ? fields[0] : "");
	return n_undone % 5 ? 0 : -EBUSY;
}

int undo_claim(struct undo *u, char **fields)
{
	return undo_any(u, fields);
}

int (*plan_undo_of(const char *kind))(struct undo *u, char **fields)
{
	return str_eq(kind, "claim") ? undo_claim : strchr(kind, 'u') ? undo_any : NULL;
}

static char path[] = "/tmp/lxcbox-fuzz-record.XXXXXX";

static void remove_directory(void)
{
	rmdir(path);
}

static struct run_dir *directory(void)
{
	static struct run_dir d = { .fd = -1, .record = -1, .path = "fuzz" };

	if (d.fd < 0) {
		claim(mkdtemp(path) && !atexit(remove_directory));
		d.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		claim(d.fd >= 0);
	}
	return &d;
}

static void set_file(struct run_dir *d, const void *bytes, size_t n)
{
	int fd = openat(d->fd, "record", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	claim(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static int look(const char *kind, char **fields, void *arg)
{
	unsigned int *lines = arg, i;

	claim(!strchr(kind, '\t') && !strchr(kind, '\n'));
	for (i = 0; fields[i]; i++)
		claim(i < RECORD_FIELDS);
	(*lines)++;
	return 0;
}

/* What the rules say, told again in the plainest way: whole lines, last first; "void N" takes back the N before it. */
static unsigned int expect_undone(const char *text, bool is_now)
{
	char *copy = str_dup(text), *line[LINES_MAX * 8], *end = strrchr(copy, '\n');
	unsigned int n = 0, found = 0;
	int skip = 0, number;

	claim(copy);
	copy[end ? end + 1 - copy : 0] = '\0';
	for (end = copy; *end && n < ARRAY_SIZE(line); end += strcspn(end, "\n") + 1)
		line[n++] = end;
	while (n--) {
		char *field;

		line[n][strcspn(line[n], "\n")] = '\0';
		field = strchr(line[n], '\t');
		if (field)
			*field++ = '\0';
		if (field)
			field[strcspn(field, "\t")] = '\0';
		if (skip-- > 0)
			continue;
		skip = 0;
		if (str_eq(line[n], "void"))
			skip = field && !strchr(field, '\\') && !str_to_int(field, &number) ? number : 1;
		else if (is_now ? !!plan_undo_of(line[n]) : str_eq(line[n], "claim"))
			found++;
	}
	free(copy);
	return found;
}

static void use(struct run_dir *d, const char *text)
{
	char field[64], *boot = str_make("boot\t%s", BOOT);
	bool is_now = str_after(text, boot) && strchr("\n", *str_after(text, boot)), has_escape = strchr(text, '\\');
	unsigned int lines = 0, killed = n_killed;
	int ret = record_each(d, look, &lines);

	claim(!ret && !err_is_set());
	ret = record_get(d, "name", field, sizeof(field));
	claim(!ret || ret == -ENOENT);
	ret = record_process(d, "init");
	claim(ret == 0 || ret == 7);
	claim(!ret || is_now);
	n_undone = 0;
	(void)!record_undo_life(d);
	claim(n_killed - killed <= 1 && (n_killed == killed || ret == 7));
	/* An escape may spell a kind's number in another way. */
	if (!has_escape)
		claim(n_undone == expect_undone(text, is_now));
	while (n_undone)
		free(undone[--n_undone]);
	free(boot);
	err_clear();
}

struct written {
	char kind[32], *fields[RECORD_FIELDS];
};

static int compare(const char *kind, char **fields, void *arg)
{
	struct written **w = arg;
	unsigned int i;

	claim(str_eq(kind, (*w)->kind));
	for (i = 0; i < RECORD_FIELDS; i++) {
		claim(!(*w)->fields[i] == !fields[i]);
		claim(!fields[i] || str_eq(fields[i], (*w)->fields[i]));
	}
	(*w)++;
	return 0;
}

static void write_lines(struct run_dir *d, char *text)
{
	struct written all[64] = { 0 }, *w = all;
	unsigned int n = 0, i;
	char *line, *next;

	set_file(d, "", 0);
	for (line = text; line && *line && n < ARRAY_SIZE(all); line = next) {
		const char *fields[RECORD_FIELDS + 1] = { 0 };

		next = strchr(line, '\v');
		if (next)
			*next++ = '\0';
		memset(&all[n], 0, sizeof(all[n]));
		str_format(all[n].kind, sizeof(all[n].kind), "k%u", n);
		for (i = 0; i < RECORD_FIELDS && line; i++) {
			char *more = strchr(line, '\f');

			if (more)
				*more++ = '\0';
			all[n].fields[i] = line;
			fields[i] = line;
			line = more;
		}
		if (record_add(d, all[n].kind, fields)) {
			claim(err_is_set());
			err_clear();
			continue;
		}
		n++;
	}
	claim(!record_each(d, compare, &w));
	claim(w == all + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct run_dir *d = directory();
	char *text = fuzz_copy(data, n);

	if (n && !(data[0] & 1)) {
		write_lines(d, text + 1);
	} else if (n) {
		set_file(d, text + 1, n - 1);
		use(d, text + 1);
	}
	free(text);
	unlinkat(d->fd, "record", 0);
	return 0;
}
