/* SPDX-License-Identifier: MIT */
/*
 * A container's configuration: text to struct conf and back. The language is LXC's
 * (lxc.container.conf(5)), both generations of names in any mix; keys.def has one row per key and
 * is the only list of keys.
 *
 * Every value keeps where it was written, so that a failure at mount or link time can name file
 * and line.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * file: NULL for a default, "-s" for the command line; line is then the number of the -s option; 0:
 * the file as a whole.
 */
struct origin {
	const char *file;	/* lives as long as the configuration */
	unsigned int line;
};

/* "file:line: " or "" into buf (ORIGIN_MAX bytes), for messages. */
#define ORIGIN_MAX 320
const char *origin_text(struct origin at, char *buf);

struct conf_str {
	char *v;		/* NULL: unset */
	struct origin at;
};

struct conf_int {
	int64_t v;		/* the default while not set */
	bool set;
	struct origin at;
};

/* An entry of a list, or of a map when key is not NULL (lxc.cgroup.KEY, lxc.prlimit.KEY ...). */
struct conf_item {
	struct conf_item *next;
	struct origin at;
	char *key;
	char *v;
};

struct conf_list {
	struct conf_item *first, *last;
};

#define NET_KIND(id, name, cfg, needs_link, ops) NET_##id,
enum net_kind {
	NET_UNSET,
#include "conf/net_kinds.def"
};
#undef NET_KIND

/* "veth" of NET_VETH, "" of NET_UNSET and of no kind. */
const char *net_kind_name(int64_t kind);
/* The other way round; -EINVAL, no err text. */
int net_kind_parse(const char *s) MUST_CHECK;
bool net_kind_needs_link(int64_t kind);

struct conf_net {
	struct conf_net *next;
	int index;		/* identity of the new names, position for the old ones */
	struct origin at;	/* of the type */
	struct conf_int kind;	/* enum net_kind */
	struct conf_str link, name, hwaddr, mtu, script_up, script_down, veth_pair;
	struct conf_str ipv4_gateway, ipv6_gateway;
	struct conf_str veth_mode, macvlan_mode, ipvlan_mode, ipvlan_isolation;
	struct conf_int up, vlan_id, l2proxy;
	struct conf_int veth_vlan_id;	/* -1: none */
	struct conf_int veth_n_rxqueues, veth_n_txqueues;
	char veth_made[16];	/* the name that veth_pair has without being asked for */
	struct conf_list ipv4, ipv6;	/* v: "ADDRESS/PREFIX" or, IPv4, "ADDRESS/PREFIX BROADCAST" */
	struct conf_list veth_ipv4_route, veth_ipv6_route, veth_vlan_tagged_id;
};

struct conf {
	/* Who it is; set by the caller before loading. */
	const char *name, *lxcpath;
	char *file;		/* the file that was loaded, NULL: none */
	/*
	 * Keys and values that this build does not act on are parsed and kept in place of
	 * refused: for those who only read, convert or test. Set after conf_init, never for a
	 * start.
	 */
	bool keeps_unbuilt;

