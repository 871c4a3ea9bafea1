/* SPDX-License-Identifier: MIT */
/*
 * The container's file tree, built by the child in its own mount namespace: storage, mounts, /dev,
 * pivot. The tree is hostile: every path in it is walked with lib/path.h and mounted on the handle
 * that was checked.
 *
 * Order: rootfs_mount_root, then rootfs_mount for each spec of rootfs_each_mount, rootfs_dev,
 * rootfs_pivot.
 */
#ifndef ROOTFS_ROOTFS_H
#define ROOTFS_ROOTFS_H

#include <stdbool.h>

#include "conf/conf.h"

/* A block device with a file system of the root on it. */
struct rootfs_device {
	int fd;		  /* keeps it; -1: none */
	bool ro;
	const char *types; /* the file system's, NULL: there is no device */
	char path[160];	  /* its node, which may not be there */
};

struct rootfs {
	int fd; /* O_PATH of the mounted root; of "/" when the container has no rootfs of its own */
	bool own;   /* false: the host's root is shared */
	char *path; /* where it is mounted, on the host's path */
	struct rootfs_device *dev; /* see rootfs_attach */
	unsigned int n_dev;
	/* The container's user namespace as long as the root is mounted by who may map its owners,
	   -1: there is none, or no more. Set by the caller. */
	int userns;
	bool in_userns; /* what is mounted, is mounted in a user namespace. Set by the caller. */
};

/*
 * Who keeps a record of what is made outside of the container. tell: a line of it, before that is
 * made; kind NULL takes the last one back. name: the container's own, of a device that has a name.
 */
struct rootfs_note {
	int (*tell)(void *arg, const char *kind, const char *const *fields);
	void *arg;
	const char *name;
};

/*
 * Checks before anything is made that the rootfs is there and of a kind that is built. err with
 * origin.
 */
int rootfs_check(const struct conf *c) MUST_CHECK;

/*
 * Makes the directories beside the storage that a kind needs and that are missing, as LXC does:
 * they are a part of the container on disk and stay. Before the root is claimed. err with origin.
 */
int rootfs_prepare(const struct conf *c) MUST_CHECK;

/* Whether rootfs_attach has something to do. */
bool rootfs_is_on_device(const struct conf *c);
/* Whether the root is of a kind that nobody can write to, whatever its options are. */
bool rootfs_is_read_only(const struct conf *c);

/*
 * Makes the devices that the root is mounted by, in the host's name: r->dev, for rootfs_mount_root,
 * which makes them itself when they are missing. They are gone with the last who has them open or
 * mounted. err with origin. With CFG_ROOTFS_LOOP.
 */
int rootfs_attach(const struct conf *c, struct rootfs *r,
		  const struct rootfs_note *note) MUST_CHECK;
void rootfs_release(struct rootfs *r);
/*
 * A loop device for the file, which frees itself: d->fd and d->path. err unless the kernel has
 * LOOP_CONFIGURE or the two calls before it. note: may be NULL. With CFG_ROOTFS_LOOP or
 * CFG_TEMPLATE_IMAGE.
 */
int loop_attach(int file, bool ro, const struct rootfs_note *note,
		struct rootfs_device *d) MUST_CHECK;

/* The undo of a line "loop", of a line "verity". */
int loop_undo(char **fields) MUST_CHECK;
int verity_undo(char **fields) MUST_CHECK;

/* Makes the mount tree of this namespace, a new one, a recursive slave of the host's. */
int rootfs_separate(void) MUST_CHECK;

/*
 * rootfs_separate, then mounts lxc.rootfs.path on lxc.rootfs.mount
 * (default CFG_ROOTFS_MOUNT, made when missing) with lxc.rootfs.options, and opens it.
 */
int rootfs_mount_root(const struct conf *c, struct rootfs *r) MUST_CHECK;

/*
 * By a process in a namespace with less privileges than the one that has mounted the root: makes a
 * mount of its own of it, which it can make "/", and opens that. With CFG_IDMAP.
 */
int rootfs_take_root(struct rootfs *r) MUST_CHECK;

