/* SPDX-License-Identifier: MIT */
/* What the files of conf/ share and nobody else includes: key table, types, line iterator. */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "conf/conf.h"

/* Where a key keeps its value. */
enum shape {
	SHAPE_STR,	/* struct conf_str in struct conf */
	SHAPE_INT,	/* struct conf_int */
	SHAPE_LIST,	/* struct conf_list */
	SHAPE_MAP,	/* struct conf_list; the name goes on: lxc.cgroup.FILE */
	SHAPE_NET_STR,	/* the same three in struct conf_net: lxc.net.N.X, lxc.network.[N.]X */
	SHAPE_NET_INT,
	SHAPE_NET_LIST,
	SHAPE_NONE,	/* nothing is kept */
};

enum type_flags {
	ENDS = 1,	/* a blank and '#' end the value; otherwise they belong to it, as in LXC */
	WORDS = 2,	/* "accepted" is the list of the words that are accepted */
	CLEARS = 4,	/* the parser gets the empty value, too; otherwise that resets the key */
	NOCASE = 8,	/* small and capital letters of those words are the same */
};

/* 1 when one of two CFG_ symbols is 1, as a literal that can be glued to a name. */
#define EITHER(a, b) EITHER_(a, b)
#define EITHER_(a, b) EITHER_##a##b
#define EITHER_00 0
#define EITHER_01 1
#define EITHER_10 1
#define EITHER_11 1
#define WITH_NET EITHER(CFG_NET_KEYS, CFG_CONF_GRAMMAR)
#define WITH_VETH EITHER(CFG_NET_VETH, CFG_CONF_GRAMMAR)
#define WITH_MACVLAN EITHER(CFG_NET_MACVLAN, CFG_CONF_GRAMMAR)
#define WITH_IPVLAN EITHER(CFG_NET_IPVLAN, CFG_CONF_GRAMMAR)
#define WITH_ROUTER EITHER(CFG_NET_L2PROXY, CFG_CONF_GRAMMAR)
#define WITH_PORT_VLAN EITHER(CFG_NET_BRIDGE_VLAN, CFG_CONF_GRAMMAR)
#define WITH_VLAN EITHER(CFG_NET_VLAN, WITH_PORT_VLAN)
#define WITH_AUTO EITHER(CFG_MOUNT_AUTO, CFG_CONF_GRAMMAR)
#define WITH_DIRS EITHER(CFG_CGROUP_DIRS, CFG_CONF_GRAMMAR)
#define WITH_SHARE EITHER(CFG_NAMESPACE_SHARE, CFG_CONF_GRAMMAR)
#define WITH_TIME EITHER(CFG_TIME_OFFSET, CFG_CONF_GRAMMAR)
#define WITH_PROCFILE EITHER(CFG_SYSCTL, CFG_CONF_GRAMMAR)
#define WITH_SYSLOG EITHER(CFG_LOG_SYSLOG, CFG_CONF_GRAMMAR)
#define WITH_IDMAP EITHER(CFG_IDMAP, CFG_CONF_GRAMMAR)
#define WITH_BUFFER EITHER(CFG_CONSOLE_CAP, EITHER(CFG_CONSOLE_RING, CFG_CONF_GRAMMAR))

/* The kinds of storage that a build tells apart, at least those that it has. */
#define STORAGE_KINDS STORAGE_KINDS_(CFG_CONF_GRAMMAR)
#define STORAGE_KINDS_(grammar) STORAGE_KINDS__(grammar)
#define STORAGE_KINDS__(grammar) STORAGE_KINDS_##grammar
#define STORAGE_KINDS_0 "dir"
#define STORAGE_KINDS_1 "dir overlay overlayfs aufs btrfs lvm loop nbd zfs rbd"

/*
 * TYPE(id, parser, flags, what is accepted: for messages); OPTION(CFG symbol, the same): of keys
 * that only a build with the symbol has. CFG_CONF_GRAMMAR: of keys that no build acts on yet; it
 * gives way to the symbol of the feature when that comes. Numbers take their range from the text,
 * words their set: there is no other list of either.
 */
