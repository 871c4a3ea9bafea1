/* SPDX-License-Identifier: MIT */
/* owns the template "busybox": a tree around one static program, as LXC's lxc-busybox makes it */
/* never needs a shell, nor a library of the host in the container */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/template.h"

/* What `busybox --list` may say. */
#define LIST_MAX 16384

struct busybox_args {
	struct opt_common common;
	const char *busybox;
};

static const struct opt options[] = {
	{ 'b', OPT_STR, offsetof(struct busybox_args, busybox), "busybox-path", "FILE",
		OPT_HELP("the BusyBox to use, statically linked (that of PATH)") },
};

static const char *const dirs[] = {
	"bin", "dev", "dev/pts", "etc", "etc/init.d", "home", "lib", "lib64", "mnt", "proc", "root",
	"sbin", "selinux", "sys", "tmp", "usr", "usr/bin", "usr/lib", "usr/lib64", "usr/sbin",
	"var", "var/log", "var/run",
};

static const char dhcp_script[] =
	"#!/bin/sh\n"
	"case \"$1\" in\n"
	"deconfig)\n"
	"\tip addr flush dev $interface\n"
	"\tip link set $interface up\n"
	"\t;;\n"
	"renew|bound)\n"
	"\tip addr flush dev $interface\n"
	"\tip addr add $ip/${mask:-24} ${broadcast:+broadcast $broadcast} dev $interface\n"
	"\tip route del default 2>/dev/null\n"
	"\tfor i in $router; do\n"
	"\t\tip route add default via $i dev $interface\n"
	"\t\tbreak\n"
	"\tdone\n"
	"\t: >/etc/resolv.conf\n"
	"\t[ -z \"$domain\" ] || echo \"search $domain\" >>/etc/resolv.conf\n"
	"\tfor i in $dns; do\n"
	"\t\techo \"nameserver $i\" >>/etc/resolv.conf\n"
	"\tdone\n"
	"\t;;\n"
	"esac\n";

static const struct {
	const char *path;
	mode_t mode;
	const char *text;
} files[] = {
	{ "etc/passwd", 0644, "root:x:0:0:root:/root:/bin/sh\n" },
	{ "etc/group", 0644, "root:x:0:root\n" },
	{ "etc/shadow", 0600, "" },
	{ "etc/fstab", 0644, "" },
	{ "etc/init.d/rcS", 0744, "#!/bin/sh\n/bin/syslogd\n/bin/mount -a\n/bin/udhcpc\n" },
	{ "etc/inittab", 0644,
		"::sysinit:/etc/init.d/rcS\ntty1::respawn:/bin/getty -L tty1 115200 vt100\n"
		"console::askfirst:/bin/sh\n" },
};

/* Those of LXC but the mounts of the host's libraries, which a static program has no use for. */
static const struct {
	const char *key, *value;
} keys[] = {
	{ "lxc.signal.halt", "SIGUSR1" },
	{ "lxc.signal.reboot", "SIGTERM" },
	{ "lxc.autodev", "1" },
	{ "lxc.tty.max", "5" },
	{ "lxc.pty.max", "1" },
	{ "lxc.cap.drop", "sys_module mac_admin mac_override sys_time" },
	{ "lxc.mount.auto", "proc:mixed sys:ro" },
	{ "lxc.mount.entry", "shm dev/shm tmpfs defaults,create=dir 0 0" },
	{ "lxc.mount.entry", "mqueue dev/mqueue mqueue defaults,optional,create=dir 0 0" },
	{ "lxc.mount.entry",
		"/sys/kernel/security sys/kernel/security none ro,bind,optional 0 0" },
};

/* ---- the program ---- */

