/* SPDX-License-Identifier: MIT */
/* owns the grammar of a line of fstab (lxc.mount.entry, lxc.mount.fstab) and of lxcbox.mask */
/* never mounts, never looks whether a path is there */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "conf/parse.h"
#include "lib/compat.h"
#include "lib/path.h"
#include "lib/str.h"

/* Understood, if only to refuse it in good words. */
#define WITH_IDMAP_OPTION EITHER(CFG_CONF_GRAMMAR, CFG_ROOTFS_IDMAP)

enum option_kind {
	SET,
	CLEAR,
	PROPAGATE,
	OPTIONAL,
	CREATE_DIR,
	CREATE_FILE,
	RELATIVE,
	NOFOLLOW,
	NOTHING
};

#define BIT(flag) __builtin_ctzl(flag)
#define AND_REC 0x80
/* What MS_REC changes the meaning of. */
#define RECURSING (MS_BIND | MS_PRIVATE | MS_SHARED | MS_SLAVE | MS_UNBINDABLE)

/* OPTION(name, kind, bit); AND_REC: with MS_REC, too. */
#define OPTIONS(OPTION) \
	OPTION("ro", SET, BIT(MS_RDONLY)) \
	OPTION("rw", CLEAR, BIT(MS_RDONLY)) \
	OPTION("nosuid", SET, BIT(MS_NOSUID)) \
	OPTION("suid", CLEAR, BIT(MS_NOSUID)) \
	OPTION("nodev", SET, BIT(MS_NODEV)) \
	OPTION("dev", CLEAR, BIT(MS_NODEV)) \
	OPTION("noexec", SET, BIT(MS_NOEXEC)) \
	OPTION("exec", CLEAR, BIT(MS_NOEXEC)) \
	OPTION("sync", SET, BIT(MS_SYNCHRONOUS)) \
	OPTION("async", CLEAR, BIT(MS_SYNCHRONOUS)) \
	OPTION("dirsync", SET, BIT(MS_DIRSYNC)) \
	OPTION("mand", SET, BIT(MS_MANDLOCK)) \
	OPTION("nomand", CLEAR, BIT(MS_MANDLOCK)) \
	OPTION("noatime", SET, BIT(MS_NOATIME)) \
	OPTION("atime", CLEAR, BIT(MS_NOATIME)) \
	OPTION("nodiratime", SET, BIT(MS_NODIRATIME)) \
	OPTION("diratime", CLEAR, BIT(MS_NODIRATIME)) \
	OPTION("relatime", SET, BIT(MS_RELATIME)) \
	OPTION("norelatime", CLEAR, BIT(MS_RELATIME)) \
	OPTION("strictatime", SET, BIT(MS_STRICTATIME)) \
	OPTION("nostrictatime", CLEAR, BIT(MS_STRICTATIME)) \
	OPTION("lazytime", SET, BIT(MS_LAZYTIME)) \
	OPTION("nolazytime", CLEAR, BIT(MS_LAZYTIME)) \
	OPTION("nosymfollow", SET, BIT(MS_NOSYMFOLLOW)) \
	OPTION("symfollow", CLEAR, BIT(MS_NOSYMFOLLOW)) \
	OPTION("silent", SET, BIT(MS_SILENT)) \
	OPTION("loud", CLEAR, BIT(MS_SILENT)) \
	OPTION("bind", SET, BIT(MS_BIND)) \
	OPTION("rbind", SET, BIT(MS_BIND) | AND_REC) \
	OPTION("move", SET, BIT(MS_MOVE)) \
	OPTION("remount", SET, BIT(MS_REMOUNT)) \
	OPTION("defaults", NOTHING, 0) \
	OPTION("private", PROPAGATE, BIT(MS_PRIVATE)) \
	OPTION("rprivate", PROPAGATE, BIT(MS_PRIVATE) | AND_REC) \
	OPTION("shared", PROPAGATE, BIT(MS_SHARED)) \
	OPTION("rshared", PROPAGATE, BIT(MS_SHARED) | AND_REC) \
	OPTION("slave", PROPAGATE, BIT(MS_SLAVE)) \
	OPTION("rslave", PROPAGATE, BIT(MS_SLAVE) | AND_REC) \
	OPTION("unbindable", PROPAGATE, BIT(MS_UNBINDABLE)) \
	OPTION("runbindable", PROPAGATE, BIT(MS_UNBINDABLE) | AND_REC) \
	OPTION("optional", OPTIONAL, 0) \
	OPTION("create=dir", CREATE_DIR, 0) \
	OPTION("create=file", CREATE_FILE, 0) \
	OPTION("relative", RELATIVE, 0) \
	OPTION("x-lxcbox.nofollow", NOFOLLOW, 0)

