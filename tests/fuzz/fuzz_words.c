/* SPDX-License-Identifier: MIT */
//link: conf/mount_spec.c conf/names.c conf/value.c conf/problem.c conf/keys.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/lex.c conf/conf.c
//link: conf/load.c conf/device_rule.c conf/check.c conf/print.c conf/idmap.c container/command.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the fuzzing of what is read from one value: device rules, limits, signals, commands, numbers */
/* never executes anything */
#include <signal.h>
#include <stdlib.h>

#include "conf/parse.h"
#include "container/container.h"
#include "fuzz.h"
#include "lib/log.h"
#include "lib/str.h"

static void try_device(const char *s)
{
	struct device_rule r, again;
	char line[64], major[16], minor[16];

	if (device_rule_parse(s, &r)) {
		claim(err_is_set());
		claim_printable(err_text(), false);
		return;
	}
	claim(r.access && !(r.access & ~7u));
	claim(r.major >= DEVICE_ANY && r.major <= 4095 && r.minor >= DEVICE_ANY && r.minor <= 1048575);
	if (!r.type) {
		claim(r.path == s && r.path_len && r.path_len < strlen(s) && *s == '/');
		return;
	}
	claim(r.type == 'a' || r.type == 'b' || r.type == 'c');
	/* What narrows nothing must be all of it: the kernel reads an 'a' and nothing behind it. */
	claim(r.type != 'a' || (r.major == DEVICE_ANY && r.minor == DEVICE_ANY && r.access == 7));
	str_format(major, sizeof(major), r.major == DEVICE_ANY ? "*" : "%d", r.major);
	str_format(minor, sizeof(minor), r.minor == DEVICE_ANY ? "*" : "%d", r.minor);
	str_format(line, sizeof(line), "%c %s:%s %s%s%s", r.type, major, minor, r.access & DEVICE_READ ? "r" : "",
		   r.access & DEVICE_WRITE ? "w" : "", r.access & DEVICE_MKNOD ? "m" : "");
	claim(!device_rule_parse(line, &again));
	claim(again.type == r.type && again.major == r.major && again.minor == r.minor && again.access == r.access);
}

static void try_limit(const char *s)
{
	uint64_t soft, hard, soft_again, hard_again;
	char line[64];

	if (rlimit_parse(s, &soft, &hard)) {
		claim(err_is_set());
		return;
	}
	claim(soft <= hard);
	if (hard == UINT64_MAX)
		return;
	str_format(line, sizeof(line), "%llu:%llu", (unsigned long long)soft, (unsigned long long)hard);
	claim(!rlimit_parse(line, &soft_again, &hard_again) && soft == soft_again && hard == hard_again);
}

/* Words as the shell would take them: no byte is made up, none but quotes, backslashes and blanks is lost. */
static void try_command(const char *s)
{
	char **argv = command_split(s), **a;
	size_t in = 0, out = 0;

	if (!argv) {
		claim(err_is_set());
		return;
	}
	claim(argv[0]);
	for (a = argv; *a; a++)
		out += strlen(*a);
	for (; *s; s++)
		in += !strchr(" \t\"'\\", *s);
	claim(out >= in);
	free(argv);
}

static void try_numbers(const char *s)
{
	unsigned int mode;
	char back[32];
	uint64_t n;
	int i;

	if (!str_to_u64(s, UINT64_MAX, &n))
		claim(n == strtoull(s, NULL, 10));
	if (!str_to_int(s, &i)) {
		str_format(back, sizeof(back), "%d", i);
		claim(i == (int)strtol(s, NULL, 10));
		claim(s[*s == '-'] == '0' || str_eq(back, s));
	}
	if (!str_to_oct(s, 07777, &mode))
		claim(mode <= 07777 && mode == strtoul(s, NULL, 8));
	i = cap_number(s);
	claim(i >= -EINVAL && i < 64);
	i = log_level_parse(s);
	claim(i >= -1 && i <= LOG_FATAL);
	i = rlimit_number(s);
	claim(i == -EINVAL || (i >= 0 && i < 64));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = fuzz_copy(data, n);
	struct key_ref ref;
	int sig;

	try_device(copy);
	err_clear();
	try_limit(copy);
	err_clear();
	sig = signal_parse(copy);
	claim(sig == -EINVAL || (sig > 0 && sig <= SIGRTMAX));
	err_clear();
	try_command(copy);
	err_clear();
	try_numbers(copy);
	if (!key_find(copy, &ref))
		claim(ref.k >= conf_keys && ref.k < conf_keys + conf_keys_count);
	str_printable(copy);
	claim_printable(copy, false);
	free(copy);
	return 0;
}
