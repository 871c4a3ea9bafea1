/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of the grammar of mount entries, and of what their targets mean */
/* never needs root, never mounts */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "conf/parse.h"
#include "lib/compat.h"
#include "lib/str.h"

static int failed;
static const struct origin nowhere;

static void check(bool good, const char *name)
{
	printf(good ? "ok conf-mount-%s\n" : "not ok conf-mount-%s: see its source\n", name);
	failed |= !good;
	err_clear();
}

static bool same(const char *a, const char *b)
{
	return a && b ? str_eq(a, b) : a == b;
}

struct want {
	const char *line, *source, *target, *fstype, *data;
	unsigned long flags, clear, propagation;
	unsigned int marks;	/* 1 optional, 2 create=dir, 4 create=file, 8 relative, 16 nofollow */
};

static bool reads_as(const struct want *w)
{
	struct mount_spec m;
	bool good;

	if (mount_spec_parse(w->line, nowhere, &m)) {
		printf("refused: '%s': %s\n", w->line, err_text());
		err_clear();
		return false;
	}
	good = same(m.source, w->source) && same(m.target, w->target) &&
	       same(m.fstype, w->fstype) && same(m.data, w->data) && m.flags == w->flags &&
	       m.clear == w->clear && m.propagation == w->propagation &&
	       (unsigned int)(m.optional | m.create_dir << 1 | m.create_file << 2 |
			      m.relative << 3 | m.trusted << 4) == w->marks;
	if (!good)
		printf("'%s' is: source '%s' target '%s' type '%s' data '%s' flags %lx clear %lx "
		       "propagation %lx\n",
		       w->line, m.source, m.target, m.fstype, m.data ? m.data : "(none)", m.flags,
		       m.clear, m.propagation);
	mount_spec_free(&m);
	return good;
}

static void check_good(void)
{
	static const struct want list[] = {
		{ "/bin/sh /opt/c/bin/sh none bind,ro,nosuid,nodev 0 0", "/bin/sh", "/opt/c/bin/sh",
		  "none", NULL, MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0 },
		{ "tmpfs /tmp tmpfs nosuid,mode=1777,create=dir,size=1m 0 0", "tmpfs", "/tmp",
		  "tmpfs", "mode=1777,size=1m", MS_NOSUID, 0, 0, 2 },
		{ "  proc\tproc  proc", "proc", "proc", "proc", NULL, 0, 0, 0, 0 },
		{ "proc proc proc defaults 0", "proc", "proc", "proc", NULL, 0, 0, 0, 0 },
		{ "/a a none rbind,rslave,optional,create=file", "/a", "a", "none", NULL,
		  MS_BIND | MS_REC, 0, MS_SLAVE | MS_REC, 5 },
		{ "a b none bind,relative,ro,rw,dev", "a", "b", "none", NULL, MS_BIND,
		  MS_RDONLY | MS_NODEV, 0, 8 },
		{ "a b none bind,rw,ro", "a", "b", "none", NULL, MS_BIND | MS_RDONLY, 0, 0, 0 },
		{ "/a\\040b c\\011d none bind 0 0", "/a b", "c\td", "none", NULL, MS_BIND, 0, 0,
		  0 },
		{ "/a\\134040b c none bind", "/a\\040b", "c", "none", NULL, MS_BIND, 0, 0, 0 },
		{ "/a\\04 b\\9 none bind", "/a\\04", "b\\9", "none", NULL, MS_BIND, 0, 0, 0 },
		{ "o /m overlay lowerdir=/a:/b,upperdir=/u,ro,workdir=/w", "o", "/m", "overlay",
		  "lowerdir=/a:/b,upperdir=/u,workdir=/w", MS_RDONLY, 0, 0, 0 },
		/* Only whole words are options: "rootcontext" begins with "ro". */
		{ "a b ext4 rootcontext=x,xoptionalx", "a", "b", "ext4", "rootcontext=x,xoptionalx",
		  0, 0, 0, 0 },
		{ "a b ext4 ,,ro,,data=ordered,x-mount.mkdir,", "a", "b", "ext4", "data=ordered",
		  MS_RDONLY, 0, 0, 0 },
		{ "a b ext4 noatime,lazytime,nosymfollow,silent,sync", "a", "b", "ext4", NULL,
		  MS_NOATIME | MS_LAZYTIME | MS_NOSYMFOLLOW | MS_SILENT | MS_SYNCHRONOUS, 0, 0, 0 },
		{ "none x none remount,ro 0 0 # words behind a mark", "none", "x", "none", NULL,
		  MS_REMOUNT | MS_RDONLY, 0, 0, 0 },
		{ "none x none private", "none", "x", "none", NULL, 0, 0, MS_PRIVATE, 0 },
		{ "/a\\040b c\\040d tmpfs", "/a b", "c d", "tmpfs", NULL, 0, 0, 0, 0 },
		{ "/a b none bind,remount,ro", "/a", "b", "none", NULL, MS_BIND | MS_RDONLY, 0, 0, 0 },
		{ "none b none bind,remount,ro", "none", "b", "none", NULL,
		  MS_BIND | MS_REMOUNT | MS_RDONLY, 0, 0, 0 },
		{ "/proc/self/fdinfo b none bind,x-systemd.automount,x-lxcbox.nofollow",
		  "/proc/self/fdinfo", "b", "none", NULL, MS_BIND, 0, 0, 16 },
		{ "a b tmpfs # no options", "a", "b", "tmpfs", NULL, 0, 0, 0, 0 },
	};
	bool all = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++)
		all &= reads_as(&list[i]);
	check(all, "entries");
}

