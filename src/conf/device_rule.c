/* SPDX-License-Identifier: MIT */
/* owns the grammar of lxcbox.device, and of device rules as security/device_cgroup.c has them */
/* never looks a device up */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

/* Numbers of a device are 12 and 20 bits; the kernel would take 4294967295 for '*'. */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575
#define BLANKS " \t"
#define ALL (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* '*' or a number of at most max at *at, which moves behind it. */
static int take_number(const char **at, unsigned int max, int *out)
{
	unsigned int n = 0;
	const char *s = *at;

	if (*s == '*') {
		*out = DEVICE_ANY;
		*at = s + 1;
		return 0;
	}
	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (*s - '0');
		if (n > max)
			return -ERANGE;
	}
	*out = n;
	*at = s;
	return 0;
}

/* Letters of "rwm", each once at most. */
static int take_access(const char *s, size_t len, unsigned int *out)
{
	static const char letters[] = "mrw";
	unsigned int bits = 0;

	for (; len; len--, s++) {
		const char *at = strchr(letters, *s);
		unsigned int bit = at ? 1u << (at - letters) : 0;

		if (!bit || (bits & bit))
			return -EINVAL;
		bits |= bit;
	}
	*out = bits;
	return bits ? 0 : -EINVAL;
}

/* The same up to the end. */
static int take_last(const char *s, unsigned int *out)
{
	size_t len = strcspn(s, BLANKS);

	return *skip_blanks(s + len) ? -EINVAL : take_access(s, len, out);
}

static int parse_numbers(const char *s, struct device_rule *r)
{
	if (*s != ' ' && *s != '\t')
		return -EINVAL;
	s = skip_blanks(s);
	if (take_number(&s, MAJOR_MAX, &r->major) || *s++ != ':' ||
	    take_number(&s, MINOR_MAX, &r->minor))
		return -EINVAL;
	if (r->type == 'a' && (r->major != DEVICE_ANY || r->minor != DEVICE_ANY))
		return -EINVAL;
	if (r->type == 'a' && !*skip_blanks(s))
		return 0;
	if (*s != ' ' && *s != '\t')
		return -EINVAL;
	if (take_last(skip_blanks(s), &r->access))
		return -EINVAL;
	/* Of everything, less than all of it cannot be said. */
	return r->type == 'a' && r->access != ALL ? -EINVAL : 0;
}

int device_rule_parse(const char *v, struct device_rule *r)
{
	int ret;

	*r = (struct device_rule){ .type = *v, .major = DEVICE_ANY, .minor = DEVICE_ANY,
				   .access = ALL };
	switch (*v) {
	case 'a':
		ret = *skip_blanks(v + 1) ? parse_numbers(v + 1, r) : 0;
		break;
	case 'b':
	case 'c':
		ret = parse_numbers(v + 1, r);
		break;
	case '/':
		r->type = 0;
		r->path = v;
		r->path_len = strcspn(v, " \t");
		ret = take_last(skip_blanks(v + r->path_len), &r->access);
		break;
	default:
		ret = -EINVAL;
	}
	if (ret)
		return err_set(EINVAL,
			       "bad device rule '%s' (a, c MAJOR:MINOR rwm, b MAJOR:MINOR rwm, "
			       "/dev/NAME rwm; * for any number)",
			       shown(v));
	return 0;
}

/* ---- lxcbox.device ---- */

/* Hexadecimal, up to four digits. */
static int take_hex(const char *v, size_t len, int *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at;
	int n = 0;

	if (!len || len > 4)
		return -EINVAL;
	for (; len; len--, v++) {
		at = strchr(digits, *v);
		if (!at)
			return -EINVAL;
		n = n << 4 | (int)((at - digits) & 15);
	}
	*out = n;
	return 0;
}

