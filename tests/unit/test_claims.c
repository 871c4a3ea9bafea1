/* SPDX-License-Identifier: MIT */
//link: container/claims.c lib/str.c lib/fd.c lib/err.c lib/sys.c
/* owns tests of claims: one holder, whoever is killed, late or at once; two of one hash */
/* never needs root, leaves nothing behind */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/str.h"
#define UNIT_PREFIX "claims-"
#include "unit.h"

#define ROOT "/srv/root"
#define AT_ONCE 6
#define ROUNDS 100

static char base[] = "/tmp/lxcbox-claims.XXXXXX";

int run_dir_base(bool make)
{
	return open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct run_dir container(const char *name)
{
	struct run_dir d = { .record = -1 };

	snprintf(d.path, sizeof(d.path), "%s/%s@0000000000000001", base, name);
	mkdir(d.path, 0700);
	d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d;
}

/* What rm -rf RUNTIME/NAME@* leaves of it, or a crash between the last two calls of an undo. */
static void vanish(struct run_dir *d)
{
	rmdir(d->path);
	close(d->fd);
}

static const char *link_of(const char *root, unsigned int number)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.%016llx.%u", base, (unsigned long long)str_hash(root), number);
	return path;
}

static unsigned int links(void)
{
	struct stat st;
	unsigned int n = 0, i;

	for (i = 0; i < 3; i++)
		n += !lstat(link_of(ROOT, i), &st);
	return n;
}

static void plant(unsigned int number, const char *to)
{
	if (symlink(to, link_of(ROOT, number)))
		perror(to);
}

static void release(const struct run_dir *d)
{
	if (claim_drop(d, ROOT))
		printf("not ok claims-release-of-all: %s\n", err_text());
}

static void test_one_holder(void)
{
	struct run_dir a = container("a"), b = container("b");

	check(!claim_root(&a, ROOT), "claim", err_text());
	check(claim_root(&b, ROOT) == -EBUSY && strstr(err_text(), "'a'"), "second-is-refused-by-name", err_text());
	check(!claim_drop(&b, ROOT) && links() == 1, "refused-releases-nothing", err_text());
	check(!claim_root(&b, ROOT "2") && !claim_drop(&b, ROOT "2"), "another-root", err_text());
	check(!claim_root(&a, ROOT) && links() == 1, "own-of-an-earlier-life", err_text());
	check(!claim_drop(&a, ROOT) && !links(), "release", err_text());
	check(!claim_drop(&a, ROOT), "release-again", err_text());
	check(!claim_root(&b, ROOT) && !claim_drop(&b, ROOT), "free-for-the-second", err_text());
	check(!claim_root(&a, "/") && !claim_root(&b, "/"), "host-root-is-free-for-all", err_text());
	vanish(&a);
	vanish(&b);
}

static void test_stale(void)
{
	struct run_dir a = container("a"), b = container("b");

	check(!claim_root(&a, ROOT), "stale-claim", err_text());
	vanish(&a);
	check(!claim_root(&b, ROOT) && links() == 1, "stale-is-taken-over", err_text());
	a = container("a");
	check(claim_root(&a, ROOT) == -EBUSY && strstr(err_text(), "'b'"), "who-was-away-is-refused", err_text());
	release(&b);
	plant(0, "no-entry-at-all");
	plant(1, "gone@0000000000000001:/of/another");
	check(!claim_root(&b, ROOT) && links() == 1, "stale-of-others", err_text());
	release(&b);
	vanish(&a);
	vanish(&b);
}

/* Nobody knows two paths of one hash, so the other root's link is laid by hand. */
static void test_collision(void)
{
	struct run_dir a = container("a"), b = container("b"), c = container("c");

	plant(0, "a@0000000000000001:/other");
	check(!claim_root(&b, ROOT) && links() == 2, "same-hash", err_text());
	check(claim_root(&c, ROOT) == -EBUSY && strstr(err_text(), "'b'"), "same-hash-one-holder", err_text());
	check(claim_above(ROOT "/etc/config") == 1, "same-hash-root-of-any", "not found");
	unlink(link_of(ROOT, 0));
	check(claim_root(&c, ROOT) == -EBUSY && strstr(err_text(), "'b'"), "same-hash-other-is-gone", err_text());
	release(&c);
	check(links() == 1 && !claim_drop(&b, ROOT) && !links(), "same-hash-release", err_text());
	plant(0, "a@0000000000000001:/other");
	plant(1, "b@0000000000000001:/other/one");
	check(claim_root(&c, ROOT) == -ENOSPC && strstr(err_text(), "hash"), "same-hash-third", err_text());
	vanish(&b);
	check(!claim_root(&c, ROOT) && links() == 2, "same-hash-third-takes-over", err_text());
	release(&c);
	unlink(link_of(ROOT, 0));
	check(!links(), "same-hash-nothing-left", "links are left");
	vanish(&a);
	vanish(&c);
}

