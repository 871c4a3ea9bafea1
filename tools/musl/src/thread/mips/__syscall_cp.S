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

/* The same, and what failed is -1 and errno: by __syscall_ret, which may be MIPS16e code, hence by register. */
	.global	__small_call
	.hidden	__small_call
	.type	__small_call, @function
__small_call:
	addiu	$sp, $sp, -40
	sw	$31, 32($sp)
	lw	$2, 56($sp)
	lw	$3, 60($sp)
	sw	$2, 16($sp)
	sw	$3, 20($sp)
	lw	$2, 64($sp)
	lw	$3, 68($sp)
	sw	$2, 24($sp)
	jal	__small_syscall
	sw	$3, 28($sp)
	lui	$25, %hi(__syscall_ret)
	addiu	$25, $25, %lo(__syscall_ret)
	lw	$31, 32($sp)
	addiu	$sp, $sp, 40
	jr	$25
	move	$4, $2
	.size	__small_call, . - __small_call

	.global	__syscall_cp
	.hidden	__syscall_cp
	.set	__syscall_cp, __small_syscall
