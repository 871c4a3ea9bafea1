/* SPDX-License-Identifier: MIT */
//link: cgroup/layout.c cgroup/cgroup.c cgroup/inner.c cgroup/v1.c cgroup/v2.c cgroup/rules.c cgroup/devices.c
//link: cgroup/bpf.c conf/device_rule.c lib/fd.c lib/log.c lib/path.c lib/sys.c lib/str.c lib/err.c
/* owns tests of where hierarchies are found, of names and of order, from texts of /proc files */
/* never looks at the machine's own cgroups */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup/internal.h"
#include "cgroup_test.h"
#include "lib/fd.h"

/* The layout as one line a hierarchy, "mount|base|controllers|flags" with flags 2 noPrefix Usable.
 */
static const char *layout_text(const char *mountinfo, const char *self_cgroup)
{
	AUTO_FREE char *mounts = str_dup(mountinfo);
	AUTO_FREE char *self = str_dup(self_cgroup);
	static char text[4096];
	struct cgroup_layout l;
	unsigned int i;
	size_t n = 0;

	if (cgroup_layout_parse(&l, mounts, self))
		return err_text();
	text[0] = '\0';
	for (i = 0; i < l.n; i++)
		n += str_format(text + n, sizeof(text) - n, "%s|%s|%s|%s%s%s\n", l.h[i].mount,
				l.h[i].base, l.h[i].controllers, l.h[i].v2 ? "2" : "",
				l.h[i].noprefix ? "P" : "", l.h[i].usable ? "U" : "");
	cgroup_layout_free(&l);
	return text;
}

static void expect(const char *name, const char *mountinfo, const char *self_cgroup,
		   const char *want)
{
	const char *have = layout_text(mountinfo, self_cgroup);

	result(name, str_eq(have, want), have);
}

#define MNT(id, root, at, fs, super) \
#id " 20 0:" #id " " root " " at " rw,relatime shared:9 - " fs " cgroup " super "\n"
#define ROOTFS \
	"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:4 / /proc rw shared:1 master:2 - proc proc rw\n"

static void test_mounts(void)
{
	expect("layout-none", ROOTFS, "4:memory:/\n", "");
	expect("layout-comounted",
	       ROOTFS MNT(30, "/", "/sys/fs/cgroup", "cgroup",
			  "rw,cpuset,cpu,memory,devices,freezer"),
	       "1:cpuset,cpu,memory,devices,freezer:/\n",
	       "/sys/fs/cgroup||cpuset,cpu,memory,devices,freezer|U\n");
	expect("layout-elsewhere", ROOTFS MNT(30, "/", "/cgroup", "cgroup", "rw,memory"),
	       "3:cpu:/\n2:memory:/a/b\n", "/cgroup|a/b|memory|U\n");
	expect("layout-freezer-first",
	       MNT(30, "/", "/c/cpu", "cgroup", "rw,cpu")
		       MNT(31, "/", "/c/cpuset", "cgroup", "rw,cpuset")
			       MNT(32, "/", "/c/fr", "cgroup", "rw,freezer"),
	       "3:cpu:/\n2:cpuset:/x\n1:freezer:/\n",
	       "/c/fr||freezer|U\n/c/cpu||cpu|U\n/c/cpuset|x|cpuset|U\n");
	expect("layout-noprefix",
	       MNT(30, "/", "/dev/cpuset", "cgroup",
		   "rw,cpuset,noprefix,release_agent=/sbin/cpuset_release_agent"),
	       "1:cpuset:/\n", "/dev/cpuset||cpuset|PU\n");
	expect("layout-named",
	       MNT(30, "/", "/c/systemd", "cgroup", "rw,xattr,name=systemd")
		       MNT(31, "/", "/c/m", "cgroup", "rw,cpu,name=m"),
	       "2:cpu,name=m:/\n1:name=systemd:/user.slice\n",
	       "/c/m||cpu,name=m|U\n/c/systemd|user.slice|name=systemd|U\n");
	expect("layout-hybrid",
	       MNT(30, "/", "/c/pids", "cgroup", "rw,pids")
		       MNT(31, "/", "/c/unified", "cgroup2", "rw,nsdelegate"),
	       "5:pids:/p\n0::/u/v\n", "/c/pids|p|pids|U\n/c/unified|u/v||2U\n");
	expect("layout-octal", MNT(30, "/", "/my\\040cgroups\\134", "cgroup", "rw,cpu"),
	       "5:cpu:/\n", "/my cgroups\\||cpu|U\n");
	expect("layout-colon-in-path", MNT(30, "/", "/c", "cgroup", "rw,cpu"), "5:cpu:/a:b\n",
	       "/c|a:b|cpu|U\n");
	expect("layout-not-a-prefix-of-a-name",
	       MNT(30, "/", "/c/set", "cgroup", "rw,cpuset")
		       MNT(31, "/", "/c/acct", "cgroup", "rw,cpuacct"),
	       "5:cpu:/\n6:cpuacct:/\n", "/c/acct||cpuacct|U\n");
	expect("layout-odd-lines",
	       "garbage\n\n30 20\n31 20 0:1 / /c rw\n32 20 0:1 / /c rw - cgroup\n33 20 0:1 / /c rw - cgroup x\n",
	       "garbage\n:\n5:cpu\n5:cpu:\n5:cpu:x\n6:cpu:/\n", "");
}

