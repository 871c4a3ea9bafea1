/* SPDX-License-Identifier: MIT */
/* owns what is told of good files: lines that LXC reads otherwise, lines in vain, risky devices */
/* never refuses anything, never changes a configuration */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/parse.h"
#include "lib/fd.h"
#include "lib/str.h"

/* More lines than this of one file are not compared with each other. */
#define SEEN_MAX 512

/* One line of a file, taken apart. */
struct line {
	struct origin at;
	struct key_ref ref;
	const char *key;	/* as written */
	const char *raw, *v;	/* the value as written, as it is understood */
	int net;		/* of an interface: its number, or as the how-manieth it was made */
};

/* ---- lines that act differently elsewhere ---- */

static bool has_comment(const struct line *l)
{
	return !str_eq(l->raw, l->v) && l->raw[0] != '"' && l->raw[0] != '\'';
}

static bool is_quoted(const struct line *l)
{
	return !str_eq(l->raw, l->v) && !has_comment(l);
}

static bool is_ours(const struct line *l)
{
	return str_after(l->key, "lxcbox.");
}

static bool is_relative(const struct line *l)
{
	return *l->v != '/';
}

static bool is_directory(const struct line *l)
{
	const char *slash = strrchr(l->at.file, '/');
	AUTO_FREE char *path = NULL;
	struct stat st;

	path = str_make("%.*s%s", *l->v == '/' || !slash ? 0 : (int)(slash + 1 - l->at.file),
			l->at.file, l->v);
	return path && !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_nought(const struct line *l)
{
	return str_eq(l->v, "0");
}

static bool is_number(const struct line *l)
{
	return !is_nought(l);
}

static bool has_blank(const struct line *l)
{
	return strpbrk(l->v, " \t");
}

static bool has_no_value(const struct line *l)
{
	return !strchr(l->v, '=');
}

static bool has_x(const struct line *l)
{
	return strpbrk(l->v, "xX");
}

static bool names_cgroup(const struct line *l)
{
	return strstr(l->v, "cgroup");
}

/* key: as in keys.def, NULL: any. Lines with an empty value are not asked. */
static const struct {
	const char *key;
	bool (*is)(const struct line *l);
	const char *text;
} rules[] = {
	{ NULL, has_comment, "LXC has no comments behind a value: it takes this one as part of it" },
	{ NULL, is_quoted, "LXC 1.1.5 keeps the quotes as part of the value" },
	{ NULL, is_ours, "LXC skips this line" },
	{ "include", is_relative, "starts from the directory of this file; LXC: from the working "
				  "directory" },
	{ "include", is_directory, "read in the order of the names; LXC: as the disk has them" },
	{ "start.order", is_number, "lowest first, as in LXC since 2.0; 1.1.5 starts the highest "
				    "first" },
	{ "pty.max", is_nought, "no ptys at all; LXC 1.1.5 leaves the host's /dev/pts there" },
	{ "init.cmd", has_blank, "LXC 1.1.5 takes all of it for one path" },
	{ "environment", has_no_value, "LXC 1.1.5 does nothing with a name alone" },
	{ "net.N.hwaddr", has_x, "random digits at every start; LXC writes them down when it "
				 "creates or copies a container" },
	{ "mount.auto", names_cgroup, "LXC since 3.0 leaves this to the container where the kernel "
				      "has cgroup namespaces, unless :force is added" },
};

static void tell(const struct line *l, const char *text)
{
	problem_tell(PROBLEM_NOTE, l->at, l->key, "%s", text);
}

static void apply_rules(const struct line *l)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if ((!rules[i].key || str_eq(rules[i].key, key_name(l->ref.k))) && rules[i].is(l))
			tell(l, rules[i].text);
}

/* ---- lines of one file that have to do with each other ---- */

struct seen {
	const struct key *k;
	const char *sub, *v;
	int net;
	unsigned int line;
};

struct strict {
	struct seen seen[SEEN_MAX];
	unsigned int n, foreign;
	struct line first[2];	/* with a name of only one generation, and the other's */
	bool has_first[2];
	int nets;		/* made by old names so far */
};

static bool is_same_place(const struct seen *s, const struct line *l)
{
	return s->k == l->ref.k && s->net == l->net &&
	       (s->sub && l->ref.sub ? str_eq(s->sub, l->ref.sub) : s->sub == l->ref.sub);
}

/* The empty value takes back what was said. */
static void forget(struct strict *s, const struct line *l)
{
	unsigned int i, kept = 0;

	for (i = 0; i < s->n; i++)
		if (!(s->seen[i].k == l->ref.k && (!l->ref.sub || is_same_place(&s->seen[i], l))))
			s->seen[kept++] = s->seen[i];
	s->n = kept;
}

/* Whether all values of a key act; of control files those of devices, which say which one. */
static bool is_list(const struct line *l, const char *before)
{
	switch (l->ref.k->shape) {
	case SHAPE_LIST:
	case SHAPE_NET_LIST:
		return true;
	case SHAPE_MAP:
		return str_after(key_name(l->ref.k), "cgroup") &&
		       (strpbrk(l->v, " \t:") || strpbrk(before, " \t:") ||
			str_after(l->ref.sub ? l->ref.sub : "", "devices."));
	}
	return l->ref.k->type == TYPE_NS;
}

