/* SPDX-License-Identifier: MIT */
/* owns the grammar of lxc.cgroup.devices.allow and deny (security/device_cgroup.c) */
/* never looks a device up */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

/* Numbers of a device are 12 and 20 bits; the kernel would take 4294967295 for '*'. */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575
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

/* Letters of "rwm", each once at most, up to the end. */
static int take_access(const char *s, unsigned int *out)
{
	static const char letters[] = "mrw";
	unsigned int bits = 0;

	for (; *s && *s != ' ' && *s != '\t'; s++) {
		const char *at = strchr(letters, *s);
		unsigned int bit = at ? 1u << (at - letters) : 0;

		if (!bit || (bits & bit))
			return -EINVAL;
		bits |= bit;
	}
	*out = bits;
	return bits && !*skip_blanks(s) ? 0 : -EINVAL;
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
	if (take_access(skip_blanks(s), &r->access))
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
		ret = take_access(skip_blanks(v + r->path_len), &r->access);
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
