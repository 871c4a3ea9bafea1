obj-$(CONFIG_STORE) += store/dir.c store/remove.c store/depend.c store/destroy.c
obj-$(CONFIG_LXC_CREATE) += store/create.c store/template.c
obj-$(CONFIG_TEMPLATE_BUSYBOX) += store/busybox.c
obj-$(CONFIG_STORE) += store/copy.c store/copy_file.c