	/* Values, one member per row of keys.def. */
	struct conf_str uts_name, arch;
	struct conf_str rootfs_path, rootfs_mount, rootfs_options, rootfs_backend, rootfs_tmpfs,
		rootfs_verity;
	struct conf_int rootfs_managed;
	struct conf_str mount_fstab;
	struct conf_list mount_entry;	/* v: one fstab line, checked when it was read */
	struct conf_list mask, readonly;	/* v: "proc", "sys", "/clean/path" or "!/clean/path" */
	struct conf_list mount_auto;	/* v: one word each: "proc:mixed" as written, checked */
	struct conf_int autodev, autodev_size, tty_max, pty_max;
	struct conf_str tty_dir, console_path, console_logfile;
	struct conf_int console_buffer_size, console_size;	/* bytes, powers of two; 0: none */
	struct conf_int console_rotate;
	struct conf_list cap_drop, cap_keep;	/* v: one capability each */
	struct conf_list cgroup, cgroup2; /* key: control file ("devices.allow"); in file order */
	struct conf_str cgroup_dir, cgroup_dir_monitor, cgroup_dir_monitor_pivot;
	struct conf_str cgroup_dir_container, cgroup_dir_container_inner;
	struct conf_int cgroup_relative;
	struct conf_str init_cmd, init_cwd, execute_cmd;
	struct conf_int init_uid, init_gid;
	struct conf_list init_groups;
	/* Numbers of this architecture. */
	struct conf_int signal_halt, signal_reboot, signal_stop, signal_pdeath;
	struct conf_list environment, env_runtime, env_hooks;	/* v: NAME=VALUE or NAME */
	struct conf_list group;
	struct conf_int start_auto, start_delay, start_order;
	struct conf_int no_new_privs, ephemeral, monitor_unshare, keyring_session, sched_core;
	struct conf_int time_boot, time_monotonic;	/* nanoseconds */
	struct conf_list idmap;			/* v: "u 0 100000 65536", one blank each */
	struct conf_list prlimit, sysctl, proc;	/* maps */
	struct conf_int ns_clone, ns_keep;	/* CLONE_NEW* bits */
	struct conf_list ns_share;		/* key: "net"; v: name, process or absolute path */
	/* Commands. */
	struct conf_list hook_pre_start, hook_pre_mount, hook_mount, hook_autodev, hook_start_host;
	struct conf_list hook_start, hook_stop, hook_post_stop, hook_clone, hook_destroy;
	struct conf_int hook_version;
	struct conf_str log_file, log_syslog;
	struct conf_int log_level;
	struct conf_net *net;			/* in order of index */
	struct conf_str seccomp_profile, seccomp_notify_proxy, seccomp_notify_cookie;
	/* lxcbox.*: seconds; ready is "fd:N" or "file:/PATH". */
	struct conf_str restart_policy, ready;
	struct conf_int restart_delay, restart_factor, restart_delay_max, restart_max;
	struct conf_int restart_stable, ready_timeout;
	struct conf_list depends;
	struct conf_list device;	/* v: see device_match_parse */
	struct conf_list net_forward;	/* key: "N.forward", v: see conf_forward_parse */
	struct conf_str aa_profile, se_context, se_context_keyring;
	struct conf_list aa_raw;
	struct conf_int seccomp_allow_nesting, aa_allow_incomplete, aa_allow_nesting;

	/* conf/'s own. */
	struct conf_mem *mem;			/* where all values live */
	struct conf_file *files;		/* that were read, the last one first */
	struct conf_net *net_now;		/* what old names without a number mean */
	unsigned int n_net, n_settings;		/* made so far, also those that are gone */
	/* Told of each line with a key, before it acts; NULL: nobody. arg is for it alone. */
	void (*on_line)(struct conf *c, struct origin at, const char *key);
	/* Shown the text of each file before it is read; NULL: nobody. */
	void (*on_text)(struct conf *c, const char *file, const char *text, size_t len);
	void *arg;
};

/*
 * Kernel's personality (PER_LINUX or PER_LINUX32) of a value of lxc.arch; -EINVAL for an unknown
 * name, no err text.
 */
int conf_arch_persona(const char *arch) MUST_CHECK;

/*
 * Number of a signal written as LXC does: SIGNAME (any case), decimal, SIGRTMIN+n, SIGRTMAX-n.
 * -EINVAL with err.
 */
int signal_parse(const char *s) MUST_CHECK;

/*
 * Number of a capability by its name without CAP_ (any case) or as a decimal number below 64;
 * -EINVAL, no err text.
 */
int cap_number(const char *name) MUST_CHECK;
/* "sys_admin"; NULL when this table ends before cap. */
const char *cap_name(int cap);

/* RLIMIT_* of this architecture by name ("nofile"); -EINVAL, no err text. */
int rlimit_number(const char *name) MUST_CHECK;
/*
 * "SOFT[:HARD]", numbers or "unlimited" (RLIM_INFINITY is UINT64_MAX here); one value sets both.
 * -EINVAL with err.
 */
int rlimit_parse(const char *v, uint64_t *soft, uint64_t *hard) MUST_CHECK;

/* The kernel's DEVCG_ACC_*. */
enum device_access { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4 };
#define DEVICE_ANY (-1)

/* One value of lxc.cgroup.devices.allow or deny. */
struct device_rule {
	char type;		/* 'a', 'b', 'c'; 0: named by path, to be looked up at the start */
	int major, minor;	/* DEVICE_ANY for '*' */
	unsigned int access;	/* DEVICE_* */
	const char *path;	/* into the parsed text, path_len bytes; NULL but for type 0 */
	unsigned int path_len;
};

/*
 * "a", "a *:* rwm", "c 1:3 rwm", "b *:* r", "/dev/x rw". The kernel reads whatever follows an 'a'
 * as "everything", so anything narrower after it is refused here. -EINVAL with err.
 */
int device_rule_parse(const char *v, struct device_rule *r) MUST_CHECK;