/* How many of those that claim the root at the same moment have it. */
static unsigned int winners(struct run_dir *d)
{
	unsigned int i, n = 0;
	int go[2], status;

	if (pipe(go))
		return 99;
	for (i = 0; i < AT_ONCE; i++) {
		if (fork())
			continue;
		close(go[1]);
		if (read(go[0], &status, 1))
			_exit(2);
		_exit(claim_root(&d[i], ROOT) ? 1 : 0);
	}
	close(go[0]);
	close(go[1]);
	for (i = 0; i < AT_ONCE; i++)
		n += wait(&status) > 0 && !status;
	return n;
}

static void test_at_once(void)
{
	struct run_dir d[AT_ONCE];
	struct run_dir z = container("z");
	unsigned int i, round, n = 1, what;
	static const char *const name[] = { "at-once", "at-once-stale", "at-once-same-hash", "at-once-own" };
	char why[64];

	for (i = 0; i < AT_ONCE; i++)
		d[i] = container((char[]){ (char)('a' + i), '\0' });
	fflush(stdout);
	for (what = 0; what < ARRAY_SIZE(name); what++) {
		for (n = 1, round = 0; n == 1 && round < ROUNDS; round++) {
			if (what == 1)
				plant(0, "gone@0000000000000001:" ROOT);
			else if (what == 2)
				plant(0, "z@0000000000000001:/other");
			else if (what == 3)
				plant(0, "b@0000000000000001:" ROOT);
			n = winners(d);
			for (i = 0; i < AT_ONCE; i++)
				release(&d[i]);
			if (what == 2)
				unlink(link_of(ROOT, 0));
		}
		snprintf(why, sizeof(why), "%u holders, %u links in round %u", n, links(), round);
		check(n == 1 && !links(), name[what], why);
	}
	for (i = 0; i < AT_ONCE; i++)
		vanish(&d[i]);
	vanish(&z);
}

static void test_claim_above(void)
{
	struct run_dir a = container("a");

	check(!claim_above(ROOT "/etc/config"), "of-none", "found");
	check(!claim_root(&a, ROOT), "of-any-claim", err_text());
	check(claim_above(ROOT "/config") == 1, "of-any-in-it", "not found");
	check(claim_above(ROOT "/a/b/c/config") == 1, "of-any-deep-in-it", "not found");
	check(!claim_above(ROOT), "of-any-itself", "found");
	check(!claim_above(ROOT "2/config") && !claim_above("/srv/config"), "of-any-beside-it", "found");
	release(&a);
	vanish(&a);
}

/* Who was stopped with the lock in his hand is in nobody's way where nothing is stale. */
static void test_locked(void)
{
	struct run_dir a = container("a");
	int lock = run_dir_base(false);

	flock(lock, LOCK_EX);
	check(!claim_root(&a, ROOT) && !claim_drop(&a, ROOT), "locked-claim", err_text());
	close(lock);
	vanish(&a);
}

static void test_long(void)
{
	struct run_dir a = container("a");
	char root[PATH_MAX];

	memset(root, 'r', sizeof(root) - 1);
	root[0] = '/';
	root[sizeof(root) - 1] = '\0';
	check(claim_root(&a, root) == -ENAMETOOLONG, "too-long", err_text());
	check(!claim_drop(&a, root), "too-long-release", err_text());
	vanish(&a);
}

int main(void)
{
	if (!mkdtemp(base))
		return 1;
	test_one_holder();
	test_stale();
	test_collision();
	test_claim_above();
	test_at_once();
	test_locked();
	test_long();
	check(!rmdir(base), "nothing-left", "the directory is not empty");
	return unit_status();
}