static void test_bases(void)
{
	/* The same hierarchy twice: the one that holds this process's cgroup is taken, at whichever
	 * place in the list. */
	expect("layout-twice",
	       MNT(30, "/other", "/a", "cgroup", "rw,cpu") MNT(30, "/", "/b", "cgroup", "rw,cpu")
		       MNT(30, "/", "/c", "cgroup", "rw,cpu"),
	       "5:cpu:/x\n", "/b|x|cpu|U\n");
	expect("layout-bind-above", MNT(30, "/docker", "/a", "cgroup", "rw,cpu"),
	       "5:cpu:/docker/x/y\n", "/a|x/y|cpu|U\n");
	expect("layout-bind-equal", MNT(30, "/docker/x", "/a", "cgroup", "rw,cpu"),
	       "5:cpu:/docker/x\n", "/a||cpu|U\n");
	expect("layout-bind-below", MNT(30, "/mine/sub", "/a", "cgroup", "rw,cpu"), "5:cpu:/mine\n",
	       "/a||cpu|U\n");
	/* A container made there would leave the limits of this process. */
	expect("layout-bind-beside", MNT(30, "/other", "/a", "cgroup", "rw,cpu"), "5:cpu:/mine\n",
	       "/a||cpu|\n");
	expect("layout-bind-name-prefix", MNT(30, "/doc", "/a", "cgroup", "rw,cpu"),
	       "5:cpu:/docker\n", "/a||cpu|\n");
	expect("layout-outside-namespace", MNT(30, "/../..", "/a", "cgroup", "rw,cpu"), "5:cpu:/\n",
	       "/a||cpu|\n");
	expect("layout-moved-out", MNT(30, "/", "/a", "cgroup", "rw,cpu"), "5:cpu:/../sibling\n",
	       "/a||cpu|\n");
	expect("layout-dotted-name", MNT(30, "/", "/a", "cgroup", "rw,cpu"), "5:cpu:/..data\n",
	       "/a|..data|cpu|U\n");
}

static void resolve(const char *name, const struct cgroup_layout *l, const char *file, int want_ret,
		    const char *want)
{
	const struct cgroup_hier *h = NULL;
	char have[64] = "";
	int ret;

	err_clear();
	ret = cgroup_resolve(l, file, &h, have, sizeof(have));
	if (ret)
		result(name, ret == want_ret && strstr(err_text(), want), err_text());
	else
		result(name, !want_ret && str_eq(have, want), have);
}

static void test_resolve(void)
{
	struct cgroup_layout
		l = { .n = 4,
		      .h = {
			      { .mount = "/m",
				.root = "",
				.base = "",
				.controllers = "memory",
				.usable = true },
			      { .mount = "/c",
				.root = "",
				.base = "",
				.controllers = "cpuset",
				.usable = true,
				.noprefix = true },
			      { .mount = "/u",
				.root = "",
				.base = "",
				.controllers = "pids,cpu",
				.usable = true,
				.v2 = true },
			      { .mount = "/b", .root = "", .base = "", .controllers = "blkio" },
		      } };

	resolve("resolve-plain", &l, "memory.limit_in_bytes", 0, "memory.limit_in_bytes");
	resolve("resolve-noprefix", &l, "cpuset.cpus", 0, "cpus");
	resolve("resolve-v2-same-name", &l, "pids.max", 0, "pids.max");
	resolve("resolve-v2-other-name", &l, "cpu.shares", 0, "cpu.weight");
	resolve("resolve-v2-none", &l, "cpu.rt_runtime_us", -ENOENT, "no counterpart");
	resolve("resolve-not-mounted", &l, "net_cls.classid", -ENOENT,
		"controller 'net_cls' is not mounted");
	resolve("resolve-not-writable", &l, "blkio.weight", -EACCES,
		"'blkio' cannot be used at '/b'");
	resolve("resolve-no-controller", &l, "tasks", -ENOENT, "'tasks'");
	resolve("resolve-no-path", &l, "memory.x/../../y", -ENOENT, "is not the name");
}

