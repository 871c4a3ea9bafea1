/* SPDX-License-Identifier: MIT */
/* owns the command line of lxc-update-config, and the proof that a file means the same after it */
/* never leaves a file changed that would mean something else, never touches an included one */
//config:config LXC_UPDATE_CONFIG
//config:	bool "lxc-update-config (1.3 KB)"
//config:	default y
//config:	help
//config:	  Rewrites a configuration file from the names of LXC 1.x to those since 2.1. lxcbox
//config:	  reads both, so that a box needs it only to hand a file on.
//applet:APPLET(update_config, "lxc-update-config", LXC_UPDATE_CONFIG, "rewrite old keys of a configuration file to new ones")
/*
 * Exit status, as LXC's: 0, also when there is nothing to do and without an argument, which prints
 * the help; 1 error, and the file is as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "applets/common.h"
#include "conf/text.h"
#include "lib/log.h"

struct update_args {
	struct opt_common common;
	const char *config;
};

#define ARG(m) offsetof(struct update_args, m)

extern const struct applet update_config_applet;

static const struct opt options[] = {
	{ 'c', OPT_STR, ARG(config), "config", "FILE", OPT_HELP("the configuration file") },
};

/* A text in memory. */
struct memory {
	struct conf_sink sink;
	struct str_grown text;
};

static int keep(struct conf_sink *sink, const char *text, size_t n)
{
	return str_add(&((struct memory *)sink)->text, text, n);
}

/* Included files are others', and may be many containers': their old names stay. */
static void tell_included(struct conf *c, struct origin at, const char *key)
{
	const char **seen = c->arg;

	if (str_eq(at.file, seen[0]) || (seen[1] && str_eq(at.file, seen[1])) ||
	    !conf_key_is_old(key))
		return;
	seen[1] = at.file;
	log_warn("%s:%u: %s: old names of an included file stay as they are", at.file, at.line,
		 key);
}

/* The value of a key that has one, NULL when it is not set or there is no memory. */
static char *value_of(const struct conf *c, const char *key)
{
	struct memory m = { .sink = { keep } };

	if (conf_print_to(c, key, true, &m.sink) == 1) {
		m.text.s[m.text.n - 1] = '\0';
		return m.text.s;
	}
	free(m.text.s);
	return NULL;
}

/* What the old names say in two keys the new ones say in one. */
static int join_backend(struct conf *c)
{
	AUTO_FREE char *kind = value_of(c, "lxc.rootfs.backend");
	AUTO_FREE char *path = value_of(c, "lxc.rootfs.path");
	AUTO_FREE char *line = NULL;
	size_t n = path ? strcspn(path, ":/") : 0;
	int ret;

	if (!kind)
		return 0;
	ret = conf_set(c, "lxc.rootfs.backend=", 0);
	if (ret || !path || path[n] == ':')
		return ret;
	line = str_make("lxc.rootfs.path=%s:%s", kind, path);
	return line ? conf_set(c, line, 0) : -ENOMEM;
}

/* All that a text means, by the new names. first: what it says of others is told. */
static int meaning(const struct conf_text *t, bool first, struct memory *out)
{
	const char *seen[2] = { t->path, NULL };
	struct conf c;
	int ret;

	conf_init(&c, "", CFG_LXCPATH);
	c.keeps_unbuilt = true;
	c.on_line = first ? tell_included : NULL;
	c.arg = seen;
	ret = text_read(t, &c);
	if (!ret && first)
		ret = join_backend(&c);
	if (!ret)
		ret = keep(&out->sink, "", 0);
	if (!ret)
		ret = conf_write_to(&c, &out->sink, false);
	/* What is told of it is printed later. */
	if (!ret)
		conf_free(&c);
	return ret;
}

static int compare(const char *path, const char *old, const char *new)
{
	size_t n = 0, line = 0;

	for (; old[n] && old[n] == new[n]; n++)
		if (old[n] == '\n')
			line = n + 1;
	if (old[n] == new[n])
		return 0;
	return err_set(EINVAL, "%s: cannot be said in new names: '%.*s' would be '%.*s'", path,
		       (int)strcspn(old + line, "\n"), old + line, (int)strcspn(new + line, "\n"),
		       new + line);
}

static int update(struct conf_text *t, const struct conf_text *old)
{
	struct memory before = { .sink = { keep } }, after = { .sink = { keep } };
	AUTO_FREE char *backup = str_make("%s.backup", t->path);
	int changed = 0, ret = backup ? meaning(old, true, &before) : -ENOMEM;

	/* Once is enough for what is told of the same lines. */
	log_no_stderr();
	if (!ret)
		ret = changed = text_update(t);
	if (changed > 0)
		ret = meaning(t, false, &after);
	if (changed > 0 && !ret)
		ret = compare(t->path, before.text.s, after.text.s);
	if (changed > 0 && !ret)
		ret = text_save_as(old, backup, &t->st);
	if (changed > 0 && !ret)
		ret = text_save(t);
	free(before.text.s);
	free(after.text.s);
	return ret;
}

static int run(void *args, int argc, char **argv)
{
	struct update_args *a = args;
	const char *file = a->config ? a->config : argc ? argv[0] : NULL;
	struct conf_text t, old = { 0 };
	int ret;

	if (!file) {
		opt_help(2, &update_config_applet, "lxc-update-config", false);
		return 0;
	}
	if (argc > !a->config)
		return err_set(EINVAL, "unexpected argument '%s'", argv[!a->config]);
	ret = text_load(&t, file);
	if (!ret)
		ret = text_init(&old, t.path, t.data, t.len);
	if (!ret)
		ret = update(&t, &old);
	text_free(&t);
	text_free(&old);
	return ret;
}

const struct applet update_config_applet = {
	.synopsis = "[-c] FILE",
	.about = OPT_HELP(
		"Rewrites a container's configuration FILE from the key names of LXC 1.x to those since "
		"2.1, in place and keeping comments; what it was is FILE.backup then. A file that "
		"would not mean the same afterwards stays as it is. Included files are not changed."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PLAIN,
	.args_size = sizeof(struct update_args),
	.run = run,
};
