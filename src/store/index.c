/* SPDX-License-Identifier: MIT */
/* owns what an image server's index has in a line */
/* never gives out a name that could not stand in a path */
#include <string.h>

#include "lib/str.h"
#include "store/fetch.h"

static bool is_one_of(const char *s, const char *signs)
{
	for (; *s; s++)
		if (!(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= '0' && *s <= '9') && !strchr(signs, *s))
			return false;
	return true;
}

bool index_is_name(const char *s)
{
	return *s && *s != '.' && *s != '-' && is_one_of(s, "._+-:");
}

/* "/images/…": below the server's root, and nowhere else. */
static bool is_path(const char *s)
{
	const char *p;

	if (*s != '/' || !is_one_of(s, "/._+-:%~"))
		return false;
	for (p = s; (p = strstr(p, "/.")); p++)
		if (p[2] == '.' || p[2] == '/' || !p[2])
			return false;
	return true;
}

static bool is_wanted(const char *have, const char *want)
{
	return !*want || str_eq(have, want);
}

static bool parse_line(const char *line, size_t n, struct image_name *i)
{
	struct {
		char *to;
		size_t room;
	} fields[] = {
		{ i->dist, sizeof(i->dist) },	    { i->release, sizeof(i->release) },
		{ i->arch, sizeof(i->arch) },	    { i->variant, sizeof(i->variant) },
		{ i->build, sizeof(i->build) },	    { i->path, sizeof(i->path) },
	};
	const char *end = line + n;
	unsigned int f;

	for (f = 0; f < ARRAY_SIZE(fields); f++) {
		const char *stop = memchr(line, ';', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);

		if (len >= fields[f].room)
			return false;
		memcpy(fields[f].to, line, len);
		fields[f].to[len] = '\0';
		line += len + !!stop;
	}
	/* A server has them with a slash at the end. */
	f = (unsigned int)strlen(i->path);
	if (f > 1 && i->path[f - 1] == '/')
		i->path[f - 1] = '\0';
	return index_is_name(i->dist) && index_is_name(i->release) && index_is_name(i->arch) &&
	       index_is_name(i->variant) && index_is_name(i->build) && is_path(i->path);
}

bool index_next(const char **at, const struct image_name *want, struct image_name *found)
{
	while (**at) {
		size_t n = strcspn(*at, "\n");
		bool good = parse_line(*at, n, found);

		*at += n + ((*at)[n] == '\n');
		if (good && is_wanted(found->dist, want->dist) &&
		    is_wanted(found->release, want->release) &&
		    is_wanted(found->arch, want->arch) &&
		    is_wanted(found->variant, want->variant))
			return true;
	}
	return false;
}
