/* SPDX-License-Identifier: MIT */
/*
 * What the files of rootfs/ share.
 */
#ifndef ROOTFS_INTERNAL_H
#define ROOTFS_INTERNAL_H

#include <errno.h>

#include "rootfs/rootfs.h"

/*
 * The flags of mount(2) that a mount has for itself, apart from its file system: what a remount of
 * a bind can set.
 */
#define MOUNT_FLAGS \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	 MS_STRICTATIME | MS_NOSYMFOLLOW)

/*
 * Binds what src_fd refers to on what dst_fd refers to (inside is its path, for kernels that need
 * to look again), rec with all mounts below it. The flags of the source's mount stay, set is added
 * and clear taken away, on every mount that was bound, and they are read back. Returns an O_PATH
 * descriptor of the new mount's root; -errno with err. BIND_HALF_DONE: it is mounted, but not with
 * the flags that it was to have, so that it can be no optional one that is left out. An r without a
 * descriptor is the host's root.
 */
#define BIND_HALF_DONE (-ENOTRECOVERABLE)
int bind_fd(const struct rootfs *r, int src_fd, int dst_fd, const char *inside, bool rec,
	    unsigned long set, unsigned long clear) MUST_CHECK;

/* The same for a path of the host, which is followed. */
int bind_path(const struct rootfs *r, const char *path, int dst_fd, const char *inside, bool rec,
	      unsigned long set, unsigned long clear) MUST_CHECK;

/*
 * 5.12: a detached copy of the tree, all of whose mounts have the flags before anybody can see it,
 * put: on a handle. -ENOSYS without err: not on this kernel. Others set err.
 */
int bind_tree(int src_fd, const char *src, bool rec, unsigned long set,
	      unsigned long clear) MUST_CHECK;
int bind_put(int tree, int dst_fd) MUST_CHECK;

/*
 * The same with the owners of a user namespace, of m's option idmap=; container: what "container"
 * stands for, -1: nothing. root: what r has mounted gives way to one. err. With CFG_ROOTFS_IDMAP.
 */
int idmapped_tree(int src_fd, const char *src, const struct mount_spec *m,
		  int container) MUST_CHECK;
int idmapped_root(struct rootfs *r, const struct mount_spec *options) MUST_CHECK;

/*
 * Sets and clears flags of the mount whose root fd is, keeps its others, reads them back. 0 or
 * -errno with err.
 */
int bind_remount(int fd, unsigned long set, unsigned long clear) MUST_CHECK;

/*
 * Roots of kind overlay: see struct storage in storage.c. Prepared: the upper directory and "olwork"
 * beside it are there; with a tmpfs for them (lxcbox.rootfs.tmpfs) it is the mount that makes them.
 */
int overlay_check(const char *where) MUST_CHECK;
int overlay_prepare(const char *where) MUST_CHECK;
/* How many of the lower ones are images. */
int overlay_images(const char *where);
int overlay_attach(const struct conf *c, const char *where, struct rootfs *r, bool ro,
		   const struct rootfs_note *note) MUST_CHECK;
int overlay_mount(const struct conf *c, const char *where, const struct rootfs *r, int point_fd,
		  const struct mount_spec *m) MUST_CHECK;

/* Is the name one of these, which end with a NUL each and all of them with another? */
bool name_is_in(const char *names, const char *name);

/* n devices for r, none of which is there yet. */
int rootfs_add_devices(struct rootfs *r, unsigned int n) MUST_CHECK;

/*
 * Images: files and block devices that bear the sign of a file system (image.c). attach: a file
 * gets a loop device, its lock keeps others from writing to it at the same time; ro: nothing is
 * written. mount: with the flags and data of m.
 */
bool image_is_one(const char *where);
bool image_is_read_only(const char *where);
int image_check(const char *where) MUST_CHECK;
int image_attach(const struct conf *c, const char *where, bool ro, const struct rootfs_note *note,
		 struct rootfs_device *d) MUST_CHECK;
/* Any file or block device, to be read. */
int image_attach_file(const char *where, const struct rootfs_note *note,
		      struct rootfs_device *d) MUST_CHECK;
/* Where a file system ends that says so. */
int image_end(const struct rootfs_device *d, uint64_t *at) MUST_CHECK;
int image_mount(const struct rootfs_device *d, int point_fd, const struct mount_spec *m) MUST_CHECK;
/* "ubi0", "ubi0_1": a device or volume of raw flash, for ubifs. */
bool image_is_ubi(const char *kind, size_t n);

/*
 * lxcbox.rootfs.verity: d, which is read-only, gives way to a device that checks each block against
 * the root hash as it is read. err with origin.
 */
int verity_attach(const struct conf *c, const struct rootfs_note *note,
		  struct rootfs_device *d) MUST_CHECK;

/*
 * Opens a device by its number: by path when that is its node (no link), else by one that is made
 * for it and removed. -errno; err may be set.
 */
int node_open(const char *path, mode_t type, dev_t rdev, int flags) MUST_CHECK;

/* The path of a mount in a line of /proc/PID/mountinfo, in place; NULL when the line has none. */
char *mountinfo_path(char *line);

/*
 * A mount_spec of this type is not mounted: the proc or sysfs at its target gets its protection,
 * see guard.c. The source says whether the network is the container's own.
 */
#define GUARD_TYPE "protection"
#define GUARD_NET_OWN "all-but-net"
int guard_mount(const struct rootfs *r, const struct mount_spec *m, const char *inside) MUST_CHECK;

/* Whether an automount word is of a kind that is built; -EINVAL with err otherwise. */
int automount_check(const struct conf *c) MUST_CHECK;

#endif
