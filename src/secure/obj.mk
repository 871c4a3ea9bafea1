obj-y += secure/caps.c secure/process.c secure/look.c secure/limits.c
obj-$(CONFIG_ID_MAPS) += secure/idmap.c
obj-y += secure/procfs.c
obj-$(CONFIG_SYSCTL) += secure/procfile.c
obj-$(CONFIG_SCHED_CORE) += secure/core.c
obj-$(CONFIG_LSM) += secure/lsm.c
obj-$(CONFIG_SECCOMP) += secure/seccomp.c secure/seccomp_parse.c secure/seccomp_compile.c secure/seccomp_calls.c