/* The names one behind the other, since most are short. */
#define OPTION_NAME(name, kind, bit) name "\0"
#define OPTION_ROW(name, kind, bit) { kind, bit },
static const char option_names[] = OPTIONS(OPTION_NAME);
static const struct option {
	uint8_t kind, bit;
} options[] = { OPTIONS(OPTION_ROW) };

static const struct option *find_option(const char *word)
{
	int i = names_find(option_names, word, strcmp);

	return i < 0 ? NULL : &options[i];
}

static unsigned long flags_of(const struct option *o)
{
	return 1ul << (o->bit & 31) | (o->bit & AND_REC ? MS_REC : 0);
}

static void apply_option(const struct option *o, struct mount_spec *m)
{
	unsigned long flags = flags_of(o);

	switch (o->kind) {
	case SET:
		m->flags |= flags;
		m->clear &= ~flags;
		break;
	case CLEAR:
		m->flags &= ~flags;
		m->clear |= flags;
		break;
	case PROPAGATE:
		m->propagation = flags;
		break;
	case OPTIONAL:
		m->optional = true;
		break;
	case CREATE_DIR:
		m->create_dir = true;
		break;
	case CREATE_FILE:
		m->create_file = true;
		break;
	case RELATIVE:
		m->relative = true;
		break;
	case NOFOLLOW:
		/* But of the slash at its beginning. */
		m->trusted = 1;
		break;
	}
}

const char *mount_spec_options(const struct mount_spec *m, char *buf, size_t n)
{
	const char *name = option_names;
	const struct option *o;
	size_t len = 0;

	*buf = '\0';
	for (o = options; *name && len < n; o++, name += strlen(name) + 1) {
		unsigned long have = o->kind == SET         ? m->flags
		                     : o->kind == PROPAGATE ? m->propagation
		                                            : 0;

		/* "bind" is part of "rbind", which is said alone. */
		if ((have & flags_of(o)) == flags_of(o) &&
		    !(flags_of(o) & RECURSING && have & MS_REC && !(o->bit & AND_REC)))
			len += str_format(buf + len, n - len, "%s%s", len ? "," : "", name);
	}
	if (m->data && len < n)
		str_format(buf + len, n - len, "%s%s", len ? "," : "", m->data);
	return buf;
}

static int refuse_option(const char *word)
{
	return err_set(EINVAL, "mount option '%s' is not supported by this version", shown(word));
}

const char *mount_option_near(const char *word)
{
	return CFG_CONF_SUGGEST ? names_nearest(option_names, word) : NULL;
}

static int unknown_option(const char *word)
{
	const char *near = mount_option_near(word);

	if (near)
		problem_suggest(near);
	return err_set(EINVAL, "unknown mount option '%s' (%s%s)", shown(word),
		       near ? near : "a bind mount takes no others", near ? "?" : "");
}

/*
 * Splits the options: flags are taken out, what is left moves to the front of the string and
 * becomes the data of mount(2). A bind mount has no data, the kernel drops it unread: a word for
 * it is a mistake and would be silent.
 */
