obj-y += container/rundir.c container/claims.c container/record.c container/load.c container/plan.c container/namespaces.c container/steps_host.c
obj-y += container/steps_child.c container/child.c container/environment.c container/spawn.c container/command.c container/cgroups.c
obj-$(CONFIG_PLAN) += container/plan_print.c
obj-$(CONFIG_LXC_EXECUTE) += container/init.c
obj-$(CONFIG_LXC_ATTACH) += container/attach.c container/join.c
obj-$(CONFIG_HOOKS) += container/hooks.c
obj-$(CONFIG_NAMESPACE_SHARE) += container/share.c
obj-$(CONFIG_UNSHARE) += container/unshare.c