static int take_decimal(const char *v, size_t len, unsigned int *out)
{
	char text[12];
	uint64_t n = 0;

	if (str_format(text, sizeof(text), "%.*s", (int)len, v) >= sizeof(text) ||
	    str_to_u64(text, UINT32_MAX - 1, &n))
		return -EINVAL;
	*out = (unsigned int)n;
	return 0;
}

static int take_mode(const char *v, size_t len, unsigned int *out)
{
	char text[8];

	return str_format(text, sizeof(text), "%.*s", (int)len, v) >= sizeof(text) ?
		       -EINVAL :
		       str_to_oct(text, 0777, out);
}

/* A path below /dev without "." and "..", which no component of a device's name is. */
static bool is_below_dev(const char *v, size_t len)
{
	size_t n;

	for (; len; len -= n, v += n) {
		for (n = 0; n < len && v[n] != '/'; n++)
			;
		if (!n || (n <= 2 && !strncmp(v, "..", n)) || n + 1 == len)
			return false;
		n += n < len;
	}
	return true;
}

static int take_text(const char *v, size_t len, struct device_text *t)
{
	*t = (struct device_text){ v, (unsigned int)len };
	return len && len <= DEVICE_NAME_MAX ? 0 : -EINVAL;
}

/* One word of the value; seen: bits of those that were there. */
static int take_word(const char *v, size_t len, struct device_match *m, unsigned int *seen)
{
	static const char names[] = "subsystem\0vendor\0product\0name\0as\0mode\0uid\0gid\0";
	const char *name = names, *rest = NULL;
	unsigned int bit = 1;

	for (; *name; name += strlen(name) + 1, bit <<= 1)
		if (!strncmp(v, name, strlen(name)) && v[strlen(name)] == '=')
			break;
	if (*seen & bit)
		return -EINVAL;
	*seen |= bit;
	if (!*name)
		return take_access(v, len, &m->access);
	rest = v + strlen(name) + 1;
	len -= strlen(name) + 1;
	switch (bit) {
	case 1:
		return take_text(rest, len, &m->subsystem);
	case 2:
		return take_hex(rest, len, &m->vendor);
	case 4:
		return take_hex(rest, len, &m->product);
	case 8:
		return take_text(rest, len, &m->name);
	case 16:
		return is_below_dev(rest, len) ? take_text(rest, len, &m->as) : -EINVAL;
	case 32:
		return take_mode(rest, len, &m->mode);
	case 64:
		return take_decimal(rest, len, &m->uid);
	default:
		return take_decimal(rest, len, &m->gid);
	}
}

int device_match_parse(const char *v, struct device_match *m)
{
	unsigned int seen = 0;
	char word[DEVICE_NAME_MAX + 16];
	size_t len;

	*m = (struct device_match){ .vendor = -1, .product = -1, .mode = 0660,
				    .access = DEVICE_READ | DEVICE_WRITE };
	for (v += strspn(v, BLANKS); *v; v += len, v += strspn(v, BLANKS)) {
		len = strcspn(v, BLANKS);
		if (!take_word(v, len, m, &seen))
			continue;
		str_format(word, sizeof(word), "%.*s", (int)len, v);
		return err_set(EINVAL, "bad word '%s' (%s)", shown(word), DEVICE_WORDS);
	}
	/* Without any of the first four it would be every device. */
	return seen & 15 ? 0 : err_set(EINVAL, "neither subsystem, vendor, product nor name");
}

int parse_device(struct parse *p, char *v)
{
	struct device_match m;
	int ret = device_match_parse(v, &m);

	return ret ? ret : put_item(p, v);
}

bool device_text_fits(const struct device_text *pattern, const char *text)
{
	const char *p = pattern->at, *end, *star = NULL, *from = NULL;

	if (!p)
		return true;
	end = p + pattern->len;
	for (; *text; ) {
		if (p < end && *p == '*') {
			star = ++p;
			from = text;
		} else if (p < end && (*p == '?' || *p == *text)) {
			p++;
			text++;
		} else if (star) {
			/* The last star takes one more. */
			p = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}