static struct conf_item *item(const char *key, const char *v, struct conf_item *next)
{
	struct conf_item *it = calloc(1, sizeof(*it));

	*it = (struct conf_item){
		.key = (char *)key, .v = (char *)v, .next = next, .at = { "x.conf", 7 }
	};
	return it;
}

static void free_items(struct conf_item *it)
{
	struct conf_item *next;

	for (; it; it = next) {
		next = it->next;
		free(it);
	}
}

static void test_order(void)
{
	struct conf c = { 0 };
	const struct conf_item *out[8];
	char have[256] = "";
	int i, n;

	c.cgroup.first = item("cpu.shares", "1",
			      item("memory.memsw.limit_in_bytes", "2",
				   item("devices.deny", "a",
					item("memory.memsw.limit_in_bytes", "3",
					     item("memory.limit_in_bytes", "4",
						  item("pids.max", "5", NULL))))));
	c.cgroup2.first = item("memory.max", "6", NULL);
	n = cgroup_order(&c, out, 8);
	for (i = 0; i < n; i++)
		strcat(have, out[i]->v);
	result("order-memory-first", n == 6 && str_eq(have, "142356"), have);
	n = cgroup_order(&c, out, 5);
	result("order-bounded", n == -E2BIG, "no error");
	free_items(c.cgroup.first);
	free_items(c.cgroup2.first);
}

static int check_rows(const struct cgroup_layout *l, struct conf_item *v1, struct conf_item *v2)
{
	struct conf c = { .cgroup.first = v1, .cgroup2.first = v2 };
	int ret;

	err_clear();
	ret = cgroup_check(l, &c);
	free_items(v1);
	free_items(v2);
	return ret;
}

static void test_families(void)
{
	struct cgroup_layout l = { .n = 2,
				   .h = {
					   { .mount = "/m",
					     .root = "",
					     .base = "",
					     .controllers = "memory",
					     .usable = true },
					   { .mount = "/u",
					     .root = "",
					     .base = "",
					     .controllers = "pids",
					     .usable = true,
					     .v2 = true },
				   } };

	result("family-v1", !check_rows(&l, item("memory.limit_in_bytes", "1", NULL), NULL), err_text());
	result("family-v2", !check_rows(&l, NULL, item("pids.max", "1", NULL)), err_text());
	result("family-both",
	       !check_rows(&l, item("memory.limit_in_bytes", "1", NULL), item("memory.max", "1", NULL)),
	       err_text());
	result("family-wrong-alone",
	       check_rows(&l, NULL, item("memory.max", "1", NULL)) == -ENOENT &&
		       str_eq(err_text(),
			      "x.conf:7: lxc.cgroup2.memory.max: controller 'memory' is on cgroup v1 here"),
	       err_text());
	result("family-v2-core", !check_rows(&l, NULL, item("cgroup.max.depth", "3", NULL)), err_text());
	result("family-devices-v2", !check_rows(&l, item("devices.deny", "a", NULL), NULL), err_text());
	l.n = 1;
	result("family-devices-nowhere",
	       check_rows(&l, item("devices.deny", "a", NULL), NULL) == -ENOENT &&
		       str_eq(err_text(),
			      "x.conf:7: lxc.cgroup.devices.deny: controller 'devices' is not mounted"),
	       err_text());
}

/* Which of four hierarchies are left by a list of lxc.cgroup.use: "yn-y", '-' for an error. */
static const char *left_by(const char *use, char *buf)
{
	struct cgroup_layout l = { .n = 4,
				   .h = {
					   { .controllers = "cpu,cpuacct", .usable = true },
					   { .controllers = "devices", .usable = true },
					   { .controllers = "name=systemd", .usable = true },
					   { .controllers = "pids", .usable = true, .v2 = true },
				   } };
	unsigned int i;

	err_clear();
	if (cgroup_layout_use(&l, use))
		return "-";
	for (i = 0; i < l.n; i++)
		buf[i] = l.h[i].usable && !l.h[i].unused ? 'y' : 'n';
	buf[i] = '\0';
	return buf;
}

