obj-y += applets/common.c
