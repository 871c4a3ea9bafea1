/* SPDX-License-Identifier: MIT */
/* owns a main for fuzz targets: runs one on every file that is named, or is in a directory that is named */
/* never changes an input, so that what was a crash once is tried for ever */
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

static unsigned int inputs;

static void replay_file(int dir_fd, const char *name)
{
	static uint8_t data[INPUT_MAX];
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof(data));

	if (n < 0) {
		perror(name);
		exit(2);
	}
	close(fd);
	/* Told before it is run: what crashes says nothing any more. */
	if (getenv("SHOW"))
		fprintf(stderr, "%s\n", name);
	LLVMFuzzerTestOneInput(data, n);
	inputs++;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *e;

		if (!dir) {
			replay_file(AT_FDCWD, argv[i]);
			continue;
		}
		while ((e = readdir(dir)))
			if (e->d_name[0] != '.')
				replay_file(dirfd(dir), e->d_name);
		closedir(dir);
	}
	printf("%u inputs\n", inputs);
	return 0;
}