/* "type" of an old name makes an interface, so it replaces nothing. */
static void compare(struct strict *s, const struct line *l)
{
	struct seen *old = NULL;
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (is_same_place(&s->seen[i], l) &&
		    (str_eq(s->seen[i].v, l->v) || !is_list(l, s->seen[i].v)))
			old = &s->seen[i];
	if (old)
		problem_tell(PROBLEM_NOTE, l->at, l->key,
			     "%s line %u", str_eq(old->v, l->v) ? "says the same as" : "replaces", old->line);
	else if (s->n < SEEN_MAX)
		old = &s->seen[s->n++];
	if (old)
		*old = (struct seen){ .k = l->ref.k, .sub = l->ref.sub, .v = l->v, .net = l->net,
				      .line = l->at.line };
}

/* Which generation has this name: 0 the old one, 1 the new one, -1 both. */
static int generation(const struct line *l)
{
	if (l->ref.is_old)
		return *key_name(l->ref.k) ? 0 : -1;
	return *key_old(l->ref.k) || l->ref.k->shape >= SHAPE_NET_STR ? 1 : -1;
}

static void look_at_line(struct strict *s, struct line *l)
{
	int now = generation(l);
	bool is_net = l->ref.k->shape >= SHAPE_NET_STR && l->ref.k->shape <= SHAPE_NET_LIST;

	if (now >= 0 && !s->has_first[now]) {
		s->first[now] = *l;
		s->has_first[now] = true;
		if (s->has_first[!now])
			problem_tell(PROBLEM_NOTE, l->at, l->key,
				     "%s name, while line %u has %s one: only LXC 2.1 reads both",
				     now ? "a new" : "an old", s->first[!now].at.line,
				     now ? "an old" : "a new");
	}
	if (is_net && l->ref.is_old && l->ref.k->type == TYPE_NET_KIND)
		s->nets++;
	l->net = !is_net            ? -1
		 : !l->ref.is_old   ? l->ref.index
		 : l->ref.index < 0 ? s->nets - 1
				    : l->ref.index;
	if (!*l->v) {
		forget(s, l);
		return;
	}
	apply_rules(l);
	if (l->ref.k->shape != SHAPE_NONE)
		compare(s, l);
}

/* Takes a line apart; false: it has none of our keys, or is refused elsewhere. */
static bool read_line(char *text, struct line *l)
{
	struct lex_line parts;
	struct lex x;
	char *end;

	lex_init(&x, text, strlen(text));
	if (lex_next(&x, &parts) != 1) {
		err_clear();
		return false;
	}
	if (key_find(parts.key, &l->ref))
		return false;
	l->key = parts.key;
	/* What is before a value tells whether a '#' begins a comment: it stays before the copy. */
	end = parts.value + strlen(parts.value);
	memcpy(end + 2, parts.value - 1, end - parts.value + 2);
	l->raw = str_trim(parts.value);
	l->v = lex_value(end + 3, conf_types[l->ref.k->type].flags);
	return true;
}

static void look_at_text(struct conf *c, const char *file, const char *text, size_t len)
{
	struct strict *s = calloc(1, sizeof(*s));
	/* Of each line two: its value twice. */
	char *copy = malloc(2 * len + 64), *to = copy;
	const char *at = text, *end = text + len;
	struct line l = { .at = { .file = file } };
	unsigned int cr = 0;

	(void)c;
	if (len >= 3 && !memcmp(text, "\357\273\277", 3)) {
		l.at.line = 1;
		problem_tell(PROBLEM_NOTE, l.at, NULL,
			     "a byte order mark: LXC takes the line for a foreign one");
		at += 3;
	}
	l.at.line = 0;
	while (s && copy && at < end) {
		size_t n = 0;

		while (at + n < end && at[n] != '\n' && at[n] != '\r')
			n++;
		l.at.line++;
		memcpy(to, at, n);
		if (!cr && at + n < end && at[n] == '\r')
			cr = l.at.line;
		to[n] = '\0';
		at += n + (at + n + 1 < end && at[n] == '\r' && at[n + 1] == '\n' ? 2 : 1);
		if (strlen(to) == n && read_line(to, &l)) {
			look_at_line(s, &l);
			to = (char *)l.v + strlen(l.v) + 1;
		} else if (strlen(to) == n && to[strspn(to, " \t")] && to[strspn(to, " \t")] != '#' &&
			   !str_after(to + strspn(to, " \t"), "lxc") && !s->foreign++) {
			problem_tell(PROBLEM_NOTE, l.at, NULL,
				     "skipped, as by LXC: not a line of this language");
		}
	}
	l.at.line = cr;
	if (cr)
		problem_tell(PROBLEM_NOTE, l.at, NULL,
			     "lines end with CR: LXC 1.1.5 takes it as part of each value");
	free(copy);
	free(s);
}

void conf_strict(struct conf *c)
{
	c->on_text = look_at_text;
}