static void check_bad(void)
{
	static const char *const list[] = {
		"",
		" ",
		"a",
		"a b",
		"a b none",
		"a b none ro",
		"a b none bind,foo",
		"a b none bind,mode=1",
		"a b none bind, ro",
		"a b none bind 0 0 0",
		"a b none bind x 0",
		"a b none bind,create=dir,create=file",
		"a b none bind,create=x",
		"a b none bind,idmap=other",
		"a\\000b c none bind",
		"a b none move,x=1",
		"/a b none bind,x-lxcbox.nofolow",
		"a b none bind,relative,x-lxcbox.nofollow",
		"/proc/self/fd/3 b none bind",
		"/proc/thread-self/fd b none rbind",
		"/dev/fd/0 b none bind",
	};
	struct mount_spec m;
	bool all = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++, err_clear()) {
		if (mount_spec_parse(list[i], nowhere, &m) != -EINVAL || !err_is_set() ||
		    m.source) {
			printf("taken: '%s'\n", list[i]);
			all = false;
		}
	}
	check(all, "entries-refused");
}

static bool target_is(const char *rootfs, const char *mount, const char *target, const char *want)
{
	struct mount_spec m = { .target = (char *)target };
	struct conf c;
	bool good;

	conf_init(&c, "c1", "/var/lib/lxc");
	c.rootfs_path.v = (char *)rootfs;
	c.rootfs_mount.v = (char *)mount;
	good = str_eq(mount_target_in(&c, &m), want);
	if (!good)
		printf("'%s' means '%s', not '%s'\n", target, mount_target_in(&c, &m), want);
	return good;
}

static void check_targets(void)
{
	check(target_is("/opt/c1", NULL, "proc", "proc") &&
		      target_is("/opt/c1", NULL, "a/b", "a/b"),
	      "target-relative");
	check(target_is("/opt/c1", NULL, "/opt/c1/tmp", "tmp") &&
		      target_is("/opt/c1/", NULL, "/opt/c1/tmp", "tmp") &&
		      target_is("dir:/opt/c1", NULL, "/opt/c1//tmp", "tmp") &&
		      target_is("/opt/c1", NULL, "/opt/c1", ""),
	      "target-below-rootfs");
	check(target_is("/opt/c1", NULL, "/opt/c10/tmp", "opt/c10/tmp"), "target-at-a-component");
	check(target_is("/opt/c1", NULL, "/tmp", "tmp") &&
		      target_is("/opt/c1", NULL, "//tmp", "tmp") &&
		      target_is("/opt/c1", NULL, "/", ""),
	      "target-inside");
	check(target_is("/opt/c1", "/mnt/r", "/mnt/r/a", "a") &&
		      target_is("/opt/c1", NULL, CFG_ROOTFS_MOUNT "/a", "a"),
	      "target-below-the-mount-point");
	check(target_is("/opt/c1", NULL, "/var/lib/lxc/c1/rootfs/a", "a") &&
		      target_is("/opt/c1", NULL, "/var/lib/lxc/c2/rootfs/a",
				"var/lib/lxc/c2/rootfs/a"),
	      "target-below-lxcpath");
	check(target_is(NULL, NULL, "/mnt/a", "mnt/a") &&
		      target_is(NULL, "/mnt", "/mnt/a", "mnt/a"),
	      "target-without-rootfs");
}

int main(void)
{
	check_good();
	check_bad();
	check_targets();
	return failed;
}