/* Two classes, one shape. */
#define HAS_INTERPRETER(bits) \
	static int has_interpreter##bits(int fd) \
	{ \
		Elf##bits##_Ehdr e; \
		Elf##bits##_Phdr p; \
		int i; \
		if (pread(fd, &e, sizeof(e), 0) != sizeof(e) || e.e_phentsize != sizeof(p)) \
			return -ENOEXEC; \
		for (i = 0; i < e.e_phnum; i++) { \
			off_t at = (off_t)(e.e_phoff + (size_t)i * sizeof(p)); \
			if (pread(fd, &p, sizeof(p), at) != sizeof(p)) \
				return -ENOEXEC; \
			if (p.p_type == PT_INTERP) \
				return 1; \
		} \
		return e.e_phnum ? 0 : -ENOEXEC; \
	}
HAS_INTERPRETER(32)
HAS_INTERPRETER(64)

/* Something that runs without a file beside it. */
static int check_static(int fd, const char *path)
{
	const unsigned char order = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned char id[EI_NIDENT];
	int ret = -ENOEXEC;

	if (pread(fd, id, sizeof(id), 0) == sizeof(id) && !memcmp(id, ELFMAG, SELFMAG) &&
	    id[EI_DATA] == order)
		ret = id[EI_CLASS] == ELFCLASS64 ? has_interpreter64(fd) : has_interpreter32(fd);
	if (ret > 0)
		return err_set(ELIBACC,
			       "'%s' is not statically linked (-b FILE: another one; package "
			       "busybox-static)", path);
	return ret ? err_set(ENOEXEC, "'%s' is not a program for this machine", path) : 0;
}

/* Along PATH, and then where it usually is. */
static int find_busybox(char *buf, size_t n)
{
	const char *path = getenv("PATH");
	AUTO_FREE char *all = str_make("%s:%s", path ? path : "", DEFAULT_PATH);
	char *at = all, *dir;

	while (at && (dir = str_word(&at, ":"))) {
		struct stat st;

		if (str_format(buf, n, "%s/busybox", dir) < n && !access(buf, X_OK) &&
		    !stat(buf, &st) && S_ISREG(st.st_mode))
			return 0;
	}
	return err_set(ENOENT, "no busybox in PATH (-b FILE)");
}

/* What it prints; the descriptor is the file that was looked at. */
static int ask(int fd, const char *path, char *const argv[], char *buf, size_t n)
{
	int fds[2], status = 0;
	ssize_t got;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return err_sys("cannot make a pipe");
	pid = sys_clone(0);
	if (!pid) {
		if (dup2(fds[1], 1) < 0 || dup2(fds[1], 2) < 0)
			_exit(126);
		sys_exec_fd(fd, argv, environ);
		_exit(126);
	}
	close(fds[1]);
	got = fd_read_all(fds[0], buf, n - 1);
	close(fds[0]);
	buf[got > 0 ? got : 0] = '\0';
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && got > 0 && !status)
		return 0;
	return err_set(ENOEXEC, "'%s %s' does not tell what it is made of", path, argv[1]);
}

/* ---- the tree ---- */

static int put_file(int root, const char *path, mode_t mode, const char *text)
{
	AUTO_FD int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int ret = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));

	if (!ret && fchmod(fd, mode))
		ret = -errno;
	return ret ? err_code(ret, "cannot make '%s'", path) : 0;
}

static int put_dirs(int root)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(root, dirs[i], 0755) && errno != EEXIST)
			return err_sys("cannot make directory '%s'", dirs[i]);
	return fchmodat(root, "tmp", 01777, 0) ? err_sys("cannot change '%s'", "tmp") : 0;
}

