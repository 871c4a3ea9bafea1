/* SPDX-License-Identifier: MIT */
/* owns the numbers of system calls by name, in the ABIs that this build knows */
/* never holds a name: see tools/syscalls */
#include "secure/seccomp.h"

#include <linux/audit.h>

#include "lib/str.h"
#include "syscalls.h"

#define TABLE(id, arch, base, bytes)                                  \
	static const uint32_t calls_##id[] = { CALLS_##id };          \
	static const struct seccomp_extra extra_##id[] = { EXTRA_##id { 0, 0 } };
SECCOMP_ABIS(TABLE)
#undef TABLE

#define ABI(id, arch_, base_, bytes)                                            \
	{ .arch = arch_, .base = base_, .calls = calls_##id, .extra = extra_##id, \
	  .n_calls = ARRAY_SIZE(calls_##id), .n_extra = ARRAY_SIZE(extra_##id) - 1, \
	  .is_64 = (bytes) == 8, .is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,  \
	  .has_mux = SECCOMP_MUX && (bytes) == 4 },
const struct seccomp_abi seccomp_abis[] = { SECCOMP_ABIS(ABI) };
#undef ABI
const unsigned int seccomp_abis_count = ARRAY_SIZE(seccomp_abis);

const char seccomp_own_sections[] = SECCOMP_SECTIONS;

static uint32_t hash_of(const char *name, size_t len)
{
	uint32_t h = 0;

	while (len--)
		h = h * 1000003 + (unsigned char)*name++;
	return h;
}

int64_t seccomp_number(const struct seccomp_abi *a, const char *name, size_t len)
{
	uint32_t h = hash_of(name, len);
	unsigned int i;

	for (i = 0; h && i < a->n_calls; i++)
		if (a->calls[i] == h)
			return (int64_t)a->base + i;
	for (i = 0; i < a->n_extra; i++)
		if (a->extra[i].hash == h)
			return a->extra[i].nr;
	return -1;
}
