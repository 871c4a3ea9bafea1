obj-y += console/pty.c console/relay.c console/log.c
