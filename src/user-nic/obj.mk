# lxc-user-nic is a program of its own, which shares these with lxcbox.
obj-user-nic += user-nic/main.c user-nic/caller.c user-nic/db.c user-nic/nic.c user-nic/quota.c
obj-user-nic += net/netlink.c net/link.c lib/err.c lib/str.c lib/fd.c lib/sys.c
