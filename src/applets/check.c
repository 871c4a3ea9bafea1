/* SPDX-License-Identifier: MIT */
/* owns lxcbox check: which files are read, and how what was found is printed */
/* never asks the machine for more than the files that are named and whose the root is */
//config:config LXCBOX_CHECK
//config:	bool "lxcbox check (8.2 KB)"
//config:	default y
//config:	help
//config:	  Reads configuration files and names everything that is wrong with them, without
//config:	  root and without the container; on request also what LXC reads otherwise. A box
//config:	  that only starts what was checked elsewhere can do without.
//applet:APPLET(check, "check", LXCBOX_CHECK, "name everything that is wrong with a configuration file")
/*
 * Exit status: 0 nothing is wrong; 1 something is, or with --strict there is something to tell; 2 a
 * mistake in the command line. Warnings alone are 0.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/common.h"
#include "conf/parse.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/sys.h"

#define INPUT_MAX ((size_t)32 << 20)

struct check_args {
	struct opt_common common;
	struct opt_list define;
	bool strict, expand, json, verbose;
};

#define ARG(m) offsetof(struct check_args, m)

static const struct opt options[] = {
	{ 's', OPT_LIST, ARG(define), "define", "KEY=VALUE",
		OPT_HELP("a line of configuration, after the file") },
	{ 'S', OPT_FLAG, ARG(strict), "strict", NULL,
		OPT_HELP("also lines that LXC (1.1.5, or 5 and 6) reads otherwise, and those in "
			"vain; status 1 when there are any") },
	{ 'e', OPT_FLAG, ARG(expand), "expand", NULL,
		OPT_HELP("print the configuration as it is understood, with the line that each "
			"value is from; problems go to standard error") },
	{ 0, OPT_FLAG, ARG(json), CFG_JSON ? "json" : NULL, NULL,
		OPT_HELP("print what was found as JSON") },
	{ 'v', OPT_FLAG, ARG(verbose), "verbose", NULL,
		OPT_HELP("sum up at the end, as on a terminal") },
};

struct check {
	const struct check_args *a;
	struct json json;
	unsigned int total[3];
	bool more;
};

static const char *const severities[] = { "error", "warning", "note" };

/* ---- what is judged ---- */

/* "c1" for /var/lib/lxc/c1/config and for c1.conf, as a start would call it; -n wins. */
static void name_of(const struct check_args *a, const char *file, char *name, char *lxcpath)
{
	const char *base = str_base(file), *end = base + strlen(base);

	container_lxcpath(&a->common, lxcpath, PATH_MAX);
	if (str_eq(base, "config") && base > file + 1) {
		end = base - 1;
		for (base = end; base > file && base[-1] != '/';)
			base--;
		if (!a->common.lxcpath && base > file + 1)
			str_format(lxcpath, PATH_MAX, "%.*s", (int)(base - 1 - file), file);
	} else if (str_ends(base, ".conf") && end - base > 5) {
		end -= 5;
	}
	str_format(name, PATH_MAX, "%.*s", (int)(end - base), base);
	if (a->common.name)
		str_format(name, PATH_MAX, "%s", a->common.name);
}

/* All of standard input, with room for one byte more. */
static ssize_t read_input(char **out)
{
	size_t size = 4096, have = 0;
	ssize_t n = 0;

	*out = NULL;
	for (; size <= 2 * INPUT_MAX; size *= 2) {
		char *more = realloc(*out, size + 1);

		if (!more)
			return -ENOMEM;
		*out = more;
		n = fd_read_all(0, more + have, size - have);
		if (n < 0)
			return n;
		have += (size_t)n;
		if (have < size)
			return (ssize_t)have;
	}
	return -EFBIG;
}

static int load(struct conf *c, const char *file)
{
	AUTO_FREE char *text = NULL;
	ssize_t n;

	if (!str_eq(file, "-"))
		return conf_load(c, file);
	n = read_input(&text);
	if (n == -EFBIG)
		return err_set(EFBIG, "more than 32 MiB of configuration");
	if (n < 0)
		return err_code((int)n, "cannot read standard input");
	c->file = (char *)"-";
	return conf_load_text(c, "-", text, (size_t)n);
}

static int check_command(const struct conf_str *command, const char *key)
{
	char **argv = command->v ? command_split(command->v) : NULL;
	int ret = command->v && !argv ? conf_report(-EINVAL, command->at, key) : 0;

	free(argv);
	return ret;
}