/* One value of lxcbox.device: which devices, and what of them the container gets. */
#define DEVICE_NAME_MAX 63
struct device_text {
	const char *at;		/* into the parsed text; NULL: any */
	unsigned int len;
};
struct device_match {
	struct device_text subsystem, name;	/* patterns: * and ? */
	int vendor, product;			/* -1: any */
	struct device_text as;			/* below /dev; NULL: as the device is called */
	unsigned int access;			/* DEVICE_* */
	unsigned int mode, uid, gid;		/* of the node */
};

/* What it is made of, for messages. */
#define DEVICE_WORDS "subsystem= vendor= product= name= as= mode= uid= gid= rwm"

/*
 * "subsystem=tty vendor=1a2b product=3c4d name=ttyUSB* rw as=modem mode=0660 uid=0 gid=5", in any
 * order. -EINVAL with err.
 */
int device_match_parse(const char *v, struct device_match *m) MUST_CHECK;
/* Whether all of a text is as a pattern says, in which * is any text and ? any character. */
bool device_text_fits(const struct device_text *pattern, const char *text);

/* A line of lxc.idmap: count ids from inside on are those from outside on. */
struct id_map {
	bool is_group;
	uint32_t inside, outside, count;
};

/* As many lines as Linux takes since 4.15 for users, and for groups; older ones take five. */
#define ID_MAP_MAX 340

/* Of an item of lxc.idmap. With CFG_ID_MAPS. */
void conf_id_map(const struct conf_item *it, struct id_map *m);

/* One line of lxcbox.net.N.forward. */
struct conf_forward {
	int net;		/* N */
	bool is_udp, is_ipv6;
	uint16_t host_port, port;
	uint8_t host[16];	/* in network order; 0: every address of the host */
};

/*
 * "tcp 9999 22", "udp 192.0.2.1:53 53", "tcp [2001:db8::1]:80 80": protocol, port of the host with
 * its address, port of the container; 0.0.0.0 and [::] are every address. -EINVAL, no err text.
 */
int conf_forward_parse(const char *v, struct conf_forward *f) MUST_CHECK;
/* The same of a line of net_forward, which is a good one; *out is the interface, NULL: none. */
void conf_forward_get(const struct conf *c, const struct conf_item *it, struct conf_forward *f,
		      const struct conf_net **out);

/* A mount: one line of lxc.mount.entry or of the fstab file, or one of lxc.mount.auto. */
struct mount_spec {
	char *source;		/* \040 and the like already decoded; "none" as written */
	char *target;		/* as written; see mount_target_in() */
	char *fstype;
	char *data;		/* for mount(2): what is left of the options, NULL: nothing */
	char *idmap;		/* option "idmap=..." as written, NULL: none */
	int tree;	/* its mount, made by who may, above 2; 0: none; the taker closes it */
	unsigned long flags;	/* MS_* */
	unsigned long clear;	/* MS_* that a word like "rw" or "dev" switched off */
	/* MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE, each or'ed with MS_REC; 0: none */
	unsigned long propagation;
	bool optional, create_dir, create_file, relative;
	/*
	 * So many bytes of the source are the host's own, and links in them are followed; behind
	 * them none is. 0: it is all the host's.
	 */
	unsigned int trusted;
	struct origin at;
};

/*
 * Parses one fstab line (SRC TARGET FSTYPE OPTS [FREQ PASS]); 0, or -EINVAL with err naming the
 * word at fault. Release with mount_spec_free. Own parser of octal escapes: musl's getmntent
 * differs from glibc's.
 */
int mount_spec_parse(const char *line, struct origin at, struct mount_spec *m) MUST_CHECK;
void mount_spec_free(struct mount_spec *m);

/* Its flags, propagation and data as a list of options ("bind,ro,mode=755") into buf, for a person
 * to read. */
const char *mount_spec_options(const struct mount_spec *m, char *buf, size_t n);

/*
 * The path inside the container that a target means: a prefix equal to lxc.rootfs.mount,
 * lxc.rootfs.path or LXCPATH/NAME/rootfs, at a component boundary, is cut; any other absolute
 * target is inside the container already. Without leading slash, "" for the root itself. Points
 * into m->target.
 */
const char *mount_target_in(const struct conf *c, const struct mount_spec *m);

/*
 * What lxc.rootfs.path says behind "KIND:"; NULL when there is no rootfs. *kind is the first *len
 * bytes there: of the path, else lxc.rootfs.backend, else "dir".
 */
const char *conf_storage(const struct conf *c, const char **kind, size_t *len);
/* The host's directory of it that is written to: of an overlay the upper one; NULL: no rootfs. */
const char *conf_rootfs(const struct conf *c);

