/* SPDX-License-Identifier: MIT */
/*
 * One life of a container: its name and runtime directory, the plan of its start, the record that
 * undoes what was made outside of it, its first process.
 */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup/cgroup.h"
#include "conf/conf.h"
#include "console/console.h"
#include "rootfs/rootfs.h"
#include "secure/seccomp.h"
#include "secure/secure.h"

/* ---- names and configuration (load.c) ---- */

#define CONTAINER_NAME_MAX 64

/* [A-Za-z0-9._-]{1,64}, not beginning with '-' or '.'; -EINVAL with err. */
int container_check_name(const char *name) MUST_CHECK;

/*
 * Whether NAME in a LXCPATH (a descriptor of it) is a container: it has a configuration, and is not
 * being made or removed (LXC's file "partial"; also when that was interrupted).
 */
bool container_is_defined(int lxcpath_fd, const char *name);

struct opt_list;
struct opt_common;

/*
 * Loads what a command line names: -f FILE, else LXCPATH/NAME/config (refused below a known
 * rootfs), then each -s KEY=VALUE, and checks the whole. *found: whether there was a file. 0, or
 * -errno with err; more problems of a file: conf_problems().
 */
int container_load(struct conf *c, const struct opt_common *o, const struct opt_list *define,
	bool *found) MUST_CHECK;

/*
 * Reads lxc.conf for a command: o->lxcpath, when no -P has set it, is what holds. A fault in the
 * file refuses a command that makes or starts a container; others, such as lxc-stop, are warned of
 * it, lest what runs could not be reached any more, unless the fault may be in lxc.lxcpath and
 * there is no -P: they could reach another container of that name. -errno with err.
 */
int container_system(struct opt_common *o, bool makes) MUST_CHECK;
/*
 * Whether lxc.conf allows that something is made: of a command that also does other things, so that
 * its faults have been warnings. -errno with err.
 */
int container_may_start(void) MUST_CHECK;
/* Makes warnings of what conf_sys_load found: for who goes on all the same. */
void container_warn_system(void);

/* LXCPATH of a command line: -P without trailing slashes, else the build's default; into buf. */
const char *container_lxcpath(const struct opt_common *o, char *buf, size_t n);

/* ---- the runtime directory (rundir.c) ---- */

/* RUNTIME/NAME@HASH: the lock, the record and the command socket of one name in one LXCPATH. */
struct run_dir {
	int fd;			/* of the directory; -1: closed */
	int record; /* of the record while a start adds to it, else -1: see record_begin and
	               record_pause */
	bool locked;
	char path[108];
};

/*
 * Opens and locks the directory, making it (and CFG_RUNTIME_DIR, 0700, owned by us, checked) when
 * make is set. Waits up to wait_ms for a holder that goes away. 0; -ENOENT (no err text): not
 * there; -EBUSY (no err text): held, dir->fd is open without lock; others with err.
 */
int run_dir_lock(struct run_dir *d, const char *name, const char *lxcpath, bool make,
	int wait_ms) MUST_CHECK;

/* Opens without locking: -ENOENT (no err text) when it is not there. */
int run_dir_open(struct run_dir *d, const char *name, const char *lxcpath) MUST_CHECK;
/* The same by NAME@HASH, which run_dir_entry makes. */
#define RUN_ENTRY_MAX (CONTAINER_NAME_MAX + 20)
int run_dir_open_entry(struct run_dir *d, const char *entry) MUST_CHECK;
void run_dir_entry(char *buf, const char *name, const char *lxcpath);

/* Removes socket, record and directory; the lock goes with the descriptor. */
void run_dir_remove(struct run_dir *d);
void run_dir_close(struct run_dir *d);

/* Calls each() for every directory below CFG_RUNTIME_DIR with an open run_dir; stops when it
 * returns non-zero and returns that. */
int run_dir_each(int (*each)(struct run_dir *d, void *arg), void *arg) MUST_CHECK;

/* A descriptor of the directory that holds them all, which make makes; -ENOENT without err text:
 * there is none. */
int run_dir_base(bool make) MUST_CHECK;

