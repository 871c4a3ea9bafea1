/* SPDX-License-Identifier: MIT */
//link: secure/seccomp_parse.c secure/seccomp_compile.c secure/seccomp_calls.c lib/str.c lib/err.c
/* owns the fuzzing of system call profiles: the program does what the lines say, on machines of every kind */
/* never calls the kernel */
#include "seccomp_test.h"

#include "fuzz.h"

static void try(const struct seccomp_abi *abis, unsigned int n_abis, const uint8_t *data, size_t n)
{
	static struct sock_filter program[BPF_MAXINSNS];
	struct seccomp_profile p = { 0 };
	char *text = fuzz_copy(data, n);
	struct call bad;
	int ret = seccomp_parse(&p, abis, n_abis, text, n), len;

	claim(ret == 0 || ret == -EINVAL);
	claim(!ret == !err_is_set());
	if (!ret) {
		len = seccomp_compile(&p, abis, n_abis, program, BPF_MAXINSNS);
		claim(len > 0 || ((len == -EINVAL || len == -E2BIG) && err_is_set()));
		if (len > 0)
			claim(is_same(&p, abis, n_abis, program, (unsigned int)len, &bad));
	}
	claim_printable(err_text(), false);
	err_clear();
	seccomp_profile_free(&p);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	try(seccomp_abis, seccomp_abis_count, data, n);
	try(odd_abis, sizeof(odd_abis) / sizeof(*odd_abis), data, n);
	return 0;
}
