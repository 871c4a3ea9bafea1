obj-y += monitor/monitor.c monitor/loop.c monitor/server.c monitor/client.c monitor/state.c
obj-$(CONFIG_STATE_NEWS) += monitor/news.c monitor/watch.c
obj-y += monitor/control.c
obj-$(CONFIG_LXC_CONSOLE) += monitor/ttys.c monitor/terminal.c
obj-$(CONFIG_LXC_DEVICE) += monitor/hotplug.c
obj-$(CONFIG_RESTART_POLICY) += monitor/policy.c
obj-$(CONFIG_OOM_NOTICE) += monitor/oom.c
obj-$(CONFIG_READINESS) += monitor/ready.c
