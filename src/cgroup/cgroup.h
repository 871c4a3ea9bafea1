/* SPDX-License-Identifier: MIT */
/*
 * Control groups: where the hierarchies are, a container's directory in each of them, limits,
 * device rules, freezing, killing, removal. cgroup v1 first (Documentation/admin-guide/cgroup-v1),
 * v2 (cgroup-v2.rst) where that is what the kernel has.
 *
 * "dir" below is always what cgroup_choose gave: the container's directory relative to the base of
 * each hierarchy. Where the layout names an inner directory, limits, device rules and freezing are
 * of dir, and the processes are in the inner one below it, which is all that they can write to.
 */
#ifndef CGROUP_CGROUP_H
#define CGROUP_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"

#define CGROUP_HIER_MAX 24

/* One mounted hierarchy that this process may use. */
struct cgroup_hier {
	char *mount; /* mount point on the host */
	char *root; /* what part of the hierarchy is mounted there: "" for all of it, "docker/x" for
		       a bind mount of that */
	char *base; /* path of this process's own cgroup below the mount ("" for the root), without
		       slashes at the ends */
	char *controllers; /* "cpu,cpuacct", "name=systemd"; for v2 what cgroup.controllers of the
			      base says, with commas */
	bool v2, noprefix;
	bool unused; /* lxc.cgroup.use names none of its controllers; not usable then */
	bool usable; /* the base is known and this process may make directories in it */
};

static inline bool cgroup_is_v2(const struct cgroup_hier *h)
{
	return CFG_CGROUP_V2 && h->v2;
}

struct cgroup_layout {
	struct cgroup_hier h[CGROUP_HIER_MAX];
	unsigned int n;
	char inner[128]; /* the directory below the container's in which its processes are; "": none */
};

/*
 * Reads /proc/self/mountinfo and /proc/self/cgroup: every cgroup mount at whatever place, each
 * hierarchy once, the one with the freezer first (so that removal in this order freezes before it
 * kills). No cgroup mounted at all is not an error here (n = 0). Base on v1 is the cgroup of this
 * process; on v2, where a cgroup with processes can have no children with controllers, it is the
 * nearest one above without processes. Free with cgroup_layout_free. -errno with err.
 */
int cgroup_layout_read(struct cgroup_layout *l) MUST_CHECK;
/* The same with the cgroup of process 1 (without systemd's init.scope) as base. CFG_CGROUP_DIRS. */
int cgroup_layout_read_root(struct cgroup_layout *l) MUST_CHECK;
void cgroup_layout_free(struct cgroup_layout *l);

/*
 * The same from the texts of the two files, and without looking at the mounts themselves; for
 * tests.
 */
int cgroup_layout_parse(struct cgroup_layout *l, char *mountinfo, char *self_cgroup) MUST_CHECK;

/*
 * Leaves out the hierarchies that a list as in lxc.cgroup.use does not name: one that is left out
 * is found and is not usable. A controller takes those that are mounted with it along. NULL: all
 * stay. -ENOENT with err: what a word names is not mounted.
 */
int cgroup_layout_use(struct cgroup_layout *l, const char *use) MUST_CHECK;

/*
 * The hierarchy that has a controller ("devices", "name=systemd"), v1 before v2; NULL when none is
 * mounted.
 */
const struct cgroup_hier *cgroup_find(const struct cgroup_layout *l, const char *controller,
				      size_t len);
bool cgroup_has(const struct cgroup_hier *h, const char *controller, size_t len);

/*
 * The container's directory in a hierarchy, as host path, and relative to h->mount (for the
 * record). -ENAMETOOLONG with err.
 */
int cgroup_path(const struct cgroup_hier *h, const char *dir, char *buf, size_t n) MUST_CHECK;
int cgroup_below_mount(const struct cgroup_hier *h, const char *dir, char *buf,
		       size_t n) MUST_CHECK;

/* The directory of the container's processes: dir, or the inner one below it. As those. */
int cgroup_inner(const struct cgroup_layout *l, const char *dir, char *buf, size_t n) MUST_CHECK;

/*
 * Where this process is in a hierarchy, relative to h->mount; "" when that is not below it, or
 * cannot be told.
 */
void cgroup_here(const struct cgroup_hier *h, char *buf, size_t n);

/*
 * The hierarchy and the file that a lxc.cgroup.FILE line means ("memory.limit_in_bytes"; noprefix
 * hierarchies: "cpus" for cpuset.cpus; controllers that are on v2: the v2 counterpart where there
 * is one). -ENOENT with err saying "controller 'memory' is not mounted" or "no counterpart on
 * cgroup v2"; -EACCES: mounted but not usable.
 */
