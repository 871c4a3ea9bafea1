/* SPDX-License-Identifier: MIT */
/* owns assignments in the language of the shell: quotes, backslashes, comments */
/* never expands or runs anything, never knows a variable: a pure function of bytes */
#include <errno.h>
#include <string.h>

#include "conf/lxcnet.h"
#include "lib/str.h"

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static bool is_name(char ch, bool first)
{
	return (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_' ||
	       (!first && ch >= '0' && ch <= '9');
}

void shell_init(struct shell_text *s, char *text, size_t len)
{
	text[len] = '\0';
	*s = (struct shell_text){ .at = text, .end = text + len, .line = 1 };
}

static bool is_continued(const struct shell_text *s, const char *at)
{
	return *at == '\\' && at + 1 < s->end && at[1] == '\n';
}

/* To the first byte of the next command. */
static void skip_space(struct shell_text *s)
{
	for (; s->at < s->end; s->at++) {
		if (*s->at == '#')
			while (s->at < s->end && *s->at != '\n')
				s->at++;
		if (s->at == s->end)
			return;
		if (is_continued(s, s->at))
			s->at++;
		if (*s->at == '\n')
			s->line++;
		else if (!is_blank(*s->at) && *s->at != ';')
			return;
	}
}

static void skip_line(struct shell_text *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

/* What a shell takes as more than itself outside of quotes. */
static int refuse(char ch)
{
	if (!ch)
		return err_set(EINVAL, "there is a NUL byte in the line");
	return err_set(
		EINVAL, "'%c' outside of quotes: the file is read, a shell does not run it", ch);
}

/* Behind the opening quote; up to behind the closing one. */
static int take_quoted(struct shell_text *s, char quote, char **to)
{
	for (; s->at < s->end && *s->at != quote; s->at++) {
		char ch = *s->at;

		if (!ch)
			return refuse(ch);
		if (quote == '"' && (ch == '$' || ch == '`'))
			return err_set(EINVAL,
				"'%c' is not expanded: the file is read, a shell does not run it",
				ch);
		if (ch == '\n')
			s->line++;
		/* Within these quotes a backslash is one before anything else. */
		if (quote == '"' && ch == '\\' && s->at + 1 < s->end &&
			strchr("$`\"\\\n", s->at[1])) {
			ch = *++s->at;
			if (!ch)
				return refuse(ch);
			if (ch == '\n') {
				s->line++;
				continue;
			}
		}
		*(*to)++ = ch;
	}
	if (s->at == s->end)
		return err_set(EINVAL, "the quote is not closed");
	s->at++;
	return 0;
}

/* One word, made of what is quoted and what is not. */
static int take_value(struct shell_text *s, char **to)
{
	const char *begin = s->at;

	while (s->at < s->end && !is_blank(*s->at) && *s->at != '\n' && *s->at != ';') {
		char ch = *s->at++;

		if (ch == '\'' || ch == '"') {
			int ret = take_quoted(s, ch, to);

			if (ret)
				return ret;
			continue;
		}
		if (ch == '\\' && s->at < s->end) {
			ch = *s->at++;
			if (ch == '\n') {
				s->line++;
				continue;
			}
			if (ch) {
				*(*to)++ = ch;
				continue;
			}
		}
		if (!ch || strchr("$`()<>&|", ch) || (ch == '~' && s->at == begin + 1))
			return refuse(ch);
		*(*to)++ = ch;
	}
	return 0;
}

static int take_name(struct shell_text *s, char **name)
{
	char *at = s->at;

	while (at < s->end && is_name(*at, at == s->at))
		at++;
	if (at == s->at || at == s->end || *at != '=')
		return err_set(EINVAL, "not NAME=VALUE: the file is read, a shell does not run it");
	*at = '\0';
	*name = s->at;
	s->at = at + 1;
	return 0;
}

int shell_next(struct shell_text *s, struct shell_assignment *out)
{
	char *to;
	int ret;

	skip_space(s);
	*out = (struct shell_assignment){ .line = s->line };
	if (s->at == s->end)
		return 0;
	if (s->end - s->at > 7 && !memcmp(s->at, "export", 6) && is_blank(s->at[6]))
		for (s->at += 6; s->at < s->end && is_blank(*s->at); s->at++)
			;
	ret = take_name(s, &out->name);
	to = out->value = s->at;
	if (!ret)
		ret = take_value(s, &to);
	if (ret) {
		skip_line(s);
		return ret;
	}
	/* What ends the word may be overwritten. */
	if (s->at < s->end && *s->at != '\n')
		s->at++;
	else if (s->at < s->end) {
		s->at++;
		s->line++;
	}
	*to = '\0';
	return 1;
}
