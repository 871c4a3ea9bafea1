/* SPDX-License-Identifier: MIT */
/*
 * A configuration file as its owner wrote it: changed line by line and saved, with every byte that
 * nobody asked to change (comments, blank lines, include lines and other tools' lines, quotes, CR
 * LF, a byte order mark, a last line without an end). Included files are never opened for writing.
 *
 * Where LXC's own saving differs: it appends a line for every value that is set, also when the key
 * has one already, and knows a line only by the name and the spacing that it would write itself.
 */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "lib/err.h"

struct conf_text {
	char *path;		/* of the file itself, behind links */
	char *data;		/* len bytes and a NUL */
	size_t len;
	struct stat st;		/* of the file when it was read; st_mode 0: there is none yet */
	/* text.c's own. */
	char *scratch;
	size_t room;
};

/*
 * Reads a file: a regular one (behind links) of at most 32 MiB. Lines need not be good ones.
 * 0 or -errno with err. Release with text_free, also after an error.
 */
int text_load(struct conf_text *t, const char *path) MUST_CHECK;
/* The same of n bytes in memory, for a file that is yet to be written; path: where its relative
 * includes start, and what messages name. */
int text_init(struct conf_text *t, const char *path, const char *bytes, size_t n) MUST_CHECK;
void text_free(struct conf_text *t);

/* conf_load of the file as the text would be when it is saved; t must outlive c. */
struct conf;
int text_read(const struct conf_text *t, struct conf *c) MUST_CHECK;

/*
 * Gives a key (old or new name; of interfaces the new one, lxc.net.N.X) a value: the value itself,
 * quotes are put round it where it needs them. It must be good, but for that of lxc.include.
 *
 * What has one value: the last of its lines, also of those with its other name, gets the new value
 * in place and keeps its comment; its other lines go. Where that line would not have the last word
 * (an include or a clearing line follows), and where there is none, a line is added at the end.
 * Lists and lxc.cgroup.X: a line is added, unless the last of them has this value. The empty value
 * is text_clear. Before an interface is changed, old names of interfaces in the file become new
 * ones, since a number means another thing there. 0 or -errno with err; nothing is changed then.
 */
int text_set(struct conf_text *t, const char *key, const char *value) MUST_CHECK;

/*
 * Takes all lines of a key away, whatever name they use; of a family (lxc.cgroup, lxc.hook,
 * lxc.net, lxc.net.N) those of all its members. When the file includes others, which may set the
 * key as well, a line "KEY =" is added at the end where that means the default (LXC 1.x: always;
 * later: never). 0 or -errno with err.
 */
int text_clear(struct conf_text *t, const char *key) MUST_CHECK;

/*
 * Old names become new ones: lxc.network.* by the numbers that loading gives the interfaces (so the
 * file must load, but for what is not built), lxc.rootfs.backend a prefix of the path, keys without
 * effect comments. Comments and values stay. Lines changed, or -errno with err that names the line;
 * nothing is changed then.
 */
int text_update(struct conf_text *t) MUST_CHECK;

/*
 * The text becomes that of a file that is yet to be written at path: relative includes, which are
 * below the directory of the file that has them, become absolute. 0 or -errno with err.
 */
int text_move(struct conf_text *t, const char *path) MUST_CHECK;

/*
 * What hooks and mount entries say of the directory from, the container's own, becomes the same of
 * to: files of hooks, what lies in from/rootfs, directories of overlays. hook is told what a hook
 * names below it; it stops when that is not 0 and returns that. 0 or -errno with err.
 */
typedef int text_path_fn(const char *rest, void *arg);
int text_move_paths(struct conf_text *t, const char *from, const char *to, text_path_fn *hook,
		    void *arg) MUST_CHECK;

/* Puts n bytes, whole lines, before everything else. 0 or -ENOMEM with err. */
int text_prepend(struct conf_text *t, const char *s, size_t n) MUST_CHECK;

/*
 * Every x of an hwaddr template becomes a random digit, in place. renew: other hwaddrs become new
 * random ones, too, with LXC's prefix (10:66:6a, since 6.0.4), as a copy of a container needs.
 * Number of lines changed, or -errno with err.
 */
int text_fill_hwaddrs(struct conf_text *t, bool renew) MUST_CHECK;

/*
 * Writes the text in place of the file that was read, at once or not at all: a new file in the same
 * directory (mode and owner kept), synced, renamed. A link that led to the file stays and leads to
 * the new one; other names of it (hard links) keep the old text. -EBUSY: the file is not the one
 * that was read any more. 0 or -errno with err.
 */
int text_save(struct conf_text *t) MUST_CHECK;
/*
 * The same under another path, in place of what is there (a link itself, not what it leads to),
 * with owner and mode of like; NULL: the caller's, 0644 without what its umask takes.
 */
int text_save_as(const struct conf_text *t, const char *path, const struct stat *like) MUST_CHECK;

#endif
