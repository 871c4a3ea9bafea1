obj-y += net/loopback.c
obj-$(CONFIG_NETLINK) += net/netlink.c net/text.c
obj-$(CONFIG_NET_ASSIGN) += net/address.c
obj-$(CONFIG_NET_LINK) += net/link.c
obj-$(CONFIG_NET_ADDRESSES) += net/addresses.c
obj-$(CONFIG_NAT) += net/nat.c net/nft.c
obj-$(CONFIG_LXCBOX_NET) += net/bridge.c net/host_record.c net/host_up.c net/host_undo.c net/host_down.c net/host_dhcp.c