static int parse_options(char *list, struct mount_spec *m)
{
	char *at = list, *out = list, *word, *left = NULL;

	while ((word = str_word(&at, ","))) {
		const struct option *o = find_option(word);
		size_t n = strlen(word);

		if (o) {
			apply_option(o, m);
			continue;
		}
		if (str_after(word, "create="))
			return unknown_word("mount option", word, "create=dir or create=file");
		/* The kernel's own; a file system would not know it. */
		if (!WITH_IDMAP_OPTION && str_after(word, "idmap="))
			return refuse_option(word);
		if (WITH_IDMAP_OPTION && str_after(word, "idmap=")) {
			if (!str_eq(word, "idmap=container") && word[6] != '/')
				return unknown_word("mount option", word,
						    "idmap=container or the path of a user namespace");
			/* A copy: what is left of the list moves over it. */
			free(m->idmap);
			m->idmap = str_dup(word);
			if (!m->idmap)
				return -ENOMEM;
			continue;
		}
		/* Notes for programs that read fstab. */
		if (str_after(word, "x-lxcbox."))
			return unknown_word("mount option", word, "x-lxcbox.nofollow");
		if (str_after(word, "x-"))
			continue;
		if (left)
			*out++ = ',';
		else
			left = list;
		memmove(out, word, n);
		out += n;
	}
	*out = '\0';
	m->data = left;
	if (left && (m->flags & (MS_BIND | MS_MOVE))) {
		out = strchr(left, ',');
		if (out)
			*out = '\0';
		return unknown_option(left);
	}
	return 0;
}

/* Whose numbers mean nothing to who wrote the line. */
static bool is_descriptor(const char *source)
{
	return path_below(source, "/proc/self/fd") || path_below(source, "/proc/thread-self/fd") ||
	       path_below(source, "/dev/fd");
}

static int check_spec(struct mount_spec *m)
{
	uint64_t no_fs = m->flags & (MS_BIND | MS_MOVE | MS_REMOUNT);

	/*
	 * LXC binds the source and remounts that. Without one, what is there already is remounted.
	 */
	if (m->flags & MS_BIND && !str_eq(m->source, "none"))
		m->flags &= ~(unsigned long)MS_REMOUNT;
	if (m->flags & MS_BIND && !m->relative && is_descriptor(m->source))
		return err_set(EINVAL, "'%s' is a descriptor of lxcbox itself", shown(m->source));
	if (m->trusted && (m->relative || *m->source != '/'))
		return err_set(EINVAL, "x-lxcbox.nofollow is for sources that begin with '/'");
	if (m->create_dir && m->create_file)
		return err_set(EINVAL, "create=dir and create=file are mutually exclusive");
	if (str_eq(m->fstype, "none") && !no_fs && !m->propagation)
		return err_set(EINVAL, "file system type 'none' is for bind mounts only, and "
				       "option bind is missing");
	return 0;
}

/* FREQ and PASS mean nothing here, but a word in their place is an option cut off by a blank. */
static int check_rest(char *at)
{
	unsigned int i;
	uint64_t n;
	char *word;

	for (i = 0; (word = str_word(&at, " \t")) && *word != '#'; i++)
		if (i >= 2 || str_to_u64(word, 99, &n))
			return err_set(EINVAL,
				       "'%s' is too much in a mount entry (%s; \\040 for a blank)",
				       shown(word), type_accepts(TYPE_MOUNT));
	return 0;
}

static int parse_line(char *line, struct mount_spec *m)
{
	char *at = line, *opts;
	int ret;

	m->source = str_word(&at, " \t");
	m->target = str_word(&at, " \t");
	m->fstype = str_word(&at, " \t");
	opts = str_word(&at, " \t");
	if (!m->fstype)
		return err_set(EINVAL, "mount entry is too short (%s)",
			       type_accepts(TYPE_MOUNT));
	/* Without options getmntent(3) is content, and so is LXC. */
	if (opts && *opts == '#')
		opts = NULL;
	ret = opts ? check_rest(at) : 0;
	if (ret)
		return ret;
	if (!str_unescape(m->source) || !str_unescape(m->target) || !str_unescape(m->fstype) ||
	    (opts && !str_unescape(opts)))
		return err_set(EINVAL, "\\000 in a mount entry");
	ret = opts ? parse_options(opts, m) : 0;
	return ret ? ret : check_spec(m);
}

int mount_spec_read(const char *line, struct origin at, struct mount_spec *m)
{
	/* All words of the line live in one copy, whose start is the source. */
	char *copy = str_dup(line + strspn(line, " \t"));
	int ret;

	*m = (struct mount_spec){ .at = at };
	if (!copy)
		return -ENOMEM;
	ret = parse_line(copy, m);
	if (ret) {
		free(m->idmap);
		free(copy);
		*m = (struct mount_spec){ .at = at };
	}
	return ret;
}

