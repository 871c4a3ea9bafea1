obj-y += cgroup/layout.c cgroup/cgroup.c cgroup/v1.c cgroup/tree.c cgroup/freezer.c cgroup/devices.c cgroup/rules.c
obj-$(CONFIG_CGROUP_V2) += cgroup/v2.c
obj-$(CONFIG_CGROUP_BPF) += cgroup/bpf.c
obj-$(if $(CONFIG_CGROUP_BPF)$(CONFIG_DEVICE_EVENTS),y) += cgroup/device_change.c
obj-$(if $(CONFIG_LXC_CGROUP)$(CONFIG_LXC_DEVICE),y) += cgroup/file.c
obj-$(CONFIG_OOM_NOTICE) += cgroup/oom.c
obj-$(CONFIG_CGROUP_STAT) += cgroup/stat.c
obj-$(CONFIG_LS_REPAIR) += cgroup/unused.c
