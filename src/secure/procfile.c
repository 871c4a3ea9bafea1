/* SPDX-License-Identifier: MIT */
/* owns what is written into /proc: lxc.sysctl for the namespaces, lxc.proc for process 1 */
/* never writes where a container could have put something else, and believes no write unread */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "secure/internal.h"

#define VALUE_MAX 4096
#define SYSCTL_MAX 264
#define BLANKS " \t\n"

/* ---- what was written, read again ---- */

static int from_hex(const char *word, uint64_t *n)
{
	for (*n = 0; *word; word++) {
		int digit = *word <= '9' ? *word - '0' : (*word | 0x20) - 'a' + 10;

		if (!strchr("0123456789abcdefABCDEF", *word) || *n >> 60)
			return -EINVAL;
		*n = *n << 4 | (uint64_t)digit;
	}
	return 0;
}

/* As text, or as numbers: of those some files print hexadecimal digits without a mark. */
static bool is_same_word(const char *want, const char *now)
{
	const char *digits = str_after(want, "0x");
	uint64_t n, is;

	if (str_eq(want, now))
		return true;
	if (digits ? from_hex(digits, &n) : str_to_u64(want, UINT64_MAX, &n))
		return false;
	return (!str_to_u64(now, UINT64_MAX, &is) && is == n) || (!from_hex(now, &is) && is == n);
}

/* Word by word: the kernel separates by tabs, and a value may set the first words only. */
static bool is_in_force(const char *value, const char *now)
{
	AUTO_FREE char *values = str_dup(value), *read = str_dup(now);
	char *at = values, *next = read, *word, *is;

	if (!values || !read)
		return false;
	while ((word = str_word(&at, BLANKS))) {
		is = str_word(&next, BLANKS);
		if (!is || !is_same_word(word, is))
			return false;
	}
	return true;
}