int cgroup_resolve(const struct cgroup_layout *l, const char *file, const struct cgroup_hier **h,
		   char *name, size_t n) MUST_CHECK;

/*
 * Whether every lxc.cgroup.* and lxc.cgroup2.* line has its hierarchy, devices included; nothing is
 * made. The first that has none is named with file and line.
 */
int cgroup_check(const struct cgroup_layout *l, const struct conf *c) MUST_CHECK;

/*
 * The name of a container's directory below the base: lxc.cgroup.pattern of lxc.conf, else Kconfig
 * CFG_CGROUP_PATTERN, with %n for the name ("lxc/%n"); with lxc.cgroup.dir that directory and
 * "lxc.payload.NAME", as LXC does; "-1", "-2" ... appended until it does not exist in the first
 * usable hierarchy. lxc.cgroup.dir.container is taken as it is: -EADDRINUSE with err when it is
 * there already. Nothing is made. *number is 0 at first and counts the names that were looked at.
 * Where cgroup_create finds the name taken (-EEXIST), the next one is asked for.
 */
int cgroup_choose(const struct cgroup_layout *l, const struct conf *c, unsigned int *number,
		  char *buf, size_t n) MUST_CHECK;

/*
 * Makes the directory in one hierarchy, cpuset made usable on the way down (cpus and mems copied
 * from the parent, clone_children), memory.use_hierarchy set where it is 0, notify_on_release left
 * 0. What is made bears the sticky bit, by which cgroup_remove knows the parents that are ours.
 * -EEXIST when the last component is there already: it is somebody else's, so do not undo; choose
 * again.
 */
int cgroup_create(const struct cgroup_hier *h, const char *dir) MUST_CHECK;

/*
 * Makes the inner directory in every usable hierarchy, once limits and (v1) device rules stand: v1
 * copies the latter when a directory is made, and later neither takes "deny a" nor hands an allow
 * down. Limits that the kernel applies to one directory only are written to it as well.
 */
int cgroup_create_inner(const struct cgroup_layout *l, const char *dir,
			const struct conf *c) MUST_CHECK;

/*
 * Moves a process in (cgroup.procs) and reads /proc/PID/cgroup back: -EPERM when it is not there.
 */
int cgroup_enter(const struct cgroup_hier *h, const char *dir, pid_t pid) MUST_CHECK;
/* That reading back alone. */
int cgroup_check_place(const struct cgroup_hier *h, const char *dir, pid_t pid) MUST_CHECK;

/*
 * The same for every usable hierarchy, reading back once; into the inner directory where there is
 * one. 0 is the calling process, which must have one thread, and much the cheapest.
 */
int cgroup_enter_all(const struct cgroup_layout *l, const char *dir, pid_t pid) MUST_CHECK;

/*
 * Moves the calling process, which must have one thread, to mount/dir: what cgroup_here gave.
 * -errno without err text.
 */
int cgroup_go(const char *mount, const char *dir) MUST_CHECK;
/*
 * The same out of mount/dir, if it is there, to back or the nearest one above that takes it.
 * Without err text.
 */
int cgroup_leave(const char *mount, const char *dir, const char *back) MUST_CHECK;

/*
 * A descriptor of the directory of the container's processes on v2, in which a process can be born
 * (sys_clone_into); -1: none, or not usable, or it cannot be opened. No err text.
 */
int cgroup_open_v2(const struct cgroup_layout *l, const char *dir);

/*
 * Gives the directory of the processes, and the files by which processes move and v2 hands
 * controllers down, to a user, as the kernel wants it for who may make cgroups below: no file that
 * sets a limit. Once all have entered who are not that user. With CFG_IDMAP.
 */
int cgroup_give(const struct cgroup_layout *l, const char *dir, uid_t uid, gid_t gid) MUST_CHECK;

/*
 * The lines of lxc.cgroup.* and lxc.cgroup2.* that are not about devices, in the order in which
 * they are to be written: file order, but memory.limit_in_bytes before memory.memsw.limit_in_bytes
 * (the kernel refuses it otherwise). Their number, -E2BIG beyond max.
 */
int cgroup_order(const struct conf *c, const struct conf_item **out, unsigned int max) MUST_CHECK;

/*
 * Writes one of them; on v2 the controller is switched on for the directory first. err names file,
 * line, key and value. A configuration may speak to both worlds: where a controller has lines of
 * both families, those of the version that it is not on are left out (logged, 0); with lines of the
 * wrong family only it is refused.
 */