static void test_use(void)
{
	static const char *const rows[][3] = {
		{ "all-without-a-list", NULL, "yyyy" },
		{ "all", "@all", "yyyy" },
		{ "kernel", "@kernel", "yyny" },
		{ "named", "@named", "nnyn" },
		{ "both", "@named,@kernel", "yyyy" },
		{ "controller", "devices", "nynn" },
		{ "takes-its-neighbour-along", "cpuacct", "ynnn" },
		{ "by-name", "name=systemd,pids", "nnyy" },
		{ "what-v2-has-without-a-controller", "freezer", "nnny" },
		{ "not-mounted", "devices,memory", "-" },
		{ "part-of-a-name", "cpuac", "-" },
	};
	struct cgroup_layout l = { .n = 1,
				   .h = { { .mount = "/m",
					    .root = "",
					    .base = "",
					    .controllers = "memory,devices",
					    .usable = true } } };
	unsigned int i;
	char buf[8];

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64];

		str_format(name, sizeof(name), "use-%s", rows[i][0]);
		result(name, str_eq(left_by(rows[i][1], buf), rows[i][2]), err_text());
	}
	err_clear();
	left_by("devices,nonsense", buf);
	result("use-names-what-is-not-mounted", str_eq(err_text(), "'nonsense' is not mounted"), err_text());
	err_clear();
	result("use-of-named-ones", !cgroup_layout_use(&l, "@named"), err_text());
	result("use-and-a-limit",
	       check_rows(&l, item("memory.limit_in_bytes", "1", NULL), NULL) == -EACCES &&
		       str_eq(err_text(), "x.conf:7: lxc.cgroup.memory.limit_in_bytes: controller 'memory' is left out: "
					  "lxc.conf:3: lxc.cgroup.use"),
	       err_text());
	result("use-and-devices",
	       check_rows(&l, item("devices.deny", "a", NULL), NULL) == -EACCES &&
		       str_eq(err_text(), "x.conf:7: lxc.cgroup.devices.deny: controller 'devices' is left out: "
					  "lxc.conf:3: lxc.cgroup.use"),
	       err_text());
}

/* A directory with files of v2 that values are counted against; a descriptor of it. */
static int v2_directory(const char *memory_max, const char *cpu_max)
{
	static char path[] = "/tmp/lxcbox-v2-XXXXXX";
	static bool is_made;
	int fd;

	if (!is_made && !mkdtemp(path))
		return -1;
	is_made = true;
	fd = open(path, O_RDONLY | O_DIRECTORY);
	close(openat(fd, "memory.max", O_CREAT | O_WRONLY | O_TRUNC, 0600));
	close(openat(fd, "cpu.max", O_CREAT | O_WRONLY | O_TRUNC, 0600));
	if (fd < 0 || fd_write_file(fd, "memory.max", memory_max) ||
	    fd_write_file(fd, "cpu.max", cpu_max) || unlinkat(fd, "nothing", 0) != -1)
		return -1;
	return fd;
}

