/* SPDX-License-Identifier: MIT */
/* owns the lines of lxc-usernet and of the list of devices, and who may have one more */
/* never opens a file, never takes part of a word for the whole */
#include "user-nic/quota.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "lib/str.h"

#define WORDS 4

/* The next line, cut off *at; NULL: that was the last. */
static char *take_line(char **at)
{
	char *line = *at, *end;

	if (!*line)
		return NULL;
	end = line + strcspn(line, "\n");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* Its words: 4 of a line, 0 of one that says nothing, -EINVAL of any other. */
static int cut(char *line, const char **word)
{
	int n = 0;

	while (n < WORDS) {
		char *w = str_word(&line, " \t\r");

		if (!w || (!n && *w == '#'))
			return n ? -EINVAL : 0;
		word[n++] = w;
	}
	line = str_word(&line, " \t\r");
	return line && *line != '#' ? -EINVAL : n;
}

bool quota_is_caller(const struct quota_caller *c, const char *owner)
{
	if (*owner == '@')
		return c->in_group(owner + 1, c->arg);
	return str_eq(owner, c->user);
}

bool quota_is_ifname(const char *s)
{
	const char *at;

	/* dev_valid_name() of the kernel; ':' would be an alias, '%' a template. */
	for (at = s; *at; at++)
		if (*at <= ' ' || *at > '~' || strchr("/:%", *at))
			return false;
	return at > s && at - s <= 15 && !str_eq(s, ".") && !str_eq(s, "..");
}

unsigned int quota_read(char *text, struct quota_device *out, unsigned int max)
{
	const char *word[WORDS];
	unsigned int n = 0;
	char *line;

	while (n < max && (line = take_line(&text)) != NULL) {
		if (cut(line, word) != WORDS)
			continue;
		out[n].owner = word[0];
		out[n].type = word[1];
		out[n].bridge = word[2];
		out[n++].name = word[3];
	}
	return n;
}

static unsigned int count(const struct quota_device *made, unsigned int n, const char *owner,
			  const struct quota_want *want)
{
	unsigned int i, found = 0;

	for (i = 0; i < n; i++)
		found += str_eq(made[i].owner, owner) && str_eq(made[i].type, want->type) &&
			 str_eq(made[i].bridge, want->bridge);
	return found;
}

int quota_choose(char *text, const struct quota_want *want, const struct quota_device *made,
		 unsigned int n, const char **owner, unsigned int *bad_line)
{
	const char *word[WORDS];
	unsigned int at = 0;
	int ret = -ENOENT;
	char *line;

	*bad_line = 0;
	while ((line = take_line(&text)) != NULL) {
		int words = cut(line, word);
		uint64_t allowed;

		at++;
		if (!words)
			continue;
		if (words != WORDS || str_to_u64(word[3], UINT_MAX, &allowed)) {
			if (!*bad_line)
				*bad_line = at;
			continue;
		}
		if (!str_eq(word[1], want->type) || !str_eq(word[2], want->bridge) || !allowed ||
		    !quota_is_caller(want->caller, word[0]))
			continue;
		if (count(made, n, word[0], want) < allowed) {
			*owner = word[0];
			return 0;
		}
		ret = -EDQUOT;
	}
	return ret;
}
