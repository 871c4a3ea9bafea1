/* SPDX-License-Identifier: MIT */
//link: conf/mount_spec.c conf/names.c conf/value.c conf/problem.c conf/keys.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/lex.c conf/conf.c
//link: conf/load.c conf/device_rule.c conf/check.c conf/print.c conf/idmap.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the fuzzing of a mount entry: what is read says the same when it is written out and read again */
/* never mounts */
#include <sys/mount.h>

#include "conf/parse.h"
#include "fuzz.h"
#include "lib/str.h"

/* A word of fstab for these bytes. */
static void add_word(struct text *t, const char *s)
{
	char octal[8];

	for (; *s; s++) {
		if (strchr(" \t\n\\#", *s)) {
			str_format(octal, sizeof(octal), "\\%03o", (unsigned char)*s);
			text_say(t, octal);
		} else {
			text_add(t, s, 1);
		}
	}
	text_say(t, " ");
}

static bool same(const char *a, const char *b)
{
	return a && b ? str_eq(a, b) : a == b;
}

static void check_again(const struct mount_spec *m)
{
	static char options[1 << 16];
	struct origin at = { .file = "in", .line = 1 };
	struct mount_spec again;
	struct text line = { 0 };

	mount_spec_options(m, options, sizeof(options));
	add_word(&line, m->source);
	add_word(&line, m->target);
	add_word(&line, m->fstype);
	if (m->create_dir || m->create_file)
		text_say(&line, m->create_dir ? "create=dir," : "create=file,");
	if (m->optional)
		text_say(&line, "optional,");
	if (m->relative)
		text_say(&line, "relative,");
	if (m->trusted)
		text_say(&line, "x-lxcbox.nofollow,");
	text_say(&line, "defaults,");
	add_word(&line, options);
	claim(!mount_spec_parse(line.s, at, &again));
	claim(str_eq(m->source, again.source) && str_eq(m->target, again.target) && str_eq(m->fstype, again.fstype));
	claim(m->flags == again.flags && m->propagation == again.propagation);
	claim(same(m->data, again.data));
	claim(m->optional == again.optional && m->create_dir == again.create_dir &&
	      m->create_file == again.create_file && m->relative == again.relative && m->trusted == again.trusted);
	mount_spec_free(&again);
	text_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = fuzz_copy(data, n), small[40];
	struct origin at = { .file = "in", .line = 1 };
	struct mount_spec m;
	struct conf c = { 0 };
	int ret;

	copy[strcspn(copy, "\n")] = '\0';
	conf_init(&c, "c1", "/var/lib/lxc");
	c.rootfs_path.v = (char *)"/a";
	ret = mount_spec_read(copy, at, &m);
	if (!ret && m.idmap)
		claim(str_after(m.idmap, "idmap="));
	if (!ret)
		mount_spec_free(&m);
	err_clear();
	ret = mount_spec_parse(copy, at, &m);
	claim(ret == 0 || ret == -EINVAL);
	claim(err_is_set() == (ret < 0));
	claim_printable(err_text(), false);
	if (ret) {
		claim(!m.source && !m.data);
	} else {
		const char *in = mount_target_in(&c, &m);

		claim(!(m.flags & m.clear) && !(m.create_dir && m.create_file));
		claim(in >= m.target && in <= m.target + strlen(m.target) && *in != '/');
		/* The kernel takes at most one. */
		claim(!(m.propagation & ~(unsigned long)MS_REC & ((m.propagation & ~(unsigned long)MS_REC) - 1)));
		claim(!m.data || !(m.flags & (MS_BIND | MS_MOVE)));
		claim(m.trusted <= 1 && (!m.trusted || (*m.source == '/' && !m.relative)));
		/* What is remounted as a bind has no source that would be passed over. */
		claim(!(m.flags & MS_BIND) || !(m.flags & MS_REMOUNT) || str_eq(m.source, "none"));
		claim(!strchr(m.source, ' ') || strstr(copy, "\\040"));
		mount_spec_options(&m, small, sizeof(small));
		claim(strlen(small) < sizeof(small));
		if (n < 8192)
			check_again(&m);
	}
	mount_spec_free(&m);
	err_clear();
	free(copy);
	return 0;
}
