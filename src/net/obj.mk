obj-y += net/loopback.c
obj-$(CONFIG_NET_MOVE) += net/link.c
