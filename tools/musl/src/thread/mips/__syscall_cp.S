/* SPDX-License-Identifier: MIT */
/* What MIPS16e code cannot do: see arch/mips. */
	.set	noreorder
	.set	nomips16

/*
 * long __small_syscall(n, a, b, c, d, e, f, g). The kernel wants the fifth argument on at 16($sp), where the
 * fourth of ours is: moving $sp by one word makes them fit. A signal that comes meanwhile may write below it, which
 * is the slot of n, ours to lose.
 */
	.section .text.__small_syscall, "ax", @progbits
	.global	__small_syscall
	.hidden	__small_syscall
	.type	__small_syscall, @function
__small_syscall:
	move	$2, $4
	move	$4, $5
	move	$5, $6
	move	$6, $7
	lw	$7, 16($sp)
	addiu	$sp, $sp, 4
	syscall
	beqz	$7, 1f
	addiu	$sp, $sp, -4
	blez	$2, 1f
	nop
	subu	$2, $0, $2
1:	jr	$31
	nop
	.size	__small_syscall, . - __small_syscall

	.global	__syscall_cp
	.hidden	__syscall_cp
	.set	__syscall_cp, __small_syscall
