/* SPDX-License-Identifier: MIT */
/*
 * First fit in one list of free blocks, in order of address. A block that is not what malloc made of it (freed twice,
 * written over by its neighbour) ends the process, as with musl's own.
 */
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "atomic.h"
#include "dynlink.h"
#include "libc.h"
#include "syscall.h"

struct block {
	size_t size;		/* of all of it, a multiple of UNIT */
	uintptr_t guard;
	struct block *next;	/* of a free one; the caller's memory begins here */
	void *pad;
};

#define HEAD offsetof(struct block, next)
#define UNIT sizeof(struct block)
#define AREA 32768

static struct block *free_list;
static uintptr_t secret;

static uintptr_t guard_of(const struct block *b)
{
	return b->size ^ (uintptr_t)b ^ secret;
}

/* A piece of memory joins the free ones; neighbours become one. */
static void put(struct block *b)
{
	struct block **at = &free_list, *before = NULL;

	while (*at && *at < b) {
		before = *at;
		at = &before->next;
	}
	b->next = *at;
	*at = b;
	if (b->next && (char *)b + b->size == (char *)b->next) {
		b->size += b->next->size;
		b->next = b->next->next;
	}
	b->guard = ~guard_of(b);
	if (before && (char *)before + before->size == (char *)b) {
		before->size += b->size;
		before->next = b->next;
		before->guard = ~guard_of(before);
	}
}

static int grow(size_t size)
{
	struct block *b;
	size_t *aux;

	size = (size + AREA - 1) & -AREA;
	b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED)
		return -1;
	for (aux = libc.auxv; !secret && *aux; aux += 2)
		if (*aux == AT_RANDOM)
			memcpy(&secret, (char *)aux[1] + 8, sizeof(secret));
	b->size = size;
	put(b);
	return 0;
}

void *__libc_malloc_impl(size_t n)
{
	struct block **at, *b, *rest;

	if (n > PTRDIFF_MAX - AREA) {
		errno = ENOMEM;
		return NULL;
	}
	n = (n + HEAD + UNIT - 1) & -UNIT;
	do {
		for (at = &free_list; (b = *at); at = &b->next) {
			if (b->guard != ~guard_of(b))
				a_crash();
			if (b->size < n)
				continue;
			if (b->size > n) {
				rest = (struct block *)((char *)b + n);
				rest->size = b->size - n;
				rest->next = b->next;
				rest->guard = ~guard_of(rest);
				*at = rest;
				b->size = n;
			} else {
				*at = b->next;
			}
			b->guard = guard_of(b);
			return (char *)b + HEAD;
		}
	} while (!grow(n));
	return NULL;
}

static struct block *block_of(void *p)
{
	struct block *b = (struct block *)((char *)p - HEAD);

	if (b->guard != guard_of(b))
		a_crash();
	return b;
}

void __libc_free(void *p)
{
	if (p)
		put(block_of(p));
}

void *__libc_realloc(void *p, size_t n)
{
	size_t have = p ? block_of(p)->size - HEAD : 0;
	void *q;

	if (p && n <= have)
		return p;
	q = malloc(n);
	if (q && p) {
		memcpy(q, p, have);
		free(p);
	}
	return q;
}
