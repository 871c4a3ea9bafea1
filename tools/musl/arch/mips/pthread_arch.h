/* SPDX-License-Identifier: MIT */
/* The thread pointer, by a function: MIPS16e has no rdhwr. */
uintptr_t __get_tp(void) __asm__("__small_tp")
	__attribute__((__visibility__("hidden"), __const__));

#define TLS_ABOVE_TP
#define GAP_ABOVE_TP 0

#define TP_OFFSET 0x7000
#define DTP_OFFSET 0x8000

#define MC_PC pc