/* ---- what one container has at a time (claims.c) ---- */

/*
 * Makes a name this container's alone: a root by its real path, a cgroup's directory, which is
 * relative, or a port of the host, "port:...". The line "claim" of the record must be there before, and undoes it. -EBUSY without err
 * text when another has it; others with err.
 */
int claim_take(const struct run_dir *d, const char *what) MUST_CHECK;
/* 1 or 0, -errno with err. */
int claim_is_own(const struct run_dir *d, const char *what) MUST_CHECK;
/* Idempotent; what is another's stays. */
int claim_drop(const struct run_dir *d, const char *what) MUST_CHECK;

/* claim_take of a root; "/" may have many. -EBUSY with err that names who has it. */
int claim_root(const struct run_dir *d, const char *root) MUST_CHECK;

/*
 * Whether another container has a claim that begins with front and of whose rest excludes() says
 * true; who, of CONTAINER_NAME_MAX + 1 bytes, is its name then. 1, 0, or -errno with err.
 */
int claim_other(const struct run_dir *d, const char *front,
		bool (*excludes)(const char *rest, const void *arg), const void *arg,
		char *who) MUST_CHECK;

/* Whether some container has it. */
bool claim_is_taken(const char *what);
/* Removes those of containers that have no directory any more; their number, -errno with err. */
int claims_clear(void) MUST_CHECK;

/* 1: a file, by its real path, lies below a root that is in use. */
int claim_above(const char *file) MUST_CHECK;

/* ---- the record (record.c) ---- */

/* Up to this many fields follow the kind in a line. */
#define RECORD_FIELDS 6
#define RECORD_LINE_MAX 4608

/* Begins a new record: boot id, lxcpath, name, configuration file, rootfs (its real
 * path), which it claims. */
int record_begin(struct run_dir *d, const struct conf *c) MUST_CHECK;

/* Appends "kind field field ..." in one write; fields may hold any byte. Call before the object is
 * made. */
int record_add(const struct run_dir *d, const char *kind, const char *const *fields) MUST_CHECK;

/* Lines that are written together: put, as often as there is something to say, then written. Those
 * for which there is no room any more are written by put. */
struct record_lines {
	size_t n;
	char text[RECORD_LINE_MAX + 1500];
};

int record_put(const struct run_dir *d, struct record_lines *l, const char *kind,
	       const char *const *fields) MUST_CHECK;
int record_write(const struct run_dir *d, struct record_lines *l) MUST_CHECK;
/* Takes the n lines before it back: their objects are gone again, or were never ours. */
int record_put_void(const struct run_dir *d, struct record_lines *l, unsigned int n) MUST_CHECK;

/* The record is opened anew for what may be added later. */
void record_pause(struct run_dir *d);
int record_add_process(const struct run_dir *d, const char *kind, pid_t pid) MUST_CHECK;

/* Calls each() for every line in file order; stops when it returns non-zero and returns that.
 * -ENOENT: no record. No err text. */
int record_each(const struct run_dir *d, int (*each)(const char *kind, char **fields, void *arg),
	void *arg) MUST_CHECK;

/* The first field of the first line of that kind into buf; -ENOENT. No err text. */
int record_get(const struct run_dir *d, const char *kind, char *buf, size_t n) MUST_CHECK;

/*
 * The process that a line names (monitor, init) when it is still that process (same start time,
 * same boot); 0 otherwise.
 */
pid_t record_process(const struct run_dir *d, const char *kind);
/* A descriptor of its directory in /proc, so that it stays that process; -ESRCH, no err text. */
int record_open_process(const struct run_dir *d, const char *kind, pid_t *pid) MUST_CHECK;

/*
 * Undoes everything that the record names, last line first, then removes the directory. Needs the
 * lock. What could not be undone keeps its record for the next command; -EBUSY with err then.
 */
int record_undo(struct run_dir *d) MUST_CHECK;
/* The same for who begins another life at once: directory, socket and lock stay. */
int record_undo_life(struct run_dir *d) MUST_CHECK;

/* ---- cgroups of a container that runs (cgroups.c) ---- */

