obj-y += console/pty.c console/relay.c console/log.c
obj-$(CONFIG_CONSOLE_RING) += console/ring.c
obj-$(CONFIG_LXC_CONSOLE) += console/escape.c
