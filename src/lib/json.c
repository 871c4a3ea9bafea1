/* SPDX-License-Identifier: MIT */
/* owns the writing of JSON */
/* never reads any, never allocates */
#include "lib/json.h"

#include <errno.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/str.h"

void json_init(struct json *j, int fd)
{
	*j = (struct json){ .fd = fd, .is_empty = true };
}

static void flush(struct json *j)
{
	int ret = j->n ? fd_write_all(j->fd, j->buf, j->n) : 0;

	if (!j->status)
		j->status = ret;
	j->n = 0;
}

static void put(struct json *j, const char *s, size_t n)
{
	for (; n; n--) {
		if (j->n == sizeof(j->buf))
			flush(j);
		j->buf[j->n++] = *s++;
	}
}

static void put_text(struct json *j, const char *s)
{
	put(j, s, strlen(s));
}

static void put_string(struct json *j, const char *s)
{
	char escape[8];
	size_t n;

	put_text(j, "\"");
	for (; *s; s += n) {
		unsigned char ch = (unsigned char)*s;

		n = str_utf8(s);
		if (!n) {
			put_text(j, "\357\277\275");
			n = 1;
		} else if (ch == '"' || ch == '\\') {
			put_text(j, ch == '"' ? "\\\"" : "\\\\");
		} else if (ch < ' ' || ch == 0x7f) {
			str_format(escape, sizeof(escape), "\\u%04x", ch);
			put_text(j, escape);
		} else {
			put(j, s, n);
		}
	}
	put_text(j, "\"");
}

static void new_line(struct json *j)
{
	unsigned int i;

	put_text(j, "\n");
	for (i = 0; i < j->depth; i++)
		put_text(j, "\t");
}

/* What is before a value: a comma, a line of its own, its name. */
static void begin(struct json *j, const char *name)
{
	if (!j->is_empty)
		put_text(j, ",");
	if (j->depth)
		new_line(j);
	j->is_empty = false;
	if (!name)
		return;
	put_string(j, name);
	put_text(j, ": ");
}

static void open_value(struct json *j, const char *name, char first, char last)
{
	begin(j, name);
	put(j, &first, 1);
	if (j->depth < JSON_DEPTH)
		j->closing[j->depth] = last;
	else
		j->status = -EINVAL;
	j->depth++;
	j->is_empty = true;
}

void json_object(struct json *j, const char *name)
{
	open_value(j, name, '{', '}');
}

void json_array(struct json *j, const char *name)
{
	open_value(j, name, '[', ']');
}

int json_end(struct json *j)
{
	bool was_empty = j->is_empty;

	j->depth--;
	if (!was_empty)
		new_line(j);
	if (j->depth < JSON_DEPTH)
		put(j, &j->closing[j->depth], 1);
	j->is_empty = false;
	if (j->depth)
		return 0;
	put_text(j, "\n");
	flush(j);
	return j->status;
}

void json_string(struct json *j, const char *name, const char *v)
{
	begin(j, name);
	if (v)
		put_string(j, v);
	else
		put_text(j, "null");
}

void json_number(struct json *j, const char *name, int64_t v)
{
	char buf[24];

	begin(j, name);
	str_format(buf, sizeof(buf), "%lld", (long long)v);
	put_text(j, buf);
}

void json_bool(struct json *j, const char *name, bool v)
{
	begin(j, name);
	put_text(j, v ? "true" : "false");
}
