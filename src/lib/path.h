/* SPDX-License-Identifier: MIT */
/*
 * Paths inside a hostile tree. Every component is opened from the handle of the one before; a
 * symbolic link, a magic link or a ".." anywhere is refused with the component named. By
 * openat2(RESOLVE_BENEATH|NO_SYMLINKS|NO_MAGICLINKS) where the kernel has it, by an O_NOFOLLOW walk
 * otherwise, with the same answers.
 */
#ifndef LIB_PATH_H
#define LIB_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/err.h"

enum path_make {
	PATH_EXISTING,	/* what is missing is -ENOENT */
	PATH_MAKE_DIR,	/* what is missing is made as directories, 0755 */
	PATH_MAKE_FILE, /* missing parents as directories, the last one as an empty regular file,
			   0644 */
};

/*
 * An O_PATH|O_CLOEXEC descriptor of path below root_fd. Leading slashes are ignored, "" and "/" are
 * the root itself, "." components are skipped, ".." is refused (-ELOOP for links, -EINVAL for
 * ".."). err names the path and the component.
 */
int path_open_in(int root_fd, const char *path, enum path_make make) MUST_CHECK;

/*
 * The same, opened with the flags of open(2) to be read or written. O_NOFOLLOW, O_CLOEXEC, O_NOCTTY
 * and O_NONBLOCK are added: what is there may be a fifo or a terminal.
 */
int path_open_file_in(int root_fd, const char *path, int flags, mode_t mode) MUST_CHECK;

/* Opens the parent of path's last component as path_open_in and points *base at that component. */
int path_open_parent_in(int root_fd, const char *path, enum path_make make,
			const char **base) MUST_CHECK;

/* mkdir -p of a host path (trusted), mode for each component made. 0 or -errno with err. */
int path_make_dirs(const char *path, mode_t mode) MUST_CHECK;
/* The same of what lies above its last component. */
int path_make_parent(const char *path, mode_t mode) MUST_CHECK;

/*
 * Lexical: "/a//b/./c/" -> "/a/b/c"; ".." is kept. In place.
 */
void path_clean(char *path);

/*
 * The part of path below prefix, at a component boundary and without leading slashes ("" for
 * equal); NULL when not below. Lexical.
 */
const char *path_below(const char *path, const char *prefix);

/* realpath(3) into memory of the caller's; NULL with err. */
char *path_real(const char *path) MUST_CHECK;

/* A descriptor's path, as the mount table has it, into memory of the caller's; NULL with err. */
char *path_of_fd(int fd) MUST_CHECK;

/*
 * Opens a file that the administrator named (log, pid file, console log): never through a link in
 * the last component, never a fifo, socket, directory, device or a file with a second name, never
 * blocking; none of them is opened even for a moment. flags as open(2), O_CREAT without O_EXCL
 * takes an existing file; err names the path. Needs /proc.
 */
int path_open_named(const char *path, int flags, mode_t mode) MUST_CHECK;

#endif
