obj-y += applets/common.c
obj-$(CONFIG_STORE) += applets/copying.c
