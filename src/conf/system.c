/* SPDX-License-Identifier: MIT */
/* owns lxc.conf: where it is, its table of keys, the values that hold */
/* never reads a file below HOME for root, never a line otherwise than in a container's file */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

struct row {
	const char *name;
	const char *def, *below_home;
	uint8_t type, is_built;
	const char *help;	/* NULL without CFG_CONF_HELP */
};

static const struct row rows[SYS_COUNT] = {
#define SYS(id, name, type, def, below_home, built, help) \
	[SYS_##id] = { name, def, below_home, TYPE_##type, built, CFG_CONF_HELP ? (help) : NULL },
#include "conf/sys.def"
#undef SYS
};

/* One for the process, as there is one file. */
static struct {
	struct conf mem;	/* only its memory is used: what a parser puts its values into */
	struct conf_str value[SYS_COUNT];
	unsigned int bad;	/* bits of the keys whose line has a fault */
	unsigned int n_refused;	/* lines */
	int ret;		/* of the load */
	bool is_loaded;
} sys;

/* NULL for root, whom no file of a user may tell anything, and without one that is a path. */
static const char *home(void)
{
	const char *path = sys_euid() ? getenv("HOME") : NULL;

	return path && *path == '/' ? path : NULL;
}

const char *conf_sys_dir(char *buf, size_t n)
{
	const char *own = home();

	if (sys_euid() && !own)
		return NULL;
	if (str_format(buf, n, "%s%s", own ? own : "", own ? "/.config/lxc" : CFG_GLOBAL_CONF) >= n)
		return NULL;
	return buf;
}

const char *conf_sys_name(enum sys_key key)
{
	return rows[key].name;
}

const char *sys_help(enum sys_key key)
{
	return CFG_CONF_HELP ? rows[key].help : "";
}

const char *sys_below_home(enum sys_key key)
{
	return *rows[key].below_home ? rows[key].below_home : NULL;
}

bool conf_sys_is_built(enum sys_key key)
{
	return rows[key].is_built;
}

const char *sys_accepts(enum sys_key key)
{
	return type_accepts(rows[key].type);
}

int conf_sys_find(const char *key)
{
	const char *word = str_after(key, "lxc.");
	unsigned int i;

	for (i = 0; word && i < SYS_COUNT; i++)
		if (str_eq(rows[i].name, word))
			return (int)i;
	return -ENOENT;
}

static int nearest(const char *key)
{
	const char *word = str_after(key, "lxc.");
	unsigned int best = word ? 2 + strlen(word) / 6 : 0, i;
	int found = -ENOENT;

	for (i = 0; CFG_CONF_SUGGEST && word && i < SYS_COUNT; i++) {
		unsigned int d = key_distance(word, rows[i].name);

		if (d < best) {
			best = d;
			found = (int)i;
		}
	}
	return found;
}

static int unknown_key(const char *key)
{
	char name[KEY_NAME_MAX];
	struct key_ref ref;
	int near = nearest(key);

	/* Whatever it was to say, the key that was probably meant is not what its line wants. */
	if (near >= 0) {
		sys.bad |= 1U << near;
		str_format(name, sizeof(name), "lxc.%s", rows[near].name);
		problem_suggest(name);
		return err_set(EINVAL, "unknown key (%s?)", name);
	}
	return err_set(EINVAL, "%s", key_find(key, &ref) ? "unknown key" :
		       "a key of containers, not of the system");
}

static int assign(struct conf *c, int row, const char *name, char *value, struct origin at)
{
	const struct type_info *t = &conf_types[rows[row].type];
	struct key k = { .shape = SHAPE_STR, .type = rows[row].type, .is_built = 1 };
	struct parse p = { .c = c, .k = &k, .name = name, .field = &sys.value[row], .at = at };
	int ret;

	/* LXC reads no further than to the first line of a key. */
	if (sys.value[row].v) {
		problem_tell(PROBLEM_WARNING, at, name, "not used, line %u has it already",
			     sys.value[row].at.line);
		return 0;
	}
	value = lex_value(value, t->flags);
	/* Empty: the default. */
	ret = *value ? t->parse(&p, value) : 0;
	if (ret)
		sys.bad |= 1U << row;
	return ret;
}

static int assign_line(struct conf *c, const char *key, char *value, struct origin at)
{
	int row = conf_sys_find(key);
	int ret = row < 0 ? unknown_key(key) : assign(c, row, key, value, at);

	sys.n_refused += !!ret;
	return problem_at(ret, at, key);
}

/* A fault that is no key's own may have been any key's. */
static void find_bad(int ret)
{
	bool more;
	unsigned int n = problems_count(PROBLEM_ERROR, &more);

	/* A user's that he himself cannot read is somebody else's. */
	if (ret != -EACCES && (ret != -EINVAL || n != sys.n_refused || more))
		sys.bad = ~0U;
}

static int set_defaults(void)
{
	const char *own = home();
	unsigned int i;

	for (i = 0; own && i < SYS_COUNT; i++) {
		AUTO_FREE char *path = NULL;

		if (!*rows[i].below_home || sys.value[i].v)
			continue;
		path = str_make("%s%s", own, rows[i].below_home);
		sys.value[i].v = path ? conf_dup(&sys.mem, path) : NULL;
		if (!sys.value[i].v)
			return -ENOMEM;
	}
	return 0;
}

int conf_sys_load(void)
{
	char dir[PATH_MAX - sizeof("/lxc.conf")], path[PATH_MAX];
	int ret = 0;

	if (sys.is_loaded)
		return sys.ret;
	sys.is_loaded = true;
	if (conf_sys_dir(dir, sizeof(dir))) {
		str_format(path, sizeof(path), "%s/lxc.conf", dir);
		/* Most systems have none: not an error that is set and cleared. */
		if (!access(path, F_OK) || (errno != ENOENT && errno != ENOTDIR))
			ret = load_with(&sys.mem, path, assign_line);
	}
	if (ret)
		find_bad(ret);
	sys.ret = set_defaults() ? -ENOMEM : ret;
	return sys.ret;
}

bool conf_sys_is_bad(enum sys_key key)
{
	return !sys.value[key].at.file && sys.bad & 1U << key;
}

const char *conf_sys_value(enum sys_key key)
{
	if (sys.value[key].v)
		return sys.value[key].v;
	return *rows[key].def ? rows[key].def : NULL;
}

struct origin conf_sys_at(enum sys_key key)
{
	return sys.value[key].at;
}
