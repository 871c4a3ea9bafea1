obj-$(CONFIG_STORE) += store/dir.c store/remove.c
