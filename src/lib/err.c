/* SPDX-License-Identifier: MIT */
/* owns the text of the one error of this process */
/* never allocates, prints or exits */
#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "lib/str.h"

/*
 * The small musl's list. Numbers differ between architectures; EDQUOT of MIPS, 1133, is the only
 * one above 255.
 */
#define E(number, words) (unsigned char)(number),
static const unsigned char numbers[] = {
#include "musl/src/errno/texts.h"
};
#undef E

/* Each behind a newline: a NUL would end what is packed. */
#define E(number, words) "\n" words
const char *err_words(int err)
{
	static char words[40];
	const char *at;
	unsigned int i;

	if (!CFG_PACK_TEXT || !CFG_SMALL_LIBC)
		return strerror(err);
	at = text_str(TEXT("")
#include "musl/src/errno/texts.h"
	);
	for (i = 0; i < sizeof(numbers); i++) {
		at = strchr(at, '\n') + 1;
		if (numbers[i] == (unsigned char)err && (err < 256 || err == EDQUOT)) {
			str_format(words, sizeof(words), "%.*s", (int)strcspn(at, "\n"), at);
			return words;
		}
	}
	str_format(words, sizeof(words), "Error %d", err);
	return words;
}

static char text[ERR_MAX];

static int set_text(int err, bool with_strerror, const text_t *fmt, va_list ap)
{
	size_t n;

	if (text[0])
		return -err;
	n = str_vformat(text, sizeof(text), text_str(fmt), ap);
	/* Values of files and names of paths are in it, and it goes to terminals and logs. */
	str_printable(text);
	if (with_strerror && n < sizeof(text))
		str_format(text + n, sizeof(text) - n, ": %s", err_words(err));
	return -err;
}

int (err_set)(int err, const text_t *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(err, false, fmt, ap);
	va_end(ap);
	return -err;
}

int (err_sys)(const text_t *fmt, ...)
{
	int err = errno ? errno : EIO;
	va_list ap;

	va_start(ap, fmt);
	set_text(err, true, fmt, ap);
	va_end(ap);
	return -err;
}

int (err_code)(int err, const text_t *fmt, ...)
{
	va_list ap;

	if (err < 0)
		err = -err;
	va_start(ap, fmt);
	set_text(err, true, fmt, ap);
	va_end(ap);
	return -err;
}

int (err_in)(int ret, const text_t *fmt, ...)
{
	char front[ERR_MAX];
	size_t n, have = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	n = str_vformat(front, sizeof(front) - 3, text_str(fmt), ap);
	va_end(ap);
	if (n > sizeof(front) - 4)
		n = sizeof(front) - 4;
	str_printable(front);
	front[n++] = ':';
	front[n++] = ' ';
	if (have > sizeof(text) - 1 - n)
		have = sizeof(text) - 1 - n;
	memmove(text + n, text, have);
	memcpy(text, front, n);
	text[n + have] = '\0';
	return ret;
}

const char *err_text(void)
{
	return text;
}

bool err_is_set(void)
{
	return text[0] != '\0';
}

void err_clear(void)
{
	text[0] = '\0';
}

bool err_hold(void)
{
	return err_is_set();
}

void err_release(bool held)
{
	if (!held)
		err_clear();
}
