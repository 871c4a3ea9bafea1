/* SPDX-License-Identifier: MIT */
/* owns the snapshots of a container: made, listed, removed, restored */
/* never is without a whole tree of the container, old or new */
#include "store/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"
#include "store/clone_internal.h"
#include "store/copy.h"
#include "store/destroy.h"

#define COMMENT_MAX (1 << 20)
/* While it is made, in the container's own directory. */
#define STAGE ".restore"

/* LXCPATH into path (PATH_MAX), where the snapshots are into snaps (PATH_MAX). */
static int find_snaps(const struct opt_common *o, char *path, char *snaps)
{
	struct stat st;
	int ret = store_absolute(o->lxcpath, path);

	if (ret)
		return ret;
	str_format(snaps, PATH_MAX, "%ssnaps", path);
	if (!stat(snaps, &st) && S_ISDIR(st.st_mode))
		str_format(snaps, PATH_MAX, "%ssnaps/%s", path, o->name);
	else
		str_format(snaps, PATH_MAX, "%s/%s/snaps", path, o->name);
	return 0;
}

/* ---- made ---- */

static int put_file(const struct store_dir *d, const char *name, const char *text, size_t n)
{
	AUTO_FD int fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				0644);
	int ret = fd < 0 ? -errno : fd_write_all(fd, text, n);

	return ret ? err_code(ret, "cannot write '%s/%s'", d->path, name) : 0;
}

