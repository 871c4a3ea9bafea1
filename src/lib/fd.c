/* SPDX-License-Identifier: MIT */
/* owns reading, writing and closing of descriptors */
/* never leaves one open across exec */
#include "lib/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/str.h"
#include "lib/sys.h"

int fd_open(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags | O_CLOEXEC);
}

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void fd_close_auto(int *fd)
{
	fd_close(fd);
}

void free_auto(void *p)
{
	free(*(void **)p);
}

void fd_close_all(int *fd, unsigned int n)
{
	unsigned int i, j, end;
	int swap;

	for (i = 1; i < n; i++)
		for (j = i; j && fd[j] < fd[j - 1]; j--) {
			swap = fd[j];
			fd[j] = fd[j - 1];
			fd[j - 1] = swap;
		}
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && fd[end] == fd[end - 1] + 1; end++)
			;
		if (fd[i] >= 0 && end - i > 1 &&
		    !sys_close_range((unsigned int)fd[i], (unsigned int)fd[end - 1], 0))
			memset(fd + i, -1, (end - i) * sizeof(*fd));
		for (; i < end; i++)
			fd_close(&fd[i]);
	}
}

int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int fd_write_all(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

ssize_t fd_read_all(int fd, void *buf, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, (char *)buf + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int print(int fd, const char *fmt, va_list ap)
{
	char buf[1024];
	size_t n = str_vformat(buf, sizeof(buf), fmt, ap);

	return fd_write_all(fd, buf, n < sizeof(buf) ? n : sizeof(buf) - 1);
}

int fd_printf(int fd, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = print(fd, fmt, ap);
	va_end(ap);
	return ret;
}

int(fd_tell)(int fd, const text_t *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = print(fd, text_str(fmt), ap);
	va_end(ap);
	return ret;
}

ssize_t fd_read_file(int dirfd, const char *path, char *buf, size_t n)
{
	AUTO_FD int fd =
		openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	size_t have = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	/* The newline ends what the kernel says in a file of one value: the read that finds the end
	 * is spared. */
	do {
		got = read(fd, buf + have, n - have);
		if (got < 0 && errno != EINTR)
			return -errno;
		have += got > 0 ? (size_t)got : 0;
	} while (got && have < n && !(have && buf[have - 1] == '\n'));
	if (have == n)
		return -E2BIG;
	buf[have] = '\0';
	return (ssize_t)have;
}

static ssize_t read_start(int fd, char *buf, size_t n, bool is_list)
{
	ssize_t got, more;

	do
		got = is_list ? 0 : read(fd, buf, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (got && buf[got - 1] == '\n')
		return got;
	more = fd_read_all(fd, buf + got, n - (size_t)got);
	return more < 0 ? more : got + more;
}

static int grow(char **text, size_t size)
{
	char *more = realloc(*text, size + 1);

	if (!more)
		return err_set(ENOMEM, "out of memory");
	*text = more;
	return 0;
}

static ssize_t load(int dirfd, const char *path, size_t max, bool is_list, char **out)
{
	AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO_FREE char *text = NULL;
	/* Read here first: most files then get an allocation of their own size, which needs no
	 * mapping of memory. */
	char first[4096];
	size_t size, have = 0;
	ssize_t got;

	if (fd < 0)
		return err_sys("cannot open '%s'", path);
	got = read_start(fd, first, sizeof(first), is_list);
	size = got == (ssize_t)sizeof(first) ? 2 * sizeof(first) : got > 0 ? (size_t)got : 0;
	if (grow(&text, size))
		return -ENOMEM;
	if (got > 0)
		memcpy(text, first, (size_t)got);
	for (; got > 0; got = fd_read_all(fd, text + have, size - have)) {
		have += (size_t)got;
		if (have >= max)
			return err_set(EFBIG, "'%s' is larger than %zu bytes", path, max);
		if (have < sizeof(first))
			break;
		if (have == size && grow(&text, size *= 2))
			return -ENOMEM;
	}
	if (got < 0)
		return err_code((int)got, "cannot read '%s'", path);
	text[have] = '\0';
	*out = take_ptr(text);
	return (ssize_t)have;
}

ssize_t fd_load_file(int dirfd, const char *path, size_t max, char **out)
{
	return load(dirfd, path, max, false, out);
}

ssize_t fd_load_list(int dirfd, const char *path, size_t max, char **out)
{
	return load(dirfd, path, max, true, out);
}

int fd_write_file(int dirfd, const char *path, const char *value)
{
	AUTO_FD int fd =
		openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	size_t n = strlen(value);
	ssize_t done;

	if (fd < 0)
		return -errno;
	do
		done = write(fd, value, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	return (size_t)done == n ? 0 : -EIO;
}

int fd_each_line(int dirfd, const char *path, int (*each)(char *line, void *arg), void *arg)
{
	AUTO_FREE char *text = NULL;
	char *at, *line;
	ssize_t n = fd_load_list(dirfd, path, 16 << 20, &text);
	int ret;

	if (n < 0)
		return (int)n;
	for (line = text; *line; line = at) {
		at = line + strcspn(line, "\n");
		if (*at)
			*at++ = '\0';
		ret = each(line, arg);
		if (ret)
			return ret;
	}
	return 0;
}

int fd_each_name(int dir_fd, int (*each)(int dir_fd, const char *name, void *arg), void *arg)
{
	union {
		struct kernel_dirent first;
		char bytes[4096];
	} buf;
	long n, at;
	int ret;

	while ((n = syscall(SYS_getdents64, dir_fd, buf.bytes, sizeof(buf.bytes))) > 0) {
		for (at = 0; at < n;) {
			const struct kernel_dirent *e = (const void *)(buf.bytes + at);

			at += e->len;
			if (str_eq(e->name, ".") || str_eq(e->name, ".."))
				continue;
			ret = each(dir_fd, e->name, arg);
			if (ret)
				return ret;
		}
	}
	return n < 0 ? -errno : 0;
}

/* By number. Ours are low ones, whatever limit a container was given meanwhile. */
static void each_number(int from, void (*act)(int fd))
{
	struct rlimit limit;
	int fd;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > 65536)
		limit.rlim_cur = 65536;
	for (fd = from; fd < 1024 || fd < (int)limit.rlim_cur; fd++)
		act(fd);
}

static void close_one(int fd)
{
	close(fd);
}

static void cloexec_one(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int close_name(int dir_fd, const char *name, void *arg)
{
	int fd;

	if (!str_to_int(name, &fd) && fd >= *(const int *)arg && fd != dir_fd)
		close(fd);
	return 0;
}

void fd_close_from(int from)
{
	AUTO_FD int dir_fd = -1;

	if (!sys_close_range((unsigned int)from, ~0U, 0))
		return;
	dir_fd = fd_open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	if (dir_fd < 0 || fd_each_name(dir_fd, close_name, &from))
		each_number(from, close_one);
}

void fd_close_own(int from)
{
	if (sys_close_range((unsigned int)from, ~0U, 0) < 0)
		each_number(from, close_one);
}

void fd_cloexec_from(int from)
{
	if (sys_close_range((unsigned int)from, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		each_number(from, cloexec_one);
}

const char *fd_path(int fd, char *buf)
{
	str_format(buf, FD_PATH_MAX, "/proc/self/fd/%d", fd);
	return buf;
}

int fd_look_at_stdio(unsigned int *terminals, unsigned int *unfit)
{
	struct stat st;
	int i;

	for (i = 0; i < 3; i++) {
		if (fstat(i, &st))
			return err_sys("descriptor %d", i);
		if (S_ISDIR(st.st_mode))
			*unfit |= 1U << i;
		else if (S_ISCHR(st.st_mode) && isatty(i))
			*terminals |= 1U << i;
	}
	return 0;
}
