/* SPDX-License-Identifier: MIT */
//link: rootfs/list.c rootfs/bind.c rootfs/storage.c rootfs/overlay.c rootfs/image.c rootfs/loop.c rootfs/node.c rootfs/verity.c lib/sha256.c rootfs/idmapped.c rootfs/cgroup_mount.c
//link: lib/err.c lib/str.c lib/fd.c lib/path.c lib/sys.c lib/log.c
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c conf/device_rule.c
//link: conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
/* owns tests of the pure half of rootfs/: the list of mounts in its order, and what rootfs_check refuses */
/* never mounts anything, never needs root */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "rootfs/rootfs.h"
#include "unit.h"

static char listed[2048];
static int add(const struct mount_spec *m, void *arg)
{
	size_t n = strlen(listed);

	(void)arg;
	str_format(listed + n, sizeof(listed) - n, "%s%s%.*s /%s %s %lx %s:%u;", m->source, m->trusted ? "@" : "", (int)m->trusted, m->source,
		   m->target, m->fstype, m->flags, m->data ? m->data : "", m->at.line);
	return 0;
}

/* The list of a configuration given as text with "; " between lines. */
static int list(struct conf *c, const char *text)
{
	char *copy = str_dup(text), *at = copy, *line;
	unsigned int nth = 0;
	int ret = 0;

	listed[0] = '\0';
	conf_init(c, "c1", "/var/lib/lxc");
	while (!ret && (line = str_word(&at, ";")))
		ret = conf_set(c, str_trim(line), ++nth);
	if (!ret)
		ret = rootfs_each_mount(c, add, NULL);
	free(copy);
	return ret;
}

static void lists(const char *name, const char *text, const char *want)
{
	struct conf c;
	int ret = list(&c, text);
	char why[3000];

	str_format(why, sizeof(why), "%d %s: '%s' instead of '%s'", ret, err_text(), listed, want);
	check(!ret && str_eq(listed, want), name, why);
	conf_free(&c);
}

static void refuses(const char *name, const char *text, int err, const char *words)
{
	struct conf c;
	int ret = list(&c, text);
	char why[700];

	if (!ret)
		ret = rootfs_check(&c);
	str_format(why, sizeof(why), "%d '%s'", ret, err_text());
	check(ret == -err && strstr(err_text(), words), name, why);
	conf_free(&c);
}

/* Which word of lxc.mount.auto acts, NULL: none, and whether it gives the container its cgroup to write to. */
static void cgroups(const char *name, const char *text, const char *word, bool is_writable)
{
	const struct conf_item *it;
	struct conf c;
	int ret = list(&c, text);

	it = rootfs_cgroup_word(&c);
	check(!ret && (it && word ? str_eq(it->v, word) : !it && !word), name, it ? it->v : err_text());
	check(rootfs_cgroup_is_writable(&c) == is_writable, name, is_writable ? "not to be written to" : "to be written to");
	conf_free(&c);
}