#define CONF_TYPES(TYPE, OPTION) \
	TYPE(TEXT, text, 0, "text") \
	TYPE(COMMAND, text, 0, "a command line") \
	TYPE(PATH, path, 0, "a path") \
	TYPE(FSTAB, fstab, CLEARS, "path of an fstab file; without the line there is none") \
	TYPE(ROOTFS, rootfs, 0, "a path or KIND:PATH") \
	TYPE(BACKEND, backend, ENDS | WORDS, STORAGE_KINDS) \
	OPTION(CFG_ROOTFS_VERITY, VERITY, verity, ENDS, \
	       "64 hexadecimal digits [hash=/FILE] [offset=BYTES]") \
	TYPE(OPTIONS, mount_options, ENDS, "mount options separated by commas") \
	TYPE(LABEL, apparmor, ENDS, "unconfined, unchanged or the name of a profile") \
	TYPE(BOOL, number, ENDS, "0 or 1") \
	TYPE(AUTODEV, autodev, ENDS | CLEARS, "0 or 1") \
	TYPE(COUNT, number, ENDS, "a number from 0 to 4096") \
	TYPE(PTYS, number, ENDS, "a number from 0 to 1048576") \
	TYPE(SECONDS, number, ENDS, "a number of seconds from 0 to 2147483647") \
	TYPE(U32, number, ENDS, "a number from 0 to 4294967294") \
	TYPE(ORDER, order, ENDS, "a number from -2147483648 to 2147483647") \
	TYPE(SIZE, number, ENDS, "a number of bytes from 0 to 2147483647") \
	OPTION(WITH_BUFFER, BUFFER, buffer, ENDS, \
	       "0, auto, or up to 1 GB in bytes, kB, MB or GB") \
	OPTION(WITH_TIME, TIME, time, ENDS, "a number with h, m, s, ms, us or ns, up to 292 years") \
	TYPE(SIGNAL, signal, ENDS, "SIGNAME, a number, SIGRTMIN+n or SIGRTMAX-n") \
	TYPE(PDEATH, pdeath, ENDS | CLEARS, "SIGNAME, a number, SIGRTMIN+n or SIGRTMAX-n") \
	TYPE(LEVEL, level, ENDS, "0 to 8, TRACE DEBUG INFO NOTICE WARN ERROR CRIT ALERT FATAL") \
	OPTION(WITH_SYSLOG, FACILITY, word, ENDS | WORDS | NOCASE, \
	       "daemon local0 local1 local2 local3 local4 local5 local6 local7") \
	TYPE(HOSTNAME, hostname, ENDS, "at most 64 characters without blanks") \
	TYPE(ARCH, arch, ENDS, \
	     "i686, x86_64, arm, aarch64, mips, mips64, linux32, linux64 and the like") \
	TYPE(DEVDIR, devdir, ENDS, "one name below /dev") \
	TYPE(GROUPS, groups, ENDS, "names separated by blanks") \
	TYPE(IDS, ids, ENDS, "numbers from 0 to 4294967294 separated by commas") \
	OPTION(WITH_IDMAP, IDMAP, idmap, ENDS, \
	       "u or g, first id inside, first id outside, how many; up to 4294967294") \
	TYPE(CAPS, caps, ENDS, "capabilities such as sys_admin or 21, without CAP_") \
	TYPE(CAPS_KEEP, caps, ENDS, \
	     "capabilities such as sys_admin or 21, without CAP_, or none") \
	TYPE(ENV, env, 0, "NAME=VALUE or NAME, which has no blank") \
	TYPE(CGROUP, cgroup, ENDS, "text") \
	TYPE(CGDIR, cgdir, ENDS, "a relative path without '..'") \
	OPTION(WITH_DIRS, DIRNAME, devdir, ENDS, "one name without '/'") \
	TYPE(MOUNT, mount, ENDS, "SOURCE TARGET TYPE OPTIONS [FREQ PASS]") \
	OPTION(WITH_AUTO, AUTO, automount, ENDS, \
	       "proc[:mixed|:rw] sys[:mixed|:ro|:rw] cgroup[-full][:mixed|:ro|:rw][:force] " \
	       "cgroup2[:ro|:rw][:force] shmounts:HOST[:CONTAINER]") \
	OPTION(CFG_MOUNT_MASK, MASK, mask, ENDS, "proc, sys, absolute paths, !PATH for what stays") \
	OPTION(CFG_MOUNT_MASK, RDONLY, mask, ENDS, "absolute paths") \
	TYPE(NS, namespaces, ENDS | WORDS, "mnt pid uts ipc net user cgroup time") \
	OPTION(WITH_SHARE, NS_SHARE, ns_share, ENDS, \
	       "a container's name, a process number or a path") \
	TYPE(PRLIMIT, prlimit, ENDS, "SOFT[:HARD], numbers or unlimited") \
	OPTION(WITH_PROCFILE, PROCFILE, procfile, 0, "text") \
	OPTION(CFG_CONF_GRAMMAR, SOCKET, socket, 0, "unix:/PATH") \
	TYPE(OBSOLETE, obsolete, 0, "anything") \
	TYPE(HOOKS, hooks, CLEARS, "the empty value, which clears") \
	TYPE(INCLUDE, include, CLEARS, "a file or a directory") \
	TYPE(NET_CLEAR, net_clear, CLEARS, "the empty value, which clears") \
	TYPE(NET_KIND, net_kind, ENDS | CLEARS | WORDS, \
	     "empty none veth macvlan ipvlan vlan phys") \
	TYPE(NET_UP, net_up, ENDS, "up") \
	OPTION(WITH_NET, IFNAME, ifname, ENDS, "an interface name of at most 15 characters") \
	OPTION(WITH_NET, HWADDR, hwaddr, ENDS, \
	       "xx:xx:xx:xx:xx:xx, x for a random digit, of one host (even second digit)") \
	OPTION(WITH_NET, MTU, number, ENDS, "a number from 68 to 65535") \
	OPTION(WITH_NET, ADDR4, addr, ENDS, "ADDRESS[/0-32] [BROADCAST]") \
	OPTION(WITH_NET, ADDR6, addr, ENDS, "ADDRESS[/0-128]") \
	OPTION(WITH_NET, GATEWAY4, gateway, ENDS, "an IPv4 address, auto or dev") \
	OPTION(WITH_NET, GATEWAY6, gateway, ENDS, "an IPv6 address, auto or dev") \
	OPTION(WITH_VLAN, VLAN, number, ENDS, "a number from 0 to 4094") \
	OPTION(WITH_ROUTER, VETH_MODE, word, ENDS | WORDS, "bridge router") \
	OPTION(WITH_MACVLAN, MACVLAN_MODE, word, ENDS | WORDS, "private vepa bridge passthru") \
	OPTION(WITH_IPVLAN, IPVLAN_MODE, word, ENDS | WORDS, "l2 l3 l3s") \
	OPTION(WITH_IPVLAN, IPVLAN_ISOLATION, word, ENDS | WORDS, "bridge private vepa") \
	OPTION(WITH_VETH, ROUTE4, addr, ENDS, "ADDRESS/0-32") \
	OPTION(WITH_VETH, ROUTE6, addr, ENDS, "ADDRESS/0-128") \
	OPTION(WITH_PORT_VLAN, PORT_VLAN, port_vlan, ENDS, "none or a number from 0 to 4094") \
	OPTION(WITH_VETH, QUEUES, number, ENDS, "a number from 1 to 4096") \
	OPTION(CFG_RESTART_POLICY, RESTART, word, ENDS | WORDS, "no on-failure always") \
	OPTION(CFG_RESTART_POLICY, RESTART_SECONDS, number, ENDS, \
	       "a number of seconds from 0 to 86400") \
	OPTION(CFG_RESTART_POLICY, RESTART_FACTOR, number, ENDS, "a number from 1 to 100") \
	OPTION(CFG_RESTART_POLICY, RESTART_COUNT, number, ENDS, "a number from 0 to 1000000") \
	OPTION(CFG_READINESS, DEPENDS, groups, ENDS, "names separated by blanks") \
	OPTION(CFG_READINESS, READY, ready, 0, "fd:N, N from 3 to 255, or file:/PATH") \
	OPTION(CFG_READINESS, READY_SECONDS, number, ENDS, \
	       "a number of seconds from 0 to 86400") \
	OPTION(CFG_DEVICE_EVENTS, DEVICE, device, ENDS, DEVICE_WORDS) \
	OPTION(CFG_NET_FORWARD, FORWARD, forward, ENDS, \
	       "tcp or udp, a port of the host or ADDRESS:PORT, a port of the container") \
	OPTION(CFG_SYSTEM_CONF, SYSPATH, syspath, 0, "an absolute path") \
	OPTION(CFG_SYSTEM_CONF, CGPATTERN, cgpattern, ENDS, "a path with %n for the name, without '..'") \
	OPTION(CFG_SYSTEM_CONF, CGUSE, cguse, ENDS, \
	       "controllers, name=NAME, @kernel, @named, @all, separated by commas") \
	OPTION(CFG_LXCBOX_NET, TRUTH, word, WORDS, "true false") \
	OPTION(CFG_LXCBOX_NET, IP4, ip, 0, "an IPv4 address") \
	OPTION(CFG_LXCBOX_NET, IP6, ip, 0, "an IPv6 address") \
	OPTION(CFG_LXCBOX_NET, NETMASK, netmask, 0, "a mask such as 255.255.255.0") \
	OPTION(CFG_LXCBOX_NET, PREFIX6, number, 0, "a number from 0 to 128") \
	OPTION(CFG_LXCBOX_NET, SUBNET4, subnet, 0, "NETWORK/0-32") \
	OPTION(CFG_LXCBOX_NET, SUBNET6, subnet, 0, "NETWORK/0-128") \
	OPTION(CFG_LXCBOX_NET, RANGE4, ip_range, 0, "FIRST,LAST, two IPv4 addresses") \
	OPTION(CFG_LXCBOX_NET, LEASES, number, 0, "a number from 1 to 65535") \
	OPTION(CFG_LXCBOX_NET, DOMAIN, domain, 0, "a name of at most 253 characters")

