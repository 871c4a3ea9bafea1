/* SPDX-License-Identifier: MIT */
/* Nothing is cancelled. */
#include "syscall.h"

long (__syscall_cp)(syscall_arg_t n, syscall_arg_t a, syscall_arg_t b, syscall_arg_t c, syscall_arg_t d,
		    syscall_arg_t e, syscall_arg_t f)
{
	return __syscall6(n, a, b, c, d, e, f);
}
