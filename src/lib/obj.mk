obj-y += lib/err.c lib/str.c lib/fd.c lib/fd_pass.c lib/sys.c lib/protect.c lib/path.c lib/log.c lib/opt.c
obj-$(if $(CONFIG_CHECKCONFIG_GZ)$(CONFIG_PACK_TEXT)$(CONFIG_INFLATE_STREAM),y) += lib/inflate.c
obj-$(CONFIG_PACK_TEXT) += lib/text.c
obj-$(CONFIG_JSON) += lib/json.c
obj-$(CONFIG_REGEX) += lib/match.c
obj-$(CONFIG_CGROUP_STAT) += lib/units.c