#define TYPE_ENUM(id, parser, flags, accepted) TYPE_##id,
#define OPTION_ENUM(built, id, parser, flags, accepted) TYPE_##id,
enum type { CONF_TYPES(TYPE_ENUM, OPTION_ENUM) TYPE_COUNT_ };

/* What the column "built" of keys.def may say. */
#define KEY_SYMBOLS(SYMBOL) SYMBOL(0) SYMBOL(1) SYMBOL(CFG_MOUNT_AUTO) SYMBOL(CFG_NET_KEYS) \
	SYMBOL(CFG_CGROUP_DIRS) SYMBOL(CFG_HOOKS) SYMBOL(CFG_REBOOT) SYMBOL(CFG_NAMESPACE_SHARE) \
	SYMBOL(CFG_DEVICE_EVENTS) SYMBOL(CFG_NET_FORWARD) \
	SYMBOL(CFG_ROOTFS_OVERLAY) SYMBOL(CFG_CONSOLE_RING) SYMBOL(CFG_CONSOLE_CAP) \
	SYMBOL(CFG_SYSCTL) SYMBOL(CFG_SCHED_CORE) SYMBOL(CFG_TIME_OFFSET) SYMBOL(CFG_LSM) \
	SYMBOL(CFG_LOG_SYSLOG) SYMBOL(CFG_IDMAP) SYMBOL(CFG_ROOTFS_VERITY) \
	SYMBOL(CFG_MOUNT_MASK) SYMBOL(CFG_STORE) SYMBOL(CFG_RESTART_POLICY) SYMBOL(CFG_READINESS) \
	SYMBOL(CFG_SECCOMP) SYMBOL(CFG_NET_VETH) SYMBOL(CFG_NET_MACVLAN) SYMBOL(CFG_NET_IPVLAN) \
	SYMBOL(CFG_NET_VLAN) SYMBOL(CFG_NET_SCRIPT) SYMBOL(CFG_NET_L2PROXY) \
	SYMBOL(CFG_NET_BRIDGE_VLAN)