/* What a start refuses whatever the machine. */
static int check_start(const struct conf *c)
{
	struct origin at;
	const char *key;
	int ret = start_check_kept(c, &at, &key);

	if (ret)
		ret = conf_report(ret, at, key);
	if (!ret)
		ret = check_command(&c->init_cmd, "lxc.init.cmd");
	if (!ret)
		ret = check_command(&c->execute_cmd, "lxc.execute.cmd");
	if (CFG_SECCOMP && !ret)
		ret = seccomp_check(c);
	if (!ret && c->init_cmd.v && is_host_init(c, c->init_cmd.v))
		ret = conf_report(err_set(EINVAL,
					"'%s' would be the host's own: lxc.rootfs.path is %s",
					c->init_cmd.v, conf_rootfs(c) ? "'/'" : "not set"),
			c->init_cmd.at, "lxc.init.cmd");
	return ret;
}

/*
 * Whoever may write there puts programs into it that run as root. A file is checked elsewhere as
 * well: a root that is not there is no matter.
 */
static void look_at_root(const struct conf *c)
{
	const char *path = conf_rootfs(c);
	struct stat st;

	if (!path || c->idmap.first || lstat(path, &st) || !S_ISDIR(st.st_mode))
		return;
	if (st.st_uid && st.st_uid != sys_euid())
		problem_tell(PROBLEM_WARNING, c->rootfs_path.at, "lxc.rootfs.path",
			     "'%s' belongs to user %u, who can change what runs there as root",
			     shown(path), (unsigned int)st.st_uid);
	else if (st.st_mode & S_IWOTH)
		problem_tell(PROBLEM_WARNING, c->rootfs_path.at, "lxc.rootfs.path",
			     "everybody may write to '%s' (mode %04o)", shown(path),
			     st.st_mode & 07777);
}

static int judge(const struct check_args *a, struct conf *c, const char *file)
{
	struct origin whole = { .file = file };
	unsigned int i;
	int ret = load(c, file);

	/* What cannot be read at all is a problem like others. */
	if (ret && !conf_problem_list())
		ret = conf_report(ret, whole, NULL);
	else
		ret = conf_defer(ret);
	for (i = 0; !ret && i < a->define.n; i++)
		ret = conf_defer(conf_set(c, a->define.v[i], i + 1));
	if (!ret)
		ret = conf_defer(conf_check(c));
	if (!ret)
		ret = check_start(c);
	conf_advise(c, a->strict);
	look_at_root(c);
	return ret == -E2BIG ? 0 : ret;
}

/* ---- how it is printed ---- */

static int print_line(const struct conf *c, const struct problem *p, int fd)
{
	/* Without the key and the text. */
	int front = (int)(p->text - p->line) - (p->key ? (int)strlen(p->key) + 2 : 0);
	struct origin from = conf_included_at(c, p->at);
	bool is_error = p->severity == PROBLEM_ERROR;
	AUTO_FREE char *line = NULL;
	char where[ORIGIN_MAX];

	/* "file:line: " ends with what is not wanted here. */
	origin_text(from, where);
	if (*where)
		where[strlen(where) - 2] = '\0';
	line = str_make("%.*s%s%s%s%s%s%s\n", front, p->line,
		is_error ? "" : severities[p->severity], is_error ? "" : ": ", p->line + front,
		*where ? " [included by " : "", where, *where ? "]" : "");
	return line ? fd_write_all(fd, line, strlen(line)) : -ENOMEM;
}

static int print_lines(const struct check *k, const struct conf *c)
{
	const struct problem *p;
	int fd = k->a->expand ? 2 : 1, ret = 0;

	for (p = conf_problem_list(); p && !ret; p = p->next)
		ret = print_line(c, p, fd);
	if (k->more && !ret)
		ret = fd_printf(fd, "%s: and more\n", c->file ? c->file : "-");
	return ret;
}

static void print_json_origin(struct json *j, struct origin at)
{
	json_string(j, "file", at.file);
	if (at.line)
		json_number(j, "line", at.line);
	else
		json_string(j, "line", NULL);
}

static void print_json_problem(struct json *j, const struct conf *c, const struct problem *p)
{
	struct origin from = conf_included_at(c, p->at);

	json_object(j, NULL);
	json_string(j, "severity", severities[p->severity]);
	print_json_origin(j, p->at);
	json_string(j, "key", p->key);
	json_string(j, "text", p->text);
	json_string(j, "value", p->value);
	json_string(j, "accepted", p->accepted);
	json_string(j, "suggestion", p->suggestion);
	json_array(j, "included_by");
	for (; from.file; from = conf_included_at(c, from)) {
		json_object(j, NULL);
		print_json_origin(j, from);
		j->status |= json_end(j);
	}
	j->status |= json_end(j);
	j->status |= json_end(j);
}

