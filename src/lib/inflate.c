/* SPDX-License-Identifier: MIT */
/* owns decompression: deflate and gzip */
/* never reads or writes outside the two buffers, whatever the data say */
#include "lib/inflate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/fd.h"

#define BITS_MAX 15		/* longest code */
#define LITERALS 288		/* the last two have lengths in the fixed code, but no meaning */
#define DISTANCES 30
#define END_OF_BLOCK 256

struct stream {
	const uint8_t *in, *end;
	uint32_t hold;		/* bits taken from in and not used yet, lowest first */
	unsigned int held;
	bool is_bad;		/* bits were wanted behind the end */
	uint8_t *out;
	size_t len, size;
};

/*
 * A canonical Huffman code: how many codes of each length, and the symbols in order of their
 * codes.
 */
struct code {
	uint16_t count[BITS_MAX + 1], symbol[LITERALS];
};

static unsigned int take(struct stream *s, unsigned int n)
{
	unsigned int v;

	while (s->held < n) {
		if (s->in == s->end) {
			s->is_bad = true;
			return 0;
		}
		s->hold |= (uint32_t)*s->in++ << s->held;
		s->held += 8;
	}
	v = s->hold & ((1u << n) - 1);
	s->hold >>= n;
	s->held -= n;
	return v;
}

/* False when there are more codes than bits for them; fewer show themselves when one is met. */
static bool make_code(struct code *c, const uint8_t *lengths, unsigned int n)
{
	uint16_t at[BITS_MAX + 1];
	unsigned int i;
	int left = 1;

	memset(c->count, 0, sizeof(c->count));
	for (i = 0; i < n; i++)
		c->count[lengths[i]]++;
	for (at[1] = 0, i = 1; i <= BITS_MAX; i++) {
		left = left * 2 - c->count[i];
		if (left < 0)
			return false;
		if (i < BITS_MAX)
			at[i + 1] = at[i] + c->count[i];
	}
	for (i = 0; i < n; i++)
		if (lengths[i])
			c->symbol[at[lengths[i]]++] = (uint16_t)i;
	return true;
}

/*
 * The next symbol, or -1. Of each length, codes are consecutive numbers, read from their highest
 * bit.
 */
static int decode(struct stream *s, const struct code *c)
{
	int code = 0, first = 0, index = 0, len;

	for (len = 1; len <= BITS_MAX; len++) {
		code |= (int)take(s, 1);
		if (s->is_bad)
			return -1;
		if (code - first < c->count[len])
			return c->symbol[index + code - first];
		index += c->count[len];
		first = (first + c->count[len]) << 1;
		code <<= 1;
	}
	return -1;
}

static bool put_byte(struct stream *s, uint8_t b)
{
	if (s->len == s->size)
		return false;
	s->out[s->len++] = b;
	return true;
}

static bool copy_back(struct stream *s, size_t len, size_t distance)
{
	if (s->is_bad || distance > s->len || len > s->size - s->len)
		return false;
	/* Byte by byte: what is copied may be what this copy has just written. */
	for (; len; len--, s->len++)
		s->out[s->len] = s->out[s->len - distance];
	return true;
}

/*
 * Lengths 257 to 285 and distances 0 to 29 begin where the one before ends; in steps of four and
 * two codes the number of extra bits grows by one.
 */
static bool read_copy(struct stream *s, int symbol, const struct code *distances)
{
	unsigned int n = (unsigned int)symbol - 257, extra, d;
	size_t len, distance;
	int code;

	if (n > 28)
		return false;
	if (n == 28) {
		len = 258;
	} else if (n < 8) {
		len = n + 3;
	} else {
		extra = n / 4 - 1;
		len = ((4 + n % 4) << extra) + 3 + take(s, extra);
	}
	code = decode(s, distances);
	if (code < 0 || code >= DISTANCES)
		return false;
	d = (unsigned int)code;
	extra = d < 4 ? 0 : d / 2 - 1;
	distance = d < 4 ? d + 1 : ((size_t)(2 + d % 2) << extra) + 1 + take(s, extra);
	return copy_back(s, len, distance);
}

static bool read_codes(struct stream *s, const struct code *literals, const struct code *distances)
{
	for (;;) {
		int symbol = decode(s, literals);

		if (symbol == END_OF_BLOCK)
			return true;
		if (symbol < 0)
			return false;
		if (symbol < 256 ? !put_byte(s, (uint8_t)symbol) : !read_copy(s, symbol, distances))
			return false;
	}
}

static bool read_stored(struct stream *s)
{
	unsigned int n;

	s->hold = s->held = 0;
	if (s->end - s->in < 4)
		return false;
	n = s->in[0] | (unsigned int)s->in[1] << 8;
	if (n != (0xffffu & ~(s->in[2] | (unsigned int)s->in[3] << 8)))
		return false;
	s->in += 4;
	if (n > (size_t)(s->end - s->in) || n > s->size - s->len)
		return false;
	memcpy(s->out + s->len, s->in, n);
	s->in += n;
	s->len += n;
	return true;
}