/* overlayfs's own, which the start refuses with another kind of root. */
static const char overlay_options[] = "index\0metacopy\0nfs_export\0redirect_dir\0userxattr\0uuid\0"
				      "verity\0volatile\0xino\0";

/*
 * Whether a word may be an option of a file system in an image: that has its own. What looks like a
 * slip of one that every mount has is taken for that.
 */
static bool is_of_file_system(const char *word)
{
	if (!CFG_ROOTFS_LOOP || str_after(word, "idmap=") || str_after(word, "create="))
		return false;
	return strchr(word, '=') || !mount_option_near(word);
}

/* A line of fstab with the options of v, but for those of a file system. */
static char *without_own(const char *v)
{
	static const char before[] = "none / none bind";
	char *line = malloc(sizeof(before) + 1 + strlen(v)), *to;
	size_t n;

	if (!line)
		return NULL;
	memcpy(line, before, sizeof(before));
	for (to = line + strlen(before); *v; v += n + (v[n] == ',')) {
		char *word = to + 1;

		n = strcspn(v, ",");
		*to = ',';
		memcpy(word, v, n);
		word[n] = '\0';
		if (!n || is_of_file_system(word))
			continue;
		word[strcspn(v, ",=")] = '\0';
		if (CFG_ROOTFS_OVERLAY && names_find(overlay_options, word, strcmp) >= 0)
			continue;
		memcpy(word, v, n);
		to = word + n;
	}
	*to = '\0';
	return line;
}

/* Options of the mount of the root; in a build without the grammar the start checks them. */
int parse_mount_options(struct parse *p, char *v)
{
	struct mount_spec m = { 0 };
	char *line;
	int ret = 0;

	if (CFG_CONF_GRAMMAR) {
		line = CFG_ROOTFS_OVERLAY || CFG_ROOTFS_LOOP ? without_own(v) :
							      str_make("none / none bind,%s", v);
		if (!line)
			return -ENOMEM;
		ret = strpbrk(v, " \t") ? bad_value(p, v) : mount_spec_read(line, p->at, &m);
		if (!CFG_ROOTFS_IDMAP && !ret && m.idmap)
			ret = not_yet(p, "mount option", m.idmap);
		free(line);
		mount_spec_free(&m);
	}
	return ret ? ret : put_value(p, v);
}

int mount_spec_parse(const char *line, struct origin at, struct mount_spec *m)
{
	int ret = mount_spec_read(line, at, m);

	if (!CFG_ROOTFS_IDMAP && !ret && m->idmap) {
		ret = refuse_option(m->idmap);
		mount_spec_free(m);
	}
	return ret;
}

void mount_spec_free(struct mount_spec *m)
{
	free(m->idmap);
	free(m->source);
	*m = (struct mount_spec){ 0 };
}

const char *mount_target_in(const struct conf *c, const struct mount_spec *m)
{
	const char *root = conf_rootfs(c), *in = NULL, *target = m->target;
	char *own;

	if (root && *target == '/') {
		in = path_below(target, c->rootfs_mount.v ? c->rootfs_mount.v : CFG_ROOTFS_MOUNT);
		if (!in)
			in = path_below(target, root);
		own = in ? NULL : str_make("%s/%s/rootfs", c->lxcpath, c->name);
		if (own)
			in = path_below(target, own);
		free(own);
	}
	if (in)
		return in;
	return target + strspn(target, "/");
}

/* No "/", and nothing that leads out: each names something inside. */
static bool is_inside(char *path)
{
	const char *at = path;

	if (*path != '/')
		return false;
	path_clean(path);
	while ((at = strstr(at, "/.."))) {
		at += 3;
		if (!*at || *at == '/')
			return false;
	}
	return path[1];
}

int parse_mask(struct parse *p, char *v)
{
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&v, " \t"))) {
		bool all = p->k->type == TYPE_MASK;

		if (!is_inside(word + (all && *word == '!')) &&
		    !(all && (str_eq(word, "proc") || str_eq(word, "sys"))))
			return bad_value(p, word);
		ret = put_item(p, word);
	}
	return ret;
}
