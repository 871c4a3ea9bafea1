obj-y += net/loopback.c