/* 0 also where the file cannot be read at all: it is one that acts when it is written. */
static int read_back(int dir_fd, const char *path, const char *value)
{
	char now[VALUE_MAX];
	ssize_t n;
	AUTO_FD int fd = openat(dir_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return 0;
	n = fd < 0 ? -errno : fd_read_all(fd, now, sizeof(now) - 1);
	if (n < 0)
		return err_code((int)n, "cannot read back '%s'", path);
	now[n] = '\0';
	now[strcspn(now, "\n")] = '\0';
	if (is_in_force(value, now))
		return 0;
	return err_set(EPERM, "'%s' did not take effect: it reads '%.64s'", value,
		       str_printable(now));
}

/* ---- lxc.sysctl ---- */

/* What a namespace has of its own; with a dot at the end: all that begins so. */
static const struct {
	const char *name;
	unsigned long flag;
} sysctls[] = {
	{ "net.", CLONE_NEWNET }, { "fs.mqueue.", CLONE_NEWIPC },
	{ "kernel.shm_rmid_forced", CLONE_NEWIPC }, { "kernel.shmmax", CLONE_NEWIPC },
	{ "kernel.shmall", CLONE_NEWIPC }, { "kernel.shmmni", CLONE_NEWIPC },
	{ "kernel.shm_next_id", CLONE_NEWIPC }, { "kernel.msgmax", CLONE_NEWIPC },
	{ "kernel.msgmnb", CLONE_NEWIPC }, { "kernel.msgmni", CLONE_NEWIPC },
	{ "kernel.msg_next_id", CLONE_NEWIPC }, { "kernel.auto_msgmni", CLONE_NEWIPC },
	{ "kernel.sem", CLONE_NEWIPC }, { "kernel.sem_next_id", CLONE_NEWIPC },
	{ "kernel.hostname", CLONE_NEWUTS }, { "kernel.domainname", CLONE_NEWUTS },
	{ "user.", CLONE_NEWUSER },
};

/*
 * The path below /proc/sys. As sysctl(8) has it: when the first separator is a slash, dots are part
 * of names, as in net/ipv4/conf/eth0.7/forwarding, which LXC cannot say.
 */
static void sysctl_path(const char *key, char *path, size_t n)
{
	char *p;

	str_format(path, n, "%s", key);
	if (key[strcspn(key, "./")] == '/')
		return;
	for (p = path; *p; p++)
		if (*p == '.')
			*p = '/';
}

unsigned long secure_sysctl_namespace(const char *key)
{
	char path[256], name[32], *p;
	unsigned int i;

	sysctl_path(key, path, sizeof(path));
	for (i = 0; i < ARRAY_SIZE(sysctls); i++) {
		size_t len = str_format(name, sizeof(name), "%s", sysctls[i].name);
		bool is_tree = name[len - 1] == '.';

		for (p = name; *p; p++)
			if (*p == '.')
				*p = '/';
		if (is_tree ? !!str_after(path, name) : str_eq(path, name))
			return sysctls[i].flag;
	}
	return 0;
}

/* A proc that nobody can have covered: mounted nowhere, 5.2; before that the host's. */
static int open_proc(void)
{
	int fd = CFG_NEW_MOUNT_API ? sys_mount_alone("proc") : -ENOSYS, ret;

	if (fd < 0)
		fd = fd_open("/proc", O_PATH | O_DIRECTORY);
	if (fd < 0)
		return err_sys("cannot open '/proc'");
	ret = secure_check_procfs(fd);
	if (ret)
		fd_close(&fd);
	return ret ? ret : fd;
}

static int write_sysctl(const char *path, const char *value)
{
	AUTO_FD int proc = open_proc(), dir = -1, fd = -1;
	struct stat root, file;
	const char *base;
	ssize_t n;
	int ret;

	if (proc < 0)
		return proc;
	dir = path_open_parent_in(proc, path, PATH_EXISTING, &base);
	if (dir >= 0)
		fd = openat(dir, base, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (dir == -ENOENT || (dir >= 0 && fd < 0 && errno == ENOENT)) {
		err_clear();
		return err_set(ENOENT, "this kernel has no such setting");
	}
	if (dir < 0)
		return dir;
	/* In a user namespace the file is not the container's to write, the name is. */
	if (fd < 0 && errno == EACCES && str_eq(base, "domainname") &&
	    !setdomainname(value, strlen(value)))
		return read_back(dir, base, value);
	if (fd < 0)
		return err_sys("cannot open it");
	/* On the very same file system: nothing is mounted on the way. */
	if (fstat(proc, &root) || fstat(fd, &file))
		return err_sys("cannot look at it");
	ret = secure_check_procfs(fd);
	if (ret)
		return ret;
	if (root.st_dev != file.st_dev || !S_ISREG(file.st_mode))
		return err_set(EXDEV, "something is mounted over it");
	n = write(fd, value, strlen(value));
	if (n < 0)
		return err_sys("cannot set '%s'", value);
	if ((size_t)n != strlen(value))
		return err_set(EIO, "'%s' was written in part", value);
	return read_back(dir, base, value);
}

int secure_sysctl(const struct conf_item *it)
{
	char path[SYSCTL_MAX] = "sys/", at[ORIGIN_MAX];
	int ret;

	sysctl_path(it->key, path + 4, sizeof(path) - 4);
	ret = write_sysctl(path, it->v);
	return ret ? err_in(ret, "%slxc.sysctl.%s", origin_text(it->at, at), it->key) : 0;
}

/* ---- lxc.proc ---- */

/* The process is a child that nobody has waited for: its number is no other's. */
static int open_process(int pid)
{
	AUTO_FD int fd = -1;
	char path[24];
	int ret;

	str_format(path, sizeof(path), "/proc/%d", pid);
	fd = fd_open(path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return err_sys("cannot open '%s'", path);
	ret = secure_check_procfs(fd);
	return ret ? ret : take_fd(&fd);
}

int secure_proc_file(const struct conf_item *it, int pid, bool is_written)
{
	AUTO_FD int dir = open_process(pid);
	char at[ORIGIN_MAX];
	int ret = dir < 0 ? dir : 0;

	if (!ret && !is_written) {
		ret = fd_write_file(dir, it->key, it->v);
		if (ret == -ENOENT)
			ret = err_set(ENOENT, "this kernel has no such file of a process");
		else if (ret)
			ret = err_code(ret, "cannot set '%s'", it->v);
	}
	if (!ret)
		ret = read_back(dir, it->key, it->v);
	return ret ? err_in(ret, "%slxc.proc.%s", origin_text(it->at, at), it->key) : 0;
}
