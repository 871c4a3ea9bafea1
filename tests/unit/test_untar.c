/* SPDX-License-Identifier: MIT */
/* owns the tests of reading and unpacking tar archives: what the formats can say, and what no archive may do */
//link: store/tar.c store/tar_parse.c store/untar.c lib/path.c lib/fd.c lib/str.c lib/err.c lib/sys.c
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "store/untar.h"
#define UNIT_PREFIX "untar: "
#include "../security/tars.h"
#include "unit.h"

static char base[] = "/tmp/untar-test-XXXXXX", root[64], victim[64];
static struct tars t;

struct source {
	const char *s;
	size_t n, at, step;
};

static ssize_t give(void *arg, void *buf, size_t n)
{
	struct source *s = arg;

	if (n > s->n - s->at)
		n = s->n - s->at;
	if (s->step && n > s->step)
		n = s->step;
	memcpy(buf, s->s + s->at, n);
	s->at += n;
	return (ssize_t)n;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	return remove(path);
}

static void fresh(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	mkdir(root, 0755);
}

static struct untar last;

/* The archive in t, to root. */
static int unpack(size_t step, const char *exclude)
{
	struct source s = { t.s, t.n, 0, step };
	struct tar_reader *r = calloc(1, sizeof(*r));
	const char *list[] = { exclude };
	int ret;

	r->read = give;
	r->arg = &s;
	last = (struct untar){ .root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (exclude) {
		last.exclude = list;
		last.n_exclude = 1;
	}
	ret = untar(&last, r);
	close(last.root_fd);
	free(r);
	return ret;
}

static const char *at(const char *name)
{
	static char path[4][8192];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", root, name);
	return path[i];
}

static bool holds(const char *path, const char *text)
{
	char buf[256] = "";
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;

	if (f)
		fclose(f);
	return f && n == strlen(text) && !memcmp(buf, text, n);
}

static struct stat look(const char *name)
{
	struct stat st = { 0 };

	if (lstat(at(name), &st))
		memset(&st, 0, sizeof(st));
	return st;
}

/* ---- what no archive may do ---- */

static bool victim_is_whole(void)
{
	char path[128], other[128];
	struct stat st, dir;

	snprintf(path, sizeof(path), "%s/precious", victim);
	snprintf(other, sizeof(other), "%s/escaped", base);
	return holds(path, "precious\n") && !lstat(path, &st) && st.st_nlink == 1 &&
	       (st.st_mode & 07777) == 0600 && !lstat(victim, &dir) && dir.st_nlink == 2 &&
	       (dir.st_mode & 07777) == 0700 && access(other, F_OK) && access("/tmp/escaped", F_OK);
}

static int count_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	return strncmp(path, victim, strlen(victim)) || f->level < 1 || strstr(path, "precious") ? 0 : 1;
}

static void hostile(void)
{
	char name[80];
	size_t i;
	int ret;

	for (i = 0; i < TARS_CASES; i++) {
		fresh();
		tars_make(&t, &tars_cases[i], victim);
		ret = unpack(0, NULL);
		snprintf(name, sizeof(name), "hostile-%s", tars_cases[i].name);
		if (!victim_is_whole() || nftw(victim, count_one, 16, FTW_PHYS))
			check(false, name, "touched what is outside");
		else if (tars_cases[i].end == MUST_FAIL)
			check(ret < 0 && err_is_set() && strstr(err_text(), "at byte "), name,
			      ret < 0 ? err_text() : "was unpacked");
		else
			check(!ret, name, err_text());
	}
	fresh();
	tars_make(&t, &tars_cases[0], victim);
	ret = unpack(0, NULL);
	check(ret && strstr(err_text(), "'../escaped' at byte 1024"), "names-member-and-offset", err_text());
}

