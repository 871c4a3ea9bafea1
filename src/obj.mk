obj-y += main.c
