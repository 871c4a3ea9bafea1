/* SPDX-License-Identifier: MIT */
//link: cgroup/inner.c cgroup/tree.c cgroup/layout.c cgroup/cgroup.c cgroup/v1.c cgroup/v2.c cgroup/rules.c
//link: cgroup/devices.c cgroup/bpf.c conf/device_rule.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//link: lib/str.c lib/err.c
/* owns tests of the directory below a container's: what is written to both, how a monitor leaves; in plain directories
 * that stand for a hierarchy of v1 */
/* never needs root; what needs a real hierarchy is in tests/run */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define UNIT_PREFIX "inner-"
#include "cgroup/internal.h"
#include "cgroup_test.h"
#include "lib/fd.h"

static char mount[] = "/tmp/cgroup-inner-XXXXXX";

static const char *at(const char *path)
{
	static char full[PATH_MAX];

	str_format(full, sizeof(full), "%s/%s", mount, path);
	return full;
}

static void put(const char *path, const char *text)
{
	int fd = open(at(path), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static bool has(const char *path, const char *text)
{
	char have[64];

	return fd_read_file(AT_FDCWD, at(path), have, sizeof(have)) >= 0 && str_eq(have, text);
}

static void test_reach(void)
{
	static const struct { const char *file; bool is_flat; } rows[] = {
		{ "memory.limit_in_bytes", false }, { "cpu.shares", false }, { "pids.max", false },
		{ "cpuacct.usage", false }, { "freezer.state", false }, { "blkio.weight", false },
		{ "hugetlb.2MB.limit_in_bytes", false }, { "notify_on_release", false }, { "tasks", false },
		{ "cpu.rt_runtime_us", true }, { "blkio.throttle.read_bps_device", true },
		{ "cpuset.cpus", true }, { "devices.allow", true }, { "net_cls.classid", true },
		{ "schedtune.boost", true }, { "memoryx.limit", true },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		check(v1_is_flat(rows[i].file) == rows[i].is_flat, rows[i].file, "the other way round");
}

/* Each in a container of its own; wanted: the name in the error, NULL: it is not written below. */
static void test_create(struct cgroup_layout *l)
{
	static const struct { const char *key, *wanted; } rows[] = {
		{ "memory.limit_in_bytes", NULL }, { "net_cls.classid", NULL }, { "devices.deny", NULL },
		{ "blkio.throttle.read_bps_device", "lxc.cgroup.blkio.throttle.read_bps_device" },
		{ "cpu.rt_runtime_us", "lxc.cgroup.cpu.rt_runtime_us" },
		{ "schedtune.boost", "lxc.cgroup.schedtune.boost" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct conf_item it = { .key = (char *)rows[i].key, .v = (char *)"1" };
		struct conf c = { .cgroup.first = &it };
		int ret;

		mkdir(at("c"), 0755);
		ret = cgroup_create_inner(l, "c", &c);
		/* A plain directory has no such file: who writes to it fails. */
		check(rows[i].wanted ? ret < 0 && strstr(err_text(), rows[i].wanted) : !ret, rows[i].key, err_text());
		check(!rmdir(at("c/inner")) && !rmdir(at("c")), "made", "no directory 'inner', or more than that");
	}
}

static void test_write(struct cgroup_layout *l)
{
	mkdir(at("c"), 0755);
	mkdir(at("c/inner"), 0755);
	put("c/net_cls.classid", "0");
	put("c/inner/net_cls.classid", "0");
	check(!v1_write(l, l->h, "c", "net_cls.classid", "7") && has("c/net_cls.classid", "7") &&
		      has("c/inner/net_cls.classid", "7"), "write-to-both", err_text());
	*l->inner = '\0';
	check(!v1_write(l, l->h, "c", "net_cls.classid", "8") && has("c/net_cls.classid", "8") &&
		      has("c/inner/net_cls.classid", "7"), "write-without-inner", err_text());
	strcpy(l->inner, "inner");
	check(v1_write(l, l->h, "c", "net_cls.other", "8") == -ENOENT, "write-to-neither", "no error");
	unlink(at("c/net_cls.classid"));
	unlink(at("c/inner/net_cls.classid"));
	rmdir(at("c/inner"));
	rmdir(at("c"));
}

static void test_leave(void)
{
	char own[16];

	str_format(own, sizeof(own), "%d\n", (int)getpid());
	check(!cgroup_leave(mount, "gone", ""), "leave-what-is-gone", "an error");
	mkdir(at("m"), 0755);
	put("m/cgroup.procs", "1\n");
	put("tasks", "");
	check(!cgroup_leave(mount, "m", "") && has("tasks", ""), "leave-where-one-is-not", "it went");
	put("m/cgroup.procs", own);
	check(!cgroup_leave(mount, "m", "") && has("tasks", "0"), "leave", "it stayed");
	put("tasks", "");
	check(!cgroup_leave(mount, "m", "no/longer/there") && has("tasks", "0"), "leave-to-the-nearest", "it stayed");
	unlink(at("tasks"));
	check(cgroup_leave(mount, "m", "") == -ENOENT, "leave-to-nowhere", "no error");
	unlink(at("m/cgroup.procs"));
	rmdir(at("m"));
}

int main(void)
{
	struct cgroup_layout l = { .n = 1, .inner = "inner" };
	char small[4], path[32];

	if (!mkdtemp(mount))
		return 1;
	l.h[0] = (struct cgroup_hier){ .mount = mount, .root = (char *)"", .base = (char *)"",
		.controllers = (char *)"memory,cpu,blkio,devices,net_cls,schedtune", .usable = true };
	check(!cgroup_inner(&l, "lxc/c", path, sizeof(path)) && str_eq(path, "lxc/c/inner"), "path", path);
	check(cgroup_inner(&l, "lxc/c", small, sizeof(small)) == -ENAMETOOLONG, "path-too-long", "no error");
	test_reach();
	test_create(&l);
	test_write(&l);
	test_leave();
	check(!rmdir(mount), "all-gone", "something is left");
	return unit_status();
}