/* Every length of a good archive: no end is taken for its end. */
static void cut(void)
{
	size_t n, whole;
	bool good = true;

	t.n = 0;
	tars_dir(&t, "d");
	tars_pax1(&t, "path", "d/long");
	tars_file(&t, "x", "text");
	whole = t.n;
	tars_end(&t);
	fresh();
	for (n = 0; n < whole + 512; n += 64) {
		t.n = n;
		good = good && unpack(0, NULL) < 0;
		err_clear();
	}
	check(good, "every-cut-is-seen", "an archive without its end was unpacked");
	t.n = whole + 512;
	check(!unpack(0, NULL), "one-block-of-zeros-is-an-end", err_text());
}

/* ---- what the formats can say ---- */

static void kinds(void)
{
	struct stat st;

	t.n = 0;
	fresh();
	tars_dir(&t, "./");
	tars_dir(&t, "./d/");
	tars_file(&t, "./d/f", "text\n");
	tars_link(&t, "./d/h", '1', "./d/f");
	tars_link(&t, "./d/s", '2', "../../nowhere");
	tars_head(&t, "fifo", '6', NULL, 0);
	tars_end(&t);
	check(!unpack(7, NULL), "kinds", err_text());
	st = look("d/f");
	check(holds(at("d/f"), "text\n") && st.st_nlink == 2 && st.st_mtime == 1000000000 &&
	      (st.st_mode & 07777) == 0644, "kinds-file", "not as written");
	check(look("d/h").st_ino == st.st_ino, "kinds-hard-link", "another file");
	check(S_ISLNK(look("d/s").st_mode) && look("d/s").st_mtime == 1000000000, "kinds-symlink", "none, or of now");
	check(S_ISFIFO(look("fifo").st_mode), "kinds-fifo", "none");
	check(look("d").st_mtime == 1000000000 && look(".").st_mtime == 1000000000, "kinds-times-of-directories",
	      "changed by what is in them");
	t.n = 0;
	tars_file(&t, "implied/dir/f", "deep\n");
	tars_end(&t);
	check(!unpack(0, NULL) && holds(at("implied/dir/f"), "deep\n"), "kinds-implied-directories", err_text());
}

static void nodes(void)
{
	char *h;

	t.n = 0;
	fresh();
	h = tars_head(&t, "null", '3', NULL, 0);
	memcpy(h + 329, "0000001", 7);
	memcpy(h + 337, "0000003", 7);
	tars_sum(h);
	tars_file(&t, "f", "x");
	tars_end(&t);
	check(!unpack(0, NULL) && last.n_nodes == 1 && !look("null").st_mode && look("f").st_mode,
	      "nodes-only-where-asked", err_text());
}

static void v7(void)
{
	char *h;

	t.n = 0;
	fresh();
	h = tars_head(&t, "old/", '\0', NULL, 0);
	memset(h + 257, 0, 255);
	tars_sum(h);
	h = tars_head(&t, "old/f", '\0', NULL, 1);
	memset(h + 257, 0, 255);
	tars_sum(h);
	tars_data(&t, "x", 1);
	tars_end(&t);
	check(!unpack(0, NULL) && S_ISDIR(look("old").st_mode) && holds(at("old/f"), "x"), "v7", err_text());
}

static void names(void)
{
	char name[180], *h;

	t.n = 0;
	fresh();
	memset(name, 'p', sizeof(name));
	name[120] = '/';
	name[179] = '\0';
	h = tars_head(&t, name + 121, '0', NULL, 0);
	memcpy(h + 345, name, 120);
	tars_sum(h);
	tars_head(&t, "././@LongLink", 'L', NULL, sizeof(name));
	name[0] = 'q';
	tars_data(&t, name, sizeof(name));
	tars_file(&t, "short", "gnu");
	name[0] = 'r';
	tars_pax1(&t, "path", name);
	tars_file(&t, "short", "pax");
	tars_head(&t, "././@LongLink", 'K', NULL, sizeof(name));
	tars_data(&t, name, sizeof(name));
	tars_link(&t, "s", '2', "short");
	tars_end(&t);
	check(!unpack(0, NULL), "names", err_text());
	check(holds(at(name), "pax"), "names-pax", "none");
	name[0] = 'q';
	check(holds(at(name), "gnu"), "names-gnu", "none");
	name[0] = 'p';
	check(look(name).st_mode, "names-ustar-prefix", "none");
	check(look("s").st_size == 179, "names-gnu-target", "none");
}

