/* SPDX-License-Identifier: MIT */
/* All that is atomic is made of one function: MIPS16e has no ll and sc. */
#define a_cas a_cas
int a_cas(volatile int *, int, int) __asm__("__small_cas")
	__attribute__((__visibility__("hidden")));
