obj-y += secure/caps.c secure/process.c secure/look.c secure/limits.c
obj-$(CONFIG_UNSHARE) += secure/idmap.c
