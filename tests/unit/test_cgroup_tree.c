/* SPDX-License-Identifier: MIT */
//link: cgroup/tree.c cgroup/layout.c cgroup/cgroup.c cgroup/inner.c cgroup/v1.c cgroup/v2.c cgroup/rules.c
//link: cgroup/devices.c cgroup/bpf.c conf/device_rule.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//link: lib/str.c lib/err.c
/* owns tests of making and removing a container's directory, in plain directories that stand for a
 * hierarchy */
/* never kills a process; what needs a real hierarchy is in tests/run */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "cgroup_test.h"
#include "lib/fd.h"

static char mount[] = "/tmp/cgroup-tree-XXXXXX";

static void done(const char *name, bool good, const char *why)
{
	result(name, good, why);
	err_clear();
}

static const char *at(const char *path)
{
	static char full[PATH_MAX];

	str_format(full, sizeof(full), "%s/%s", mount, path);
	return full;
}

static bool is_there(const char *path)
{
	return !access(at(path), F_OK);
}

static void test_names(const struct cgroup_layout *l)
{
	struct conf c = { .name = "c1" };
	char dir[PATH_MAX], small[6];
	unsigned int number = 0;

	done("choose-first",
	     !cgroup_choose(l, &c, &number, dir, sizeof(dir)) && str_eq(dir, "lxc/c1"), dir);
	done("choose-asked-again",
	     !cgroup_choose(l, &c, &number, dir, sizeof(dir)) && str_eq(dir, "lxc/c1-1"), dir);
	mkdir(at("lxc"), 0755);
	mkdir(at("lxc/c1"), 0755);
	mkdir(at("lxc/c1-1"), 0755);
	number = 0;
	done("choose-next",
	     !cgroup_choose(l, &c, &number, dir, sizeof(dir)) && str_eq(dir, "lxc/c1-2"), dir);
	number = 0;
	done("choose-too-long",
	     cgroup_choose(l, &c, &number, small, sizeof(small)) == -ENAMETOOLONG, "no error");
	rmdir(at("lxc/c1-1"));
	rmdir(at("lxc/c1"));
	rmdir(at("lxc"));
	c.cgroup_dir.v = (char *)"my/own";
	number = 0;
	done("choose-cgroup-dir",
	     !cgroup_choose(l, &c, &number, dir, sizeof(dir)) && str_eq(dir, "my/own/lxc.payload.c1"), dir);
}

static void test_create(const struct cgroup_hier *h)
{
	struct stat st;

	done("create",
	     !cgroup_create(h, "lxc/c1") && is_there("lxc/c1") && !stat(at("lxc"), &st) &&
		     (st.st_mode & S_ISVTX),
	     err_text());
	done("create-taken", cgroup_create(h, "lxc/c1") == -EEXIST, err_text());
	done("create-second", !cgroup_create(h, "lxc/c2") && is_there("lxc/c2"), err_text());
	done("remove-one",
	     !cgroup_remove(mount, "lxc/c1", 100) && !is_there("lxc/c1") && is_there("lxc/c2"),
	     err_text());
	done("remove-last-with-parent", !cgroup_remove(mount, "lxc/c2", 100) && !is_there("lxc"),
	     err_text());
	done("remove-again", !cgroup_remove(mount, "lxc/c2", 100), err_text());
	done("remove-never-the-root",
	     cgroup_remove(mount, "", 100) == -EINVAL &&
		     cgroup_remove(mount, "//", 100) == -EINVAL && is_there(""),
	     "no error");
	/* A parent that the administrator made stays: his limits are in it. */
	mkdir(at("slice"), 0755);
	done("keep-foreign-parent",
	     !cgroup_create(h, "slice/c1") && !cgroup_remove(mount, "slice/c1", 100) &&
		     is_there("slice"),
	     err_text());
	rmdir(at("slice"));
	/* A crash between removing the directory and its parents: the next removal finishes. */
	done("remove-parents-later",
	     !cgroup_create(h, "a/b/c") && !rmdir(at("a/b/c")) &&
		     !cgroup_remove(mount, "a/b/c", 100) && !is_there("a"),
	     err_text());
}

/* A tree deeper than PATH_MAX, with few descriptors. */
static void test_deep(const struct cgroup_hier *h)
{
	int fd, next, depth, ret = cgroup_create(h, "lxc/deep");

	fd = open(at("lxc/deep"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (depth = 0; depth < 3000 && fd >= 0; depth++) {
		mkdirat(fd, depth % 3 ? "dddd" : "a-long-name", 0755);
		mkdirat(fd, "side", 0755);
		next = openat(fd, depth % 3 ? "dddd" : "a-long-name",
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);
	done("populated-not", cgroup_is_populated(mount, "lxc/deep") == 0, err_text());
	done("remove-deep",
	     !ret && fd >= 0 && !cgroup_remove(mount, "lxc/deep", 100) && !is_there("lxc"),
	     err_text());
}

static void test_wide(const struct cgroup_hier *h)
{
	char name[64];
	int i, ret = cgroup_create(h, "lxc/wide");

	for (i = 0; i < 2000; i++) {
		str_format(name, sizeof(name), "lxc/wide/%d", i);
		mkdir(at(name), 0755);
	}
	done("remove-wide", !ret && !cgroup_remove(mount, "lxc/wide", 100) && !is_there("lxc"),
	     err_text());
}

/* What cannot be removed is an error in the given time, not an endless loop; a plain file stands
 * for what keeps it in use. */
static void test_stuck(const struct cgroup_hier *h)
{
	int ret = cgroup_create(h, "lxc/stuck");
	char name[] = "lxc/stuck/in/side";
	int fd;

	mkdir(at("lxc/stuck/in"), 0755);
	mkdir(at(name), 0755);
	fd = open(at("lxc/stuck/in/side/file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	close(fd);
	done("remove-stuck",
	     !ret && cgroup_remove(mount, "lxc/stuck", 50) == -ETIMEDOUT &&
		     strstr(err_text(), "after 50 ms"),
	     err_text());
	unlink(at("lxc/stuck/in/side/file"));
	done("remove-unstuck", !cgroup_remove(mount, "lxc/stuck", 50) && !is_there("lxc"),
	     err_text());
	done("populated-missing", cgroup_is_populated(mount, "lxc/stuck") == 0, err_text());
}

int main(void)
{
	struct cgroup_layout l = { .n = 1 };

	if (!mkdtemp(mount))
		return 1;
	l.h[0] = (struct cgroup_hier){ .mount = mount,
				       .root = "",
				       .base = "",
				       .controllers = "",
				       .v2 = true,
				       .usable = true };
	test_names(&l);
	test_create(&l.h[0]);
	test_deep(&l.h[0]);
	test_wide(&l.h[0]);
	test_stuck(&l.h[0]);
	done("all-gone", !rmdir(mount), "something is left");
	return unit_status();
}
