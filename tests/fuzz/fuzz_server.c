/* SPDX-License-Identifier: MIT */
//link: store/http.c store/index.c lib/err.c lib/str.c lib/fd.c lib/sys.c
/* owns the fuzzing of what an image server answers: the head of an answer, where it leads, the index */
/* never opens a connection */
#include "fuzz.h"
#include "store/fetch.h"

static void try_answer(char *text)
{
	static const char *const from[] = { "http://1.2.3.4/a", "https://host/b" };
	struct http_answer a;
	char next[URL_MAX];
	unsigned int i;

	if (http_parse(text, &a))
		return;
	claim(a.status >= 100 && a.status <= 999 && a.length <= INT64_MAX);
	claim(strlen(a.location) < URL_MAX);
	for (i = 0; i < 2; i++) {
		int ret = http_redirect(from[i], a.location, next, sizeof(next));

		claim(ret <= 0 && err_is_set() == (ret < 0));
		claim_printable(err_text(), false);
		err_clear();
		if (ret)
			continue;
		claim_printable(next, false);
		claim(!strchr(next, ' '));
		/* Never from https to http. */
		claim(url_is_secure(next) || (!i && !strncmp(next, "http://", 7)));
	}
}

static void try_index(const char *text)
{
	static const struct image_name any;
	struct image_name i;
	const char *at = text;

	while (index_next(&at, &any, &i)) {
		claim(index_is_name(i.dist) && index_is_name(i.variant) && index_is_name(i.build));
		claim(!strchr(i.dist, '/') && *i.path == '/' && !strstr(i.path, "/.."));
		claim(strlen(i.path) < sizeof(i.path));
	}
	claim(!*at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = fuzz_copy(data, n);

	try_index(s);
	try_answer(s);
	free(s);
	return 0;
}
