/* SPDX-License-Identifier: MIT */
/* owns decompression: deflate and gzip */
/* never reads or writes outside the two buffers, whatever the data say */
#include "lib/inflate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"

#define BITS_MAX 15		/* longest code */
#define LITERALS 288		/* the last two have lengths in the fixed code, but no meaning */
#define DISTANCES 30
#define END_OF_BLOCK 256
#define WINDOW 32768		/* how far back a copy can be from */
#define INPUT 16384

struct stream {
	const uint8_t *in, *end;
	uint32_t hold;		/* bits taken from in and not used yet, lowest first */
	unsigned int held;
	bool is_bad;		/* bits were wanted behind the end */
	uint8_t *out;
	size_t len, size;

	/* By descriptors: out is a window of what was written last, and flushed of it is. */
	int in_fd, out_fd;
	uint8_t *buf;		/* INPUT bytes, NULL: all is in memory */
	size_t flushed;
	uint32_t crc, total;
	int err;		/* of read or write */
};

/*
 * A canonical Huffman code: how many codes of each length, and the symbols in order of their
 * codes.
 */
struct code {
	uint16_t count[BITS_MAX + 1], symbol[LITERALS];
};

static bool more_input(struct stream *s)
{
	ssize_t n;

	if (!CFG_INFLATE_STREAM || !s->buf)
		return false;
	do
		n = read(s->in_fd, s->buf, INPUT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		s->err = errno;
	if (n <= 0)
		return false;
	s->in = s->buf;
	s->end = s->buf + n;
	return true;
}

static unsigned int take(struct stream *s, unsigned int n)
{
	unsigned int v;

	while (s->held < n) {
		if (s->in == s->end && !more_input(s)) {
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

/* Of what went before in c, 0 at first. */
static uint32_t crc(uint32_t c, const uint8_t *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	for (c = ~c; n; n--) {
		c ^= *p++;
		c = c >> 4 ^ table[c & 15];
		c = c >> 4 ^ table[c & 15];
	}
	return ~c;
}

/* Writes what is in the window, and keeps what may be copied from. */
static bool flush(struct stream *s)
{
	const uint8_t *from = s->out + s->flushed;
	size_t n = s->len - s->flushed, keep = s->len < WINDOW ? s->len : WINDOW;
	int ret;

	if (!CFG_INFLATE_STREAM || !s->buf)
		return false;
	s->crc = crc(s->crc, from, n);
	s->total += (uint32_t)n;
	ret = fd_write_all(s->out_fd, from, n);
	if (ret) {
		s->err = -ret;
		return false;
	}
	memmove(s->out, s->out + s->len - keep, keep);
	s->len = s->flushed = keep;
	return true;
}

static bool put_byte(struct stream *s, uint8_t b)
{
	if (s->len == s->size && !flush(s))
		return false;
	s->out[s->len++] = b;
	return true;
}

static bool copy_back(struct stream *s, size_t len, size_t distance)
{
	if (s->is_bad || distance > s->len)
		return false;
	/* Byte by byte: what is copied may be what this copy has just written. */
	for (; len; len--)
		if (!put_byte(s, s->out[s->len - distance]))
			return false;
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
	unsigned int n, not_n;

	/* At the next byte; fewer than eight bits are held. */
	s->hold = s->held = 0;
	n = take(s, 16);
	not_n = take(s, 16);
	if (s->is_bad || n != (0xffffu & ~not_n))
		return false;
	for (; n; n--)
		if (!put_byte(s, (uint8_t)take(s, 8)) || s->is_bad)
			return false;
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

/* 8: deflate, the only method there is. */
static bool read_header(struct stream *s)
{
	unsigned int flags, n, strings;

	if (take(s, 8) != 0x1f || take(s, 8) != 0x8b || take(s, 8) != 8)
		return false;
	flags = take(s, 8);
	for (n = 6; n; n--)
		take(s, 8);
	if (flags & 4)
		for (n = take(s, 16); n && !s->is_bad; n--)
			take(s, 8);
	for (strings = !!(flags & 8) + !!(flags & 16); strings; strings--)
		while (take(s, 8) && !s->is_bad)
			;
	if (flags & 2)
		take(s, 16);
	return !s->is_bad && !(flags & 0xe0);
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

static uint32_t take32(struct stream *s)
{
	uint32_t low = take(s, 16);

	return low | (uint32_t)take(s, 16) << 16;
}

static bool read_member(struct stream *s)
{
	s->hold = s->held = 0;
	s->len = s->flushed = s->crc = s->total = 0;
	if (!read_header(s) || !read_blocks(s) || !flush(s))
		return false;
	s->hold = s->held = 0;
	return take32(s) == s->crc && take32(s) == s->total && !s->is_bad;
}

/* Zeros fill the last block of a tape. 1: another member, 0: the end, -1: something else. */
static int look_behind(struct stream *s)
{
	while (s->in != s->end || more_input(s)) {
		if (*s->in)
			return *s->in == 0x1f ? 1 : -1;
		s->in++;
	}
	return s->err ? -1 : 0;
}

int inflate_gzip_fd(int in_fd, int out_fd, void *work)
{
	struct stream s = { .in_fd = in_fd, .out_fd = out_fd, .buf = work };
	int next;

	s.in = s.end = s.buf;
	s.out = s.buf + INPUT;
	s.size = INFLATE_WORK - INPUT;
	do
		next = read_member(&s) ? look_behind(&s) : -1;
	while (next > 0);
	return !next ? 0 : s.err ? -s.err : -EINVAL;
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
	s.in = bytes;
	if (!read_header(&s) || !read_blocks(&s) || s.in != s.end || s.len != s.size ||
	    crc(0, s.out, s.len) != get32(trailer))
		return err_set(EINVAL, "damaged gzip data");
	text[s.len] = '\0';
	*out = take_ptr(text);
	return (ssize_t)s.len;
}
