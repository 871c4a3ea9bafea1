/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/problem.c conf/check.c conf/idmap.c
//link: conf/system.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/*
 * owns tests of lxc.conf as a user has it below HOME: values, defaults, faults and what they leave in
 * doubt
 */
/* never needs root, and gives it away before it begins; what it makes in /tmp is removed */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/conf.h"
#include "lib/log.h"
#include "lib/str.h"

#define NOBODY 65534

static char dir[64] = "/tmp/lxcbox-system-XXXXXX";

/* What a file of this text leaves; NULL: there is none. */
struct want {
	const char *name, *text;
	int ret;
	const char *lxcpath;	/* below HOME when it does not begin with a slash */
	const char *pattern, *use;
	const char *problems;	/* each with its line, without the file: "2: text\n" */
	const char *warning;	/* a part of one, NULL: there is none */
	unsigned int bad;	/* bits of the keys that are in doubt */
};

#define DEFAULT ".local/share/lxc"
#define BAD(key) (1U << SYS_##key)
#define ALL_BAD ((1U << SYS_COUNT) - 1)

static const struct want wants[] = {
	{ "none", NULL, 0, DEFAULT, CFG_CGROUP_PATTERN, "" },
	{ "empty", "", 0, DEFAULT, CFG_CGROUP_PATTERN, "" },
	{ "all", "# a comment\nlxc.lxcpath = /srv/lxc\nlxc.cgroup.pattern=box/%n\n"
		 "lxc.cgroup.use = memory\n",
	  0, "/srv/lxc", "box/%n", "memory" },
	{ "grammar", "\xef\xbb\xbflxc.lxcpath = \"/srv/l x c\"\r\nlxc.cgroup.pattern = %n # c\r"
		     "other = 1\nlxc.cgroup.use =\tmemory , cpu,, name=systemd\t# c\n",
	  0, "/srv/l x c", "%n", "memory,cpu,name=systemd" },
	{ "colon", "lxc.lxcpath: /srv\n", 0, "/srv", CFG_CGROUP_PATTERN, "", NULL,
	  "a colon is taken for the equals sign" },
	{ "slashes", "lxc.lxcpath = /srv///\nlxc.cgroup.pattern = //a//./%n/\n", 0, "/srv",
	  "a/%n", "" },
	{ "root", "lxc.lxcpath = ///\n", 0, "/", CFG_CGROUP_PATTERN, "" },
	{ "cleared", "lxc.lxcpath =\nlxc.cgroup.pattern = \nlxc.cgroup.use = # none\n", 0, DEFAULT,
	  CFG_CGROUP_PATTERN, "" },
	{ "first-line-holds", "lxc.lxcpath = /a\nlxc.lxcpath = /b\n", 0, "/a", CFG_CGROUP_PATTERN,
	  "", NULL, "lxc.conf:2: lxc.lxcpath: not used, line 1 has it already" },
	{ "comment-in-path", "lxc.lxcpath = /a # b\n", 0, "/a # b", CFG_CGROUP_PATTERN, "", NULL,
	  "'# b' is taken as part of the path" },
	{ "storage-of-others", "lxc.bdev.lvm.vg = x\nlxc.bdev.rbd.rbdpool = y\n", 0, DEFAULT,
	  CFG_CGROUP_PATTERN, "" },
	{ "relative", "lxc.lxcpath = srv\nlxc.default_config = a.conf\n", -EINVAL, DEFAULT,
	  CFG_CGROUP_PATTERN, "",
	  "1: lxc.lxcpath: bad value 'srv' (an absolute path)\n"
	  "2: lxc.default_config: bad value 'a.conf' (an absolute path)\n",
	  NULL, BAD(LXCPATH) | BAD(DEFAULT_CONFIG) },
	{ "pattern-without-name", "lxc.cgroup.pattern = lxc\nlxc.lxcpath = /srv\n", -EINVAL, "/srv",
	  CFG_CGROUP_PATTERN, "",
	  "1: lxc.cgroup.pattern: bad value 'lxc' (a path with %n for the name, without '..')\n",
	  NULL, BAD(CGROUP_PATTERN) },
	{ "pattern-upwards", "lxc.cgroup.pattern = a/../%n\n", -EINVAL, DEFAULT,
	  CFG_CGROUP_PATTERN, "",
	  "1: lxc.cgroup.pattern: bad value 'a/../%n' (a path with %n for the name, without '..')\n",
	  NULL, BAD(CGROUP_PATTERN) },
	{ "pattern-other-percent", "lxc.cgroup.pattern = %n/%p\n", -EINVAL, DEFAULT,
	  CFG_CGROUP_PATTERN, "",
	  "1: lxc.cgroup.pattern: bad value '%n/%p' (a path with %n for the name, without '..')\n",
	  NULL, BAD(CGROUP_PATTERN) },
	{ "pattern-blank", "lxc.cgroup.pattern = a b/%n\n", -EINVAL, DEFAULT, CFG_CGROUP_PATTERN,
	  "",
	  "1: lxc.cgroup.pattern: bad value 'a b/%n' (a path with %n for the name, without '..')\n",
	  NULL, BAD(CGROUP_PATTERN) },
	{ "use-of-a-path", "lxc.cgroup.use = memory,a/b\n", -EINVAL, DEFAULT, CFG_CGROUP_PATTERN,
	  "",
	  "1: lxc.cgroup.use: bad value 'a/b' (controllers, name=NAME, @kernel, @named, @all, "
	  "separated by commas)\n",
	  NULL, BAD(CGROUP_USE) },
	{ "use-of-an-unknown-word", "lxc.cgroup.use = @al\n", -EINVAL, DEFAULT, CFG_CGROUP_PATTERN,
	  "",
	  "1: lxc.cgroup.use: bad value '@al' (controllers, name=NAME, @kernel, @named, @all, "
	  "separated by commas)\n",
	  NULL, BAD(CGROUP_USE) },
	{ "use-of-nothing", "lxc.cgroup.use = ,\n", -EINVAL, DEFAULT, CFG_CGROUP_PATTERN, "",
	  "1: lxc.cgroup.use: bad value '' (controllers, name=NAME, @kernel, @named, @all, "
	  "separated by commas)\n",
	  NULL, BAD(CGROUP_USE) },
	{ "misspelt", "lxc.lxcpth = /srv\n", -EINVAL, DEFAULT, CFG_CGROUP_PATTERN, "",
	  "1: lxc.lxcpth: unknown key (lxc.lxcpath?)\n", NULL, BAD(LXCPATH) },
	{ "misspelt-and-right", "lxc.lxcpth = /srv\nlxc.lxcpath = /srv\n", -EINVAL, "/srv",
	  CFG_CGROUP_PATTERN, "", "1: lxc.lxcpth: unknown key (lxc.lxcpath?)\n" },
	{ "unknown", "lxc.something.else = 1\nlxcbox.x = 1\n", -EINVAL, DEFAULT, CFG_CGROUP_PATTERN,
	  "", "1: lxc.something.else: unknown key\n2: lxcbox.x: unknown key\n" },
	{ "key-of-containers", "lxc.tty.max = 1\nlxc.include = /etc/passwd\n", -EINVAL, DEFAULT,
	  CFG_CGROUP_PATTERN, "",
	  "1: lxc.tty.max: a key of containers, not of the system\n"
	  "2: lxc.include: a key of containers, not of the system\n" },
	{ "no-equals-sign", "lxc.lxcpath /srv\nlxc.cgroup.pattern = a/%n\n", -EINVAL, DEFAULT,
	  "a/%n", "", "1: lxc.lxcpath: '=' is missing after the key\n", NULL,
	  ALL_BAD & ~BAD(CGROUP_PATTERN) },
	{ "bad-then-good", "lxc.lxcpath = srv\nlxc.lxcpath = /srv\n", -EINVAL, "/srv",
	  CFG_CGROUP_PATTERN, "", "1: lxc.lxcpath: bad value 'srv' (an absolute path)\n" },
};

