// SPDX-License-Identifier: MIT
// owns: a terminal for a command, as a login would give it, and what is typed into that terminal by whomever
// never: passes on what the command's terminal says beyond a copy on its own standard output
//
// usage: ptyrun SECONDS COMMAND [ARG]...    COMMAND gets a new session and a pty; when it ends, what waits unread in the pty is
//        what somebody pushed into the caller's terminal. Prints the command's output, then "status N" and "typed TEXT".
//        ptyrun sti TEXT                    pushes TEXT into its own terminals 0, 1, 2 and /dev/tty by TIOCSTI and TIOCLINUX
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void push(int fd, const char *what, const char *text)
{
	char linux_call[2] = { 3, 0 };
	int good = 0, e = 0;

	for (; *text; text++) {
		if (ioctl(fd, TIOCSTI, text))
			e = errno;
		else
			good++;
	}
	printf("sti %s: %s %d\n", what, e ? strerror(e) : "ok", good);
	/* Paste of the console's selection. */
	printf("linux %s: %s\n", what, ioctl(fd, TIOCLINUX, linux_call) ? strerror(errno) : "ok");
}

static int sti(const char *text)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY), i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < 3; i++)
		push(i, i ? i == 1 ? "1" : "2" : "0", text);
	if (fd >= 0)
		push(fd, "/dev/tty", text);
	for (i = 0; i < 3; i++)
		printf("terminal %d: %s\n", i, isatty(i) ? ttyname(i) ? ttyname(i) : "unnamed" : "none");
	return 0;
}

static void command(const char *peer, char **argv)
{
	int fd, i;

	setsid();
	fd = open(peer, O_RDWR);
	if (fd < 0)
		_exit(125);
	ioctl(fd, TIOCSCTTY, 0);
	for (i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	execvp(argv[0], argv);
	_exit(127);
}

static void copy(int master, int ms)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	while (poll(&p, 1, ms) > 0) {
		n = read(master, buf, sizeof(buf));
		if (n <= 0 || fwrite(buf, 1, (size_t)n, stdout) != (size_t)n)
			return;
		ms = 50;
	}
}

/*
 * What the command has written may still be on its way through the kernel when the command is gone. A mark that is written
 * after it comes out after it.
 */
static void copy_all(int master, int peer)
{
	static const char mark[] = "<end of ptyrun>";
	struct pollfd p = { .fd = master, .events = POLLIN };
	size_t same = 0;
	char c;

	if (write(peer, mark, sizeof(mark) - 1) != sizeof(mark) - 1)
		return;
	while (same < sizeof(mark) - 1 && poll(&p, 1, 20000) > 0 && read(master, &c, 1) == 1) {
		if (c == mark[same]) {
			same++;
			continue;
		}
		fwrite(mark, 1, same, stdout);
		same = c == mark[0];
		if (!same)
			putchar(c);
	}
}

int main(int argc, char **argv)
{
	int master, peer, status = 0, i, seconds;
	struct termios raw;
	char text[256];
	time_t end;
	pid_t pid;
	ssize_t n;

	if (argc == 3 && !strcmp(argv[1], "sti"))
		return sti(argv[2]);
	seconds = argc > 2 ? atoi(argv[1]) : 0;
	if (!seconds)
		return 2;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return 2;
	/* Held here too, so that what was pushed is not lost with the last user. */
	peer = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (peer < 0)
		return 2;
	pid = fork();
	if (!pid)
		command(ptsname(master), argv + 2);
	end = time(NULL) + seconds;
	while (!waitpid(pid, &status, WNOHANG)) {
		if (time(NULL) >= end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
		copy(master, 20);
	}
	copy_all(master, peer);
	tcgetattr(peer, &raw);
	printf("\nstatus %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	printf("echo %s\n", raw.c_lflag & ECHO && raw.c_lflag & ICANON ? "on" : "off");
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 1;
	tcsetattr(peer, TCSANOW, &raw);
	n = read(peer, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	for (i = 0; text[i]; i++)
		if (text[i] < ' ')
			text[i] = '.';
	printf("typed '%s'\n", text);
	return 0;
}
