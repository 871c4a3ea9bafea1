/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c conf/write.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//wrap: load_include
/* owns the fuzzing of one assignment, as -s gives it: set twice is set once, cleared it is as before */
/* never includes a file */
#include "conf.h"

int __wrap_load_include(struct conf *c, const char *path, struct origin at);
int __wrap_load_include(struct conf *c, const char *path, struct origin at)
{
	return err_set(ENOENT, "'%s' is not there", shown(path));
}

/* The same key with the empty value; false: it is no request of this key. */
static bool clear(struct conf *c, const char *assignment)
{
	char *line = str_dupn(assignment, strcspn(assignment, "=") + 1);
	int ret;

	claim(line);
	ret = conf_set(c, line, 3);
	free(line);
	err_clear();
	return !ret;
}

static void try_key(const char *assignment, const struct key_ref *ref, bool keeps)
{
	bool is_net = ref->k->shape >= SHAPE_NET_STR && ref->k->shape <= SHAPE_NET_LIST;
	bool is_list = ref->k->shape == SHAPE_LIST || ref->k->shape == SHAPE_NET_LIST ||
		       ref->k->type == TYPE_CGROUP;
	struct text empty = { 0 }, once = { 0 }, twice = { 0 };
	struct conf c;

	begin(&c, keeps);
	if (is_net)
		claim(!conf_set(&c, "lxc.network.type=empty", 1));
	dump(&c, false, &empty);
	if (conf_set(&c, assignment, 1)) {
		claim(err_is_set() && str_after(err_text(), "-s:1: "));
		claim_printable(err_text(), false);
		goto out;
	}
	claim(!err_is_set());
	dump(&c, false, &once);
	claim_round_trip(&c);
	/* An address that is made up of random digits is another one each time. */
	if (ref->k->type == TYPE_HWADDR || ref->k->type == TYPE_NET_KIND || ref->k->type == TYPE_NET_CLEAR)
		goto out;
	claim(!conf_set(&c, assignment, 2));
	dump(&c, false, &twice);
	claim(is_list || str_eq(once.s, twice.s));
	if (clear(&c, assignment)) {
		dump(&c, false, &twice);
		/* An interface that was made by being named stays. */
		claim(is_net || str_eq(empty.s, twice.s) || ref->k->type == TYPE_AUTODEV || ref->k->type == TYPE_PDEATH);
		claim(!conf_set(&c, assignment, 4));
		dump(&c, false, &twice);
		claim(str_eq(once.s, twice.s));
	}
out:
	err_clear();
	conf_free(&c);
	text_free(&empty);
	text_free(&once);
	text_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = fuzz_copy(data, n), *name = str_dupn(copy, strcspn(copy, "="));
	struct key_ref ref;
	struct conf c;

	claim(name);
	if (strchr(copy, '=') && !strpbrk(copy, "\r\n") && !key_find(str_trim(name), &ref)) {
		try_key(copy, &ref, false);
		try_key(copy, &ref, true);
	} else {
		begin(&c, false);
		claim(conf_set(&c, copy, 1) == -EINVAL);
		claim_printable(err_text(), false);
		err_clear();
		conf_free(&c);
	}
	free(name);
	free(copy);
	return 0;
}
