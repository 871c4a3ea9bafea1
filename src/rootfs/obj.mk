obj-y += rootfs/storage.c rootfs/bind.c rootfs/mount.c rootfs/automount.c rootfs/dev.c rootfs/pivot.c