static bool is_value(enum sys_key key, const char *want)
{
	const char *value = conf_sys_value(key), *home = getenv("HOME");
	const char *rest = value && home ? str_after(value, home) : NULL;

	if (!*want)
		return !value;
	if (key == SYS_LXCPATH && *want != '/')
		return rest && *rest == '/' && str_eq(rest + 1, want);
	return value && str_eq(value, want);
}

/* All problems, the file's name cut out of each. */
static bool is_told(const char *want)
{
	char have[4096], path[128], *at;
	size_t n = str_format(path, sizeof(path), "%s/.config/lxc/lxc.conf:", getenv("HOME"));

	str_format(have, sizeof(have), "%s%s%s", err_text(), err_is_set() ? "\n" : "",
		   conf_problems());
	while ((at = strstr(have, path)))
		memmove(at, at + n, strlen(at + n) + 1);
	return str_eq(have, want ? want : "");
}

static const char *read_log(char *buf, size_t n)
{
	int fd = open("log", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, buf, n - 1);

	if (fd >= 0)
		close(fd);
	buf[got > 0 ? got : 0] = '\0';
	return buf;
}

static bool is_as_wanted(const struct want *w)
{
	char log[4096];
	unsigned int i, bad = 0;
	int ret = conf_sys_load();

	for (i = 0; i < SYS_COUNT; i++)
		bad |= (unsigned int)conf_sys_is_bad(i) << i;
	read_log(log, sizeof(log));
	return ret == w->ret && is_value(SYS_LXCPATH, w->lxcpath) &&
	       is_value(SYS_CGROUP_PATTERN, w->pattern) && is_value(SYS_CGROUP_USE, w->use) &&
	       is_told(w->problems) && bad == w->bad &&
	       (w->warning ? strstr(log, w->warning) != NULL : !*log);
}

static void report(bool good, const char *name)
{
	char log[4096];

	printf(good ? "ok conf-system-%s\n" : "not ok conf-system-%s: see its source\n", name);
	if (!good)
		printf("  err: %s\n  problems: %s\n  log: %s\n", err_text(), conf_problems(),
		       read_log(log, sizeof(log)));
}

