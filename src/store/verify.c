/* SPDX-License-Identifier: MIT */
/* owns whether what was fetched is what its maker published: digests, signatures */
/* never parses a signature: gpgv does, in a process without privileges */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/fetch.h"

#define KEYRING_MAX (4 << 20)

int verify_digest(int fd, const char *shown, char hex[SHA256_HEX])
{
	struct sha256 s;
	char buf[16384];
	off_t at = 0;
	ssize_t n;

	sha256_begin(&s);
	while ((n = pread(fd, buf, sizeof(buf), at))) {
		if (n < 0 && errno != EINTR)
			return err_sys("cannot read '%s'", shown);
		if (n > 0) {
			sha256_add(&s, buf, (size_t)n);
			at += n;
		}
	}
	sha256_end(&s, hex);
	return 0;
}

bool verify_listed(const char *sums, const char *name, char hex[SHA256_HEX])
{
	size_t digits = SHA256_HEX - 1, len = strlen(name), i;
	const char *line;

	for (line = sums; line && *line; line = strchr(line, '\n'), line += !!line) {
		if (strspn(line, "0123456789abcdefABCDEF") != digits || line[digits] != ' ')
			continue;
		/* "DIGEST  NAME", or "DIGEST *NAME" for what is no text */
		if (line[digits + 1] != ' ' && line[digits + 1] != '*')
			continue;
		if (strncmp(line + digits + 2, name, len) != 0 ||
		    (line[digits + 2 + len] && line[digits + 2 + len] != '\n'))
			continue;
		for (i = 0; i < digits; i++)
			hex[i] = line[i] >= 'A' && line[i] <= 'F' ? (char)(line[i] + 'a' - 'A')
			                                          : line[i];
		hex[digits] = '\0';
		return true;
	}
	return false;
}

/* Who may not read the administrator's directories reads a copy in memory. */
static int copy_keyring(const char *path)
{
	AUTO_FREE char *text = NULL;
	AUTO_FD int fd = sys_memfd("keyring");
	ssize_t n;
	int ret;

	if (fd < 0)
		return err_code(fd, "cannot make a file in memory");
	n = fd_load_list(AT_FDCWD, path, KEYRING_MAX, &text);
	if (n < 0)
		return err_in((int)n, "keyring '%s'", path);
	ret = fd_write_all(fd, text, (size_t)n);
	if (!ret && fchmod(fd, 0444))
		ret = -errno;
	return ret ? err_code(ret, "keyring '%s'", path) : take_fd(&fd);
}

/* "[GNUPG:] VALIDSIG FINGERPRINT …": the key's, and last the primary key's. */
static bool is_signer(char *line, const char *fingerprint)
{
	char *word, *first = NULL, *last = NULL;
	size_t n = fingerprint ? strlen(fingerprint) : 0;

	if (!str_after(line, "[GNUPG:] VALIDSIG "))
		return false;
	line += strlen("[GNUPG:] VALIDSIG ");
	while ((word = str_word(&line, " "))) {
		if (!first)
			first = word;
		last = word;
	}
	if (!fingerprint)
		return first;
	if (first && strlen(first) >= n && !strcasecmp(first + strlen(first) - n, fingerprint))
		return true;
	return last && strlen(last) >= n && !strcasecmp(last + strlen(last) - n, fingerprint);
}

static bool has_signer(char *text, const char *fingerprint)
{
	char *line;

	while ((line = str_word(&text, "\n")))
		if (is_signer(line, fingerprint))
			return true;
	return false;
}

int verify_signature(const char *keyring, const char *fingerprint, int sig, int data,
		     const char *shown)
{
	AUTO_FD int keys = copy_keyring(keyring);
	char *argv[] = {
		(char *)"gpgv",      (char *)"--enable-special-filenames",
		(char *)"--homedir", (char *)"/nonexistent",
		(char *)"--status-fd", (char *)"1",
		(char *)"--keyring", (char *)"/proc/self/fd/5",
		(char *)"--",        (char *)"-&3",
		(char *)"-&4",       NULL,
	};
	struct worker_job job = {
		.program = "gpgv", .argv = argv, .in = -1, .n_fds = 3, .fds = { sig, data, keys },
	};
	char text[4096], said[160];
	struct worker w;
	ssize_t n;
	int ret;

	if (keys < 0)
		return keys;
	if (lseek(sig, 0, SEEK_SET) < 0 || lseek(data, 0, SEEK_SET) < 0)
		return err_sys("'%s'", shown);
	ret = worker_start(&w, &job);
	if (ret)
		return err_in(ret, "signature of '%s'", shown);
	n = fd_read_all(w.out, text, sizeof(text) - 1);
	worker_said(&w, false, said, sizeof(said));
	ret = worker_end(&w, n >= 0 && n < (ssize_t)sizeof(text) - 1);
	if (ret < 0)
		return err_in(ret, "signature of '%s'", shown);
	if (ret || n < 0)
		return err_set(EKEYREJECTED, "'%s' has no good signature of a key in '%s'%s%s",
			       shown, keyring, *said ? ": " : "", said);
	text[n] = '\0';
	if (!has_signer(text, fingerprint))
		return err_set(EKEYREJECTED, "'%s' is not signed by key '%s'", shown,
			       fingerprint ? fingerprint : "");
	return 0;
}
