/* SPDX-License-Identifier: MIT */
/* owns an image's metadata in memory: which file counts for whom */
/* never unpacks it to disk */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "store/image.h"
#include "store/tar.h"

#define FILE_MAX (1 << 20)

bool image_in_userns(void)
{
	char text[128], *at = text;
	ssize_t n = fd_read_file(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text));
	const char *from, *to, *count;

	if (n < 0)
		return false;
	from = str_word(&at, " \n");
	to = str_word(&at, " \n");
	count = str_word(&at, " \n");
	return !from || !to || !count || !str_eq(from, "0") || !str_eq(to, "0") ||
	       !str_eq(count, "4294967295");
}

static int read_text(struct tar_reader *r, const struct tar_member *t, const char *name,
		     struct meta_file *f)
{
	const void *data;
	uint64_t at;
	ssize_t got;

	if (t->size > FILE_MAX)
		return err_set(EFBIG, "'%s' is too big for metadata", name);
	f->text = malloc((size_t)t->size + 1);
	if (!f->text)
		return err_set(ENOMEM, "out of memory");
	memset(f->text, 0, (size_t)t->size + 1);
	while ((got = tar_data(r, &data, &at)) > 0)
		memcpy(f->text + at, data, (size_t)got);
	f->n = (size_t)t->size;
	str_format(f->name, sizeof(f->name), "%s", name);
	return (int)got;
}

static int add_member(struct image_meta *m, struct tar_reader *r, const struct tar_member *t)
{
	const char *name = t->name;

	while (name[0] == '.' && name[1] == '/')
		name += 2;
	/* LXD's images have directories with files of theirs. */
	if (t->type == TAR_DIR || strchr(name, '/'))
		return 0;
	if (t->type != TAR_FILE) {
		log_warn("metadata: '%s' is no file, and is not read", name);
		return 0;
	}
	if (strlen(name) >= sizeof(m->file[0].name))
		return 0;
	if (m->n == META_FILES)
		return err_set(E2BIG, "too many files of metadata");
	return read_text(r, t, name, &m->file[m->n++]);
}

static int read_members(struct image_meta *m, struct stream *s)
{
	AUTO_FREE struct tar_reader *r = calloc(1, sizeof(*r));
	const struct tar_member *t;
	int ret;

	if (!r)
		return err_set(ENOMEM, "out of memory");
	r->read = stream_read;
	r->arg = s;
	while ((ret = tar_next(r, &t)) > 0) {
		ret = add_member(m, r, t);
		if (ret)
			break;
	}
	tar_free(r);
	return ret;
}

int meta_load(struct image_meta *m, int fd, const char *shown)
{
	struct stream s;
	int ret = stream_open(&s, fd, shown);

	m->n = 0;
	m->is_user = image_in_userns();
	if (ret)
		return ret;
	ret = s.kind == STREAM_SQUASHFS ? err_set(EINVAL, "a squashfs has no metadata")
	                                : read_members(m, &s);
	stream_close(&s);
	return ret ? err_in(ret, "metadata '%s'", shown) : 0;
}

void meta_free(struct image_meta *m)
{
	while (m->n)
		free(m->file[--m->n].text);
}

static const struct meta_file *find_exact(const struct image_meta *m, const char *name)
{
	unsigned int i;

	/* As in any archive, the last one of a name is meant. */
	for (i = m->n; i; i--)
		if (str_eq(m->file[i - 1].name, name))
			return &m->file[i - 1];
	return NULL;
}

/* As LXC's templates: first whose it is, then for whom. */
const struct meta_file *meta_find(const struct image_meta *m, const char *name)
{
	char user[48], level[64];
	const struct meta_file *f;

	str_format(user, sizeof(user), "%s-user", name);
	if (m->is_user && find_exact(m, user))
		name = user;
	str_format(level, sizeof(level), "%s.%u", name, m->level);
	f = find_exact(m, level);
	return f ? f : find_exact(m, name);
}
