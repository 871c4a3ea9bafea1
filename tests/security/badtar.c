/* SPDX-License-Identifier: MIT */
/* owns hostile archives for tests: badtar lists them, "badtar NAME VICTIM" writes that one to stdout */
/* never touches the victim itself */
#include "tars.h"

int main(int argc, char **argv)
{
	struct tars t = { 0 };
	size_t i;

	for (i = 0; i < TARS_CASES; i++) {
		if (argc < 3) {
			printf("%s %s\n", tars_cases[i].name, tars_cases[i].end == MUST_FAIL ? "fail" : "pass");
		} else if (!strcmp(argv[1], tars_cases[i].name)) {
			tars_make(&t, &tars_cases[i], argv[2]);
			return fwrite(t.s, 1, t.n, stdout) == t.n && !fflush(stdout) ? 0 : 1;
		}
	}
	return argc < 3 ? 0 : 1;
}