/*
 * The hierarchies as a start of this container has used them: their base is the monitor's, and
 * those that it has no directory in are not usable. *dir is what cgroup_choose gave it. 0; -ESRCH
 * without err text: no record; others with err. The layout is to be freed in any case.
 */
int container_cgroups(const struct run_dir *d, struct cgroup_layout *l, char *dir,
		      size_t n) MUST_CHECK;
/* The same with a layout that has been read, and may be used for one container after the other. */
int container_find_cgroups(const struct run_dir *d, struct cgroup_layout *l, char *dir,
			   size_t n) MUST_CHECK;

/* cgroup_count of the container, by such a layout. As those. With CFG_CGROUP_STAT. */
int container_count(const struct run_dir *d, struct cgroup_layout *l, unsigned int which,
		    struct cgroup_counts *c) MUST_CHECK;

/* ---- the plan (plan.c, steps.def) ---- */

enum step_side {
	SIDE_HOST_BEFORE,
	SIDE_CLONE,
	SIDE_HOST_AFTER,
	SIDE_CHILD_SETUP,
	SIDE_HOST_LATE,
	SIDE_CHILD_LAST,
	SIDE_END		/* when it has stopped: no part of a start, told by --plan */
};

struct start;
struct step;
struct plan;

/* The undo of one record, for the rows that run its lines. */
struct undo {
	const struct run_dir *dir;
	int failed;		/* -errno of the first line that could not be undone */
	bool waited;		/* in vain, for processes to die */
	const char *own;	/* the last claim that was seen to be ours */
	int lent;		/* what the last line "lent" says, 0: there was none */
};

struct step_kind {
	const char *name;
	enum step_side side;
	int (*plan)(struct plan *p, const struct step_kind *k, const struct start *s);
	int (*act)(struct start *s, const struct step *step);
	int (*undo)(struct undo *u, char **fields);	/* of a record line of this name */
};

struct step {
	const struct step_kind *kind;
	struct origin at;
	const struct conf_item *item;	/* of the configuration, NULL: none */
	struct mount_spec *mount;	/* owned by the plan, NULL: none */
	const struct conf_net *net;	/* the interface that it is for, NULL: none */
	char *text;	/* what it does: "tmpfs on /tmp (nosuid,nodev)"; NULL without CFG_PLAN */
};

struct plan {
	struct step *steps;
	unsigned int n, size;
};

/* Builds the ordered steps of a start; nothing is made, no privilege is needed. */
int plan_build(struct plan *p, const struct start *s) MUST_CHECK;
void plan_free(struct plan *p);
/* Who runs it: "host", "clone", "child", "end". */
const char *plan_side_name(enum step_side side);

/*
 * One line a step, "side  kind  text  (file:line)", and one for each line of the configuration that
 * no step names, behind the step that it is a part of; before the steps what is read first, behind
 * them what acts later. as_json: as docs/json.md has it. 0 or -errno with err. With CFG_PLAN.
 */
int plan_print(const struct plan *p, const struct conf *c, bool as_json, int fd) MUST_CHECK;
/* The name of the step that a key ("lxc.net.0.type") is a part of; NULL: nobody knows. */
const char *plan_step_of(const char *key);

/* Runs the steps of one side in their order up to the first that fails. *at is the index of that
 * step. */
int plan_run(struct start *s, enum step_side side, unsigned int *at) MUST_CHECK;

/* Whether there is a step of that side. */
bool plan_has(const struct plan *p, enum step_side side);

/* Undo of a record line of that kind, NULL: nothing to undo. */
int (*plan_undo_of(const char *kind))(struct undo *u, char **fields);

/* ---- namespaces (namespaces.c) ---- */

#define NAMESPACE_MAX 8
/* The place of the user namespace among them. */
#define NAMESPACE_USER 1

/*
 * Those of a process, by its directory of /proc, that are not the caller's own: a descriptor each,
 * in the order in which they are to be joined, -1 where there is none. which: CLONE_NEW*, 0: all.
 * err names one that cannot be opened.
 */