/* lxcbox.rootfs.verity taken apart: ROOTHASH [hash=FILE] [offset=BYTES]. */
struct verity_spec {
	char root[65];		/* small hexadecimal digits */
	char file[4096];	/* that the hash tree is in, "": the image */
	bool has_offset;
	uint64_t offset;
};

/* -EINVAL without err. */
int conf_verity(const char *text, struct verity_spec *v) MUST_CHECK;

/* Sets every member to the default of its row. name and lxcpath are borrowed. */
void conf_init(struct conf *c, const char *name, const char *lxcpath);
void conf_free(struct conf *c);

/*
 * Loads a file (and what it includes) on top of what is there. All problems are reported: each
 * bad line adds one line to the error list (20 at most), the first of them becomes err; -EINVAL
 * then. Other errors: the file cannot be read (-errno).
 */
int conf_load(struct conf *c, const char *path) MUST_CHECK;

/* conf_load of a text in memory; text[len] must be writable, name must outlive c. */
int conf_load_text(struct conf *c, const char *name, char *text, size_t len) MUST_CHECK;

/* One KEY=VALUE, as -s gives it. nth counts from 1, for messages. */
int conf_set(struct conf *c, const char *assignment, unsigned int nth) MUST_CHECK;

/*
 * What is checked once everything is read (drop with keep ...). 0; -EINVAL with err when this found
 * a problem or there was one before, the first of them being err.
 */
int conf_check(const struct conf *c) MUST_CHECK;

/* ---- problems (problem.c) ---- */

enum severity { PROBLEM_ERROR, PROBLEM_WARNING, PROBLEM_NOTE };

/*
 * What is wrong with a configuration; a warning is acted on all the same, a note says where others
 * act differently. No text has a control character. Warnings and notes only with CFG_LXCBOX_CHECK.
 */
struct problem {
	struct problem *next;
	struct origin at;		/* file: as long as the configuration lives */
	enum severity severity;
	const char *line;		/* all of it: "file:line: key: text" */
	const char *text;		/* the end of that */
	const char *key;		/* as written; NULL: none, as in all that follow */
	const char *value;		/* that the text quotes, cut to 80 bytes */
	const char *accepted;		/* what would have been */
	const char *suggestion;		/* the key or word that was probably meant */
};

/*
 * Of the configuration that was loaded last, in the order of reading; NULL: none. Lives until the
 * next conf_init.
 */
const struct problem *conf_problem_list(void);
/* How many there are in the list, 20 at most; *more: there are more. */
unsigned int problems_count(enum severity severity, bool *more);

/*
 * For who goes on to find more: keeps what conf_load or conf_set returned in the list, clears err.
 * 0; ret when it is not about what is written; -E2BIG: there are enough.
 */
int conf_defer(int ret) MUST_CHECK;

/*
 * The failure that err tells, as one more problem of that line, in its place; clears err. 0;
 * -E2BIG: there are enough. key NULL: none.
 */
int conf_report(int ret, struct origin at, const char *key) MUST_CHECK;

/* A warning, also to the log, or a note; fmt is a literal. */
void problem_tell(enum severity severity, struct origin at, const char *key, const text_t *fmt,
		  ...);
#define problem_tell(severity, at, key, ...) \
	(TEXT_CHECK(__VA_ARGS__), problem_tell)(severity, at, key, TEXT(__VA_ARGS__))

/*
 * What is told of good files, with CFG_LXCBOX_CHECK. conf_strict, before loading: a note for each
 * line that LXC (1.1.5, or 5 and 6) reads otherwise, and for lines in vain. conf_advise, after it:
 * warnings of risky devices, and when strict notes on the whole.
 */
void conf_strict(struct conf *c);
void conf_advise(const struct conf *c, bool strict);

/*
 * Calls each() for all that was set, as lxc-info -c prints it, with the new name ("lxc.net.0.type")
 * and its line: files that were included, then the keys in the order of the table. Stops when it
 * is not 0 and returns that. Files: see conf_included_at.
 */
typedef int conf_line_fn(void *arg, struct origin at, const char *key, const char *v);
int conf_each(const struct conf *c, conf_line_fn *each, void *arg) MUST_CHECK;

/* Where the file of an origin was included; NULL: it was not. With CFG_LXCBOX_CHECK or CFG_PLAN. */
struct origin conf_included_at(const struct conf *c, struct origin at);

/*
 * Writes the value of a key (old or new name) to fd as lxc-info -c prints it, one line per entry
 * of a list: "KEY = VALUE". bare: only the value, but for a whole family. Number of lines, 0: it
 * has no value; -ENOENT: no such key.
 */
