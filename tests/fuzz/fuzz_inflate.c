/* SPDX-License-Identifier: MIT */
//link: lib/inflate.c lib/err.c lib/str.c lib/fd.c lib/sys.c
/* owns the fuzzing of decompression: a whole file, and the same bytes as the stream of one that is right otherwise */
/* never gives it more than a megabyte to write */
#include "fuzz.h"
#include "lib/inflate.h"

#define MOST (1 << 20)

static void try_gzip(const void *in, size_t n)
{
	char *out = NULL;
	ssize_t len = inflate_gzip(in, n, MOST, &out);

	claim(len <= MOST);
	claim(err_is_set() == (len < 0));
	if (len >= 0) {
		claim(out && !out[len]);
		free(out);
	}
	err_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const unsigned char head[10] = { 31, 139, 8, 0, 0, 0, 0, 0, 0, 3 };
	uint8_t *file = malloc(sizeof(head) + n + 8);
	char *exact = fuzz_copy(data, n);

	claim(file);
	try_gzip(exact, n);
	memcpy(file, head, sizeof(head));
	memcpy(file + sizeof(head), exact, n);
	memset(file + sizeof(head) + n, 0, 8);
	try_gzip(file, sizeof(head) + n + 8);
	free(file);
	free(exact);
	return 0;
}
