/* SPDX-License-Identifier: MIT */
/* owns the hash tree of dm-verity for a test's image: hashtree IMAGE [FILE], 4 KB blocks, SHA-256, a salt; behind the image or in
 * FILE; prints the root hash. As Documentation/admin-guide/device-mapper/verity.rst and cryptsetup's format on disk have it */
/* never is what checks an image: that is lxcbox and the kernel */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/sha256.c"

#define BLOCK 4096
#define PER_BLOCK (BLOCK / SHA256_SIZE)
#define SALT_SIZE 32
#define LEVELS 8

static uint8_t salt[SALT_SIZE];

static void digest_of(const uint8_t *block, uint8_t *out)
{
	char hex[SHA256_HEX], byte[3] = "";
	unsigned int i, v;
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, salt, sizeof(salt));
	sha256_add(&s, block, BLOCK);
	sha256_end(&s, hex);
	for (i = 0; i < SHA256_SIZE; i++) {
		memcpy(byte, hex + 2 * i, 2);
		sscanf(byte, "%x", &v);
		out[i] = (uint8_t)v;
	}
}

static void put(uint8_t *at, uint64_t v, unsigned int n)
{
	for (; n; n--, v >>= 8)
		*at++ = (uint8_t)v;
}

static int write_super(int fd, uint64_t at, uint64_t blocks)
{
	uint8_t sb[BLOCK] = "verity";

	put(sb + 8, 1, 4);
	put(sb + 12, 1, 4);
	memcpy(sb + 32, "sha256", 6);
	put(sb + 64, BLOCK, 4);
	put(sb + 68, BLOCK, 4);
	put(sb + 72, blocks, 8);
	put(sb + 80, SALT_SIZE, 2);
	memcpy(sb + 88, salt, SALT_SIZE);
	return pwrite(fd, sb, BLOCK, (off_t)at) == BLOCK ? 0 : -1;
}

/* One level: digests of n blocks of in at from, to the blocks of out at to. */
static int write_level(int in, uint64_t from, uint64_t n, int out, uint64_t to)
{
	uint8_t block[BLOCK], level[BLOCK];
	uint64_t i;

	for (i = 0; i < n; i++) {
		if (!(i % PER_BLOCK))
			memset(level, 0, sizeof(level));
		if (pread(in, block, BLOCK, (off_t)(from + i * BLOCK)) != BLOCK)
			return -1;
		digest_of(block, level + i % PER_BLOCK * SHA256_SIZE);
		if ((i + 1) % PER_BLOCK && i + 1 < n)
			continue;
		if (pwrite(out, level, BLOCK, (off_t)(to + i / PER_BLOCK * BLOCK)) != BLOCK)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t n[LEVELS], at[LEVELS], size, start, next;
	int levels = 0, in = argc > 1 ? open(argv[1], O_RDWR) : -1, out = in, i;
	uint8_t block[BLOCK], root[SHA256_SIZE];

	if (argc > 2)
		out = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (in < 0 || out < 0) {
		fprintf(stderr, "usage: hashtree IMAGE [FILE]\n");
		return 1;
	}
	for (i = 0; i < SALT_SIZE; i++)
		salt[i] = (uint8_t)(i * 7 + 1);
	size = (uint64_t)lseek(in, 0, SEEK_END) / BLOCK;
	start = out == in ? size * BLOCK : 0;
	for (next = size; next > 1; next = n[levels++])
		n[levels] = (next + PER_BLOCK - 1) / PER_BLOCK;
	/* The top one comes first. */
	next = start + BLOCK;
	for (i = levels - 1; i >= 0; i--) {
		at[i] = next;
		next += n[i] * BLOCK;
	}
	for (i = 0; i < levels; i++)
		if (write_level(i ? out : in, i ? at[i - 1] : 0, i ? n[i - 1] : size, out, at[i]))
			return 1;
	if (write_super(out, start, size) ||
	    pread(levels ? out : in, block, BLOCK, levels ? (off_t)at[levels - 1] : 0) != BLOCK)
		return 1;
	digest_of(block, root);
	for (i = 0; i < SHA256_SIZE; i++)
		printf("%02x", root[i]);
	printf("\n");
	return 0;
}