/* One row of keys.def. */
struct key {
	uint16_t text;		/* where its texts begin: see key_name and those below */
	uint16_t offset;	/* of the field in struct conf or struct conf_net */
	int32_t def;
	uint8_t shape, type;
	uint8_t is_built : 1, symbol : 7;	/* what is said of it, in KEY_SYMBOLS */
	uint8_t old_at;		/* where the old name begins, from text on */
};

extern const struct key conf_keys[];
extern const unsigned int conf_keys_count;

/* Without "lxc."; "" when there is only the old name; "net.N.X" for interfaces. */
const char *key_name(const struct key *k);
/* The name in LXC 1.x, "": the same. */
const char *key_old(const struct key *k);
/* What keys.def says of it: "1", "0" or a symbol with CFG_. */
const char *key_built(const struct key *k);
/* "" without CFG_CONF_HELP. */
const char *key_help(const struct key *k);
/* In builds with LXCBOX_KEYS. The id of its GROUP in keys.def. */
const char *key_group(const struct key *k);
/* The value that holds when no line says otherwise, as text, maybe in buf; "": none. */
const char *key_default(const struct key *k, char *buf, size_t n);
/* Its name goes on: lxc.cgroup.FILE. */
bool key_is_family(const struct key *k);
/* It may be given more than once, and all lines count. */
bool key_is_list(const struct key *k);

