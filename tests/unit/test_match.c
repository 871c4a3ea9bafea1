/* SPDX-License-Identifier: MIT */
//link: lib/match.c lib/err.c lib/str.c
/* owns: lib/match.c against libc's regexec on every pair of many expressions and texts. never: needs root */
#include <errno.h>
#include <regex.h>

#define UNIT_PREFIX "match-"
#include "unit.h"

#include "lib/match.h"

static const char *const good[] = {
	"", "a", "web", "web.*", "w.b", "web|db", "(web|db)[0-9]*", "a|b|c", "a|", "|a", "()", "(a|b)*c", "a*", "a+", "a?",
	"a{2}", "a{0}", "a{2,}", "a{1,3}", "a{0,2}b", "(ab){2}", "(a|ab)(c|bcd)", "[abc]", "[a-c]+", "[^a-c]+", "[]a]+", "[^]a]",
	"[a-]", "[[:alpha:]]+", "[[:digit:][:upper:]_]*", "[^[:digit:]]+", "a\\.b", "\\.\\*", ".*", ".+", "^a$", "^(a|b)$",
	"a^b", "a$b", "(^a)b", "(a*)*b", "(a*)*(a*)*(a*)*(a*)*b", "((a|b)+c?)*d", "x{3}y{2,4}", ".*-.*", "((((a))))", "a.c",
	"(a|b|)c", "c1|c2-.*", "[.]", "[*]+",
};
static const char *const texts[] = {
	"", "a", "b", "c", "aa", "aaa", "aaaa", "ab", "abab", "abc", "abcd", "web", "web1", "db", "db22", "dbx", "wxb", "a.b", "axb",
	".*", "cc", "aac", "bac", "]", "a]", "-", "x-y", "xyz", "xxxyy", "xxxyyyyy", "A_9", "A-9", "c1", "c2-", "c2-x", "c12", "abd",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "*", "**", ".", "d", "acacd",
};
static const char *const bad[] = {
	"(", "a)(", "[", "[a", "[]", "*", "+a", "?", "a|*", "(*a)", "a{", "a{x}", "a{2,1}", "a{999}", "a{2", "[b-a]", "a\\",
	"[[:nosuch:]]", "((((((((((((((((((a))))))))))))))))))",
};

static int libc_says(const char *expression, const char *text)
{
	char whole[256];
	regex_t r;
	int ret;

	snprintf(whole, sizeof(whole), "^(%s)$", expression);
	if (regcomp(&r, whole, REG_EXTENDED | REG_NOSUB))
		return -1;
	ret = !regexec(&r, text, 0, NULL, 0);
	regfree(&r);
	return ret;
}

int main(void)
{
	unsigned int i, j;
	char why[160];
	int ours, theirs;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		*why = '\0';
		for (j = 0; j < sizeof(texts) / sizeof(*texts); j++) {
			ours = match_whole(good[i], texts[j]);
			theirs = libc_says(good[i], texts[j]);
			if (ours != theirs)
				snprintf(why, sizeof(why), "'%s' is %d, libc says %d: %s", texts[j], ours, theirs, err_text());
			err_clear();
		}
		snprintf(why + strlen(why), sizeof(why) - strlen(why), "%s", "");
		check(!*why, *good[i] ? good[i] : "(empty)", why);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ours = match_whole(bad[i], "");
		snprintf(why, sizeof(why), "bad-%s", bad[i]);
		check(ours == -EINVAL && err_is_set(), why, "was taken");
	}
	check(match_whole(".*", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") < 0, "too-long", "was taken");
	return unit_status();
}