/*
 * Every mount of the configuration in the order in which LXC does them: /dev's tmpfs, automounts of
 * proc and sys, fstab file, entries, automounts of cgroup. Pure: nothing is mounted; the spec is
 * valid during the call only.
 */
int rootfs_each_mount(const struct conf *c, int (*each)(const struct mount_spec *m, void *arg),
		      void *arg) MUST_CHECK;

/*
 * Mounts one: target made when asked, walked without links, flags of a bind set by a second remount
 * which keeps the flags that the source's mount has and is read back, propagation last. Failure of
 * an optional one is logged and 0.
 */
int rootfs_mount(const struct conf *c, struct rootfs *r, const struct mount_spec *m) MUST_CHECK;

/* ---- cgroups (cgroup_mount.c, CFG_CGROUP_MOUNT) ---- */

/* A hierarchy that a container has a directory in. */
struct rootfs_cgroup {
	const char *mount;	/* on the host */
	const char *root;	/* what of the hierarchy is mounted there, "" for all of it */
	const char *below;	/* the container's directory, relative to mount */
	const char *controllers;	/* "cpu,cpuacct", "name=systemd" */
	bool v2;
};

#define ROOTFS_CGROUP_MAX 24

/* The word of lxc.mount.auto that is about cgroups; NULL: none. */
const struct conf_item *rootfs_cgroup_word(const struct conf *c);
/* Whether the container can write to its own directory by it. */
bool rootfs_cgroup_is_writable(const struct conf *c);

/*
 * Mounts the container's own directories as that word says: a tmpfs on /sys/fs/cgroup, a directory
 * for each hierarchy, named by its controllers, and links of their names to one that has several;
 * v2 alone on /sys/fs/cgroup itself. Where the container has a cgroup namespace its own directory
 * is all there is to see, whatever is asked for; otherwise it lies where /proc/PID/cgroup says,
 * below empty directories or, with cgroup-full, below the hierarchy, read-only. What a host acts on
 * (notify_on_release) and what keeps others out (the freezer's state) is read-only in it. is_admin:
 * the container keeps sys_admin, which makes the default mode rw.
 */
int rootfs_mount_cgroups(const struct conf *c, struct rootfs *r, const struct rootfs_cgroup *list,
			 unsigned int n, bool is_admin, bool has_namespace) MUST_CHECK;

/*
 * Makes the mount of one with option idmap= beforehand (m->tree), by who may map owners: in a user
 * namespace nobody may. err with origin. With CFG_ROOTFS_IDMAP.
 */
int rootfs_map_mount(const struct rootfs *r, struct mount_spec *m) MUST_CHECK;

struct rootfs_ttys {
	const char *console; /* host path of the console pty's peer, NULL: no /dev/console device */
	const char *const *tty; /* host paths of tty1..tty_max */
	unsigned int n_tty;
	bool userns; /* nodes are bind mounted, since mknod is refused */
	/* Sets these paths once the devpts is there, NULL: they are set. 0 or -errno with err. */
	int (*open)(struct rootfs_ttys *t, void *arg);
	void *arg;
};

/*
 * With lxc.autodev: null zero full urandom random tty (mknod, or binds in a user namespace), fd
 * stdin stdout stderr links; always: the private devpts instance (lxc.pty.max, ptmx), console and
 * ttys. All on handles.
 */
int rootfs_dev(const struct conf *c, struct rootfs *r, struct rootfs_ttys *t) MUST_CHECK;

/*
 * lxcbox.readonly, then lxcbox.mask, when the tree has all that it is to have. A path that is not
 * there is logged and passed over; what is there and cannot be hidden, or cannot be made read-only
 * with all that is mounted below it, is an error.
 */
int rootfs_mask(const struct conf *c, const struct rootfs *r) MUST_CHECK;

/*
 * Makes it "/": pivot_root and a lazy unmount of the old root. When "/" is the initial rootfs (an
 * initramfs; pivot_root(2) cannot), moves it over and chroots; returns 1 in that case, since a
 * container that keeps sys_admin can reach the host's tree below: the caller warns.
 */
int rootfs_pivot(struct rootfs *r) MUST_CHECK;

#endif