/* Of an interface: its field is in struct conf_net. */
bool key_is_net(const struct key *k);

/* A key as written, taken apart. */
struct key_ref {
	const struct key *k;
	const char *sub;	/* of a map: what follows its name ("devices.allow"); NULL: all */
	int index;		/* of an interface as written, -1: none */
	bool is_old;
};

/* name with "lxc." or "lxcbox.". 0, -ENOENT or, number of an interface, -ERANGE; no err text. */
int key_find(const char *name, struct key_ref *ref) MUST_CHECK;
/* The key that was probably meant, in buf; NULL when none is near. */
#define KEY_NAME_MAX 64
const char *key_nearest(const char *name, char *buf);
/* How many characters are to be changed to make one of the other; only with CFG_CONF_SUGGEST. */
unsigned int key_distance(const char *a, const char *b);

/* A value on its way into the configuration. */
struct parse {
	struct conf *c;
	const struct key *k;
	const char *name;	/* the key as written */
	const char *sub;
	void *field;		/* struct conf_str, conf_int or conf_list; NULL for SHAPE_NONE */
	struct conf_net *net;
	struct origin at;
	bool is_old;
	int index;
};

typedef int parse_fn(struct parse *p, char *v);
#define TYPE_DECLARE(id, parser, flags, accepted) parse_fn parse_##parser;
#define OPTION_DECLARE(built, id, parser, flags, accepted) parse_fn parse_##parser;
CONF_TYPES(TYPE_DECLARE, OPTION_DECLARE)

struct type_info {
	parse_fn *parse;	/* NULL: no key of this build has it */
	uint16_t accepted;	/* where its text begins: see type_accepts */
	uint8_t flags;
};
extern const struct type_info conf_types[];

/* What a type accepts, for messages. */
const char *type_accepts(enum type type);

/*
 * One assignment: finds the key, cuts the value as its type says, stores it. value is changed.
 * -EINVAL with err, -ENOMEM.
 */
int conf_assign(struct conf *c, const char *key, char *value, struct origin at) MUST_CHECK;

/*
 * For parsers: put a value into p->field; put_value does it as the shape of the field wants it. 0,
 * -EINVAL or -ENOMEM.
 */
int put_value(struct parse *p, const char *v) MUST_CHECK;
int put_int(struct parse *p, int64_t v);
int put_item(struct parse *p, const char *v) MUST_CHECK;
/* Unlinks the items that match (key NULL: items whose v is equal; v NULL: whose key is equal). */
void list_remove(struct conf_list *l, const char *key, const char *v);
unsigned int list_count(const struct conf_list *l);

