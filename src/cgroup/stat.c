/* SPDX-License-Identifier: MIT */
/* owns what the kernel counts of a container: processor, memory, block devices */
/* never fails: what is not there is not told */
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

/*
 * A number of a file: behind the key, which a line begins with or, when it begins with a blank, is
 * anywhere in a line; all of them added up. Rows of one file stand together.
 */
struct row {
	const char *file;	/* of the controller before its dot */
	const char *key;
	uint8_t what;		/* enum cgroup_count */
	bool v2;
	int16_t scale;		/* > 0: times that, < 0: divided by that */
};

static const struct row rows[] = {
	{ "cpuacct.usage", "", COUNT_CPU, false, 1 },
	{ "cpuacct.stat", "user ", COUNT_CPU_USER, false, 1 },
	{ "cpuacct.stat", "system ", COUNT_CPU_SYS, false, 1 },
	{ "blkio.throttle.io_service_bytes", "Total ", COUNT_IO, false, 1 },
	{ "blkio.throttle.io_service_bytes", " Read ", COUNT_IO_READ, false, 1 },
	{ "blkio.throttle.io_service_bytes", " Write ", COUNT_IO_WRITE, false, 1 },
	{ "blkio.throttle.io_serviced", "Total ", COUNT_IO_OPS, false, 1 },
	{ "memory.usage_in_bytes", "", COUNT_MEMORY, false, 1 },
	{ "memory.memsw.usage_in_bytes", "", COUNT_MEMORY_SWAP, false, 1 },
	{ "memory.kmem.usage_in_bytes", "", COUNT_KERNEL, false, 1 },
	{ "memory.stat", "total_swap ", COUNT_SWAP, false, 1 },
	{ "cpu.stat", "usage_usec ", COUNT_CPU, true, 1000 },
	/* USER_HZ is 100 wherever Linux runs a container. */
	{ "cpu.stat", "user_usec ", COUNT_CPU_USER, true, -10000 },
	{ "cpu.stat", "system_usec ", COUNT_CPU_SYS, true, -10000 },
	{ "io.stat", " rbytes=", COUNT_IO, true, 1 },
	{ "io.stat", " wbytes=", COUNT_IO, true, 1 },
	{ "io.stat", " rbytes=", COUNT_IO_READ, true, 1 },
	{ "io.stat", " wbytes=", COUNT_IO_WRITE, true, 1 },
	{ "io.stat", " rios=", COUNT_IO_OPS, true, 1 },
	{ "io.stat", " wios=", COUNT_IO_OPS, true, 1 },
	{ "memory.current", "", COUNT_MEMORY, true, 1 },
	/* Together with memory, as v1 counts it. */
	{ "memory.current", "", COUNT_MEMORY_SWAP, true, 1 },
	{ "memory.swap.current", "", COUNT_MEMORY_SWAP, true, 1 },
	{ "memory.swap.current", "", COUNT_SWAP, true, 1 },
	{ "memory.stat", "kernel ", COUNT_KERNEL, true, 1 },
};

struct reading {
	const struct row *first, *end;
	struct cgroup_counts *c;
};

static uint64_t read_number(const char *s)
{
	uint64_t v = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (uint64_t)(*s - '0');
	return v;
}

static int take_line(char *line, void *arg)
{
	const struct reading *r = arg;
	const struct row *row;

	for (row = r->first; row < r->end; row++) {
		const char *at = *row->key == ' ' ? strstr(line, row->key)
						  : str_after(line, row->key);
		uint64_t v;

		if (!at)
			continue;
		v = read_number(*row->key == ' ' ? at + strlen(row->key) : at);
		if (row->scale < 0)
			str_divide(&v, (unsigned int)-row->scale);
		else
			v *= (uint64_t)row->scale;
		r->c->v[row->what] += v;
		r->c->has |= 1U << row->what;
	}
	return 0;
}

void cgroup_count(const struct cgroup_layout *l, const char *dir, unsigned int which,
		  struct cgroup_counts *c)
{
	struct reading r = { .c = c };
	char inner[PATH_MAX];
	bool held = err_hold();

	memset(c, 0, sizeof(*c));
	for (r.first = rows; r.first < rows + ARRAY_SIZE(rows); r.first = r.end) {
		const struct row *row = r.first;
		unsigned int wanted = 0;
		const struct cgroup_hier *h;
		AUTO_FD int fd = -1;

		for (r.end = row; r.end < rows + ARRAY_SIZE(rows) && r.end->v2 == row->v2 &&
				  str_eq(r.end->file, row->file); r.end++)
			wanted |= 1U << r.end->what;
		if (!(wanted & which) || (row->v2 && !CFG_CGROUP_V2) ||
		    cgroup_inner(l, dir, inner, sizeof(inner)))
			continue;
		h = row->v2 ? cgroup_find_v2(l)
			    : cgroup_find(l, row->file, strcspn(row->file, "."));
		if (!h || !h->usable || cgroup_is_v2(h) != row->v2)
			continue;
		/* Of block devices v1 counts each directory by itself. */
		fd = cgroup_open_dir(h, str_after(row->file, "blkio.") ? inner : dir);
		if (fd >= 0 && fd_each_line(fd, row->file + (h->noprefix ?
							     strcspn(row->file, ".") + 1 : 0),
					    take_line, &r) < 0)
			continue;
	}
	err_release(held);
}