/* Each file of v1 with a value, and what is written on v2; NULL: refused. */
static const char *const values[][4] = {
	{ "memory.limit_in_bytes", "-1", "memory.max", "max" },
	{ "memory.limit_in_bytes", "16M", "memory.max", "16M" },
	{ "memory.memsw.limit_in_bytes", "48M", "memory.swap.max", "33554432" },
	{ "memory.memsw.limit_in_bytes", "16777216", "memory.swap.max", "0" },
	{ "memory.memsw.limit_in_bytes", "2g", "memory.swap.max", "2130706432" },
	{ "memory.memsw.limit_in_bytes", "8M", "memory.swap.max", NULL },
	{ "memory.memsw.limit_in_bytes", "8MB", "memory.swap.max", NULL },
	{ "memory.memsw.limit_in_bytes", "9999999999G", "memory.swap.max", NULL },
	{ "memory.memsw.limit_in_bytes", "", "memory.swap.max", NULL },
	{ "memory.memsw.limit_in_bytes", "-1", "memory.swap.max", "max" },
	{ "cpu.shares", "1024", "cpu.weight", "100" },
	{ "cpu.shares", "512", "cpu.weight", "50" },
	{ "cpu.shares", "2048", "cpu.weight", "200" },
	{ "cpu.shares", "2", "cpu.weight", "1" },
	{ "cpu.shares", "262144", "cpu.weight", "10000" },
	{ "cpu.shares", "262145", "cpu.weight", NULL },
	{ "cpu.shares", "many", "cpu.weight", NULL },
	{ "cpu.cfs_quota_us", "50000", "cpu.max", "50000" },
	{ "cpu.cfs_quota_us", "-1", "cpu.max", "max" },
	{ "cpu.cfs_period_us", "200000", "cpu.max", "50000 200000" },
	{ "cpu.cfs_burst_us", "1000", "cpu.max.burst", "1000" },
	{ "cpuset.cpus", "0-1", "cpuset.cpus", "0-1" },
	{ "cpuset.mems", "0", "cpuset.mems", "0" },
	{ "pids.max", "max", "pids.max", "max" },
	{ "freezer.state", "FROZEN", "cgroup.freeze", "1" },
	{ "freezer.state", "THAWED", "cgroup.freeze", "0" },
	{ "freezer.state", "FREEZING", "cgroup.freeze", NULL },
	{ "blkio.weight", "500", "io.weight", "100" },
	{ "blkio.weight", "1000", "io.weight", "200" },
	{ "blkio.weight", "10", "io.weight", "2" },
	{ "blkio.weight", "1001", "io.weight", NULL },
	{ "blkio.weight_device", "8:0 250", "io.weight", "8:0 50" },
	{ "blkio.bfq.weight", "300", "io.bfq.weight", "300" },
	{ "blkio.throttle.read_bps_device", "8:0 1048576", "io.max", "8:0 rbps=1048576" },
	{ "blkio.throttle.write_bps_device", "8:16  5", "io.max", "8:16 wbps=5" },
	{ "blkio.throttle.read_iops_device", "8:0 0", "io.max", "8:0 riops=max" },
	{ "blkio.throttle.write_iops_device", "8:0", "io.max", NULL },
	{ "blkio.throttle.write_iops_device", "8:0 x", "io.max", NULL },
	{ "hugetlb.2MB.limit_in_bytes", "4M", "hugetlb.2MB.max", "4M" },
	{ "hugetlb.1GB.rsvd.limit_in_bytes", "-1", "hugetlb.1GB.rsvd.max", "max" },
	{ "rdma.max", "mlx4_0 hca_handle=2", "rdma.max", "mlx4_0 hca_handle=2" },
	{ "misc.max", "res_a 1", "misc.max", "res_a 1" },
};

static void test_values(void)
{
	static const char none[][36] = { "memory.soft_limit_in_bytes", "memory.swappiness",
		"memory.kmem.limit_in_bytes", "memory.oom_control", "blkio.leaf_weight",
		"cpu.rt_runtime_us", "net_cls.classid", "hugetlb.2MB.usage_in_bytes", "cpuset.cpu_exclusive" };
	int fd = v2_directory("16777216\n", "50000 100000\n");
	char buf[64] = "", name[64], test[96];
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		const char *const *v = values[i];
		bool good = v2_counterpart(v[0], name, sizeof(name)) && str_eq(name, v[2]);

		str_format(test, sizeof(test), "v2-%s-%s", v[0], v[1]);
		for (ret = 0; test[ret]; ret++)
			if (test[ret] == ' ')
				test[ret] = '_';
		err_clear();
		ret = v2_value(fd, v[0], v[1], buf, sizeof(buf));
		if (v[3])
			good = good && !ret && str_eq(buf, v[3]);
		else
			good = good && ret == -EINVAL && err_is_set();
		result(test, good, ret ? err_text() : buf);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		str_format(test, sizeof(test), "v2-none-%s", none[i]);
		result(test, !v2_counterpart(none[i], name, sizeof(name)), name);
	}
	close(fd);
	fd = v2_directory("max\n", "max 100000\n");
	err_clear();
	ret = v2_value(fd, "memory.memsw.limit_in_bytes", "48M", buf, sizeof(buf));
	result("v2-swap-without-a-limit", ret == -EINVAL && strstr(err_text(), "limit_in_bytes"), err_text());
	err_clear();
	ret = v2_value(fd, "cpu.cfs_period_us", "50000", buf, sizeof(buf));
	result("v2-period-without-a-quota", !ret && str_eq(buf, "max 50000"), buf);
	unlinkat(fd, "memory.max", 0);
	unlinkat(fd, "cpu.max", 0);
	str_format(test, sizeof(test), "/proc/self/fd/%d", fd);
	ret = (int)readlink(test, name, sizeof(name) - 1);
	name[ret > 0 ? ret : 0] = '\0';
	rmdir(name);
	close(fd);
}

int main(void)
{
	test_mounts();
	test_bases();
	test_resolve();
	test_order();
	test_families();
	test_use();
	test_values();
	return unit_status();
}