int namespaces_open(int proc_fd, unsigned long which, int fds[NAMESPACE_MAX]) MUST_CHECK;
/* Joins them: setns(2). A pid namespace takes only children that are made from now on. */
int namespaces_join(const int fds[NAMESPACE_MAX]) MUST_CHECK;
/* A socket of nl_open(NETLINK_ROUTE) in the network of a process. -errno with err. With
 * CFG_NET_ADDRESSES. */
int namespace_open_net(pid_t pid) MUST_CHECK;
/* "user" ... by its place in those. */
const char *namespace_name(unsigned int i);
/* The same of one of CLONE_NEW*. */
const char *namespace_of_flag(unsigned long flag);
/* CLONE_NEW* of a name, that of lxc.namespace.* or the old one of lxc-attach (MOUNT); 0: none. */
unsigned long namespace_flag(const char *name, size_t len);
/* CLONE_NEW* of a list of such names, joined with |, added to *which. -EINVAL with err. */
int namespaces_parse(const char *list, unsigned long *which) MUST_CHECK;

/* ---- namespaces of others (share.c) ---- */

struct start;

/* Those of which (CLONE_NEW*) that are shared and not joined yet. */
int share_join(struct start *s, unsigned long which) MUST_CHECK;
/*
 * By the monitor, round the clone: its children are in the shared namespace of processes. A
 * descriptor of its own one, for share_leave_pid, which closes it.
 */
bool share_has_pid(const struct start *s);
int share_enter_pid(struct start *s) MUST_CHECK;
int share_leave_pid(int own) MUST_CHECK;

/* ---- a start (spawn.c, child.c, init.c) ---- */

/* What a command without a slash is looked for in when its environment has no PATH. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What runs when neither the command line nor the configuration says. */
#define DEFAULT_INIT "/sbin/init"

/* Of the monitor: its directory, record, socket and signals, and its clients when it starts again;
 * and two of the start itself. */
#define START_FOREIGN_MAX 40

/* A container's user namespace (userns.c). */
struct userns {
	int fd;			/* -1: it has the caller's */
	uid_t root_inside;	/* who sets it up: 0, or lxc.init.uid where that is no id inside */
	gid_t group_inside;
	uid_t uid;		/* the same outside */
	gid_t gid, tty;		/* tty: group 5 inside, else gid */
	bool has_own;		/* it has one, also when fd is closed again */
	bool keeps_groups;	/* setgroups(2) is denied: the caller's supplementary ones stay */
};

struct start {
	const struct conf *conf;
	char **argv;		/* the command, NULL: lxc.init.cmd, /sbin/init */
	bool execute;		/* lxc-execute: built-in PID 1 */
	bool foreground;
	unsigned int terminals, unfit;	/* in the foreground: bits of those of 0 to 2 that are
					   terminals, that are directories */
	const char *pidfile;	/* -p, NULL: none */
	const struct criu *restore;	/* where the first process comes from, NULL: a clone */
	const char *source;	/* of lxc-copy: the name of the original, NULL: no copy */
	char **hook_argv;	/* of lxc-copy: further words for its hooks, NULL: none */
	struct plan plan;
	struct run_dir *dir;
	/* lxc.ephemeral: before the last record is undone, and behind it; NULL: nobody */
	void (*at_end)(const struct start *s, bool is_undone);

	/* made by steps of the host */
	struct cgroup_layout layout;
	char cgroup_dir[256];
	struct device_set devices;	/* rules that are in force, as far as they are known */
	int uevents;			/* what the kernel tells of devices, -1: not wanted */
	struct plugged *plugged;	/* devices given by lxcbox.device; NULL: none can be */
	dev_t dev_on;			/* the file system of its /dev then */
	struct pty console; /* becomes /dev/console; stands for the caller's terminal in the
	                       foreground */
	int console_file;		/* what lxc.console.path names; -1: none */
	struct console_log console_log;
	struct ring ring;		/* of the console, over reboots */
	struct pty *ttys;
	unsigned int n_ttys;
	struct seccomp_filter filter;	/* until it runs */
	int ns[NAMESPACE_MAX];	/* for hooks of the end, -1: none */
	struct net_iface *nets;	/* its interfaces, as steps_net.c has them */
	unsigned int n_nets;
	int netns;		/* the container's network while it has any, -1: none */
	struct userns userns;
	int share[NAMESPACE_MAX];	/* that it does not get of its own, -1: not shared */