static void pax(void)
{
	char buf[512], id[16];
	size_t n = 0;
	struct stat st;

	t.n = 0;
	fresh();
	snprintf(id, sizeof(id), "%u", t.id);
	tars_record(buf, &n, "uid", id, strlen(id));
	tars_record(buf, &n, "gid", id, strlen(id));
	tars_record(buf, &n, "mtime", "-1.25", 5);
	tars_record(buf, &n, "size", "5", 1);
	tars_record(buf, &n, "SCHILY.xattr.user.note", "a\0b", 3);
	tars_record(buf, &n, "SCHILY.xattr.trusted.secret", "x", 1);
	tars_record(buf, &n, "LIBARCHIVE.creationtime", "1", 1);
	tars_pax(&t, buf, n);
	tars_head(&t, "f", '0', NULL, 0);
	tars_data(&t, "12345", 5);
	tars_end(&t);
	check(!unpack(0, NULL), "pax", err_text());
	st = look("f");
	check(holds(at("f"), "12345"), "pax-size", "not five bytes");
	check(st.st_mtim.tv_sec == -2 && st.st_mtim.tv_nsec == 750000000, "pax-time", "another");
	n = (size_t)getxattr(at("f"), "user.note", buf, sizeof(buf));
	check((n == 3 && !memcmp(buf, "a\0b", 3)) || last.n_xattrs == 2, "pax-xattr", "not there");
	check(last.n_xattrs && (n != 3 || !strcmp(last.xattr, "trusted.secret")), "pax-xattr-refused", last.xattr);
}

