/* SPDX-License-Identifier: MIT */
/* owns the parsing of command lines and their help text */
/* never decides what an option does */
#include "lib/opt.h"

#include <errno.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/str.h"

#define COMMON(m) offsetof(struct opt_common, m)

/*
 * The first opt_plain_count are taken by every command, the rest by those that work on a container.
 */
const struct opt opt_common_table[] = {
	{ 'h', OPT_FLAG, COMMON(help), "help", NULL, OPT_HELP("print this help") },
	{ 0, OPT_FLAG, COMMON(usage), "usage", NULL, OPT_HELP("print a short usage line") },
	{ 0, OPT_FLAG, COMMON(version), "version", NULL, OPT_HELP("print the version") },
	{ 'n', OPT_STR, COMMON(name), "name", "NAME", OPT_HELP("name of the container") },
	{ 'P', OPT_STR, COMMON(lxcpath), "lxcpath", "DIR",
		OPT_HELP("directory of the containers") },
	{ 'o', OPT_STR, COMMON(logfile), "logfile", "FILE",
		OPT_HELP("write a log to FILE (none: no log)") },
	{ 'l', OPT_STR, COMMON(logpriority), "logpriority", "LEVEL",
		OPT_HELP("TRACE DEBUG INFO NOTICE WARN ERROR") },
	{ 'q', OPT_FLAG, COMMON(quiet), "quiet", NULL, OPT_HELP("no messages on standard error") },
	{ 0, OPT_STR, COMMON(rcfile), "rcfile", "FILE", OPT_HELP("configuration file to use") },
};
const unsigned int opt_plain_count = 3, opt_common_count = ARRAY_SIZE(opt_common_table);

static unsigned int common_count(const struct applet *a)
{
	return a->flags & APPLET_PLAIN ? opt_plain_count : opt_common_count;
}

/* Row i of the applet's own options followed by the common ones; NULL behind the last. */
static const struct opt *row(const struct applet *a, unsigned int i)
{
	if (i < a->n_opts)
		return &a->opts[i];
	i -= a->n_opts;
	return i < common_count(a) ? &opt_common_table[i] : NULL;
}

static const struct opt *find_letter(const struct applet *a, char letter)
{
	const struct opt *o;
	unsigned int i;

	for (i = 0; (o = row(a, i)); i++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* By whole name, or by a prefix that only one option has (an own option hides a common one of the
 * same name). */
static const struct opt *find_name(const struct applet *a, const char *name, size_t n)
{
	const struct opt *o, *found = NULL;
	unsigned int i;
	bool several = false;

	for (i = 0; (o = row(a, i)); i++) {
		if (!o->name || strncmp(o->name, name, n))
			continue;
		if (!o->name[n])
			return o;
		several = found != NULL;
		found = o;
	}
	return several ? NULL : found;
}

static int store(const struct opt *o, void *args, const char *value, const char *shown)
{
	void *field = (char *)args + o->offset;
	struct opt_list *list = field;
	struct opt_int *number = field;

	switch (o->type) {
	case OPT_FLAG:
	case OPT_CLEAR:
		*(bool *)field = o->type == OPT_FLAG;
		return 0;
	case OPT_INT:
		number->set = true;
		if (str_to_int(value, &number->v))
			return err_set(EINVAL, "%s: bad number '%s'", shown, value);
		return 0;
	case OPT_LIST:
		if (list->n == OPT_LIST_MAX)
			return err_set(EINVAL, "%s given more than %d times", shown, OPT_LIST_MAX);
		list->v[list->n++] = value;
		return 0;
	default:
		*(const char **)field = value ? value : "";
		return 0;
	}
}

static bool wants_value(const struct opt *o)
{
	return o->type != OPT_FLAG && o->type != OPT_CLEAR;
}

struct words {
	char **argv;
	int argc, at;
};

static int parse_long(const struct applet *a, void *args, struct words *w)
{
	const char *word = w->argv[w->at++] + 2;
	size_t n = strcspn(word, "=");
	const char *value = word[n] ? word + n + 1 : NULL;
	const struct opt *o = find_name(a, word, n);
	char shown[40];

	if (!o)
		return err_set(EINVAL, "unknown option '--%s'", word);
	str_format(shown, sizeof(shown), "--%s", o->name);
	if (value && !wants_value(o))
		return err_set(EINVAL, "%s takes no argument", shown);
	if (!value && wants_value(o) && o->type != OPT_MAYBE) {
		if (w->at == w->argc)
			return err_set(EINVAL, "%s needs an argument", shown);
		value = w->argv[w->at++];
	}
	return store(o, args, value, shown);
}

static int parse_letters(const struct applet *a, void *args, struct words *w)
{
	const char *at = w->argv[w->at++] + 1;
	int ret;

	while (*at) {
		const struct opt *o = find_letter(a, *at);
		const char shown[] = { '-', *at, '\0' };
		const char *value = NULL;

		if (!o)
			return err_set(EINVAL, "unknown option '%s'", shown);
		at++;
		if (wants_value(o)) {
			if (*at || o->type == OPT_MAYBE) {
				value = at;
			} else {
				if (w->at == w->argc)
					return err_set(EINVAL, "%s needs an argument", shown);
				value = w->argv[w->at++];
			}
			at = "";
		}
		ret = store(o, args, value, shown);
		if (ret)
			return ret;
	}
	return 0;
}

int opt_parse(const struct applet *a, void *args, int argc, char **argv)
{
	struct words w = { .argv = argv, .argc = argc, .at = 1 };
	int left = 0, ret = 0;

	while (w.at < argc && !ret) {
		char *word = argv[w.at];

		if (word[0] != '-' || !word[1]) {
			argv[left++] = word;
			w.at++;
			continue;
		}
		if (str_eq(word, "--")) {
			w.at++;
			break;
		}
		ret = word[1] == '-' ? parse_long(a, args, &w) : parse_letters(a, args, &w);
	}
	if (ret)
		return ret;
	while (w.at < argc)
		argv[left++] = argv[w.at++];
	argv[left] = NULL;
	return left;
}

void opt_help(int fd, const struct applet *a, const char *command, bool usage)
{
	const struct opt *o;
	unsigned int i;

	fd_tell(fd, "Usage: %s %s\n", command, a->synopsis);
	if (usage)
		return;
	if (CFG_OPT_HELP)
		fd_tell(fd, "\n%s\n\n", text_str(a->about));
	for (i = 0; (o = row(a, i)); i++) {
		char left[48];
		bool maybe = o->type == OPT_MAYBE;

		/* Not in this build. */
		if (!o->name && !o->letter)
			continue;
		/* An own option hides a common one of its name. */
		if (o->name && find_name(a, o->name, strlen(o->name)) != o)
			continue;
		str_format(left, sizeof(left), "%c%c%s%s%s%s%s%s", o->letter ? '-' : ' ',
			o->letter ? o->letter : ' ', o->name ? (o->letter ? ", --" : "  --") : "",
			o->name ? o->name : "", maybe ? "[" : "",
			o->arg ? (o->name ? "=" : " ") : "", o->arg ? o->arg : "",
			maybe ? "]" : "");
		fd_tell(fd, "  %-28s %s\n", left, CFG_OPT_HELP ? text_str(o->help) : "");
	}
}
