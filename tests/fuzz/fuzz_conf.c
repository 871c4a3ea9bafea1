/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c conf/write.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//wrap: load_include key_nearest names_nearest
/* owns the fuzzing of a configuration's text: loaded, checked, every key asked for, written and read again */
/* never includes a file: fuzz_include.c does */
#include "conf.h"

int __wrap_load_include(struct conf *c, const char *path, struct origin at);
int __wrap_load_include(struct conf *c, const char *path, struct origin at)
{
	return err_set(ENOENT, "'%s' is not there", shown(path));
}

/* The nearest name costs more than all the rest: of one input in eight it is looked for, twice. */
static unsigned int n_near;

const char *__real_key_nearest(const char *name, char *buf);
const char *__wrap_key_nearest(const char *name, char *buf);
const char *__wrap_key_nearest(const char *name, char *buf)
{
	const char *near = n_near++ < 2 ? __real_key_nearest(name, buf) : NULL;
	struct key_ref ref;

	claim(!near || strlen(near) < KEY_NAME_MAX);
	/* "lxc.net.N.type" for what has no number. */
	claim(!near || str_after(near, "lxc.net.N.") || !key_find(near, &ref));
	return near;
}

const char *__real_names_nearest(const char *list, const char *s);
const char *__wrap_names_nearest(const char *list, const char *s);
const char *__wrap_names_nearest(const char *list, const char *s)
{
	return n_near++ < 2 ? __real_names_nearest(list, s) : NULL;
}

/* Keys as the input has them, good or not. */
static void ask(const struct conf *c, const char *text, size_t len)
{
	char *copy = fuzz_copy((const uint8_t *)text, len);
	struct text out = { 0 };
	struct lex_line line;
	struct lex x;
	int ret;

	lex_init(&x, copy, len);
	while ((ret = lex_next(&x, &line))) {
		if (ret > 0)
			ask_for(c, line.key, &out);
		out.n = 0;
		err_clear();
	}
	text_free(&out);
	free(copy);
}

static void try_text(const uint8_t *data, size_t n, bool keeps)
{
	struct text out = { 0 };
	struct conf c;
	char *copy = fuzz_copy(data, n);
	int ret;

	n_near = n % 8 ? 2 : 0;
	begin(&c, keeps);
	ret = conf_load_text(&c, "in", copy, n);
	claim(ret == 0 || ret == -EINVAL);
	claim(err_is_set() == (ret < 0));
	claim_printable(err_text(), false);
	claim_printable(conf_problems(), true);
	if (ret)
		claim(str_after(err_text(), "in:"));
	err_clear();
	ask(&c, (const char *)data, n);
	if (!ret) {
		claim_round_trip(&c);
		ret = conf_check(&c);
		claim(err_is_set() == (ret < 0));
		claim_printable(err_text(), false);
	} else {
		/* What stands in a configuration after a failure can be asked for and taken away all the same. */
		dump(&c, true, &out);
		text_free(&out);
	}
	conf_free(&c);
	claim(!c.mem && !c.net);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	try_text(data, n, false);
	try_text(data, n, true);
	return 0;
}
