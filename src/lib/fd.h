/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: owned, closed on exec, read and written whole.
 */
#ifndef LIB_FD_H
#define LIB_FD_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include "lib/err.h"

/* Owned for a scope: AUTO_FD int fd = open(...); handed over with take_fd(). fd 0 is valid, -1 is
 * none. */
#define AUTO_FD __attribute__((cleanup(fd_close_auto)))
#define AUTO_FREE __attribute__((cleanup(free_auto)))

void fd_close_auto(int *fd);
void free_auto(void *p);

/*
 * open(2) of what is there, always with O_CLOEXEC; -1 with errno. musl's open makes a second system
 * call for that flag, lest a kernel older than 2.6.23 did not know it.
 */
int fd_open(const char *path, int flags) MUST_CHECK;

/* Closes *fd when it is >= 0 and sets it to -1; errno is kept. */
void fd_close(int *fd);
int take_fd(int *fd);
/* The same for n of them, with one call where they are neighbours; -1 is none. They are sorted. */
void fd_close_all(int *fd, unsigned int n);
#define take_ptr(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

/* Writes everything, through EINTR and short writes. 0 or -errno, no err text. */
int fd_write_all(int fd, const void *buf, size_t n) MUST_CHECK;

/* Reads until n bytes or end of file. Bytes read or -errno, no err text. */
ssize_t fd_read_all(int fd, void *buf, size_t n) MUST_CHECK;

/*
 * Formats into a fixed buffer of 1 KB and writes it with one write(2); longer text is cut. The
 * format of fd_tell is a literal, which lib/text.h packs: for what is not told often.
 */
int fd_printf(int fd, const char *fmt, ...) FORMAT(2, 3);
int fd_tell(int fd, const text_t *fmt, ...);
#define fd_tell(fd, ...) (TEXT_CHECK(__VA_ARGS__), fd_tell)(fd, TEXT(__VA_ARGS__))

/*
 * The whole of a small file, NUL-terminated, into buf (n bytes with the NUL). Length, or -errno
 * (-E2BIG when it does not fit), no err text. For files of proc, sysfs and cgroups: a read that
 * ends in a newline is taken for the last. dirfd as for openat(2); the path's last component is not
 * followed when it is a link.
 */
ssize_t fd_read_file(int dirfd, const char *path, char *buf, size_t n) MUST_CHECK;

/*
 * The whole of a file of up to max bytes into memory of the caller's (*out, free()); length or
 * -errno, err set. A short read that ends in a newline is taken for the last, which it is of
 * regular files and of those that the kernel makes at once; fd_load_list reads to the end, as files
 * need that it makes line by line (mountinfo).
 */
ssize_t fd_load_file(int dirfd, const char *path, size_t max, char **out) MUST_CHECK;
ssize_t fd_load_list(int dirfd, const char *path, size_t max, char **out) MUST_CHECK;

/* One write(2) of the string to an existing file (as cgroup and proc files want it). 0 or -errno,
 * no err text. */
int fd_write_file(int dirfd, const char *path, const char *value) MUST_CHECK;

/* Lines of a file in /proc or /sys, each handed without its newline; stops when each() returns
 * non-zero and returns that. */
int fd_each_line(
	int dirfd, const char *path, int (*each)(char *line, void *arg), void *arg) MUST_CHECK;

/* What getdents64(2) gives. libc's readdir allocates for each directory and asks more. */
struct kernel_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t len;		/* of all of it */
	uint8_t type;		/* DT_* */
	char name[];
};

/*
 * Calls each() for the names in a directory but "." and "..", by a descriptor of its own that was
 * just opened; stops when it returns non-zero and returns that. -errno, no err text, when it cannot
 * be read.
 */
int fd_each_name(int dir_fd, int (*each)(int dir_fd, const char *name, void *arg),
		 void *arg) MUST_CHECK;

/*
 * What of the caller's stdin, stdout and stderr a container may not get as its own, as bits of 0 to
 * 2: terminals, and directories, which would be a way into the tree that they lie in. 0, or -errno
 * with err.
 */
int fd_look_at_stdio(unsigned int *terminals, unsigned int *unfit) MUST_CHECK;

/* Closes every descriptor >= from: by close_range(2), else by /proc/self/fd, else by number. */
void fd_close_from(int from);
/* The same, or FD_CLOEXEC, of our own ones: /proc, which may be the container's, has no say. */
void fd_close_own(int from);
void fd_cloexec_from(int from);

/*
 * One message over a unix socket with a descriptor, which stays the caller's; with < 0: without.
 * flags as sendmsg(2), MSG_NOSIGNAL is added. Bytes or -errno, no err text.
 */
ssize_t fd_send(int sock, const void *buf, size_t n, int with, int flags) MUST_CHECK;
/*
 * The same received: *with is the caller's, close-on-exec, -1: none came. who: the sender by the
 * kernel's word where the socket has SO_PASSCRED, else pid 0; NULL: not wanted.
 */
struct ucred;
ssize_t fd_receive(
	int sock, void *buf, size_t n, int *with, struct ucred *who, int flags) MUST_CHECK;

/* /proc/self/fd/N for calls that take only paths; buf of FD_PATH_MAX bytes. */
#define FD_PATH_MAX 32
const char *fd_path(int fd, char *buf);

#endif
