obj-y += applets/common.c
obj-$(CONFIG_STORE) += applets/copying.c
obj-$(CONFIG_LXC_LS) += applets/ls_show.c
obj-$(CONFIG_LS_NESTING) += applets/ls_nested.c