int conf_print(const struct conf *c, const char *key, bool bare, int fd) MUST_CHECK;

/* Takes text, piece by piece: 0, or -errno, which ends the printing. */
struct conf_sink {
	int (*put)(struct conf_sink *s, const char *text, size_t n);
};

/*
 * The same into a sink, without a byte of memory. "lxc.net" gives the kinds of all interfaces, as
 * LXC does; "lxc.net.N" (or lxc.network.N, by position) and "lxc.hook" all that is set of them,
 * line by line under their new names, also when bare.
 */
int conf_print_to(const struct conf *c, const char *key, bool bare,
		  struct conf_sink *out) MUST_CHECK;

/*
 * Writes everything that was set, new names, in the order of keys.def and of the numbers of
 * interfaces, so that loading the text gives the same value of every key; included files are part
 * of it. origins: with a comment "# file:line" before each line or group of lines. 0 or -errno,
 * which is the sink's.
 */
int conf_write_to(const struct conf *c, struct conf_sink *out, bool origins) MUST_CHECK;
int conf_write(const struct conf *c, int fd, bool origins) MUST_CHECK;

/* Whether a key's name is one that LXC 2.1 replaced or dropped; false also for an unknown one. */
bool conf_key_is_old(const char *key);

/* The errors beyond the first, each with a newline; "" when there are none. */
const char *conf_problems(void);

/* Forgets them: for who goes on without that file. */
void conf_problems_clear(void);

/*
 * Lists the keys that have every one of words (ending with NULL) in a name or in their help; the
 * number of them. tabs: a line each, for scripts: name, name before 2.1 ("-": none), "SHAPE, what
 * is accepted" or "SHAPE, not built: SYMBOL" where nobody acts on it, help, section, default, what
 * it needs. Otherwise for a person: a table, or with words all that is known of each.
 */
int conf_keys_print(int fd, char *const *words, bool tabs);
/* The same as JSON, with CFG_JSON; -errno of a write that failed, without err. */
int conf_keys_json(int fd, char *const *words) MUST_CHECK;

/* ---- lxc.conf, the file of the system (system.c); only with CFG_SYSTEM_CONF ---- */

#define SYS(id, name, type, def, below_home, built, help) SYS_##id,
enum sys_key {
#include "conf/sys.def"
	SYS_COUNT
};
#undef SYS

/*
 * Reads lxc.conf of conf_sys_dir, once in a process; 0 also when there is none. All its problems
 * are reported as those of conf_load; the lines that are good hold in any case, so that who only
 * reaches for what is there can go on (see conf_sys_is_bad). A later call returns the same, without
 * err text.
 */
int conf_sys_load(void) MUST_CHECK;

/*
 * Whether a key may have been meant by a line that does not hold: its own, one with a name that is
 * near, one that could not be told from it, or any when the file cannot be read.
 */
bool conf_sys_is_bad(enum sys_key key);

/*
 * What holds: of a line (without slashes at the end of lxc.lxcpath), else the default for who
 * calls, else NULL. Before conf_sys_load the build's default.
 */
const char *conf_sys_value(enum sys_key key);
/* Where it was written; without file for a default. */
struct origin conf_sys_at(enum sys_key key);

/* "lxcpath" of SYS_LXCPATH. */
const char *conf_sys_name(enum sys_key key);
/* The key of "lxc.lxcpath"; -ENOENT, no err text. */
int conf_sys_find(const char *name) MUST_CHECK;
/* false: of a kind of storage that this version does not make. */
bool conf_sys_is_built(enum sys_key key);

/*
 * The directory of lxc.conf, and by default of default.conf: CFG_GLOBAL_CONF for root,
 * HOME/.config/lxc for others. NULL: HOME is not an absolute path, or longer than n bytes.
 */
const char *conf_sys_dir(char *buf, size_t n);

/* The keys of lxc.conf(5), source for man(7), to standard output; with CONFIG_DOCGEN too. */
void conf_sys_doc(void);

/*
 * With CONFIG_DOCGEN, source for man(7) to standard output: the keys of lxc.container.conf(5), with
 * a comment line "GROUP id" before each section of keys.def and "KEY lxc.name" after each key,
 * where tools/man puts what no table has.
 */
void conf_keys_doc(void);
/* A line "K<TAB>lxc.key<TAB>words that it takes" for each name of a key, for completion. */
void conf_words_doc(void);
/* Text as man(7) wants it: a minus is not a hyphen, a backslash is not an escape. */
void doc_text(const char *s);

#endif
