/* SPDX-License-Identifier: MIT */
/* What MIPS16e code cannot do: see arch/mips. */
	.set	noreorder
	.set	nomips16

/* int __small_cas(volatile int *p, int old, int new): what was there. */
	.section .text.__small_cas, "ax", @progbits
	.global	__small_cas
	.hidden	__small_cas
	.type	__small_cas, @function
__small_cas:
	sync
1:	ll	$2, 0($4)
	bne	$2, $5, 2f
	move	$3, $6
	sc	$3, 0($4)
	beqz	$3, 1b
	nop
2:	jr	$31
	sync
	.size	__small_cas, . - __small_cas

	.section .text.__small_tp, "ax", @progbits
	.global	__small_tp
	.hidden	__small_tp
	.type	__small_tp, @function
__small_tp:
	.set	push
	.set	mips32r2
	rdhwr	$3, $29
	.set	pop
	jr	$31
	move	$2, $3
	.size	__small_tp, . - __small_tp