/* "bad value 'v' (what the type accepts)"; -EINVAL. */
int bad_text(enum type type, const char *v) MUST_CHECK;
int bad_value(const struct parse *p, const char *v) MUST_CHECK;
/* "unknown WHAT 'v' (accepted)"; accepted is a constant. -EINVAL. */
int unknown_word(const char *what, const char *v, const char *accepted) MUST_CHECK;
/* "bad value 'v' (near?)"; what the type accepts when near is NULL. */
int bad_near(enum type type, const char *v, const char *near) MUST_CHECK;
/* The same for names: says the nearest one in place of what is accepted, when one is near. */
int bad_cap(enum type type, const char *word) MUST_CHECK;
int bad_arch(const char *word) MUST_CHECK;
int bad_rlimit(const char *word) MUST_CHECK;

/* ---- problems (problem.c) ---- */

/*
 * v for a message: cut to 80 bytes, without control characters, in a buffer that the next call
 * takes. What was shown last is the value of the problem.
 */
const char *shown(const char *v);

/* A line begins: what parsers said of another is forgotten. */
void problem_begin(void);
/* The key or word that was probably meant. */
void problem_suggest(const char *word);
/* Puts "file:line: key: " before the text of err; key NULL: none. Returns ret. */
int problem_at(int ret, struct origin at, const char *key);
/*
 * Puts what problem_at has finished into the list, before what is told of later lines of its file,
 * and clears err. 0; -E2BIG when nobody wants more; ret when it is none of these.
 */
int problem_keep(int ret);

void problems_clear(void);
/* Whether there is an error. */
bool problems_any(void);
/* The first error beyond so many becomes err: -EINVAL; ret when there is none. */
int problems_end(int ret, unsigned int before);

/* The mount option that was probably meant by a word that is none; NULL when none is near. */
const char *mount_option_near(const char *word);

/* "WHAT 'v' is not supported by this version"; -EINVAL, 0 for a configuration that keeps such. */
int not_yet(const struct parse *p, const char *what, const char *v) MUST_CHECK;

/* "unknown key", with the nearest name; why: what key_find said. -EINVAL. */
int key_unknown(const char *key, int why) MUST_CHECK;

/* Memory that lives until conf_free. NULL with err. */
void *conf_alloc(struct conf *c, size_t n) MUST_CHECK;
char *conf_dup(struct conf *c, const char *s) MUST_CHECK;

void conf_reset(struct conf *c, const struct key *k, void *field);

/* Has the interface the kind whose keys begin as this one does (veth.pair)? -EINVAL with err. */
int net_key_fits(const struct parse *p) MUST_CHECK;

/* What a line of lxcbox.net.N.forward needs of the others. 0, or an error that conf_report took. */
int net_check_forwards(const struct conf *c) MUST_CHECK;

/* Interfaces. net_get makes it when it is not there; net_at counts from 0; both NULL with err. */
struct conf_net *net_get(struct conf *c, int index) MUST_CHECK;
struct conf_net *net_append(struct conf *c) MUST_CHECK;
struct conf_net *net_at(struct conf *c, int position) MUST_CHECK;
void net_remove(struct conf *c, int index);
void net_clear_all(struct conf *c);
/* Random digits for the x of a template, "00:16:3e:xx:xx:xx"; of one host. 0, or -errno with err. */
int hwaddr_fill(char *v) MUST_CHECK;

/*
 * All of a regular file (behind links) of at most max bytes into memory of the caller's; one byte
 * more is there to be written. Never opens what is something else. Length, or -errno with err but
 * for -EFBIG.
 */
#define TEXT_MAX ((size_t)32 << 20)
ssize_t load_text(const char *path, size_t max, struct stat *st, char **out) MUST_CHECK;

/*
 * conf_load of a text in memory, as if it stood in the file name, which must outlive c;
 * text[len] must be writable.
 */
int conf_load_text(struct conf *c, const char *name, char *text, size_t len) MUST_CHECK;

