/* SPDX-License-Identifier: MIT */
/* owns struct conf: its memory, its defaults */
/* never parses */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

/*
 * All values of a configuration live in chunks that go together: a monitor holds them as long as
 * its container runs, and most are of a few bytes. A value that was replaced stays until then.
 */
#define CHUNK 2000

struct conf_mem {
	struct conf_mem *next;
	size_t used, size;
	char data[] __attribute__((aligned(8)));
};

void *conf_alloc(struct conf *c, size_t n)
{
	struct conf_mem *m = c->mem;
	size_t size = n > CHUNK / 4 ? n : CHUNK;
	void *p;

	n = (n + 7) & ~(size_t)7;
	if (!m || m->size - m->used < n) {
		size = (size + 7) & ~(size_t)7;
		m = malloc(sizeof(*m) + size);
		if (!m) {
			err_set(ENOMEM, "out of memory");
			return NULL;
		}
		m->used = 0;
		m->size = size;
		/* A great one is full at once: what is left of the chunk before it stays in use. */
		if (c->mem && size == n) {
			m->next = c->mem->next;
			c->mem->next = m;
		} else {
			m->next = c->mem;
			c->mem = m;
		}
	}
	p = m->data + m->used;
	m->used += n;
	memset(p, 0, n);
	return p;
}

char *conf_dup(struct conf *c, const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = conf_alloc(c, n);

	return copy ? memcpy(copy, s, n) : NULL;
}

static void set_defaults(struct conf *c, const char *name, const char *lxcpath)
{
	const struct key *k;

	*c = (struct conf){ .name = name, .lxcpath = lxcpath };
	for (k = conf_keys; k < conf_keys + conf_keys_count; k++)
		if (k->shape == SHAPE_INT)
			conf_reset(c, k, (char *)c + k->offset);
}

void conf_init(struct conf *c, const char *name, const char *lxcpath)
{
	problems_clear();
	set_defaults(c, name, lxcpath);
}

void conf_free(struct conf *c)
{
	while (c->mem) {
		struct conf_mem *next = c->mem->next;

		free(c->mem);
		c->mem = next;
	}
	set_defaults(c, c->name, c->lxcpath);
}

const char *origin_text(struct origin at, char *buf)
{
	buf[0] = '\0';
	if (at.file && at.line)
		str_format(buf, ORIGIN_MAX, "%s:%u: ", at.file, at.line);
	else if (at.file)
		str_format(buf, ORIGIN_MAX, "%s: ", at.file);
	return str_printable(buf);
}

/* LXC cuts at the first ':' whatever it belongs to; here what has a '/' before it is a path. */
const char *conf_storage(const struct conf *c, const char **kind, size_t *len)
{
	const char *path = c->rootfs_path.v;

	*kind = path ? path : "";
	*len = strcspn(*kind, ":/");
	if (*len && path[*len] == ':')
		return path + *len + 1;
	*kind = CFG_ROOTFS_OVERLAY && c->rootfs_backend.v ? c->rootfs_backend.v : "dir";
	*len = strlen(*kind);
	return path;
}

const char *conf_rootfs(const struct conf *c)
{
	const char *kind, *where, *upper;
	size_t len;

	where = conf_storage(c, &kind, &len);
	upper = CFG_ROOTFS_OVERLAY && where && str_after(kind, "overlay") ? strrchr(where, ':') : NULL;
	return upper ? upper + 1 : where;
}

int conf_set(struct conf *c, const char *assignment, unsigned int nth)
{
	/* 0 stands for an option of its own, which says its key. */
	struct origin at = { .file = nth ? "-s" : NULL, .line = nth };
	char *copy, *value;

	problem_begin();
	if (strpbrk(assignment, "\r\n"))
		return problem_at(err_set(EINVAL, "a line break in '%s'", shown(assignment)), at,
				  NULL);
	copy = conf_dup(c, assignment);
	if (!copy)
		return -ENOMEM;
	value = strchr(copy, '=');
	if (!value)
		return problem_at(err_set(EINVAL, "'%s' is not KEY=VALUE", shown(assignment)), at,
				  NULL);
	*value++ = '\0';
	return conf_assign(c, str_trim(copy), value, at);
}
