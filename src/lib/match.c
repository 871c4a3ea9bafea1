/* SPDX-License-Identifier: MIT */
/* owns the matching of names with extended regular expressions */
/* never backtracks, never allocates */
#include "lib/match.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lib/str.h"

#define DEPTH_MAX 16
#define REPEAT_MAX 255

/* Positions in the text that an expression's part can end at. */
struct set {
	unsigned char has[MATCH_TEXT_MAX + 1];
};

struct match {
	const char *whole, *at;	/* the expression, and where reading it is */
	const char *text;
	size_t len;
	unsigned int depth;
};

static int bad(const struct match *m, const char *why)
{
	return err_set(EINVAL, "bad regular expression '%s': %s", m->whole, why);
}

static const char class_names[] =
	"alnum\0alpha\0digit\0lower\0upper\0punct\0xdigit\0space\0";

static bool is_in_class(unsigned int number, int c)
{
	int (*const is[])(int) = { isalnum, isalpha, isdigit, islower,
				   isupper, ispunct, isxdigit, isspace };

	return number < ARRAY_SIZE(is) && is[number](c);
}

/* "[:alpha:]" at m->at; 1 when c is in it. */
static int match_class(struct match *m, int c)
{
	const char *name = m->at + 2, *end = strstr(name, ":]"), *row = class_names;
	unsigned int i;

	for (i = 0; end && *row; i++, row += strlen(row) + 1) {
		if (strlen(row) != (size_t)(end - name) || strncmp(row, name, strlen(row)))
			continue;
		m->at = end + 2;
		return is_in_class(i, c);
	}
	return bad(m, "unknown class of characters");
}

/* "[...]" behind its first bracket, which is read to its end; 1 when c is in it. */
static int match_set(struct match *m, int c)
{
	bool is_not = *m->at == '^', first = true, found = false;
	int ret;

	m->at += is_not;
	for (; *m->at && (first || *m->at != ']'); first = false) {
		unsigned char from = (unsigned char)*m->at, to = from;

		if (m->at[0] == '[' && m->at[1] == ':') {
			ret = match_class(m, c);
			if (ret < 0)
				return ret;
			found |= ret;
			continue;
		}
		m->at++;
		if (m->at[0] == '-' && m->at[1] && m->at[1] != ']') {
			to = (unsigned char)m->at[1];
			m->at += 2;
		}
		if (to < from)
			return bad(m, "a range that ends before it begins");
		found |= c >= from && c <= to;
	}
	if (*m->at++ != ']')
		return bad(m, "'[' without ']'");
	return found != is_not;
}

static int match_choice(struct match *m, const struct set *in, struct set *out);

/* What stands for one character, over all positions. */
static int match_one(struct match *m, const struct set *in, struct set *out)
{
	const char *from = m->at;
	size_t i;
	int ret;

	/* One round more than there are characters, so that it is read also where none is left. */
	for (i = 0; i <= m->len; i++) {
		int c = i < m->len ? (unsigned char)m->text[i] : 0;

		m->at = from + 1;
		if (*from == '[')
			ret = match_set(m, c);
		else if (*from == '\\')
			ret = *m->at ? *m->at++ == c : bad(m, "it ends in '\\'");
		else
			ret = *from == '.' || (unsigned char)*from == c;
		if (ret < 0)
			return ret;
		if (ret && i < m->len && in->has[i])
			out->has[i + 1] = 1;
	}
	return 0;
}

static int match_atom(struct match *m, const struct set *in, struct set *out)
{
	int ret;

	memset(out, 0, sizeof(*out));
	switch (*m->at) {
	case '(':
		if (++m->depth > DEPTH_MAX)
			return bad(m, "too many levels of '('");
		m->at++;
		ret = match_choice(m, in, out);
		m->depth--;
		if (ret)
			return ret;
		return *m->at++ == ')' ? 0 : bad(m, "'(' without ')'");
	case '^':
		m->at++;
		out->has[0] = in->has[0];
		return 0;
	case '$':
		m->at++;
		out->has[m->len] = in->has[m->len];
		return 0;
	case '*':
	case '+':
	case '?':
	case '{':
		return bad(m, "there is nothing to repeat");
	default:
		return match_one(m, in, out);
	}
}

