/* SPDX-License-Identifier: MIT */
/*
 * A JSON text (RFC 8259) that is written as it is made: what begins first ends last. Strings are
 * written whatever bytes they have: what is not UTF-8 becomes U+FFFD. Failed writes are told by
 * json_end of the outermost value.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* Deeper than this nothing is written, and json_end says -EINVAL. */
#define JSON_DEPTH 16

struct json {
	int fd, status;
	unsigned int depth;
	char closing[JSON_DEPTH];	/* of those that are open */
	bool is_empty;			/* the innermost one */
	size_t n;
	char buf[512];
};

/* The text goes to fd. */
void json_init(struct json *j, int fd);

/* name: of a member of an object, NULL in an array and for the outermost value. */
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);
/* Of the innermost that is open. 0; of the outermost: -errno of the first write that failed. */
int json_end(struct json *j);

/* v NULL: null. */
void json_string(struct json *j, const char *name, const char *v);
void json_number(struct json *j, const char *name, int64_t v);
void json_bool(struct json *j, const char *name, bool v);

#endif
