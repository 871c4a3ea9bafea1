/* SPDX-License-Identifier: MIT */
/*
 * What the files of cgroup/ share and nobody else needs.
 */
#ifndef CGROUP_INTERNAL_H
#define CGROUP_INTERNAL_H

#include "cgroup/cgroup.h"

/* Whether a list with commas has the word. */
bool cgroup_list_has(const char *list, const char *word, size_t len);

/* The v2 hierarchy, NULL: none. */
const struct cgroup_hier *cgroup_find_v2(const struct cgroup_layout *l);

/* -EACCES with err: why a controller's hierarchy, which is not usable, cannot be used. */
int cgroup_not_usable(const struct cgroup_hier *h, const char *controller, size_t len) MUST_CHECK;

/*
 * Where device rules are put in force: v1's devices controller, else v2 with BPF. -ENOENT, -EACCES,
 * -EOPNOTSUPP with err.
 */
int cgroup_find_devices(const struct cgroup_layout *l, const struct cgroup_hier **h) MUST_CHECK;

/* A rule; one named by path gets the numbers that the host's node has now. -errno with err. */
int devices_read_rule(const char *v, struct device_rule *r) MUST_CHECK;
/* v1: devices.list of a directory, into an empty set. */
int devices_read_list(int dir_fd, struct device_set *s) MUST_CHECK;
/* v2: the container's directory for bpf(2), which takes no O_PATH descriptor. -errno with err. */
int devices_open_v2(const struct cgroup_hier *h, const char *dir) MUST_CHECK;

/* lxc.cgroup.pattern. */
const char *cgroup_pattern(void);

/* "a/b/c" of three parts, any of which may be empty. 0, -ENAMETOOLONG with err. */
int cgroup_join(char *buf, size_t n, const char *a, const char *b, const char *c) MUST_CHECK;

/*
 * Whether the kernel applies a control file of v1 to the one directory in which it is written, or
 * copies it when a directory is made and not later: what is written goes to the inner one as well.
 */
bool v1_is_flat(const char *file);
/* Writes it to both, where there are two. -errno, of opening with err. */
int v1_write(const struct cgroup_layout *l, const struct cgroup_hier *h, const char *dir,
	     const char *name, const char *value) MUST_CHECK;

/* v1: fills the cpuset of a new directory; the first base bytes of path were there before us. */
int v1_fill(const struct cgroup_hier *h, const char *path, size_t base) MUST_CHECK;

/* An O_PATH descriptor of the container's directory in a hierarchy. -errno with err. */
int cgroup_open_dir(const struct cgroup_hier *h, const char *dir) MUST_CHECK;

/*
 * v1: what a container's directory needs before a process may enter it. The first base bytes of its
 * path are what was there before us.
 */
int v1_prepare(const struct cgroup_hier *h, const char *path, size_t base) MUST_CHECK;

/*
 * v2: switches the controller on for the children of the base and of each directory above the last.
 */
int v2_enable(const struct cgroup_hier *h, const char *dir, const char *controller,
	      size_t len) MUST_CHECK;

/* v2: hands all controllers that a directory has to those below it. */
int v2_hand_down(const struct cgroup_hier *h, const char *dir) MUST_CHECK;

/* v2: the file that a v1 file corresponds to, in name (n bytes); false: there is none. */
bool v2_counterpart(const char *file, char *name, size_t n);

/*
 * The v2 hierarchy, for a v1 file of a controller that no v1 hierarchy has and that is called
 * otherwise on v2 (blkio, freezer); NULL: it is not there either. name as in v2_counterpart.
 */
const struct cgroup_hier *cgroup_find_renamed(const struct cgroup_layout *l, const char *file,
					      char *name, size_t n);

/*
 * v2: the value of a v1 file in the units of its counterpart, in buf. fd: the container's
 * directory. -EINVAL with err.
 */
int v2_value(int fd, const char *file, const char *value, char *buf, size_t n) MUST_CHECK;

#endif
