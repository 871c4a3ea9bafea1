obj-y += lib/err.c lib/str.c lib/fd.c lib/sys.c lib/protect.c lib/path.c lib/log.c lib/opt.c
obj-$(CONFIG_CHECKCONFIG_GZ) += lib/inflate.c
obj-$(CONFIG_JSON) += lib/json.c
obj-$(CONFIG_REGEX) += lib/match.c
