/* SPDX-License-Identifier: MIT */
/* owns what becomes of an image: its tree unpacked, its configuration beside the container's own */
/* never follows a name of the image out of the tree */
#include "store/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "store/untar.h"

#define FILE_MAX (1 << 20)
#define EXCLUDES_MAX 256

struct pair {
	const char *from, *to;
};

void image_say(const char *text)
{
	fd_printf(STDOUT_FILENO, "%s\n", text);
}

static int add_text(struct str_grown *g, const char *s)
{
	return str_add(g, s, strlen(s));
}

/* ---- the tree ---- */

struct ticker {
	struct progress bar;
	int fd;
};

/* Whoever decompresses shares the file's offset with us. */
static int tick(void *arg)
{
	struct ticker *t = arg;
	off_t at = t->bar.is_on ? lseek(t->fd, 0, SEEK_CUR) : 0;

	if (t->bar.is_on && at >= 0)
		progress_at(&t->bar, (uint64_t)at);
	return 0;
}

/* Lines of a text, cut out of it. */
static unsigned int split_lines(char *text, const char **line, unsigned int max)
{
	unsigned int n = 0;
	char *l;

	while (n < max && (l = str_word(&text, "\n"))) {
		l = str_trim(l);
		if (*l)
			line[n++] = l;
	}
	return n;
}

static void tell_left_out(const struct untar *u)
{
	if (u->n_nodes)
		log_warn("%u device nodes were left out: a user namespace cannot make them",
			 u->n_nodes);
	if (u->n_xattrs)
		log_warn("%u extended attributes were left out (%s)", u->n_xattrs, u->xattr);
}

static int unpack_tar(const struct image *i, struct stream *s, struct ticker *t)
{
	AUTO_FREE struct tar_reader *r = calloc(1, sizeof(*r));
	const struct meta_file *f = i->meta ? meta_find(i->meta, "excludes") : NULL;
	AUTO_FREE char *lines = str_dup(f ? f->text : "");
	const char *exclude[EXCLUDES_MAX + 1];
	struct untar u = {
		.root_fd = i->job->rootfs_fd, .exclude = exclude, .tick = tick, .arg = t,
	};
	int ret;

	if (!r || !lines)
		return err_set(ENOMEM, "out of memory");
	r->read = stream_read;
	r->arg = s;
	u.n_exclude = split_lines(lines, exclude, EXCLUDES_MAX + 1);
	if (u.n_exclude > EXCLUDES_MAX)
		return err_set(E2BIG, "more than %u excludes in the metadata", EXCLUDES_MAX);
	if (i->no_dev)
		exclude[u.n_exclude++] = "dev/*";
	if (!image_in_userns())
		u.flags |= UNTAR_NODES;
	ret = untar(&u, r);
	/* Of both, what is wrong with the file is the cause. */
	if (ret)
		return err_in(ret, "'%s'", i->tree);
	if (!u.n_members)
		return err_set(EINVAL, "'%s': an empty archive", i->tree);
	tell_left_out(&u);
	return 0;
}

static int unpack(const struct image *i)
{
	struct ticker t = { .fd = i->tree_fd };
	struct stream s;
	struct stat st;
	int ret;

	if (fstat(i->tree_fd, &st) || !S_ISREG(st.st_mode))
		return err_set(EINVAL, "'%s' is not a regular file", i->tree);
	ret = stream_open(&s, i->tree_fd, i->tree);
	if (ret)
		return ret;
	image_say("Unpacking the rootfs");
	progress_begin(&t.bar, "Unpacking", (uint64_t)st.st_size);
	ret = s.kind == STREAM_SQUASHFS ? squash_copy(i, &t.bar) : unpack_tar(i, &s, &t);
	progress_end(&t.bar);
	stream_close(&s);
	return ret;
}

/* ---- texts ---- */

/* Every place where a name stands, once: what is put there is not looked at again. */
static int substitute(const char *s, size_t n, const struct pair *p, unsigned int n_pairs,
		      struct str_grown *out)
{
	size_t at = 0;
	unsigned int i;
	int ret = str_add(out, "", 0);

	while (!ret && at < n) {
		for (i = 0; i < n_pairs; i++) {
			size_t len = strlen(p[i].from);

			if (len <= n - at && !memcmp(s + at, p[i].from, len)) {
				ret = add_text(out, p[i].to);
				at += len;
				break;
			}
		}
		if (i == n_pairs)
			ret = str_add(out, s + at++, 1);
	}
	return ret;
}

static int substitute_names(const struct image *i, const char *s, size_t n, struct str_grown *out)
{
	const struct pair pairs[] = {
		{ "LXC_NAME", i->job->name },
		{ "LXC_PATH", i->job->path },
		{ "LXC_ROOTFS", i->job->rootfs },
		{ "LXC_TEMPLATE_CONFIG", CFG_TEMPLATE_CONFIG },
		{ "LXC_HOOK_DIR", CFG_HOOK_DIR },
	};

	return substitute(s, n, pairs, ARRAY_SIZE(pairs), out);
}

static int rewrite(int fd, const struct str_grown *g)
{
	int ret = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_write_all(fd, g->s, g->n);

	return ret ? ret : ftruncate(fd, (off_t)g->n) ? -errno : 0;
}