int main(void)
{
	char fstab[] = "/tmp/lxcbox-fstab-XXXXXX", text[200], want[300];
	static const char good[] = "# c\n\n a b none bind\nx y tmpfs size=1k 0 0\n";
	int fd = mkstemp(fstab);

	lists("list-nothing", "lxc.autodev=0", "");
	lists("list-host-tree-keeps-its-dev", "lxc.uts.name=x", "");
	lists("list-host-tree-new-dev", "lxc.autodev=1", "none /dev tmpfs a size=500000,nr_inodes=4096,mode=755:1;");
	lists("list-dev", "lxc.rootfs.path=/r", "none /dev tmpfs a size=500000,nr_inodes=4096,mode=755:0;");
	lists("list-dev-size", "lxc.rootfs.path=/r;lxc.autodev.tmpfs.size=65536", "none /dev tmpfs a size=65536,nr_inodes=4096,mode=755:0;");
	lists("list-order", "lxc.mount.entry=/a b none bind;lxc.autodev=1;lxc.mount.auto=sys:ro proc:rw",
	      "none /dev tmpfs a size=500000,nr_inodes=4096,mode=755:2;sysfs /sys sysfs e :3;all /sys read-only 1021 :3;proc /proc proc e :3;"
	      "/a /b none 1000 :1;");
	lists("list-mixed-own-net", "lxc.autodev=0;lxc.mount.auto=proc sys;lxc.net.0.type=empty",
	      "proc /proc proc e :2;all-but-net /proc protection 0 :2;sysfs /sys sysfs e :2;all-but-net /sys protection 0 :2;");
	lists("list-mixed-host-net", "lxc.autodev=0;lxc.mount.auto=proc:mixed;lxc.net.0.type=none",
	      "proc /proc proc e :2;all /proc protection 0 :2;");
	lists("list-mixed-kept-net", "lxc.autodev=0;lxc.mount.auto=proc:mixed;lxc.namespace.keep=net",
	      "proc /proc proc e :2;all /proc protection 0 :2;");
	/* Where links in a source are followed, and where not: rootfs, writable binds; not those that are read-only or of "/". */
	lists("list-trusted", "lxc.autodev=0;lxc.rootfs.path=/r;lxc.mount.entry=/d/x/y a none bind;lxc.mount.entry=/d a none bind;"
	      "lxc.mount.entry=/e a none bind,ro;lxc.mount.entry=/e/f a none bind,ro;lxc.mount.entry=/r/z a none rbind;"
	      "lxc.mount.entry=/r a none bind;lxc.mount.entry=/dd a none bind;lxc.mount.entry=/ a none bind",
	      "/d/x/y@/d/ /a none 1000 :3;/d /a none 1000 :4;/e /a none 1001 :5;/e/f /a none 1001 :6;/r/z@/r/ /a none 5000 :7;"
	      "/r@/r /a none 1000 :8;/dd /a none 1000 :9;/ /a none 1000 :10;");
	lists("list-trusted-outermost", "lxc.autodev=0;lxc.rootfs.path=/r;lxc.mount.entry=/d/x/y a none bind,ro;lxc.mount.entry=/d/x b none bind;"
	      "lxc.mount.entry=/d b none bind", "/d/x/y@/d/ /a none 1001 :3;/d/x@/d/ /b none 1000 :4;/d /b none 1000 :5;");
	lists("list-nofollow", "lxc.autodev=0;lxc.mount.entry=/a/b c none bind,x-lxcbox.nofollow", "/a/b@/ /c none 1000 :2;");
	refuses("check-rootfs-missing", "lxc.rootfs.path=/nowhere/at/all", ENOENT, "-s:1: lxc.rootfs.path: '/nowhere/at/all'");
	refuses("check-rootfs-file", "lxc.rootfs.path=/proc/self/status", EINVAL, "'/proc/self/status' has no file system that is known here");
	refuses("check-rootfs-dir-file", "lxc.rootfs.path=dir:/proc/self/status", ENOTDIR, "is not a directory");
	refuses("check-rootfs-backend-file", "lxc.rootfs.backend=dir;lxc.rootfs.path=/proc/self/status", ENOTDIR, "is not a directory");
	refuses("check-rootfs-tty", "lxc.rootfs.path=/dev/null", ENOTDIR, "is not a directory");
	refuses("check-rootfs-loop-dir", "lxc.rootfs.path=loop:/proc", EINVAL, "is neither a file nor a block device");
	refuses("check-rootfs-loop-missing", "lxc.rootfs.path=loop:/nowhere/at/all", ENOENT, "'/nowhere/at/all'");
	refuses("check-rootfs-kind", "lxc.rootfs.path=ubix:/proc", EINVAL, "'ubix'");
	refuses("check-overlay-missing", "lxc.rootfs.path=overlay:/nowhere/at/all:/b", ENOENT, "-s:1: lxc.rootfs.path: layer '/nowhere/at/all'");
	refuses("check-overlay-second", "lxc.rootfs.path=overlay:/:/nowhere/at/all:/b", ENOENT, "layer '/nowhere/at/all'");
	refuses("check-overlay-file", "lxc.rootfs.path=overlay:/proc/self/status:/b", EINVAL, "layer '/proc/self/status': '/proc/self/status' has no file system");
	refuses("check-overlay-device", "lxc.rootfs.path=overlay:/dev/null:/b", ENOTDIR, "layer '/dev/null' is not a directory");
	refuses("check-overlay-relative", "lxc.rootfs.path=overlay:/a:b:/c", EINVAL, "'b' is no absolute path");
	refuses("check-overlay-one", "lxc.rootfs.path=overlay:/a", EINVAL, "not 2 to 64 directories");
	refuses("check-overlay-backend", "lxc.rootfs.backend=overlayfs;lxc.rootfs.path=/nowhere/at/all:/b", ENOENT, "layer '/nowhere/at/all'");
	refuses("check-dir-overlay-option", "lxc.rootfs.path=/;lxc.rootfs.options=index=off", EINVAL, "index=off");
	refuses("check-rootfs-colon", "lxc.rootfs.path=/no:where", ENOENT, "'/no:where'");
	refuses("check-rootfs-options", "lxc.rootfs.path=/;lxc.rootfs.options=ro,idmap=other", EINVAL, "idmap=other");
	refuses("check-rootfs-mount", "lxc.rootfs.path=/;lxc.rootfs.mount=/nowhere", ENOENT, "-s:2: lxc.rootfs.mount: '/nowhere'");

	cgroups("cgroup-none", "lxc.mount.auto=proc:rw sys:rw", NULL, false);
	cgroups("cgroup-alone", "lxc.mount.auto=proc cgroup", "cgroup", true);
	cgroups("cgroup-mixed", "lxc.mount.auto=cgroup:mixed", "cgroup:mixed", true);
	cgroups("cgroup-ro", "lxc.mount.auto=cgroup:ro", "cgroup:ro", false);
	cgroups("cgroup-ro-force", "lxc.mount.auto=cgroup:ro:force", "cgroup:ro:force", false);
	cgroups("cgroup-force", "lxc.mount.auto=cgroup:force", "cgroup:force", true);
	cgroups("cgroup-full-ro", "lxc.mount.auto=cgroup-full:ro", "cgroup-full:ro", false);
	cgroups("cgroup-full-rw", "lxc.mount.auto=cgroup-full:rw", "cgroup-full:rw", true);
	cgroups("cgroup2-ro", "lxc.mount.auto=cgroup2:ro", "cgroup2:ro", false);
	cgroups("cgroup-last-acts", "lxc.mount.auto=cgroup:rw;lxc.mount.auto=cgroup-full:ro", "cgroup-full:ro", false);
	cgroups("cgroup-cleared", "lxc.mount.auto=cgroup;lxc.mount.auto=", NULL, false);

	check(fd >= 0 && !fd_write_all(fd, good, strlen(good)), "list-fstab-setup", "");
	str_format(text, sizeof(text), "lxc.autodev=0;lxc.mount.fstab=%s;lxc.mount.entry=c d none bind", fstab);
	lists("list-fstab", text, "a /b none 1000 :3;x /y tmpfs 0 size=1k:4;c /d none 1000 :3;");
	check(!fd_write_all(fd, "bad\n", 4), "list-fstab-setup", "");
	str_format(want, sizeof(want), "%s:5:", fstab);
	refuses("list-fstab-bad", text, EINVAL, want);
	unlink(fstab);
	refuses("list-fstab-missing", text, ENOENT, "-s:2: lxc.mount.fstab:");
	close(fd);
	return unit_status();
}