static int run_want(const struct want *w)
{
	FILE *f = w->text ? fopen("home/.config/lxc/lxc.conf", "w") : NULL;
	bool good;

	if (f) {
		fputs(w->text, f);
		fclose(f);
		chmod("home/.config/lxc/lxc.conf", 0600);
	}
	if (log_open("log", LOG_WARN, "-"))
		return 1;
	good = is_as_wanted(w);
	report(good, w->name);
	return !good;
}

/* Where it was written, and the files that are not there for other causes. */
static int run_places(void)
{
	struct origin at;
	char buf[256];
	bool good;

	if (mkdir("home/.config/lxc/lxc.conf", 0700))
		return 1;
	good = conf_sys_load() == -EISDIR && conf_sys_is_bad(SYS_LXCPATH) &&
	       conf_sys_dir(buf, sizeof(buf)) && str_ends(buf, "/home/.config/lxc");
	report(good, "directory");
	at = conf_sys_at(SYS_LXCPATH);
	return !good || at.file || rmdir("home/.config/lxc/lxc.conf");
}

static int run_home(const char *home, const char *name)
{
	char buf[16];
	bool good;

	if (home ? setenv("HOME", home, 1) : unsetenv("HOME"))
		return 1;
	good = !conf_sys_dir(buf, sizeof(buf)) && !conf_sys_load() &&
	       str_eq(conf_sys_value(SYS_LXCPATH), CFG_LXCPATH) &&
	       str_eq(conf_sys_value(SYS_DEFAULT_CONFIG), CFG_GLOBAL_CONF "/default.conf");
	report(good, name);
	return !good;
}

static int run_no_home(void)
{
	return run_home(NULL, "without-home");
}

static int run_relative_home(void)
{
	return run_home("home", "relative-home");
}

static int run_home_is_a_file(void)
{
	char path[96];
	bool good;

	str_format(path, sizeof(path), "%s/log", dir);
	if (log_open("log", LOG_WARN, "-") || setenv("HOME", path, 1))
		return 1;
	good = !conf_sys_load() && !err_is_set() && is_value(SYS_LXCPATH, DEFAULT);
	report(good, "home-is-a-file");
	return !good;
}

static int run_origin(void)
{
	FILE *f = fopen("home/.config/lxc/lxc.conf", "w");
	struct origin at;
	bool good;

	if (!f)
		return 1;
	fputs("\n\nlxc.lxcpath = /srv\n", f);
	fclose(f);
	good = !conf_sys_load() && !conf_sys_load();
	at = conf_sys_at(SYS_LXCPATH);
	good &= at.file && str_ends(at.file, "/home/.config/lxc/lxc.conf") && at.line == 3 &&
		!conf_sys_at(SYS_DEFAULT_CONFIG).file &&
		str_ends(conf_sys_value(SYS_DEFAULT_CONFIG), "/home/.config/lxc/default.conf") &&
		conf_sys_find("lxc.lxcpath") == SYS_LXCPATH && conf_sys_find("lxcpath") < 0 &&
		conf_sys_find("lxc.cgroup") < 0 && !conf_sys_is_built(SYS_LVM_VG) &&
		conf_sys_is_built(SYS_LXCPATH);
	report(good, "origin");
	return !good;
}

/* One load is one process's. */
static int in_child(int (*run)(void), const struct want *w)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(run ? run() : run_want(w));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	unlink("log");
	unlink("home/.config/lxc/lxc.conf");
	return status != 0;
}

static int run_all(void)
{
	static int (*const others[])(void) = { run_places, run_no_home, run_relative_home,
					       run_home_is_a_file, run_origin };
	char home[96];
	unsigned int i;
	int failed = 0;

	if (chdir(dir) || mkdir("home", 0700) || mkdir("home/.config", 0700) ||
	    mkdir("home/.config/lxc", 0700))
		return 1;
	str_format(home, sizeof(home), "%s/home", dir);
	setenv("HOME", home, 1);
	for (i = 0; i < ARRAY_SIZE(wants); i++)
		failed |= in_child(NULL, &wants[i]);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		failed |= in_child(others[i], NULL);
	rmdir("home/.config/lxc");
	rmdir("home/.config");
	rmdir("home");
	return failed;
}

/* The rights of a process are asked for as they were when its program began. */
static int run_as_nobody(char **argv)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid) {
		if (!setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY))
			execv("/proc/self/exe", (char *[]){ argv[0], dir, NULL });
		exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return status != 0;
}

int main(int argc, char **argv)
{
	int failed;

	if (argc > 1) {
		str_format(dir, sizeof(dir), "%s", argv[1]);
		return run_all();
	}
	if (!mkdtemp(dir))
		return 1;
	if (geteuid())
		failed = run_all();
	else
		failed = chown(dir, NOBODY, NOBODY) || run_as_nobody(argv);
	if (rmdir(dir))
		failed = 1;
	printf(failed ? "not ok conf-system: a test failed, or did not run\n" : "ok conf-system\n");
	return failed;
}
