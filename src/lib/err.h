/* SPDX-License-Identifier: MIT */
/*
 * The one error of this process: a text that grows context on its way up.
 *
 * A function that fails returns -errno and has set the text; it never prints and never exits.
 * main.c prints the text once. The first error wins: what fails later (clean-up, usually) cannot
 * overwrite it.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

#define MUST_CHECK __attribute__((warn_unused_result))
#define FORMAT(f, a) __attribute__((format(printf, f, a)))

/*
 * Longest text kept, in bytes with the closing NUL; what is longer is cut at the end. Whatever it
 * is made of, no byte of it acts on a terminal or breaks a line of a log: see str_printable.
 */
#define ERR_MAX 512

/*
 * Sets the text; returns -err. err is a positive errno value and is not added to the text.
 *
 * In this and the next three fmt is a literal, which lib/text.h packs.
 */
int err_set(int err, const text_t *fmt, ...);

/* Sets the text followed by ": strerror(errno)"; returns -errno. */
int err_sys(const text_t *fmt, ...);

/* The same for a call that returned -err instead of setting errno. */
int err_code(int err, const text_t *fmt, ...);

/* Puts "context: " before the text that is there. Returns ret, so that it can end a function:
 * return err_in(ret, ...). */
int err_in(int ret, const text_t *fmt, ...);

#define err_set(err, ...) ERR_CALL(err_set, __VA_ARGS__)(err, TEXT(__VA_ARGS__))
#define err_sys(...) ERR_CALL(err_sys, __VA_ARGS__)(TEXT(__VA_ARGS__))
#define err_code(err, ...) ERR_CALL(err_code, __VA_ARGS__)(err, TEXT(__VA_ARGS__))
#define err_in(ret, ...) ERR_CALL(err_in, __VA_ARGS__)(ret, TEXT(__VA_ARGS__))
#define ERR_CALL(function, ...) (TEXT_CHECK(__VA_ARGS__), function)

/* What strerror(3) says, until the next call. */
const char *err_words(int err);

/* The text, "" when there is none. */
const char *err_text(void);
bool err_is_set(void);
void err_clear(void);

/*
 * For an operation that may fail without harm: bool held = err_hold(); ...; err_release(held);
 * leaves the text as it was.
 */
bool err_hold(void);
void err_release(bool held);

#endif