static bool is_sparse(const char *name)
{
	char buf[20] = "";
	int fd = open(at(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, buf, 10, 4096);

	close(fd);
	return look(name).st_size == 100000 && n == 10 && !memcmp(buf, "0123456789", 10) &&
	       look(name).st_blocks < 100;
}

static void sparse(void)
{
	char buf[512], *h;
	size_t n = 0;

	t.n = 0;
	fresh();
	tars_record(buf, &n, "GNU.sparse.size", "100000", 6);
	tars_record(buf, &n, "GNU.sparse.numblocks", "1", 1);
	tars_record(buf, &n, "GNU.sparse.offset", "4096", 4);
	tars_record(buf, &n, "GNU.sparse.numbytes", "10", 2);
	tars_pax(&t, buf, n);
	tars_file(&t, "v00", "0123456789");
	n = 0;
	tars_record(buf, &n, "GNU.sparse.name", "v01", 3);
	tars_record(buf, &n, "GNU.sparse.size", "100000", 6);
	tars_record(buf, &n, "GNU.sparse.map", "4096,5,4101,5", 13);
	tars_pax(&t, buf, n);
	tars_file(&t, "GNUSparseFile.1/x", "0123456789");
	n = 0;
	tars_record(buf, &n, "GNU.sparse.major", "1", 1);
	tars_record(buf, &n, "GNU.sparse.minor", "0", 1);
	tars_record(buf, &n, "GNU.sparse.name", "v10", 3);
	tars_record(buf, &n, "GNU.sparse.realsize", "100000", 6);
	tars_pax(&t, buf, n);
	tars_head(&t, "GNUSparseFile.1/y", '0', NULL, 522);
	tars_data(&t, "2\n4096\n10\n100000\n0\n", 19);
	tars_data(&t, "0123456789", 10);
	h = tars_head(&t, "old", 'S', NULL, 10);
	memcpy(h + 257, "ustar  ", 8);
	memset(h + 345, 0, 167);
	memcpy(h + 386, "00000010000\00000000000012", 24);
	memcpy(h + 483, "00000303240", 11);
	tars_sum(h);
	tars_data(&t, "0123456789", 10);
	tars_end(&t);
	check(!unpack(11, NULL), "sparse", err_text());
	check(is_sparse("v00"), "sparse-0.0", "not as written");
	check(is_sparse("v01"), "sparse-0.1", "not as written");
	check(is_sparse("v10"), "sparse-1.0", "not as written");
	check(is_sparse("old"), "sparse-gnu", "not as written");
}

static void numbers(void)
{
	static const struct {
		const char *field;
		int n;
		int64_t v;
		bool good;
	} row[] = {
		{ "0000644\0", 8, 0644, true },
		{ "    644 ", 8, 0644, true },
		{ "\0\0\0\0\0\0\0\0", 8, 0, true },
		{ "77777777777\0", 12, 077777777777, true },
		{ "777777777777", 12, 0777777777777, true },
		{ "\x80\0\0\0\0\0\0\x02\0\0\0\0", 12, (int64_t)2 << 32, true },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12, -2, true },
		{ "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, 0, false },
		{ "\x80\x01\0\0\0\0\0\0\0\0\0\0", 12, 0, false },
		{ "\x81\0\0\0\0\0\0\x01", 8, 0, false },
		{ "0000648\0", 8, 0, false },
		{ "-000644\0", 8, 0, false },
		{ "64 4    ", 8, 0, false },
	};
	bool good = true;
	unsigned int i;
	int64_t v;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		bool got = !tar_number(row[i].field, (unsigned int)row[i].n, &v);

		if (got != row[i].good || (got && v != row[i].v)) {
			printf("# row %u\n", i);
			good = false;
		}
	}
	check(good, "numbers", "see above");
}

static void excludes(void)
{
	static const struct {
		const char *pattern, *name;
		bool is_out;
	} row[] = {
		{ "./dev", "./dev/null", true },   { "dev/*", "./dev/null", true },
		{ "dev/*", "./dev/", false },	   { "dev/*", "dev", false },
		{ "dev", "device", false },	   { "*.log", "./var/log/x.log", true },
		{ "*.log", "./var/x.logs", false }, { "var/?og/[a-c]*", "var/log/b1", true },
		{ "var/?og/[!a-c]*", "var/log/b1", false }, { "a*b*c", "aXbXbXc", true },
		{ "", "x", false },		   { "[", "[", true },
	};
	bool good = true;
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++)
		if (untar_excludes(row[i].pattern, row[i].name) != row[i].is_out) {
			printf("# '%s' of '%s'\n", row[i].pattern, row[i].name);
			good = false;
		}
	check(good, "excludes", "see above");
	t.n = 0;
	fresh();
	tars_dir(&t, "./dev/");
	tars_file(&t, "./dev/f", "x");
	tars_file(&t, "./f", "x");
	tars_end(&t);
	check(!unpack(0, "./dev/*") && look("f").st_mode && S_ISDIR(look("dev").st_mode) && !look("dev/f").st_mode, "excludes-act", err_text());
}

int main(void)
{
	char path[128];
	FILE *f;

	umask(022);
	if (!mkdtemp(base))
		return 1;
	snprintf(root, sizeof(root), "%s/root", base);
	snprintf(victim, sizeof(victim), "%s/victim", base);
	mkdir(victim, 0700);
	snprintf(path, sizeof(path), "%s/precious", victim);
	f = fopen(path, "w");
	fputs("precious\n", f);
	fclose(f);
	chmod(path, 0600);
	t.id = getuid();
	hostile();
	cut();
	kinds();
	nodes();
	v7();
	names();
	pax();
	sparse();
	numbers();
	excludes();
	nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t.s);
	return unit_status();
}