int cgroup_set(const struct cgroup_layout *l, const char *dir, const struct conf *c,
	       const struct conf_item *it) MUST_CHECK;

/*
 * A control file of a container that runs, by the name it has where the controller is mounted.
 * cgroup_print: its bytes to fd, and a newline when they do not end in one. cgroup_write: one
 * value; a device rule is checked as those of a configuration are. Where a BPF program stands for
 * the list (v2) it is refused by name: see cgroup_devices_change. Both are of the container's own
 * directory; what the kernel does not hand down is written to the inner one too. -ENOENT, -EINVAL
 * and what the kernel says, with err.
 */
int cgroup_print(const struct cgroup_layout *l, const char *dir, const char *file,
		 int to) MUST_CHECK;
int cgroup_write(const struct cgroup_layout *l, const char *dir, const char *file,
		 const char *value) MUST_CHECK;

/*
 * What may be opened: a default, and exceptions to it, as security/device_cgroup.c has them. Zeroes
 * at first.
 */
struct device_set {
	bool allow;		/* the default; the exceptions are the opposite */
	bool is_known;		/* of a container: it has been put in force or asked for */
	unsigned int n, size;
	struct device_rule *rule; /* of type 'b' or 'c' */
	uint32_t program;	/* v2: id of the BPF program in force, 0: none */
};

void device_set_free(struct device_set *s);

/* Whether the configuration has device rules (cgroup_devices_apply would do something). */
bool cgroup_devices_wanted(const struct conf *c);

/*
 * Device rules, all lxc.cgroup.devices.* items of the configuration in their order (deny, allow,
 * deny again is honoured). Computes what the kernel's list must then be (security/device_cgroup.c),
 * writes, reads devices.list back and compares as a set: -EPERM when they differ. A rule that the
 * kernel would take without effect ("deny c 1:3 w" after "allow c 1:* rwm": it removes exact
 * matches only) is refused. Where devices is not on v1: one BPF program (CFG_CGROUP_BPF), else
 * refused by name. *have is what the container then has: for the functions below, by which the same
 * process may change it, and device_set_free.
 */
int cgroup_devices_apply(const struct cgroup_layout *l, const char *dir, const struct conf *c,
			 struct device_set *have) MUST_CHECK;

/*
 * Where a container's rules are a BPF program (v2), which nobody but who attached it can tell:
 * lxc-cgroup and lxc-device ask the monitor then.
 */
bool cgroup_devices_are_program(const struct cgroup_layout *l);

/*
 * Fills *have for a container that was started without rules, from devices.list or, where there is
 * none, as everything; and makes room for so many rules more, so that cgroup_device_give does not
 * allocate. -errno with err.
 */
int cgroup_devices_learn(const struct cgroup_layout *l, const char *dir, unsigned int room,
			 struct device_set *have) MUST_CHECK;

/*
 * One rule of a running container, on v2: as written to devices.allow or devices.deny. The program
 * is replaced; at no moment does the container have more than before or after. -errno with err.
 */
int cgroup_devices_change(const struct cgroup_layout *l, const char *dir, bool allow,
			  const char *rule, struct device_set *have) MUST_CHECK;

/*
 * Lets a running container use one device, with r->access of it, unless its rules do already;
 * *given is what of it they did not have for that device. cgroup_device_take takes just that back,
 * r->access being *given; other rules for the device go on. v1 and v2; -errno with err.
 */
int cgroup_device_give(const struct cgroup_layout *l, const char *dir, const struct device_rule *r,
		       struct device_set *have, unsigned int *given) MUST_CHECK;
int cgroup_device_take(const struct cgroup_layout *l, const char *dir, const struct device_rule *r,
		       struct device_set *have) MUST_CHECK;

/* "c 1:3 rwm" as the kernel writes it; buf of DEVICE_TEXT bytes. */
#define DEVICE_TEXT 32
const char *device_rule_text(const struct device_rule *r, char *buf);

/*
 * The v1 hierarchy whose device rules have to stand before the inner directory is made; NULL: they
 * come last, without an inner directory or on v2.
 */
const struct cgroup_hier *cgroup_devices_first(const struct cgroup_layout *l,
					       const struct conf *c);
/* Sees that the inner directory has the list that the outer one was given, and the process. v1. */
int cgroup_devices_verify(const struct cgroup_layout *l, const char *dir, const struct conf *c,
			  pid_t pid) MUST_CHECK;

/*
 * Checks the grammar of one value of devices.allow / devices.deny: "a", "c 1:3 rwm", "b *:* r",
 * "/dev/x rw". -EINVAL with err.
 */
