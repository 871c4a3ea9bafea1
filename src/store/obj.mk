obj-$(CONFIG_STORE) += store/dir.c store/remove.c
obj-$(CONFIG_STORE) += store/copy.c store/copy_file.c
