/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c conf/write.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//wrap: stat fd_open fd_each_name
/* owns the fuzzing of files that include each other, and directories of them */
/* never opens a file of the machine: the input is the files */
/*
 * Input: texts with a form feed between them, the files a.conf, b.conf and so on; the first is loaded. A path means the
 * file that its last name is; "d" is a directory that has all of them.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf.h"
#include "lib/fd.h"

#define FILES 8

static int files[FILES] = { -1 };
static unsigned int n_files, n_opened;
static bool is_on;

/* -1: there is none; FILES: the directory. */
static int file_of(const char *path)
{
	const char *name = str_base(path);

	if (str_eq(name, "d"))
		return FILES;
	if (strlen(name) == 6 && str_ends(name, ".conf") && name[0] >= 'a' && name[0] < 'a' + (int)n_files)
		return name[0] - 'a';
	return -1;
}

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st)
{
	int i;

	if (!is_on)
		return __real_stat(path, st);
	i = file_of(path);
	*st = (struct stat){ .st_mode = S_IFDIR | 0755 };
	if (i >= 0)
		return i == FILES ? 0 : fstat(files[i], st);
	errno = ENOENT;
	return -1;
}

int __real_fd_open(const char *path, int flags);
int __wrap_fd_open(const char *path, int flags);
int __wrap_fd_open(const char *path, int flags)
{
	char self[FD_PATH_MAX];
	int i;

	if (!is_on)
		return __real_fd_open(path, flags);
	i = file_of(path);
	n_opened++;
	if (i == FILES)
		return __real_fd_open("/", O_RDONLY | O_DIRECTORY);
	claim(i >= 0);
	return __real_fd_open(fd_path(files[i], self), flags);
}

int __wrap_fd_each_name(int dir_fd, int (*each)(int, const char *, void *), void *arg);
int __wrap_fd_each_name(int dir_fd, int (*each)(int, const char *, void *), void *arg)
{
	unsigned int i;
	int ret = 0;

	/* Not in their order, and with one that is not there. */
	for (i = n_files + 1; !ret && i--;) {
		char name[] = "a.conf";

		name[0] += i;
		ret = each(dir_fd, name, arg);
	}
	return ret ? ret : each(dir_fd, "other", arg);
}

static void make_files(const char *text, size_t n)
{
	const char *end = text + n;
	int i;

	for (i = 0; i < FILES && files[FILES - 1] <= 0; i++)
		files[i] = memfd_create("conf", MFD_CLOEXEC);
	for (n_files = 0; n_files < FILES; n_files++) {
		const char *next = memchr(text, '\f', end - text);
		size_t len = (next ? next : end) - text;

		claim(!ftruncate(files[n_files], 0));
		claim(pwrite(files[n_files], text, len, 0) == (ssize_t)len);
		if (!next)
			break;
		text = next + 1;
	}
	n_files += n_files < FILES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct text out = { 0 };
	struct conf c;
	int ret;

	make_files((const char *)data, n);
	begin(&c, n & 1);
	is_on = true;
	n_opened = 0;
	ret = conf_load(&c, "dir/a.conf");
	is_on = false;
	claim(ret == 0 || ret == -EINVAL);
	claim(err_is_set() == (ret < 0));
	claim_printable(err_text(), false);
	claim_printable(conf_problems(), true);
	/* A load opens so many files and directories, and no more. */
	claim(n_opened <= 2 * 4096 + 2);
	err_clear();
	if (ret)
		dump(&c, true, &out);
	else
		claim_round_trip(&c);
	text_free(&out);
	conf_free(&c);
	return 0;
}
