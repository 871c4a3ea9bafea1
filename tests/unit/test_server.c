/* SPDX-License-Identifier: MIT */
/* owns the tests of what an image server says: answers, index, digests, signatures */
//link: store/http.c store/index.c store/verify.c store/worker.c lib/sha256.c lib/path.c lib/fd.c lib/str.c lib/err.c lib/sys.c
#include <fcntl.h>
#include <sys/stat.h>

#include "store/fetch.h"
#define UNIT_PREFIX "server: "
#include "unit.h"

static void digest(void)
{
	static const struct {
		const char *text;
		unsigned int times;
		const char *hex;
	} row[] = {
		{ "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};
	char hex[SHA256_HEX];
	unsigned int i, n;
	bool good = true;

	for (i = 0; i < 4; i++) {
		struct sha256 s;

		sha256_begin(&s);
		for (n = 0; n < row[i].times; n++)
			sha256_add(&s, row[i].text, strlen(row[i].text));
		sha256_end(&s, hex);
		good = good && !strcmp(hex, row[i].hex);
	}
	check(good, "sha256-of-fips-180", hex);
}

static void listed(void)
{
	static const char sums[] =
		"garbage\n"
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  rootfs.tar.xz.old\n"
		"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD *rootfs.tar.xz\n"
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a  short\n"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  last";
	char hex[SHA256_HEX];

	check(verify_listed(sums, "rootfs.tar.xz", hex) && !strncmp(hex, "ba7816bf", 8), "sums", hex);
	check(verify_listed(sums, "last", hex), "sums-last-line", "not found");
	check(!verify_listed(sums, "rootfs.tar", hex) && !verify_listed(sums, "short", hex) &&
	      !verify_listed("", "x", hex), "sums-others", "found");
}

static void answers(void)
{
	struct http_answer a;
	char good[] = "HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: 123\r\nContent-Length: 123\r\n";
	char moved[] = "HTTP/2 302\nLOCATION: /there\n";
	char two[] = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n";
	char minus[] = "HTTP/1.0 200 OK\r\nContent-Length: -1\r\n";
	char none[] = "SSH-2.0\r\n";
	char folded[] = "HTTP/1.0 200 OK\r\nno colon\r\n";

	check(!http_parse(good, &a) && a.status == 200 && a.has_length && a.length == 123 && !*a.location, "answer", "bad");
	check(!http_parse(moved, &a) && a.status == 302 && !strcmp(a.location, "/there"), "answer-redirect", a.location);
	check(http_parse(two, &a) && http_parse(minus, &a) && http_parse(none, &a) && http_parse(folded, &a), "answer-bad", "taken");
}

static void redirects(void)
{
	static const struct {
		const char *from, *to, *url;
	} row[] = {
		{ "http://1.2.3.4:80/a/b", "/c", "http://1.2.3.4:80/c" },
		{ "http://1.2.3.4/a", "https://host/x", "https://host/x" },
		{ "http://1.2.3.4/a", "http://5.6.7.8/x", "http://5.6.7.8/x" },
		{ "https://host/a", "https://other/x", "https://other/x" },
		{ "https://host/a", "/x", "https://host/x" },
		{ "https://host/a", "http://host/x", NULL },
		{ "https://host/a", "//other/x", NULL },
		{ "http://host/a", "file:///etc/passwd", NULL },
		{ "http://host/a", "https://x/a b", NULL },
		{ "http://host/a", "", NULL },
	};
	char out[URL_MAX];
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		int ret = http_redirect(row[i].from, row[i].to, out, sizeof(out));

		if ((!ret) != !!row[i].url || (!ret && strcmp(out, row[i].url))) {
			printf("# %s %s\n", row[i].from, row[i].to);
			good = false;
		}
		err_clear();
	}
	check(good, "redirects", "see above");
}

static void indexes(void)
{
	static const char text[] =
		"debian;bookworm;amd64;default;20240101_05:24;/images/debian/\n"
		"debian;../x;amd64;default;1;/images/x\n"
		"debian;bookworm;arm64;default;1;/images/../../etc\n"
		"debian;bookworm;arm64;default;1;http://elsewhere/\n"
		"debian;bookworm;arm64;default;;/x\n"
		"debian;bookworm;arm64\n"
		"alpine;edge;arm64;default;2;/a";
	struct image_name any = { "" }, want = { .dist = "alpine" }, i;
	const char *at = text;
	unsigned int n = 0;

	while (index_next(&at, &any, &i))
		n++;
	check(n == 2, "index-lines", "not two");
	at = text;
	check(index_next(&at, &want, &i) && !strcmp(i.path, "/a") && !index_next(&at, &want, &i), "index-found", "not found");
	at = text;
	check(index_next(&at, &any, &i) && !strcmp(i.path, "/images/debian"), "index-slash-at-the-end", i.path);
	check(!index_is_name("") && !index_is_name(".x") && !index_is_name("a/b") && !index_is_name("-x") &&
	      index_is_name("3.19") && index_is_name("20240101_05:24"), "index-names", "wrong");
}

static char dir[] = "/tmp/server-test-XXXXXX";

static bool sh(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && { %s; } >/dev/null 2>&1", dir, command);
	return !system(line);
}

static int verify(const char *sig, const char *data, const char *keyring, const char *id)
{
	char path[3][128];
	int s, d, ret;

	snprintf(path[0], sizeof(path[0]), "%s/%s", dir, sig);
	snprintf(path[1], sizeof(path[1]), "%s/%s", dir, data);
	snprintf(path[2], sizeof(path[2]), "%s/%s", dir, keyring);
	s = open(path[0], O_RDONLY | O_CLOEXEC);
	d = open(path[1], O_RDONLY | O_CLOEXEC);
	ret = verify_signature(path[2], id, s, d, data);
	close(s);
	close(d);
	return ret;
}

/* With keys that are made for it; the directory is root's alone, as an administrator's may be. */
static void signatures(void)
{
	char id[64] = "", path[128];
	FILE *f;

	if (!sh("command -v gpg && command -v gpgv && mkdir -m 700 home other && "
		"gpg --homedir home --batch --passphrase '' --quick-gen-key a@example.org ed25519 sign never && "
		"gpg --homedir other --batch --passphrase '' --quick-gen-key b@example.org ed25519 sign never && "
		"gpg --homedir home --export >keys && gpg --homedir other --export >others && echo data >data && echo Data >altered && "
		"gpg --homedir home --armor --detach-sign -o good.asc data && gpg --homedir home --detach-sign -o good.sig data && "
		"gpg --homedir other --armor --detach-sign -o other.asc data && "
		"gpg --homedir home --with-colons -k | awk -F: '$1 == \"fpr\" { print $10 }' >id && echo text >text.asc")) {
		printf("skip server: signatures: gpg and gpgv are needed\n");
		return;
	}
	snprintf(path, sizeof(path), "%s/id", dir);
	f = fopen(path, "r");
	check(f && fscanf(f, "%63s", id) == 1, "signature-key", "none");
	fclose(f);
	check(!verify("good.asc", "data", "keys", NULL), "signature-armored", err_text());
	check(!verify("good.sig", "data", "keys", id), "signature-binary-of-that-key", err_text());
	check(!verify("good.sig", "data", "keys", id + strlen(id) - 16), "signature-of-that-short-id", err_text());
	check(verify("good.asc", "altered", "keys", NULL) && strstr(err_text(), "no good signature"), "signature-altered", err_text());
	check(verify("other.asc", "data", "keys", NULL) && strstr(err_text(), "no good signature"), "signature-of-others", err_text());
	check(!verify("other.asc", "data", "others", NULL), "signature-of-others-by-theirs", err_text());
	check(verify("other.asc", "data", "others", id) && strstr(err_text(), "is not signed by key"), "signature-not-of-that-key", err_text());
	check(verify("text.asc", "data", "keys", NULL), "signature-that-is-none", "taken");
	check(verify("good.asc", "data", "nowhere", NULL) && strstr(err_text(), "keyring"), "signature-without-keyring", err_text());
	sh("gpgconf --homedir home --kill all; gpgconf --homedir other --kill all");
}

int main(void)
{
	char line[64];

	if (!mkdtemp(dir))
		return 1;
	digest();
	listed();
	answers();
	redirects();
	indexes();
	signatures();
	snprintf(line, sizeof(line), "rm -rf %s", dir);
	return system(line) || unit_status();
}
