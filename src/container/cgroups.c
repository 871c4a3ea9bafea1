/* SPDX-License-Identifier: MIT */
/* owns finding the cgroups of a container from outside, by its record */
/* never believes its own place in them to be the container's */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "container/container.h"
#include "lib/path.h"
#include "lib/str.h"

struct places {
	struct cgroup_layout *l;
	char *dir;
	size_t n;
};

/* The hierarchy at whose mount point, or below it, a path lies; *base is what is below. */
static struct cgroup_hier *hierarchy_of(struct cgroup_layout *l, const char *path,
					const char **base)
{
	struct cgroup_hier *found = NULL;
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		const char *below = path_below(path, l->h[i].mount);

		if (!below || (found && strlen(l->h[i].mount) < strlen(found->mount)))
			continue;
		found = &l->h[i];
		*base = below;
	}
	return found;
}

/* Of several names that a start has tried the last is the one that was free. */
static int take_place(const char *kind, char **fields, void *arg)
{
	struct places *p = arg;
	struct cgroup_hier *h;
	const char *below;
	char *base;

	if (!str_eq(kind, "cgroup") || !fields[0] || !fields[1])
		return 0;
	h = hierarchy_of(p->l, fields[0], &below);
	if (!h)
		return 0;
	base = str_dup(below);
	if (!base)
		return -ENOMEM;
	free(h->base);
	h->base = base;
	h->usable = true;
	str_format(p->dir, p->n, "%s", fields[1]);
	str_format(p->l->inner, sizeof(p->l->inner), "%s", fields[2] ? fields[2] : "");
	return 0;
}

int container_find_cgroups(const struct run_dir *d, struct cgroup_layout *l, char *dir, size_t n)
{
	struct places p = { l, dir, n };
	unsigned int i;
	int ret;

	for (i = 0; i < l->n; i++)
		l->h[i].usable = false;
	*dir = l->inner[0] = '\0';
	ret = record_each(d, take_place, &p);
	if (ret == -ENOENT)
		return -ESRCH;
	return ret ? err_code(ret, "cannot read '%s/record'", d->path) : 0;
}

int container_cgroups(const struct run_dir *d, struct cgroup_layout *l, char *dir, size_t n)
{
	int ret = cgroup_layout_read(l);

	return ret ? ret : container_find_cgroups(d, l, dir, n);
}

int container_count(const struct run_dir *d, struct cgroup_layout *l, unsigned int which,
		    struct cgroup_counts *c)
{
	char dir[256];
	int ret = container_find_cgroups(d, l, dir, sizeof(dir));

	*c = (struct cgroup_counts){ 0 };
	if (!ret)
		cgroup_count(l, dir, which, c);
	return ret;
}