/* Set-user-id for passwd, login and su, as LXC has it: where no user of the host gets to it. */
static int put_busybox(const struct template_job *j, int from)
{
	const char *path = "bin/busybox";
	mode_t mode = path_below(j->rootfs, j->path) ? 04755 : 0755;
	AUTO_FD int to = openat(j->rootfs_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char buf[16384];
	ssize_t n;
	int ret = to < 0 ? -errno : 0;

	while (!ret && (n = read(from, buf, sizeof(buf)))) {
		if (n < 0 && errno == EINTR)
			continue;
		ret = n < 0 ? -errno : fd_write_all(to, buf, (size_t)n);
	}
	if (!ret && (fchmod(to, mode) || linkat(j->rootfs_fd, path, j->rootfs_fd, "sbin/init", 0)))
		ret = -errno;
	return ret ? err_code(ret, "cannot make '%s'", path) : 0;
}

static int put_links(int root, char *list)
{
	AUTO_FD int bin = openat(root, "bin", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *name;

	if (bin < 0)
		return err_sys("'%s'", "bin");
	while ((name = str_word(&list, "\n")))
		if (*name && !strchr(name, '/') && !str_eq(name, "busybox") &&
		    symlinkat("busybox", bin, name) && errno != EEXIST)
			return err_sys("cannot make link 'bin/%s'", name);
	return 0;
}

/* Where its udhcpc looks for its script is in its help: "(default /etc/udhcpc/default.script)". */
static int put_dhcp(int root, const char *help)
{
	char path[PATH_MAX];
	const char *end = strstr(help, ".script"), *at = end;
	AUTO_FD int dir = -1;
	const char *base;

	while (at && at > help && !strchr(" (\t\n", at[-1]))
		at--;
	if (!at || *at != '/' ||
	    str_format(path, sizeof(path), "%.*s", (int)(end + 7 - at), at) >= sizeof(path))
		return 0;
	dir = path_open_parent_in(root, path, PATH_MAKE_DIR, &base);
	return dir < 0 ? dir : put_file(dir, base, 0744, dhcp_script);
}

static int configure(const struct template_job *j)
{
	int ret = text_set(j->config, "lxc.uts.name", j->name);
	unsigned int i;

	for (i = 0; !ret && i < ARRAY_SIZE(keys); i++)
		ret = text_set(j->config, keys[i].key, keys[i].value);
	return ret;
}

static int make_tree(const struct template_job *j, int from, char *list)
{
	unsigned int i;
	int ret = put_dirs(j->rootfs_fd);

	for (i = 0; !ret && i < ARRAY_SIZE(files); i++)
		ret = put_file(j->rootfs_fd, files[i].path, files[i].mode, files[i].text);
	if (!ret)
		ret = put_busybox(j, from);
	return ret ? ret : put_links(j->rootfs_fd, list);
}

static int run(const struct template_job *j, void *args, int argc, char **argv)
{
	const struct busybox_args *a = args;
	AUTO_FREE char *list = malloc(LIST_MAX);
	char path[PATH_MAX];
	AUTO_FD int from = -1;
	int ret;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (!list)
		return err_set(ENOMEM, "out of memory");
	str_format(path, sizeof(path), "%s", a->busybox ? a->busybox : "");
	ret = a->busybox ? 0 : find_busybox(path, sizeof(path));
	if (ret)
		return ret;
	from = fd_open(path, O_RDONLY);
	if (from < 0)
		return err_sys("'%s'", path);
	ret = check_static(from, path);
	if (!ret)
		ret = ask(from, path, (char *[]){ (char *)"busybox", (char *)"--list", NULL }, list,
			  LIST_MAX);
	if (!ret)
		ret = make_tree(j, from, list);
	if (ret)
		return ret;
	/* One without udhcpc tells so, and gets no script. */
	ret = ask(from, path,
		  (char *[]){ (char *)"busybox", (char *)"udhcpc", (char *)"--help", NULL }, list,
		  LIST_MAX);
	if (ret)
		err_clear();
	ret = put_dhcp(j->rootfs_fd, list);
	return ret ? ret : configure(j);
}

const struct template template_busybox = {
	.name = "busybox",
	.options = {
		.synopsis = "[--busybox-path=FILE]",
		.about = OPT_HELP("A tree around a statically linked BusyBox."),
		.opts = options,
		.n_opts = ARRAY_SIZE(options),
		.flags = APPLET_PLAIN,
		.args_size = sizeof(struct busybox_args),
	},
	.run = run,
};
