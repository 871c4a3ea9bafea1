/* SPDX-License-Identifier: MIT */
//link: user-nic/quota.c lib/str.c lib/err.c
/* owns the fuzzing of lxc-usernet and of the list of devices: who is allowed one more, held against a second reading */
/* never opens a file */
/* Input: "user bridge", a form feed, lines of lxc-usernet, a form feed, the list. Groups are those that begin with 'g'. */
#include <errno.h>
#include <stdlib.h>

#include "fuzz.h"
#include "lib/str.h"
#include "user-nic/quota.h"

static bool in_group(const char *group, void *arg)
{
	(void)arg;
	return *group == 'g';
}

/* The words of one line, by hand: -1: a comment begins it, or a fifth word that is none. */
static int words_of(const char *line, size_t n, char word[4][64])
{
	size_t at = 0, len;
	int words = 0;

	for (;;) {
		while (at < n && strchr(" \t\r", line[at]))
			at++;
		for (len = 0; at + len < n && !strchr(" \t\r", line[at + len]); len++)
			;
		if (!len)
			return words;
		if (line[at] == '#' && (!words || words == 4))
			return words ? words : -1;
		if (words == 4 || len >= 64)
			return -1;
		memcpy(word[words], line + at, len);
		word[words++][len] = '\0';
		at += len;
	}
}

struct naive {
	const char *user, *bridge;
};

static bool is_his(const struct naive *w, const char *owner)
{
	return *owner == '@' ? owner[1] == 'g' : !strcmp(owner, w->user);
}

static unsigned int made_for(const char *list, const char *owner, const char *bridge)
{
	char word[4][64];
	unsigned int n = 0;

	while (*list) {
		size_t len = strcspn(list, "\n");

		n += words_of(list, len, word) == 4 && !strcmp(word[0], owner) && !strcmp(word[1], "veth") &&
		     !strcmp(word[2], bridge);
		list += len + (list[len] == '\n');
	}
	return n;
}

/* 0 and owner, -ENOENT, -EDQUOT. */
static int naive(const struct naive *w, const char *quotas, const char *list, char *owner)
{
	char word[4][64], *end;
	int ret = -ENOENT;

	while (*quotas) {
		size_t len = strcspn(quotas, "\n");
		unsigned long long allowed;

		if (words_of(quotas, len, word) == 4 && !strcmp(word[1], "veth") && !strcmp(word[2], w->bridge) &&
		    is_his(w, word[0]) && !word[3][strspn(word[3], "0123456789")]) {
			errno = 0;
			allowed = strtoull(word[3], &end, 10);
			if (!errno && allowed && allowed <= UINT32_MAX) {
				strcpy(owner, word[0]);
				if (made_for(list, owner, w->bridge) < allowed)
					return 0;
				ret = -EDQUOT;
			}
		}
		quotas += len + (quotas[len] == '\n');
	}
	return ret;
}

static bool has_long_word(const char *s)
{
	size_t len = 0;

	for (; *s; s++) {
		len = strchr(" \t\r\n", *s) ? 0 : len + 1;
		if (len >= 64)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct quota_device made[64];
	char *text = fuzz_copy(data, n), *quotas, *list, *at, *copy, *copied, theirs[64] = "";
	const char *ours = NULL;
	struct quota_caller caller = { "", in_group, NULL };
	struct quota_want want = { &caller, "veth", "" };
	struct naive w;
	unsigned int bad, n_made;
	int ret;

	/* As files are read: to the first NUL. */
	at = strchr(text, '\f');
	quotas = at ? at + 1 : text + strlen(text);
	if (at)
		*at = '\0';
	list = strchr(quotas, '\f');
	if (list)
		*list++ = '\0';
	else
		list = quotas + strlen(quotas);
	at = strchr(text, ' ');
	if (at)
		*at++ = '\0';
	w.user = caller.user = text;
	w.bridge = want.bridge = at ? at : "";
	copy = fuzz_copy((const uint8_t *)quotas, strlen(quotas));
	copied = fuzz_copy((const uint8_t *)list, strlen(list));
	n_made = quota_read(copied, made, ARRAY_SIZE(made));
	claim(n_made <= ARRAY_SIZE(made));
	ret = quota_choose(copy, &want, made, n_made, &ours, &bad);
	claim(!ret || ret == -ENOENT || ret == -EDQUOT);
	claim(!err_is_set());
	if (!ret) {
		claim(quota_is_caller(&caller, ours));
		claim(*ours && !strpbrk(ours, " \t\r\n"));
	}
	if (n_made < ARRAY_SIZE(made) && !has_long_word(quotas) && !has_long_word(list)) {
		claim(naive(&w, quotas, list, theirs) == ret);
		claim(ret || !strcmp(ours, theirs));
	}
	if (quota_is_ifname(text)) {
		claim(*text && strlen(text) <= 15 && !strpbrk(text, " /:%\t\n") && strcmp(text, ".") && strcmp(text, ".."));
		claim_printable(text, false);
	}
	free(copied);
	free(copy);
	free(text);
	return 0;
}