	/* the child */
	pid_t pid;
	int pidfd;
	int sync;		/* this side's end of the socket pair between monitor and child */
	int ready;		/* by which it says that it is ready, -1: nothing */
	int ready_number;	/* the descriptor that this becomes, -1: none */
	int foreign[START_FOREIGN_MAX];	/* descriptors of the monitor that the child closes first */

	/* of the child alone */
	int stdio[3];
	struct rootfs root;
	cap_set caps;
};

/* CLONE_NEW* flags that a configuration means on this kernel (namespaces.c). */
unsigned long start_namespaces(const struct conf *c);
/* Whether the container gets a user namespace of its own, or another's. */
bool start_has_userns(const struct conf *c);
/*
 * Whether a process without privileges can get a user namespace and a cgroup namespace in it: the
 * kernel has both (3.12, 4.6) and user.max_user_namespaces was not 0 when this was asked first.
 */
bool start_may_nest(void);
/* Whether the kernel has those that the configuration names, and none is kept that would let the
 * container's setup reach the host. err with origin. */
int start_check_namespaces(const struct conf *c) MUST_CHECK;
/* The second half of that, whatever the kernel; *at and *key are the line, not named by err. */
int start_check_kept(const struct conf *c, struct origin *at, const char **key) MUST_CHECK;
/* Whether it has all: asked when a clone fails. err names the one that is missing. */
int start_ask_namespaces(const struct conf *c) MUST_CHECK;
/*
 * lxc.cgroup.dir.monitor.pivot: where the monitor goes when everything of its container is undone.
 * What it cannot do it logs. With CFG_CGROUP_DIRS.
 */
void start_pivot(const struct start *s);
/* Whether the container gets a /dev/console. */
bool start_has_console(const struct conf *c);

/* The state that a start needs before plan_build: defaults, no descriptors. */
void start_init(struct start *s, const struct conf *c);
void start_release(struct start *s);
/* Releases what a life has made and keeps what was asked for: ready for plan_build. */
void start_reset(struct start *s);

/*
 * Runs the start up to exec of the first process: host steps, clone, the child's steps, device
 * rules. On failure the child is dead and reaped, err is set; what was made is still in the record
 * for record_undo. 0: the container runs.
 */
int container_spawn(struct start *s) MUST_CHECK;

/* ---- the filter of system calls (steps_seccomp.c), with CFG_SECCOMP ---- */

/* Whether the first process is under its filter, by the kernel's word. -errno with err. */
int start_check_filter(const struct start *s) MUST_CHECK;
/*
 * The filter that the first process of a running container was given; empty when it has none. To be
 * freed in any case; -errno with err.
 */
int container_filter(const struct run_dir *d, struct seccomp_filter *f) MUST_CHECK;

/* ---- interfaces (steps_net.c), with CFG_NET_IFACE ---- */

/* lxc.net.N.script.down of those that were made; a failure is logged. With CFG_NET_SCRIPT. */
void start_net_down(struct start *s);

/* The child's side; never returns. */
void child_run(struct start *s) __attribute__((noreturn));

/*
 * Splits a command line as lxc.init.cmd is split: blanks, single and double quotes, backslash; no
 * expansion. NULL-terminated, one free() for all; NULL with err.
 */
char **command_split(const char *line) MUST_CHECK;

/* Replaces the process by argv, found along PATH of the container's environment; returns -errno
 * with err. */
int command_exec(char **argv, char **env);

/* PID 1 of lxc-execute: runs argv, forwards signals, reaps orphans; returns its exit status
 * (128+signal). Never returns. */
void init_run(const char *name, char **argv, char **env) __attribute__((noreturn));

/* Exit status of a command for a wait(2) status: program status, 128+signal. */
int status_to_exit(int wait_status);

#endif