/* mount_spec_parse with the options that this version does not act on. */
int mount_spec_read(const char *line, struct origin at, struct mount_spec *m) MUST_CHECK;

/* What each line is given to: conf_assign, or what lxc.conf has in its place. */
typedef int assign_fn(struct conf *c, const char *key, char *value, struct origin at);
/* conf_load of a file with other keys; only the memory of c is used. */
int load_with(struct conf *c, const char *path, assign_fn *assign) MUST_CHECK;

/* lxc.include on behalf of a parser. */
int load_include(struct conf *c, const char *path, struct origin at) MUST_CHECK;

/* A file that was read; its name is one of its own for each time. */
struct conf_file {
	struct conf_file *next;
	const char *name;
	struct origin from;	/* of the include; file NULL: named by the caller */
};

/*
 * Of a row of sys.def: what its type accepts; its default below HOME, NULL: the same for all; its
 * help, "" without CFG_CONF_HELP.
 */
const char *sys_accepts(enum sys_key key);
const char *sys_below_home(enum sys_key key);
const char *sys_help(enum sys_key key);

/*
 * A text, line by line. The text is changed: keys and values are cut out in place. text[len] must
 * be writable.
 */
struct lex {
	char *at, *end;
	unsigned int line;	/* of what was returned last, from 1 */
};

struct lex_line {
	char *key, *value;	/* of a bad line: the key, NULL when there is none */
	bool is_colon;		/* "key: value" */
};

void lex_init(struct lex *x, char *text, size_t len);
/* 1: a line; 0: the end; -EINVAL with err: a bad line, behind which the next call goes on. */
int lex_next(struct lex *x, struct lex_line *out) MUST_CHECK;
/*
 * Cuts a value as a type with these flags wants it: comment, blanks, one pair of quotes. In
 * place; reads v[-1].
 */
char *lex_value(char *v, unsigned int flags);
/*
 * What must stand before and behind a value behind "= " so that it is read as it is: "", one or
 * the other quote.
 */
const char *lex_quote(const char *v, unsigned int flags);

/*
 * Position of s in a list of names, each with its NUL, that ends with an empty one; -EINVAL without
 * err text.
 */
int names_find(const char *list, const char *s, int (*compare)(const char *, const char *))
	MUST_CHECK;

/*
 * The values of a field as text, in their order: each() gets where one comes from, the name of a
 * map's entry and the value; stops when that is not 0 and returns it. Numbers that are not set give
 * their default.
 */
typedef int value_fn(void *arg, struct origin at, const char *sub, const char *v);
int value_each(const struct key *k, const void *field, value_fn *each, void *arg) MUST_CHECK;
bool value_is_set(const struct key *k, const void *field);

int sink_put(struct conf_sink *s, const char *text) MUST_CHECK;
/* A sink that writes to a descriptor; fd_sink_end writes what is left of it. */
struct conf_fd_sink {
	struct conf_sink sink;
	int fd;
	size_t used;
	char buf[1024];
};
void fd_sink_init(struct conf_fd_sink *f, int fd);
int fd_sink_end(struct conf_fd_sink *f) MUST_CHECK;

/* The one of such a list that was probably meant; NULL: none is near. */
const char *names_nearest(const char *list, const char *s);

/* Addresses of 4 or 16 bytes, of the file of the host's bridge: an address; false: it is none. */
bool ip_parse(bool v6, const char *s, uint8_t *out);
/* Bits of a mask such as 255.255.255.0, -EINVAL without err text. */
int ip_mask_bits(const char *s) MUST_CHECK;
/* Clears all bits but the first ones; whether they were clear. */
bool ip_cut(uint8_t *ip, unsigned int bytes, unsigned int bits);
/* "ADDRESS/BITS" taken apart; false: it is not such. */
bool ip_subnet(bool v6, const char *v, uint8_t *ip, unsigned int *bits);

/* Names of enumerations. ns_bit: CLONE_NEW* of "mnt", -EINVAL without err text. */
int ns_bit(const char *s) MUST_CHECK;
const char *ns_names(int64_t bits, char *buf, size_t n);

#endif