int cgroup_devices_check(const char *rule) MUST_CHECK;

/*
 * Freezer (v1 freezer.state with retry, v2 cgroup.freeze). timeout in ms; -ETIMEDOUT (and thawed
 * again), -EOPNOTSUPP without a freezer. A container that has frozen its inner directory itself is
 * frozen, and is thawed there as well.
 */
int cgroup_freeze(const struct cgroup_layout *l, const char *dir, bool freeze,
		  int timeout_ms) MUST_CHECK;
enum freezer_state { FREEZER_UNKNOWN, FREEZER_THAWED, FREEZER_FREEZING, FREEZER_FROZEN };

/* As the kernel says now; FREEZER_UNKNOWN without a freezer. No err text. */
enum freezer_state cgroup_freezer_state(const struct cgroup_layout *l, const char *dir);
/* Frozen or about to be; false without a freezer. No err text. */
bool cgroup_is_frozen(const struct cgroup_layout *l, const char *dir);
/*
 * An inotify descriptor that is readable once somebody has written the state (v1) or it has
 * changed (v2). -errno without err text. A v1 kernel does not tell when freezing is done.
 */
int cgroup_freezer_watch(const struct cgroup_layout *l, const char *dir) MUST_CHECK;

/*
 * A descriptor that is readable when the kernel finds no memory for the container (v1), or has
 * counted something of the kind (v2); what is read of it means nothing. -errno without err text:
 * no memory controller, or one without the means.
 */
int cgroup_oom_watch(const struct cgroup_layout *l, const char *dir) MUST_CHECK;
/* Its processes killed for lack of memory so far; -errno without err text: v1 counts since 4.13. */
int cgroup_oom_kills(const struct cgroup_layout *l, const char *dir) MUST_CHECK;

/*
 * Directories of containers, by lxc.cgroup.pattern, in which nobody is and that cgroup_create has
 * made: each with its mount point, its path below that, and the name that cgroup_choose gave it.
 * Stops when each() returns non-zero and returns that. With CFG_LS_REPAIR.
 */
typedef int cgroup_unused_fn(const char *mount, const char *below, const char *dir, void *arg);
int cgroup_each_unused(const struct cgroup_layout *l, cgroup_unused_fn *each,
		       void *arg) MUST_CHECK;

/* ---- what is counted (stat.c) ---- */

enum cgroup_count {
	COUNT_CPU,		/* nanoseconds */
	COUNT_CPU_USER,		/* hundredths of a second */
	COUNT_CPU_SYS,
	COUNT_IO,		/* bytes of block devices, read and written */
	COUNT_IO_READ,
	COUNT_IO_WRITE,
	COUNT_IO_OPS,
	COUNT_MEMORY,		/* bytes */
	COUNT_MEMORY_SWAP,	/* of both */
	COUNT_SWAP,
	COUNT_KERNEL,
	COUNT_MAX
};

struct cgroup_counts {
	unsigned int has;	/* bits of those that this kernel counts for the container */
	uint64_t v[COUNT_MAX];	/* of the others 0 */
};

/*
 * Counts of a container that runs: cpuacct, blkio (throttle) and memory of v1, cpu.stat, io.stat
 * and memory of v2, each controller where it is. which: bits of enum cgroup_count; others may come
 * along. No err text.
 */
void cgroup_count(const struct cgroup_layout *l, const char *dir, unsigned int which,
		  struct cgroup_counts *c);

/*
 * For the next two, dir is relative to the mount point (cgroup_below_mount).
 *
 * Kills every process below mount/dir with SIGKILL, thawed if need be, until none is left or
 * timeout_ms passed; then removes the directory and what is below it (depth first, what a container
 * made too), and the parents that are empty and were made by cgroup_create. Works from the path
 * alone, idempotent: a directory that is not there is success. -ETIMEDOUT, -EBUSY with err.
 */
int cgroup_remove(const char *mount, const char *dir, int timeout_ms) MUST_CHECK;

/*
 * Moves a process into mount/dir. A directory of v2 that has given controllers to those below it
 * takes none (cgroup-v2.rst, "No Internal Process Constraint"): then it goes where like is, a
 * process that is below it. err names the directory.
 */
int cgroup_enter_below(const char *mount, const char *dir, pid_t pid, pid_t like) MUST_CHECK;

/* 1 when a process is in dir or below it, 0 (also when there is no such directory), -errno. */
int cgroup_is_populated(const char *mount, const char *dir) MUST_CHECK;

#endif
