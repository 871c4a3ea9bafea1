/* SPDX-License-Identifier: MIT */
/* owns the ring buffer of a console's last bytes */
/* never grows, never waits */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "console/console.h"

int ring_open(struct ring *r, uint32_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return err_set(ENOMEM, "no memory for the console's ring buffer");
	*r = (struct ring){ .at = at, .size = size };
	return 0;
}

void ring_close(struct ring *r)
{
	if (r->at)
		munmap(r->at, r->size);
	r->at = NULL;
}

void ring_write(struct ring *r, const void *buf, size_t n)
{
	const unsigned char *from = buf;
	size_t part;

	for (; n; n -= part, from += part) {
		uint32_t at = r->end & (r->size - 1);

		part = r->size - at < n ? r->size - at : n;
		memcpy(r->at + at, from, part);
		r->end += (uint32_t)part;
		r->used = r->size - r->used < part ? r->size : r->used + (uint32_t)part;
	}
}

size_t ring_read(const struct ring *r, uint32_t *from, void *buf, size_t room)
{
	unsigned char *to = buf;
	size_t done = 0;

	/* Modulo 2^32, so that it is right also when the count has gone around. */
	if (r->end - *from > r->used)
		*from = r->end - r->used;
	while (done < room && *from != r->end) {
		uint32_t at = *from & (r->size - 1), part = r->size - at;

		if (part > r->end - *from)
			part = r->end - *from;
		if (part > room - done)
			part = (uint32_t)(room - done);
		memcpy(to + done, r->at + at, part);
		done += part;
		*from += part;
	}
	return done;
}

void ring_drop(struct ring *r, uint32_t before)
{
	if (r->end - before < r->used)
		r->used = r->end - before;
}
