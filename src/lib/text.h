/* SPDX-License-Identifier: MIT */
/*
 * Texts that are only read when something is told to a person: messages, help. They are a third of
 * their size in the file and are unpacked as a whole when the first of them is wanted.
 *
 * TEXT("...") is a literal of 16-bit characters (arguments of its format may follow). That is the whole trick: compilers put those into
 * sections of their own, which tools/text.ld collects where no memory is taken, so that the pointer
 * is but a number; tools/pack-text puts what it stands for, compressed, into the file. And nobody
 * can take one for a string: it has another type.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#if CFG_PACK_TEXT && !defined(TEXT_PLAIN)
typedef __CHAR16_TYPE__ text_t;
#define TEXT(...) u"" __VA_ARGS__
/* Where a constant object goes that consists of texts. */
#define TEXT_OBJECT __attribute__((section(".rodata.texts.str2.2")))

/*
 * The text as a string that stays; NULL for NULL. Makes no system call; the first call in a process
 * dirties as much memory as all the texts are long.
 */
const char *text_str(const text_t *t);
#else
typedef char text_t;
#define TEXT(...) __VA_ARGS__
#define TEXT_OBJECT

static inline const char *text_str(const text_t *t)
{
	return t;
}
#endif

/* Never called, and there is none: the compiler looks at a format and its arguments. */
int text_check(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define TEXT_CHECK(...) ((void)sizeof(text_check(__VA_ARGS__)))

#endif
