/* SPDX-License-Identifier: MIT */
/*
 * The log: one line an event, "NAME 20260401T120000.123 LEVEL text". Never changes an outcome: a
 * full or vanished log is dropped silently (trust: I12), a log that cannot be opened is an error at
 * the start.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>

#include "lib/err.h"

/* Levels of lxc.log.level, 0 to 8. */
enum log_level {
	LOG_TRACE,
	LOG_DEBUG,
	LOG_INFO,
	LOG_NOTICE,
	LOG_WARN,
	LOG_ERROR,
	LOG_CRIT,
	LOG_ALERT,
	LOG_FATAL
};

/* -1 for an unknown name or number; case is ignored. */
int log_level_parse(const char *s);
const char *log_level_name(enum log_level level);

/* Opens (appends to) the file, whose directories are made; NULL closes. name is the container's.
 * Lines below level are not written. */
int log_open(const char *path, enum log_level level, const char *name) MUST_CHECK;

/* Warnings also go to standard error, as "applet: name: text", unless quiet; prefix is the applet's
 * name. */
void log_set_stderr(const char *prefix, const char *name, bool quiet);
/* A daemon's: no more standard error. */
void log_no_stderr(void);

/*
 * The same to syslogd(8), by datagrams to /dev/log, beside a file or without one; a daemon that is
 * not there is no error and not waited for. facility: daemon, local0 to local7 in any case. With
 * CFG_LOG_SYSLOG.
 */
void log_set_syslog(const char *facility, enum log_level level, const char *name);
/* For who enters a container, where paths mean others: no more standard error, either. */
void log_leave_host(void);

/* -q was given: nothing goes to standard error. */
bool log_is_quiet(void);

/* The name that lines carry, "" for none. */
const char *log_name(void);

void log_write(enum log_level level, const text_t *fmt, ...);
bool log_wants(enum log_level level);

/* Each takes a literal. */
#define log_debug(...) LOG_CALL(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_CALL(LOG_INFO, __VA_ARGS__)
#define log_warn(...) LOG_CALL(LOG_WARN, __VA_ARGS__)
#define log_error(...) LOG_CALL(LOG_ERROR, __VA_ARGS__)
#define LOG_CALL(level, ...) (TEXT_CHECK(__VA_ARGS__), log_write(level, TEXT(__VA_ARGS__)))

#endif
