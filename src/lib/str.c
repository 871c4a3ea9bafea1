/* SPDX-License-Identifier: MIT */
/* owns formatting without floating point, words and numbers */
/* never prints */
#include "lib/str.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where formatted text goes: as much as fits is stored, all of it is counted. */
struct sink {
	char *buf;
	size_t size, len;
};

static void put(struct sink *s, char c)
{
	if (s->len + 1 < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void put_text(struct sink *s, const char *text, size_t n)
{
	size_t room = s->len + 1 < s->size ? s->size - s->len - 1 : 0;

	if (room)
		memcpy(s->buf + s->len, text, n < room ? n : room);
	s->len += n;
}

static void put_padded(struct sink *s, const char *text, size_t n, int width, bool left, char pad)
{
	int fill = width > (int)n ? width - (int)n : 0;

	if (pad == '0' && n && *text == '-') {
		put(s, '-');
		text++;
		n--;
	}
	for (; !left && fill > 0; fill--)
		put(s, pad);
	put_text(s, text, n);
	for (; fill > 0; fill--)
		put(s, ' ');
}

unsigned int str_divide(uint64_t *v, unsigned int by)
{
	uint32_t rest = 0;
	uint64_t q = 0;
	int shift;

	for (shift = 48; shift >= 0; shift -= 16) {
		uint32_t part = rest << 16 | (uint16_t)(*v >> shift);

		q = q << 16 | part / by;
		rest = part % by;
	}
	*v = q;
	return rest;
}

/* Digits of v, written backwards from the end of a buffer of 24 bytes; returns the first. */
static char *digits(char *end, uint64_t v, unsigned int base, bool negative)
{
	do
		*--end = "0123456789abcdef"[str_divide(&v, base)];
	while (v);
	if (negative)
		*--end = '-';
	return end;
}

struct spec {
	bool left;
	char pad;
	int width, precision;
	unsigned int size;	/* 0 int, 1 long, 2 long long */
};

static const char *read_spec(struct spec *p, const char *f, va_list *ap)
{
	*p = (struct spec){ .pad = ' ', .precision = -1 };
	for (;; f++) {
		if (*f == '-')
			p->left = true;
		else if (*f == '0')
			p->pad = '0';
		else
			break;
	}
	if (*f == '*') {
		p->width = va_arg(*ap, int);
		f++;
	} else {
		while (*f >= '0' && *f <= '9')
			p->width = p->width * 10 + *f++ - '0';
	}
	if (p->width < 0) {
		p->left = true;
		p->width = -p->width;
	}
	if (*f == '.') {
		p->precision = 0;
		if (*++f == '*') {
			p->precision = va_arg(*ap, int);
			f++;
		} else {
			while (*f >= '0' && *f <= '9')
				p->precision = p->precision * 10 + *f++ - '0';
		}
	}
	for (; *f == 'l' || *f == 'z' || *f == 'j'; f++)
		p->size += *f == 'j' ? 2 : 1;
	return f;
}

static uint64_t read_number(const struct spec *p, bool is_signed, va_list *ap, bool *negative)
{
	int64_t v;

	*negative = false;
	if (!is_signed)
		return p->size > 1 ? va_arg(*ap, unsigned long long) :
		       p->size ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned int);
	v = p->size > 1 ? va_arg(*ap, long long) : p->size ? va_arg(*ap, long) : va_arg(*ap, int);
	*negative = v < 0;
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static void put_conversion(struct sink *s, char kind, struct spec *p, va_list *ap)
{
	char number[24], *at, *end = number + sizeof(number);
	const char *text;
	bool negative;
	uint64_t v;
	size_t n;

	switch (kind) {
	case 's':
		text = va_arg(*ap, const char *);
		if (!text)
			text = "(none)";
		n = p->precision >= 0 ? strnlen(text, (size_t)p->precision) : strlen(text);
		put_padded(s, text, n, p->width, p->left, ' ');
		break;
	case 'c':
		number[0] = (char)va_arg(*ap, int);
		put_padded(s, number, 1, p->width, p->left, ' ');
		break;
	case 'p':
		p->size = 1;
		v = (uintptr_t)va_arg(*ap, void *);
		at = digits(end, v, 16, false);
		put_padded(s, at, (size_t)(end - at), p->width, p->left, p->pad);
		break;
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'o':
		v = read_number(p, kind == 'd' || kind == 'i', ap, &negative);
		at = digits(end, v, kind == 'x' ? 16 : kind == 'o' ? 8 : 10, negative);
		put_padded(s, at, (size_t)(end - at), p->width, p->left, p->left ? ' ' : p->pad);
		break;
	default:
		put(s, kind);
	}
}

size_t str_vformat(char *buf, size_t n, const char *fmt, va_list ap)
{
	struct sink s = { .buf = buf, .size = n };
	struct spec p;
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		if (*fmt != '%') {
			size_t run = strcspn(fmt, "%");

			put_text(&s, fmt, run);
			fmt += run;
			continue;
		}
		fmt = read_spec(&p, fmt + 1, &args);
		if (!*fmt)
			break;
		put_conversion(&s, *fmt++, &p, &args);
	}
	va_end(args);
	if (n)
		buf[s.len < n ? s.len : n - 1] = '\0';
	return s.len;
}

size_t str_format(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = str_vformat(buf, n, fmt, ap);
	va_end(ap);
	return len;
}

static void *or_no_memory(void *p)
{
	if (!p)
		err_set(ENOMEM, "out of memory");
	return p;
}

char *str_make(const char *fmt, ...)
{
	va_list ap;
	size_t n;
	char *s;

	va_start(ap, fmt);
	n = str_vformat(NULL, 0, fmt, ap);
	va_end(ap);
	s = or_no_memory(malloc(n + 1));
	if (!s)
		return NULL;
	va_start(ap, fmt);
	str_vformat(s, n + 1, fmt, ap);
	va_end(ap);
	return s;
}

char *str_dupn(const char *s, size_t n)
{
	char *copy = or_no_memory(malloc(n + 1));

	if (!copy)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *str_dup(const char *s)
{
	return str_dupn(s, strlen(s));
}

bool str_eq(const char *a, const char *b)
{
	return !strcmp(a, b);
}

const char *str_after(const char *s, const char *prefix)
{
	for (; *prefix; prefix++)
		if (*s++ != *prefix)
			return NULL;
	return s;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && str_eq(s + n - m, suffix);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *str_trim(char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	for (n = strlen(s); n && is_blank(s[n - 1]); n--)
		;
	s[n] = '\0';
	return s;
}

static bool is_octal(char c, char most)
{
	return c >= '0' && c <= most;
}

bool str_unescape(char *s)
{
	char *to = s;
	bool is_whole = true;

	while (*s) {
		if (*s == '\\' && is_octal(s[1], '3') && is_octal(s[2], '7') &&
		    is_octal(s[3], '7')) {
			*to = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			is_whole &= *to++ != '\0';
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
	return is_whole;
}

char *str_word(char **at, const char *sep)
{
	char *word = *at + strspn(*at, sep);

	if (!*word) {
		*at = word;
		return NULL;
	}
	*at = word + strcspn(word, sep);
	if (**at)
		*(*at)++ = '\0';
	return word;
}

const char *str_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int to_number(const char *s, unsigned int base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned int d = (unsigned int)(*s - '0');

		if (*s < '0' || d >= base)
			return -EINVAL;
		/* Both bases are constants here, so that nothing is divided. */
		if (v > (base == 10 ? UINT64_MAX / 10 : UINT64_MAX / 8))
			return -ERANGE;
		v *= base;
		if (v > max || d > max - v)
			return -ERANGE;
		v += d;
	}
	*out = v;
	return 0;
}

int str_to_u64(const char *s, uint64_t max, uint64_t *out)
{
	return to_number(s, 10, max, out);
}

int str_to_int(const char *s, int *out)
{
	bool negative = *s == '-';
	uint64_t v;
	int ret = to_number(s + negative, 10, (uint64_t)INT_MAX + negative, &v);

	if (!ret)
		*out = negative ? (int)-(int64_t)v : (int)v;
	return ret;
}

int str_to_oct(const char *s, unsigned int max, unsigned int *out)
{
	uint64_t v;
	int ret = to_number(s, 8, max, &v);

	if (!ret)
		*out = (unsigned int)v;
	return ret;
}

uint64_t str_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h;
}

size_t str_utf8(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	/* From 0xc2 on, since what is below could be said shorter, to 0xf4, the end of Unicode. */
	size_t i, n = *u < 0x80   ? 1
		      : *u < 0xc2 ? 0
		      : *u < 0xe0 ? 2
		      : *u < 0xf0 ? 3
		      : *u < 0xf5 ? 4
				  : 0;

	for (i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* Too long, surrogates, too great. */
	if ((*u == 0xe0 && u[1] < 0xa0) || (*u == 0xed && u[1] > 0x9f) ||
	    (*u == 0xf0 && u[1] < 0x90) || (*u == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

char *str_printable(char *s)
{
	char *at = s;
	size_t n;

	for (; *at; at += n) {
		n = str_utf8(at);
		/* 0x80 to 0x9f, which are two bytes, move the cursor as those below a blank do. */
		if (!n || (n == 1 && ((unsigned char)*at < ' ' || *at == 0x7f)) ||
		    (n == 2 && (unsigned char)at[0] == 0xc2 && (unsigned char)at[1] < 0xa0)) {
			n = 1;
			*at = '?';
		}
	}
	return s;
}

int str_add(struct str_grown *g, const char *s, size_t n)
{
	if (g->n + n + 1 > g->room) {
		size_t room = 2 * (g->n + n) + 1024;
		char *more = realloc(g->s, room);

		if (!more)
			return err_set(ENOMEM, "out of memory");
		g->s = more;
		g->room = room;
	}
	memcpy(g->s + g->n, s, n);
	g->n += n;
	g->s[g->n] = '\0';
	return 0;
}