static int add_notes(const struct clone *k, const struct store_dir *d, struct conf_text *t)
{
	const char *comment = k->arg;
	AUTO_FREE char *text = NULL;
	time_t now = time(NULL);
	struct tm tm = { 0 };
	char ts[32];
	size_t len;
	ssize_t n;
	int ret;

	if (!localtime_r(&now, &tm))
		return err_sys("cannot tell the time");
	len = str_format(ts, sizeof(ts), "%d:%02d:%02d %02d:%02d:%02d", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	ret = put_file(d, "ts", ts, len);
	if (ret || !comment)
		return ret;
	n = fd_load_file(AT_FDCWD, comment, COMMENT_MAX, &text);
	return n < 0 ? err_in((int)n, "comment") : put_file(d, "comment", text, (size_t)n);
}

int snapshot_make(const struct opt_common *o, const char *comment)
{
	char path[PATH_MAX], snaps[PATH_MAX], full[PATH_MAX], name[24];
	struct clone k = {
		.common = o, .lxcpath = path, .to_path = snaps, .to_name = name,
		.keep_name = true, .keep_mac = true, .add = add_notes, .arg = comment,
	};
	unsigned int i = 0;
	struct stat st;
	int ret = find_snaps(o, path, snaps);

	/* Before anything is made. */
	if (!ret && comment && access(comment, R_OK))
		ret = err_sys("comment '%s'", comment);
	if (ret)
		return ret;
	do {
		str_format(name, sizeof(name), "snap%u", i++);
		if (str_format(full, sizeof(full), "%s/%s/config", snaps, name) >= sizeof(full))
			return err_set(ENAMETOOLONG, "'%s' is too long", snaps);
	} while (!lstat(full, &st));
	ret = store_clone(&k);
	if (ret)
		rmdir(snaps);
	else
		log_info("snapshot %s is made", name);
	return ret;
}

/* ---- listed ---- */

struct list {
	char **name;
	unsigned int n;
	const char *snaps;
};

static int keep(int dir_fd, const char *name, void *arg)
{
	struct list *l = arg;
	AUTO_FREE char *config = str_make("%s/config", name), *mark = str_make("%s/partial", name);
	struct stat st;
	char **more;

	if (!config || !mark)
		return -ENOMEM;
	if (fstatat(dir_fd, config, &st, 0) || !fstatat(dir_fd, mark, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	more = realloc(l->name, (l->n + 1) * sizeof(*more));
	if (!more)
		return err_set(ENOMEM, "out of memory");
	l->name = more;
	l->name[l->n] = str_dup(name);
	return l->name[l->n++] ? 0 : -ENOMEM;
}

/* snap9 before snap10. */
static int compare(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t n = strlen(x), m = strlen(y);

	return n != m ? (n < m ? -1 : 1) : strcmp(x, y);
}

static int load_list(struct list *l)
{
	AUTO_FD int fd = fd_open(l->snaps, O_RDONLY | O_DIRECTORY);
	int ret;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys("'%s'", l->snaps);
	ret = fd_each_name(fd, keep, l);
	if (ret)
		return err_is_set() ? ret : err_code(ret, "'%s'", l->snaps);
	qsort(l->name, l->n, sizeof(*l->name), compare);
	return 0;
}

static void free_list(struct list *l)
{
	while (l->n)
		free(l->name[--l->n]);
	free(l->name);
}

static char *load_note(const char *snaps, const char *name, const char *file)
{
	AUTO_FREE char *path = str_make("%s/%s/%s", snaps, name, file);
	bool held = err_hold();
	char *text = NULL;

	if (path && fd_load_file(AT_FDCWD, path, COMMENT_MAX, &text) < 0)
		text = NULL;
	err_release(held);
	return text;
}

int snapshot_list(const struct opt_common *o, bool comments, int fd)
{
	char path[PATH_MAX], snaps[PATH_MAX];
	struct list l = { .snaps = snaps };
	AUTO_FREE char *config = NULL;
	unsigned int i;
	int ret = find_snaps(o, path, snaps);

	config = str_make("%s/%s/config", path, o->name);
	if (!ret && (!config || access(config, F_OK)))
		ret = err_set(ENOENT, "container %s is not defined", o->name);
	if (!ret)
		ret = load_list(&l);
	if (!ret && !l.n)
		fd_printf(fd, "No snapshots\n");
	for (i = 0; !ret && i < l.n; i++) {
		AUTO_FREE char *ts = load_note(snaps, l.name[i], "ts"), *comment = NULL;

		fd_printf(fd, "%s (%s) %s\n", l.name[i], snaps, ts ? str_printable(ts) : "");
		comment = comments ? load_note(snaps, l.name[i], "comment") : NULL;
		if (comment)
			ret = fd_write_all(fd, comment, strlen(comment));
	}
	free_list(&l);
	return ret;
}

/* ---- removed ---- */

static int destroy_one(const struct opt_common *o, const char *snaps, const char *name)
{
	const struct opt_common common = { .name = name, .quiet = o->quiet };
	const struct destroy d = { .common = &common, .lxcpath = snaps };
	AUTO_FREE char *path = str_make("%s/%s", snaps, name);
	int ret = path ? container_check_name(name) : -ENOMEM;
	struct stat st;

	if (!ret && lstat(path, &st))
		ret = err_set(ENOENT, "there is no snapshot %s", name);
	if (!ret)
		ret = store_destroy(&d);
	return ret ? err_in(ret, "snapshot %s", name) : 0;
}

int snapshot_destroy(const struct opt_common *o, const char *name)
{
	char path[PATH_MAX], snaps[PATH_MAX];
	struct list l = { .snaps = snaps };
	unsigned int i;
	int ret = find_snaps(o, path, snaps);

	if (!ret && !str_eq(name, "ALL"))
		ret = destroy_one(o, snaps, name);
	else if (!ret)
		ret = load_list(&l);
	/* What can be removed is; the first that cannot is told. */
	for (i = 0; i < l.n; i++)
		if (destroy_one(o, snaps, l.name[i]) && !ret)
			ret = -EBUSY;
	free_list(&l);
	/* Empty, it is none. */
	rmdir(snaps);
	return ret;
}

/* ---- restored ---- */

/* What is in the stage says of itself that it is the container. */
static int settle_stage(struct cloning *m, const struct store_dir *d)
{
	struct stat st;
	int ret;

	str_format(m->from, sizeof(m->from), "%s/" STAGE, d->path);
	str_format(m->to, sizeof(m->to), "%s", d->path);
	str_format(m->config, sizeof(m->config), "%s/config", m->from);
	conf_init(&m->conf, m->k->common->name, m->from_path);
	m->conf.keeps_unbuilt = true;
	ret = text_load(&m->text, m->config);
	if (!ret)
		ret = text_read(&m->text, &m->conf);
	st = m->text.st;
	if (!ret)
		ret = clone_move_config(m);
	if (!ret)
		ret = text_save_as(&m->text, m->config, &st);
	text_free(&m->text);
	return ret;
}

/* A tree elsewhere is not the container's any more, and stays. */
static void tell_old_tree(const struct conf *c, const char *dir)
{
	const char *root = conf_rootfs(c);

	if (root && !path_below(root, dir))
		log_warn("the tree before, '%s', lies elsewhere and stays", root);
}

static int restore_here(const struct opt_common *o, const char *path, const char *snaps,
			const char *name)
{
	const struct opt_common snap = { .name = name, .quiet = o->quiet };
	const struct clone here = { .common = o, .lxcpath = path, .to_path = snaps, .to_name = name,
				    .keep_name = true };
	struct store_dir d = { -1, -1, -1 };
	struct clone k = { .common = &snap, .lxcpath = snaps, .to_path = d.path,
			   .to_name = STAGE, .keep_name = true, .keep_mac = true };
	struct cloning *m = calloc(1, sizeof(*m));
	int ret;

	if (!m)
		return err_set(ENOMEM, "out of memory");
	m->k = &here;
	ret = clone_load(m);
	if (!ret)
		ret = store_open(&d, path, o->name);
	if (!ret)
		ret = store_check_dependants(&d, false);
	if (!ret)
		ret = store_remove(d.fd, STAGE, d.path);
	if (!ret)
		ret = store_clone(&k);
	if (!ret) {
		tell_old_tree(&m->conf, d.path);
		text_free(&m->text);
		ret = settle_stage(m, &d);
	}
	if (!ret && syncfs(d.fd))
		ret = err_sys("cannot write '%s'", d.path);
	/* From here on it is the container, however long it takes. */
	if (!ret && renameat(d.fd, STAGE, d.fd, SETTLE_NEW))
		ret = err_sys("cannot rename '%s/" STAGE "'", d.path);
	if (!ret)
		ret = store_settle(path, o->name);
	store_close(&d);
	clone_unload(m);
	return ret;
}

int snapshot_restore(const struct opt_common *o, const char *name, const char *new)
{
	char path[PATH_MAX], snaps[PATH_MAX];
	const struct opt_common snap = { .name = name, .quiet = o->quiet };
	struct clone k = { .common = &snap, .lxcpath = snaps, .to_path = path, .to_name = new };
	AUTO_FREE char *config = NULL;
	int ret = find_snaps(o, path, snaps);

	if (!ret)
		ret = container_check_name(name);
	if (!ret && new)
		ret = container_check_name(new);
	if (ret)
		return ret;
	config = str_make("%s/%s/config", snaps, name);
	if (!config)
		return -ENOMEM;
	if (access(config, F_OK))
		return err_set(ENOENT, "there is no snapshot %s ('%s')", name, config);
	return new && !str_eq(new, o->name) ? store_clone(&k) : restore_here(o, path, snaps, name);
}
