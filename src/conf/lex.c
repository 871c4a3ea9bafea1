/* SPDX-License-Identifier: MIT */
/* owns the shape of a configuration file: lines, keys, values, comments, quotes */
/* never knows a key, never allocates: a pure function of the bytes it is given */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

void lex_init(struct lex *x, char *text, size_t len)
{
	/* A byte order mark, as some editors put it, would make the first line a foreign one. */
	size_t skip = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;

	text[len] = '\0';
	*x = (struct lex){ .at = text + skip, .end = text + len };
}

/* Takes the next line off the text, ended by LF, CR LF or CR; its length. NULL at the end. */
static char *take_line(struct lex *x, size_t *len)
{
	char *start = x->at, *p = start;

	if (p == x->end)
		return NULL;
	while (p < x->end && *p != '\n' && *p != '\r')
		p++;
	*len = p - start;
	if (p < x->end)
		p += *p == '\r' && p + 1 < x->end && p[1] == '\n' ? 2 : 1;
	start[*len] = '\0';
	x->at = p;
	x->line++;
	return start;
}

/*
 * "key = value" and, with a mark, "key: value". The first '=' ends the key; a colon does so only
 * where no '=' could be meant: at the end of the word before a blank, or when there is no '=' at
 * all.
 */
static int split_line(char *line, struct lex_line *out)
{
	char *end = line + strcspn(line, " \t="), *p = end;

	out->key = line;
	out->is_colon = false;
	while (is_blank(*p))
		p++;
	if (p > line && end[-1] == ':') {
		out->is_colon = true;
		out->value = end;
		end[-1] = '\0';
		/* "key:=" has both. */
		if (*p == '=')
			out->value = p + 1;
		return 1;
	}
	if (*p == '=' || (*p == ':' && p > end)) {
		out->is_colon = *p == ':';
		out->value = p + 1;
		*end = '\0';
		return 1;
	}
	p = strchr(line, ':');
	if (p && p < end) {
		out->is_colon = true;
		out->value = p + 1;
		*p = '\0';
		return 1;
	}
	*end = '\0';
	return err_set(EINVAL, "'=' is missing after the key");
}

int lex_next(struct lex *x, struct lex_line *out)
{
	size_t len;
	char *line;

	while ((line = take_line(x, &len))) {
		out->key = NULL;
		/* What a power cut leaves of a file; a line cut short by it must not act. */
		if (memchr(line, '\0', len))
			return err_set(EINVAL, "there is a NUL byte in the line");
		line = str_trim(line);
		/* Other tools keep lines of theirs in such files; LXC skips them as well. */
		if (str_after(line, "lxc.") || str_after(line, "lxcbox."))
			return split_line(line, out);
	}
	return 0;
}

/*
 * The closing quote of a value that is quoted as a whole, up to a comment where one may follow;
 * NULL: not quoted.
 */
static const char *closing_quote(const char *v, unsigned int flags)
{
	const char *q, *p;

	if (*v != '"' && *v != '\'')
		return NULL;
	q = strchr(v + 1, *v);
	if (!q)
		return NULL;
	for (p = q + 1; is_blank(*p); p++)
		;
	if (!*p || ((flags & ENDS) && *p == '#' && p > q + 1))
		return q;
	return NULL;
}

/* The '#' behind a blank, where such a comment may be; NULL: none. before: what stands before v. */
static const char *find_comment(const char *v, char before, unsigned int flags)
{
	for (; (flags & ENDS) && *v; before = *v++)
		if (*v == '#' && is_blank(before))
			return v;
	return NULL;
}

char *lex_value(char *v, unsigned int flags)
{
	const char *end;

	while (is_blank(*v))
		v++;
	end = closing_quote(v, flags);
	if (end) {
		v[end - v] = '\0';
		return v + 1;
	}
	/* A value that begins with '#' is a comment when a blank was before it: v[-1] tells. */
	end = find_comment(v, v[-1], flags);
	if (end)
		v[end - v] = '\0';
	return str_trim(v);
}

const char *lex_quote(const char *v, unsigned int flags)
{
	size_t n = strlen(v);

	if (!is_blank(*v) && !(n && is_blank(v[n - 1])) && !closing_quote(v, flags) &&
	    !find_comment(v, ' ', flags))
		return "";
	/* What came out of quotes has none of their kind inside. */
	return strchr(v, '"') ? "'" : "\"";
}