static void print_json(struct check *k, const struct conf *c, const char *file,
	const unsigned int *n)
{
	struct json *j = &k->json;
	const struct problem *p;

	json_object(j, NULL);
	json_string(j, "file", file);
	json_string(j, "name", c->name);
	json_number(j, "errors", n[PROBLEM_ERROR]);
	json_number(j, "warnings", n[PROBLEM_WARNING]);
	json_number(j, "notes", n[PROBLEM_NOTE]);
	json_bool(j, "more", k->more);
	json_array(j, "problems");
	for (p = conf_problem_list(); p; p = p->next)
		print_json_problem(j, c, p);
	j->status |= json_end(j);
	j->status |= json_end(j);
}

static int check_file(struct check *k, const char *file)
{
	static char name[PATH_MAX], lxcpath[PATH_MAX];
	unsigned int n[3], i;
	struct conf c;
	int ret;

	name_of(k->a, file, name, lxcpath);
	conf_init(&c, name, lxcpath);
	if (k->a->strict)
		conf_strict(&c);
	ret = judge(k->a, &c, file);
	k->more = false;
	for (i = 0; i < ARRAY_SIZE(n); i++) {
		bool more;

		n[i] = problems_count(i, &more);
		k->total[i] += n[i];
		k->more |= more;
	}
	if (!ret && CFG_JSON && k->a->json)
		print_json(k, &c, file, n);
	else if (!ret)
		ret = print_lines(k, &c);
	if (!ret && k->a->expand && !n[PROBLEM_ERROR])
		ret = conf_write(&c, 1, true);
	conf_free(&c);
	/* What is wrong has been told; main would tell it again beside an error of ours. */
	conf_init(&c, name, lxcpath);
	return ret;
}

static void sum_up(const struct check *k, int files)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(severities); i++)
		if (k->total[i])
			fd_tell(2, "%s%u %s%s", n++ ? ", " : "", k->total[i], severities[i],
				k->total[i] == 1 ? "" : "s");
	fd_tell(2, "%s in %d file%s\n", n ? "" : "nothing is wrong", files, files == 1 ? "" : "s");
}

/* What is named: files, or the configuration of a container. */
static int take_files(const struct check_args *a, int argc, char **argv, char *own, size_t n)
{
	char lxcpath[PATH_MAX];

	container_lxcpath(&a->common, lxcpath, sizeof(lxcpath));
	if (a->common.name && container_check_name(a->common.name))
		return -EINVAL;
	if (argc)
		return argc;
	if (a->common.rcfile)
		str_format(own, n, "%s", a->common.rcfile);
	else if (!a->common.name)
		return err_set(EINVAL, "no file is named");
	else if (str_format(own, n, "%s/%s/config", lxcpath, a->common.name) >= n)
		return err_set(ENAMETOOLONG, "-P is too long");
	argv[0] = own;
	return 1;
}

static int run(void *args, int argc, char **argv)
{
	static char own[PATH_MAX];
	char *first[] = { NULL, NULL };
	struct check_args *a = args;
	struct check k = { .a = a };
	bool is_json = CFG_JSON && a->json;
	int ret = 0, i;

	if (!argc)
		argv = first;
	argc = take_files(a, argc, argv, own, sizeof(own));
	if (argc >= 0 && is_json && a->expand)
		argc = err_set(EINVAL, "--expand and --json exclude each other");
	if (argc < 0) {
		fd_tell(2, "lxcbox check: %s\n", err_text());
		return 2;
	}
	/* Warnings are told with the rest, by line. */
	log_no_stderr();
	if (is_json) {
		json_init(&k.json, 1);
		json_object(&k.json, NULL);
		json_number(&k.json, "schema", 1);
		json_array(&k.json, "files");
	}
	for (i = 0; !ret && i < argc; i++)
		ret = check_file(&k, argv[i]);
	if (!ret && is_json) {
		k.json.status |= json_end(&k.json);
		ret = json_end(&k.json);
	}
	if (ret)
		return err_code(ret, "cannot write");
	if (!a->common.quiet && (a->verbose || isatty(2)))
		sum_up(&k, argc);
	return k.total[PROBLEM_ERROR] ||
	       (a->strict && (k.total[PROBLEM_WARNING] || k.total[PROBLEM_NOTE]));
}

const struct applet check_applet = {
	.synopsis = "[OPTION]... FILE...",
	.about = OPT_HELP(
		"Reads each FILE (-: standard input), or with -n NAME the configuration of that "
		"container, as a start would, and prints a line for everything that is wrong with "
		"it. Needs no root and nothing that the files name but what they include."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_READS,
	.args_size = sizeof(struct check_args),
	.run = run,
};
