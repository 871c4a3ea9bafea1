/* SPDX-License-Identifier: MIT */
/* There is no stdio and no atexit (tools/lint-symbols). */
#include <stdlib.h>

_Noreturn void exit(int code)
{
	_Exit(code);
}
