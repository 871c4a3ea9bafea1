/* SPDX-License-Identifier: MIT */
/*
 * Devices that a running container gets and loses: nodes (node.c), and what the kernel tells of
 * devices (uevent.c) to a container with lxcbox.device lines (device_events.c).
 */
#ifndef CONTAINER_DEVICE_H
#define CONTAINER_DEVICE_H

#include "container/container.h"

/* ---- nodes ---- */

struct device_node {
	mode_t mode;		/* S_IFCHR or S_IFBLK, and permissions */
	dev_t rdev;
	uid_t uid;
	gid_t gid;
};

/*
 * Makes a node below a root, or removes it; directories above it are made, links are never
 * followed. on: the file system that its directory must be of, 0: any. What is there already must
 * be this device; so must what is removed. 1: done, 0: it was so; -errno with err.
 */
int node_make(int root_fd, const char *target, const struct device_node *want,
	      dev_t on) MUST_CHECK;
int node_remove(int root_fd, const char *target, const struct device_node *want,
		dev_t on) MUST_CHECK;

/* ---- what the kernel tells (uevent.c, pure) ---- */

/* One event, or what /sys says of one device; texts point into what was parsed, "": none. */
struct uevent {
	bool is_add, is_remove;	/* neither: something else happens to it */
	const char *devpath;	/* below /sys, with its slash */
	const char *subsystem;
	const char *name;	/* of the node, below /dev */
	int major, minor;	/* major -1: it has no node */
	int vendor, product;	/* -1: not told here */
};

/*
 * A message of NETLINK_KOBJECT_UEVENT (lib/kobject_uevent.c), "add@/devices/…" and KEY=VALUE each
 * with its NUL; -EINVAL without err text: not one, or a name that no node may have.
 */
int uevent_parse(char *message, size_t n, struct uevent *e) MUST_CHECK;
/* The same of a file "uevent" in /sys, whose lines are such pairs; the text is cut up. */
int uevent_parse_file(char *text, struct uevent *e) MUST_CHECK;

/* ---- lxcbox.device (device_events.c, CFG_DEVICE_EVENTS) ---- */

/*
 * Called whenever the socket s->uevents is readable: gives and takes devices. Never fails; what
 * cannot be done is logged. Allocates nothing.
 */
void device_events_read(struct start *s);
/* Ends it; what was given goes with the container's /dev and cgroup. */
void device_events_close(struct start *s);

#endif
