// SPDX-License-Identifier: MIT
// owns: what stands for newuidmap and newgidmap where a test has none: one user gets the ids from 300000 on, and his own
// never: gives ids to anybody else; only ever set-user-id in a tree of the tests
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	char path[64], text[4096] = "";
	struct stat st;
	int fd, i;

	if (argc < 5 || (argc - 2) % 3 || getuid() != 4200)
		return 1;
	snprintf(path, sizeof(path), "/proc/%d", atoi(argv[1]));
	if (stat(path, &st) || st.st_uid != getuid())
		return 1;
	for (i = 2; i < argc; i += 3) {
		uint64_t outside = strtoull(argv[i + 1], NULL, 10), count = strtoull(argv[i + 2], NULL, 10);
		size_t n = strlen(text);

		if ((outside < 300000 || outside + count > 365536) && (outside != 4200 || count != 1))
			return 1;
		snprintf(text + n, sizeof(text) - n, "%s %s %s\n", argv[i], argv[i + 1], argv[i + 2]);
	}
	snprintf(path, sizeof(path), "/proc/%d/%s", atoi(argv[1]), strcmp(name, "newgidmap") ? "uid_map" : "gid_map");
	fd = open(path, O_WRONLY);
	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text);
}
