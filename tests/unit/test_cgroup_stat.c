/* SPDX-License-Identifier: MIT */
//link: cgroup/stat.c cgroup/cgroup.c cgroup/inner.c cgroup/layout.c cgroup/v1.c cgroup/v2.c cgroup/tree.c cgroup/devices.c cgroup/rules.c
//link: cgroup/bpf.c conf/device_rule.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of what is read from counters: directories of plain files stand for v1 and v2 */
/* never touches a real cgroup */
#define UNIT_PREFIX "cgroup-stat-"
#include "cgroup_test.h"

#include <sys/stat.h>

#include "cgroup/cgroup.h"

static char top[] = "/tmp/lxcbox-stat-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/c/%s", top, name);
	f = fopen(path, "w");
	if (!f)
		exit(2);
	fputs(text, f);
	fclose(f);
}

static struct cgroup_counts count(const char *controllers, bool v2, bool noprefix)
{
	struct cgroup_layout l = { .n = 1 };
	struct cgroup_counts c;

	l.h[0] = (struct cgroup_hier){ .mount = top, .root = "", .base = "", .controllers = (char *)controllers,
		.v2 = v2, .noprefix = noprefix, .usable = true };
	cgroup_count(&l, "c", ~0U, &c);
	return c;
}

static bool is(const struct cgroup_counts *c, enum cgroup_count what, uint64_t v)
{
	if (c->has & 1U << what && c->v[what] == v)
		return true;
	printf("# %d is %llu (%x)\n", what, (unsigned long long)c->v[what], c->has);
	return false;
}

static void write_v1(void)
{
	char *huge = malloc(300000);
	size_t n = 0, i;

	write_file("cpuacct.usage", "2964940\n");
	write_file("cpuacct.stat", "user 12\nsystem 345\n");
	write_file("blkio.throttle.io_service_bytes",
		   "8:0 Read 100\n8:0 Write 20\n8:0 Sync 1\n8:0 Async 2\n8:0 Total 120\n"
		   "8:16 Read 5\n8:16 Write 6\n8:16 Total 11\nTotal 131\n");
	write_file("memory.usage_in_bytes", "516096\n");
	write_file("memory.memsw.usage_in_bytes", "18446744073709551615\n");
	/* More than a page, and what is wanted at its end; a number with rubbish behind it. */
	for (i = 0; i < 9000; i++)
		n += (size_t)sprintf(huge + n, "total_swap_%zu 9999999\n", i);
	sprintf(huge + n, "swap 7\ntotal_swap 4096x\n");
	write_file("memory.stat", huge);
	free(huge);
}

int main(void)
{
	struct cgroup_counts c;
	char path[256];

	if (!mkdtemp(top))
		return 2;
	snprintf(path, sizeof(path), "%s/c", top);
	mkdir(path, 0755);
	write_v1();
	c = count("cpuacct,blkio,memory", false, false);
	result("v1", is(&c, COUNT_CPU, 2964940) && is(&c, COUNT_CPU_USER, 12) && is(&c, COUNT_CPU_SYS, 345) &&
	       is(&c, COUNT_IO, 131) && is(&c, COUNT_IO_READ, 105) && is(&c, COUNT_IO_WRITE, 26) &&
	       is(&c, COUNT_MEMORY, 516096) && is(&c, COUNT_SWAP, 4096), "a count is wrong");
	result("v1-missing-is-not-told", !(c.has & (1U << COUNT_KERNEL | 1U << COUNT_IO_OPS)), "told");
	c = count("memory", false, false);
	result("v1-one-controller", is(&c, COUNT_MEMORY, 516096) && !(c.has & (1U << COUNT_CPU | 1U << COUNT_IO)),
	       "a controller that is not there counts");
	write_file("usage", "77\n");
	c = count("cpuacct", false, true);
	result("v1-noprefix", is(&c, COUNT_CPU, 77), "not read");
	write_file("cpu.stat", "usage_usec 1500\nuser_usec 20000\nsystem_usec 30000\nnr_periods 9\n");
	write_file("io.stat", "8:0 rbytes=100 wbytes=20 rios=3 wios=4 dbytes=0 dios=0\n8:16 rbytes=5 wbytes=6 rios=1 wios=1\n");
	write_file("memory.current", "1000\n");
	write_file("memory.swap.current", "24\n");
	write_file("memory.stat", "anon 5\nkernel 42\nkernel_stack 7\n");
	c = count("cpu,io,memory", true, false);
	result("v2", is(&c, COUNT_CPU, 1500000) && is(&c, COUNT_CPU_USER, 2) && is(&c, COUNT_CPU_SYS, 3) &&
	       is(&c, COUNT_IO, 131) && is(&c, COUNT_IO_READ, 105) && is(&c, COUNT_IO_WRITE, 26) &&
	       is(&c, COUNT_IO_OPS, 9) && is(&c, COUNT_MEMORY, 1000) && is(&c, COUNT_MEMORY_SWAP, 1024) &&
	       is(&c, COUNT_SWAP, 24) && is(&c, COUNT_KERNEL, 42), "a count is wrong");
	snprintf(path, sizeof(path), "rm -rf '%s'", top);
	return system(path) || unit_status();
}