static void fixed_codes(struct code *literals, struct code *distances)
{
	uint8_t lengths[LITERALS];

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	make_code(literals, lengths, LITERALS);
	memset(lengths, 5, DISTANCES);
	make_code(distances, lengths, DISTANCES);
}

/* The lengths of both codes, themselves run-length and Huffman coded. */
static bool read_lengths(struct stream *s, const struct code *c, uint8_t *lengths, unsigned int n)
{
	unsigned int i = 0, times;

	while (i < n) {
		int symbol = decode(s, c);
		uint8_t value = 0;

		if (symbol < 0)
			return false;
		if (symbol < 16) {
			lengths[i++] = (uint8_t)symbol;
			continue;
		}
		if (symbol == 16) {
			if (!i)
				return false;
			value = lengths[i - 1];
			times = 3 + take(s, 2);
		} else {
			times = symbol == 17 ? 3 + take(s, 3) : 11 + take(s, 7);
		}
		if (s->is_bad || times > n - i)
			return false;
		memset(lengths + i, value, times);
		i += times;
	}
	return true;
}

static bool dynamic_codes(struct stream *s, struct code *literals, struct code *distances)
{
	static const uint8_t order[] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
	};
	unsigned int n_lit = take(s, 5) + 257, n_dist = take(s, 5) + 1, n = take(s, 4) + 4, i;
	uint8_t lengths[LITERALS + 32] = { 0 };

	if (s->is_bad || n_lit > 286 || n_dist > DISTANCES)
		return false;
	for (i = 0; i < n; i++)
		lengths[order[i]] = (uint8_t)take(s, 3);
	/* The code of the lengths is needed only until the codes themselves are made. */
	if (!make_code(literals, lengths, sizeof(order)) ||
	    !read_lengths(s, literals, lengths, n_lit + n_dist))
		return false;
	return lengths[END_OF_BLOCK] && make_code(literals, lengths, n_lit) &&
	       make_code(distances, lengths + n_lit, n_dist);
}

static bool read_blocks(struct stream *s)
{
	struct code literals, distances;
	bool is_last, is_good;

	do {
		is_last = take(s, 1);
		switch (take(s, 2)) {
		case 0:
			is_good = !s->is_bad && read_stored(s);
			break;
		case 1:
			fixed_codes(&literals, &distances);
			is_good = read_codes(s, &literals, &distances);
			break;
		case 2:
			is_good = dynamic_codes(s, &literals, &distances) &&
				  read_codes(s, &literals, &distances);
			break;
		default:
			is_good = false;
		}
	} while (is_good && !is_last);
	return is_good;
}

bool inflate_raw(const void *in, size_t n, void *out, size_t size)
{
	struct stream s = { .in = in, .out = out, .size = size };

	s.end = s.in + n;
	return read_blocks(&s) && s.in == s.end && s.len == size;
}

/* Skips the header; NULL when it is none. */
static const uint8_t *after_header(const uint8_t *in, const uint8_t *end)
{
	unsigned int flags = in[3], strings;

	in += 10;
	if (flags & 4) {
		if (end - in < 2)
			return NULL;
		if (end - in - 2 < (in[0] | in[1] << 8))
			return NULL;
		in += 2 + (in[0] | in[1] << 8);
	}
	for (strings = !!(flags & 8) + !!(flags & 16); strings; strings--) {
		in = memchr(in, 0, (size_t)(end - in));
		if (!in)
			return NULL;
		in++;
	}
	if (flags & 2)
		in += 2;
	return flags & 0xe0 || in > end ? NULL : in;
}

static uint32_t crc(const uint8_t *p, size_t n)
{
	uint32_t c = ~0u;
	int bit;

	for (; n; n--) {
		c ^= *p++;
		for (bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return ~c;
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is_gzip(const void *in, size_t n)
{
	/* 8: deflate, the only method there is. 10 bytes of header and 8 of trailer at least. */
	return n >= 18 && !memcmp(in, "\x1f\x8b\x08", 3);
}

ssize_t inflate_gzip(const void *in, size_t n, size_t max, char **out)
{
	const uint8_t *bytes = in, *trailer;
	AUTO_FREE char *text = NULL;
	struct stream s = { 0 };

	if (!is_gzip(in, n))
		return err_set(EINVAL, "not gzip");
	s.end = trailer = bytes + n - 8;
	s.size = get32(trailer + 4);
	if (s.size > max)
		return err_set(EFBIG, "damaged gzip data, or more than %zu bytes", max);
	text = malloc(s.size + 1);
	if (!text)
		return err_set(ENOMEM, "out of memory");
	s.out = (uint8_t *)text;
	s.in = after_header(bytes, trailer);
	if (!s.in || !read_blocks(&s) || s.in != s.end || s.len != s.size ||
	    crc(s.out, s.len) != get32(trailer))
		return err_set(EINVAL, "damaged gzip data");
	text[s.len] = '\0';
	*out = take_ptr(text);
	return (ssize_t)s.len;
}
