obj-y += rootfs/storage.c rootfs/bind.c rootfs/mount.c rootfs/list.c rootfs/dev.c rootfs/pivot.c
obj-$(CONFIG_ROOTFS_OVERLAY) += rootfs/overlay.c
obj-$(CONFIG_MOUNT_MASK) += rootfs/mask.c
obj-$(CONFIG_CGROUP_MOUNT) += rootfs/cgroup_mount.c
obj-$(CONFIG_MOUNT_AUTO) += rootfs/guard.c
obj-$(CONFIG_ROOTFS_LOOP) += rootfs/image.c rootfs/loop.c rootfs/node.c
obj-$(CONFIG_ROOTFS_VERITY) += rootfs/verity.c lib/sha256.c
obj-$(CONFIG_ROOTFS_IDMAP) += rootfs/idmapped.c
