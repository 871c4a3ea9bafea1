/* SPDX-License-Identifier: MIT */
/* owns the list of what is wrong with a configuration, and how messages quote */
/* never parses, never prints but to the log */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/log.h"
#include "lib/str.h"

#define PROBLEMS_MAX 20		/* of each severity */
#define SHOWN_MAX 80

/*
 * Of the configuration that was read last. Parsers at any depth add to it and main prints it, so it
 * is not an argument of everything.
 */
static struct {
	struct problem *first;
	unsigned int n[3], found[3];	/* by severity: in the list, in all */
	bool is_listed;			/* the text of err is in the list */
	char *text;			/* of conf_problems */
} problems;

/* What is known of the line that is being read, until it is in the list. */
static struct {
	bool is_pending;
	struct origin at;
	size_t skip;			/* of the text: file, line and key */
	const char *accepted;
	bool is_quoted;
	char quoted[SHOWN_MAX + 4];	/* by shown, last */
	char key[SHOWN_MAX + 4], value[SHOWN_MAX + 4], suggestion[KEY_NAME_MAX];
} draft;

const char *shown(const char *v)
{
	size_t n = strnlen(v, SHOWN_MAX + 1);

	if (n > SHOWN_MAX) {
		/* No byte of a longer character is left alone at the end. */
		n = SHOWN_MAX;
		while (n > SHOWN_MAX - 4 && ((unsigned char)v[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(draft.quoted, v, n);
	strcpy(draft.quoted + n, v[n] ? "..." : "");
	draft.is_quoted = true;
	return str_printable(draft.quoted);
}

int bad_text(enum type type, const char *v)
{
	draft.accepted = type_accepts(type);
	return err_set(EINVAL, "bad value '%s' (%s)", shown(v), draft.accepted);
}

int unknown_word(const char *what, const char *v, const char *accepted)
{
	draft.accepted = accepted;
	return err_set(EINVAL, "unknown %s '%s' (%s)", what, shown(v), accepted);
}

int bad_near(enum type type, const char *v, const char *near)
{
	if (!near)
		return bad_text(type, v);
	draft.accepted = type_accepts(type);
	problem_suggest(near);
	return err_set(EINVAL, "bad value '%s' (%s?)", shown(v), near);
}

void problem_suggest(const char *word)
{
	if (CFG_LXCBOX_CHECK)
		str_format(draft.suggestion, sizeof(draft.suggestion), "%s", word);
}

void problem_begin(void)
{
	draft.is_pending = draft.is_quoted = problems.is_listed = false;
	draft.accepted = NULL;
	draft.key[0] = draft.value[0] = draft.suggestion[0] = '\0';
}

/* "file:line: key: ", of which a text may do without the end; the draft is of that line. */
static size_t front(struct origin at, const char *key, char *buf, size_t n)
{
	size_t len;

	/* Only lxcbox check tells the parts of a message. */
	strcpy(draft.value, CFG_LXCBOX_CHECK && draft.is_quoted ? draft.quoted : "");
	strcpy(draft.key, key ? shown(key) : "");
	draft.at = at;
	origin_text(at, buf);
	len = strlen(buf);
	if (key)
		len += str_format(buf + len, n - len, "%s: ", draft.key);
	draft.skip = len;
	return len;
}

int problem_at(int ret, struct origin at, const char *key)
{
	char buf[ORIGIN_MAX + SHOWN_MAX + 8];
	size_t n;

	if (ret >= 0 || ret == -ENOMEM || ret == -E2BIG || problems.is_listed || draft.is_pending)
		return ret;
	n = front(at, key, buf, sizeof(buf));
	draft.is_pending = true;
	/* err_in puts the last ": " itself. */
	return n ? err_in(ret, "%.*s", (int)n - 2, buf) : ret;
}

void problems_clear(void)
{
	while (problems.first) {
		struct problem *next = problems.first->next;

		free(problems.first);
		problems.first = next;
	}
	free(problems.text);
	memset(&problems, 0, sizeof(problems));
	problem_begin();
}

static const char *put(char **to, const char *s)
{
	char *at = *to;

	if (!*s)
		return NULL;
	*to = stpcpy(at, s) + 1;
	return at;
}

/* Before what is told of later lines of its file: the whole configuration is judged at the end. */
static void insert(struct problem *p)
{
	struct problem **at = &problems.first;

	for (; *at; at = &(*at)->next)
		if (p->at.file && (*at)->at.file && (*at)->at.line > p->at.line &&
		    str_eq((*at)->at.file, p->at.file))
			break;
	p->next = *at;
	*at = p;
}

/* What is told of a line that is refused is that. */
static void forget_notes(struct origin of)
{
	struct problem **at = &problems.first, *p;

	while ((p = *at)) {
		if (p->severity != PROBLEM_NOTE || !of.line || p->at.line != of.line ||
		    p->at.file != of.file) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		problems.found[PROBLEM_NOTE]--;
		problems.n[PROBLEM_NOTE]--;
		free(p);
	}
}

/* 0, -ENOMEM. */
static int add(enum severity severity, const char *line)
{
	struct problem *p;
	char *to;

	/* A file that is included twice is wrong once. */
	for (p = problems.first; p; p = p->next)
		if (p->severity == severity && str_eq(p->line, line))
			return 0;
	if (++problems.found[severity] > PROBLEMS_MAX)
		return 0;
	p = malloc(sizeof(*p) + strlen(line) + strlen(draft.key) + strlen(draft.value) +
		   strlen(draft.suggestion) + 4);
	if (!p)
		return err_set(ENOMEM, "out of memory");
	to = (char *)(p + 1);
	*p = (struct problem){ .at = draft.at, .severity = severity, .accepted = draft.accepted };
	p->line = put(&to, line);
	p->text = p->line + (draft.skip < strlen(line) ? draft.skip : 0);
	p->key = put(&to, draft.key);
	p->value = put(&to, draft.value);
	p->suggestion = put(&to, draft.suggestion);
	if (CFG_LXCBOX_CHECK && severity == PROBLEM_ERROR)
		forget_notes(p->at);
	insert(p);
	problems.n[severity]++;
	return 0;
}

int problem_keep(int ret)
{
	if (ret >= 0 || !draft.is_pending)
		return ret;
	ret = add(PROBLEM_ERROR, err_text());
	problem_begin();
	if (ret)
		return ret;
	err_clear();
	return problems.found[PROBLEM_ERROR] > PROBLEMS_MAX ? -E2BIG : 0;
}

void(problem_tell)(enum severity severity, struct origin at, const char *key, const text_t *fmt,
		   ...)
{
	char text[ERR_MAX], line[ERR_MAX];
	bool held = err_hold();
	va_list ap;
	size_t n;

	/* First, since the front quotes as well. */
	va_start(ap, fmt);
	str_vformat(text, sizeof(text), text_str(fmt), ap);
	va_end(ap);
	n = front(at, key, line, sizeof(line));
	str_format(line + n, sizeof(line) - n, "%s", text);
	if (severity == PROBLEM_WARNING)
		log_warn("%s", line);
	/* Without memory there is still the log. */
	if (CFG_LXCBOX_CHECK && add(severity, line))
		err_release(held);
	draft.is_quoted = false;
}

bool problems_any(void)
{
	return problems.n[PROBLEM_ERROR];
}

int problems_end(int ret, unsigned int before)
{
	const struct problem *p;
	unsigned int i = 0;

	if (ret == -ENOMEM || problems.n[PROBLEM_ERROR] == before)
		return ret;
	for (p = problems.first; p; p = p->next)
		if (p->severity == PROBLEM_ERROR && i++ == before)
			break;
	err_clear();
	err_set(EINVAL, "%s", p ? p->line : "");
	problems.is_listed = true;
	return -EINVAL;
}

unsigned int problems_count(enum severity severity, bool *more)
{
	*more = problems.found[severity] > problems.n[severity];
	return problems.n[severity];
}

int conf_defer(int ret)
{
	if (!problems.is_listed)
		return problem_keep(ret);
	problems.is_listed = false;
	err_clear();
	return 0;
}

const struct problem *conf_problem_list(void)
{
	return problems.first;
}

const char *conf_problems(void)
{
	bool more = problems.found[PROBLEM_ERROR] > problems.n[PROBLEM_ERROR];
	const struct problem *p;
	unsigned int i = 0;
	size_t n = 10;
	char *to;

	for (p = problems.first; p; p = p->next)
		n += strlen(p->line) + 1;
	free(problems.text);
	problems.text = to = malloc(n);
	if (!to)
		return "";
	*to = '\0';
	for (p = problems.first; p; p = p->next)
		if (p->severity == PROBLEM_ERROR && i++)
			to = stpcpy(stpcpy(to, p->line), "\n");
	if (more)
		strcpy(to, "and more\n");
	return problems.text;
}