static int read_number(struct match *m, unsigned int *n)
{
	for (*n = 0; isdigit((unsigned char)*m->at); m->at++) {
		*n = *n * 10 + (unsigned int)(*m->at - '0');
		if (*n > REPEAT_MAX)
			return bad(m, "too many repetitions");
	}
	return 0;
}

/* How often what is before m->at may come; most is REPEAT_MAX + 1 for any number. False: once. */
static int read_repeat(struct match *m, unsigned int *least, unsigned int *most)
{
	int ret;

	*least = *m->at == '+' || (*m->at != '*' && *m->at != '?');
	*most = *m->at == '*' || *m->at == '+' ? REPEAT_MAX + 1 : 1;
	if (*m->at && strchr("*+?", *m->at)) {
		m->at++;
		return 1;
	}
	if (*m->at != '{')
		return 0;
	m->at++;
	if (!isdigit((unsigned char)*m->at))
		return bad(m, "'{' without a number");
	ret = read_number(m, least);
	*most = *least;
	if (!ret && *m->at == ',') {
		m->at++;
		*most = REPEAT_MAX + 1;
		if (*m->at != '}')
			ret = read_number(m, most);
	}
	if (ret || *m->at++ != '}' || *most < *least)
		return ret ? ret : bad(m, "'{' that is not {m}, {m,} or {m,n}");
	return 1;
}

/* Adds b to a; whether there was anything new. */
static bool unite(struct set *a, const struct set *b)
{
	bool is_new = false;
	size_t i;

	for (i = 0; i < sizeof(a->has); i++) {
		is_new |= b->has[i] && !a->has[i];
		a->has[i] |= b->has[i];
	}
	return is_new;
}

/* An atom as often as what follows it says, from sets, which becomes what it ends at. */
static int match_piece(struct match *m, struct set *sets)
{
	const char *from = m->at, *end;
	struct set now = *sets, next;
	unsigned int i, least, most;
	int ret = match_atom(m, &now, &next);

	if (!ret)
		ret = read_repeat(m, &least, &most);
	if (ret < 0)
		return ret;
	while (ret > 0) {
		unsigned int more, most_more;

		/* "a**" and the like: as one. */
		ret = *m->at && strchr("*+?", *m->at) ? read_repeat(m, &more, &most_more) : 0;
		if (ret > 0) {
			least = least && more;
			most = REPEAT_MAX + 1;
		}
	}
	end = m->at;
	if (least)
		memset(sets, 0, sizeof(*sets));
	for (i = 1; i <= most; i++) {
		if (i > 1) {
			now = next;
			m->at = from;
			ret = match_atom(m, &now, &next);
			if (ret)
				return ret;
		}
		/* Further rounds bring nothing when this one has brought nothing new. */
		if (i >= least && !unite(sets, &next))
			break;
	}
	m->at = end;
	return 0;
}

static int match_choice(struct match *m, const struct set *in, struct set *out)
{
	struct set now = *in, all = { { 0 } };
	int ret;

	for (;;) {
		if (!*m->at || *m->at == '|' || (*m->at == ')' && m->depth)) {
			unite(&all, &now);
			if (*m->at != '|')
				break;
			m->at++;
			now = *in;
			continue;
		}
		ret = match_piece(m, &now);
		if (ret)
			return ret;
	}
	*out = all;
	return 0;
}

int match_whole(const char *expression, const char *text)
{
	struct match m = { .whole = expression, .at = expression, .text = text,
			   .len = strlen(text) };
	struct set in = { { 1 } }, out;
	int ret;

	if (m.len > MATCH_TEXT_MAX)
		return err_set(ENAMETOOLONG, "'%s' is too long", text);
	ret = match_choice(&m, &in, &out);
	return ret ? ret : out.has[m.len];
}