/* A file of the tree. It keeps owner and mode; what is no file, or not there, is not changed. */
static int change_file(const struct image *i, const char *path, const struct pair *p)
{
	AUTO_FREE char *old = NULL;
	struct str_grown out = { 0 };
	bool held = err_hold();
	AUTO_FD int fd = path_open_file_in(i->job->rootfs_fd, path, O_RDWR, 0);
	struct stat st;
	int ret;

	if (fd < 0 && fd != -ENOENT)
		log_warn("'%s' of the image is not changed: %s", path, err_text());
	err_release(held);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	if (st.st_size > FILE_MAX) {
		log_warn("'%s' of the image is not changed: it is too big", path);
		return 0;
	}
	old = malloc((size_t)st.st_size + 1);
	if (!old)
		return err_set(ENOMEM, "out of memory");
	ret = (int)fd_read_all(fd, old, (size_t)st.st_size);
	if (ret >= 0)
		ret = p ? substitute(old, (size_t)ret, p, 1, &out)
		        : substitute_names(i, old, (size_t)ret, &out);
	if (!ret)
		ret = rewrite(fd, &out);
	free(out.s);
	return ret ? err_code(ret, "cannot change '%s' of the image", path) : 0;
}

static int change_files(const struct image *i)
{
	/* vhangup(2), which mingetty calls, fails in a user namespace; LXC does the same. */
	static const struct pair mingetty = { "mingetty", "mingetty --nohangup" };
	const struct meta_file *f = meta_find(i->meta, "templates");
	AUTO_FREE char *lines = str_dup(f ? f->text : "");
	char *at = lines, *line;
	int ret = lines ? 0 : -ENOMEM;

	while (!ret && (line = str_word(&at, "\n"))) {
		line = str_trim(line);
		if (*line)
			ret = change_file(i, line, NULL);
	}
	return ret ? ret : change_file(i, "etc/init/tty.conf", &mingetty);
}

/* ---- the configuration ---- */

enum part { PART_TOP, PART_OWN, PART_NET };

static enum part part_of(const char *line)
{
	line += strspn(line, " \t");
	if (str_after(line, "lxc.net.") || str_after(line, "lxc.network"))
		return PART_NET;
	return str_after(line, "lxc.") || str_after(line, "lxcbox.") ? PART_OWN : PART_TOP;
}

static int add_lines(struct str_grown *g, const char *text, enum part part)
{
	int ret = 0;

	while (!ret && *text) {
		size_t n = strcspn(text, "\n");

		if (part_of(text) == part) {
			ret = str_add(g, text, n);
			if (!ret)
				ret = add_text(g, "\n");
		}
		text += n + (text[n] == '\n');
	}
	return ret;
}

/* The distribution's first, so that what is the container's own has the last word. */
static int join_config(const struct image *i, const struct meta_file *config, bool has_fstab,
		       struct str_grown *g)
{
	const char *own = i->job->config->data;
	AUTO_FREE char *tail = str_make("%s%s%slxc.uts.name = %s\n",
					has_fstab ? "lxc.mount.fstab = " : "",
					has_fstab ? i->job->path : "", has_fstab ? "/fstab\n" : "",
					i->job->name);
	int ret = tail ? add_lines(g, own, PART_TOP) : -ENOMEM;

	if (!ret)
		ret = add_text(g, "\n# Distribution configuration\n");
	if (!ret)
		ret = str_add(g, config->text, config->n);
	if (!ret)
		ret = add_text(g, "\n# Container specific configuration\n");
	if (!ret)
		ret = add_lines(g, own, PART_OWN);
	if (!ret)
		ret = add_text(g, tail);
	if (!ret)
		ret = add_text(g, "\n# Network configuration\n");
	return ret ? ret : add_lines(g, own, PART_NET);
}

static int write_fstab(const struct image *i, const struct meta_file *f)
{
	AUTO_FD int fd = openat(i->job->dir_fd, "fstab",
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	struct str_grown out = { 0 };
	int ret;

	if (fd < 0)
		return err_sys("cannot make '%s/fstab'", i->job->path);
	ret = substitute_names(i, f->text, f->n, &out);
	if (!ret)
		ret = fd_write_all(fd, out.s, out.n);
	free(out.s);
	return ret ? err_code(ret, "cannot write '%s/fstab'", i->job->path) : 0;
}

static int configure(const struct image *i)
{
	const struct meta_file *config = meta_find(i->meta, "config");
	const struct meta_file *fstab = meta_find(i->meta, "fstab");
	struct conf_text *t = i->job->config;
	struct str_grown joined = { 0 }, out = { 0 };
	int ret;

	if (!config)
		return err_set(EINVAL, "the metadata has no file 'config'");
	if (memchr(config->text, 0, config->n))
		return err_set(EINVAL, "'config' of the metadata has a NUL byte");
	ret = fstab ? write_fstab(i, fstab) : 0;
	if (!ret)
		ret = join_config(i, config, fstab, &joined);
	if (!ret)
		ret = substitute_names(i, joined.s, joined.n, &out);
	free(joined.s);
	if (ret) {
		free(out.s);
		return ret;
	}
	free(t->data);
	t->data = out.s;
	t->len = out.n;
	return 0;
}

/* Line by line: the terminal is the caller's, the text is not. */
static void print_message(const struct meta_file *f)
{
	AUTO_FREE char *text = f ? str_dup(f->text) : NULL;
	char *at = text, *end;

	if (!text)
		return;
	image_say("\n---");
	for (; *at; at = end) {
		end = at + strcspn(at, "\n");
		if (*end)
			*end++ = '\0';
		image_say(str_printable(at));
	}
}

int image_install(const struct image *i)
{
	int ret = unpack(i), fd;

	if (ret)
		return ret;
	/* Of some images it is left out, and LXC makes it. */
	if (i->meta) {
		fd = path_open_in(i->job->rootfs_fd, "dev/pts", PATH_MAKE_DIR);
		if (fd < 0)
			return fd;
		close(fd);
		ret = configure(i);
		if (!ret)
			ret = change_files(i);
		if (!ret)
			print_message(meta_find(i->meta, "create-message"));
	}
	return ret;
}
